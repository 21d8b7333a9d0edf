import type { IncomingHttpHeaders } from "node:http";

/** Whether a request asks to leave HTTP; upstream: apimachinery/pkg/util/httpstream/httpstream.go, IsUpgradeRequest. */
export function isUpgradeRequest(headers: IncomingHttpHeaders): boolean {
  return headers.upgrade !== undefined && (headers.connection ?? "").toLowerCase().includes("upgrade");
}

export function isWebSocketRequest(headers: IncomingHttpHeaders): boolean {
  return isUpgradeRequest(headers) && headers.upgrade!.toLowerCase() === "websocket";
}

export function isSpdyRequest(headers: IncomingHttpHeaders): boolean {
  return isUpgradeRequest(headers) && headers.upgrade!.toLowerCase().includes("spdy/3.1");
}
