import type { IncomingHttpHeaders } from "node:http";

/** Upstream is content with a word that has "upgrade" in it. */
const UPGRADE = /upgrade/i;

/**
 * Whether a request asks to leave HTTP; upstream: apimachinery/pkg/util/httpstream/httpstream.go, IsUpgradeRequest,
 * which does not mind a missing Upgrade header. Ours can't leave HTTP without.
 */
export function isUpgradeRequest(headers: IncomingHttpHeaders): boolean {
  return headers.upgrade !== undefined && UPGRADE.test(headers.connection ?? "");
}

export function isWebSocketRequest(headers: IncomingHttpHeaders): boolean {
  return isUpgradeRequest(headers) && headers.upgrade!.toLowerCase() === "websocket";
}

export function isSpdyRequest(headers: IncomingHttpHeaders): boolean {
  return isUpgradeRequest(headers) && headers.upgrade!.toLowerCase().includes("spdy/3.1");
}
