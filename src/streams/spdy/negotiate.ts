import type { IncomingHttpHeaders } from "node:http";
import { PlainTextError } from "../../kube/plain-text-error.js";
import { isSpdyRequest } from "../upgrade-request.js";

/** The first of the client's protocols that is served, as the kubelet picks it. Undefined: none is. */
export function spdyProtocol(headers: IncomingHttpHeaders, served: readonly string[]): string | undefined {
  return offeredProtocols(headers).find((protocol) => served.includes(protocol));
}

export function offeredProtocols(headers: IncomingHttpHeaders): string[] {
  const value = headers["x-stream-protocol-version"];
  const text = Array.isArray(value) ? value.join(",") : (value ?? "");
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** The kubelet's words where there is no common protocol; upstream: apimachinery/pkg/util/httpstream/httpstream.go. */
export function noCommonProtocol(headers: IncomingHttpHeaders, served: readonly string[]): PlainTextError {
  const offered = offeredProtocols(headers);
  if (offered.length === 0)
    return new PlainTextError(400, "unable to upgrade: X-Stream-Protocol-Version is required\n");
  const message = `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(" ")}], server accepts [${served.join(" ")}]\n`;
  return new PlainTextError(400, message, { "X-Accepted-Stream-Protocol-Versions": served.join(", ") });
}

/** @throws PlainTextError for an upgrade to something else */
export function checkSpdy(headers: IncomingHttpHeaders): void {
  if (isSpdyRequest(headers)) return;
  throw new PlainTextError(400, "unable to upgrade: missing upgrade headers in request\n");
}

/** What the client is told before the first frame. */
export function spdyAccepted(protocol: string, now: number): Buffer {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Connection: Upgrade",
    "Upgrade: SPDY/3.1",
    `X-Stream-Protocol-Version: ${protocol}`,
    `Date: ${new Date(now).toUTCString()}`,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
}
