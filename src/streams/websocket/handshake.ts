import type { IncomingHttpHeaders } from "node:http";

/** What an endpoint demands of a WebSocket's client. */
export interface WebSocketTerms {
  /** Served subprotocols; "" where the client need not name one. Undefined: whichever the client names is taken. */
  readonly protocols?: readonly string[];
  /** Whether the client must tell its origin. */
  readonly origin?: boolean;
}

/**
 * How a WebSocket begins: with a subprotocol, or with a refusal in full, status line and all. Upstream's library
 * writes these past the server: golang.org/x/net/websocket, server.go and hybi.go.
 */
export function webSocketHandshake(
  method: string,
  headers: IncomingHttpHeaders,
  terms: WebSocketTerms,
): { readonly subprotocol: string } | { readonly refusal: Buffer } {
  if (method !== "GET") return refusal("405 Method Not Allowed", "bad method");
  if (!headers["sec-websocket-key"]) return refusal("400 Bad Request", "mismatch challenge/response");
  if (headers["sec-websocket-version"] !== "13") {
    return refusal("400 Bad Request\r\nSec-WebSocket-Version: 13", "missing or bad WebSocket Version");
  }
  if (terms.origin && !isUrl(headers.origin ?? "")) return refusal("403 Forbidden", "");
  const offered = webSocketProtocols(headers);
  const { protocols } = terms;
  if (protocols === undefined) {
    return offered.length > 1 ? refusal("400 Bad Request", "") : { subprotocol: offered[0] ?? "" };
  }
  const chosen = (offered.length === 0 ? [""] : offered).find((protocol) => protocols.includes(protocol));
  return chosen === undefined ? refusal("403 Forbidden", "") : { subprotocol: chosen };
}

/** In the client's order of preference. */
export function webSocketProtocols(headers: IncomingHttpHeaders): string[] {
  const text = (headers["sec-websocket-protocol"] ?? "").trim();
  return text === "" ? [] : text.split(",").map((word) => word.trim());
}

function refusal(head: string, body: string): { readonly refusal: Buffer } {
  return { refusal: Buffer.from(`HTTP/1.1 ${head}\r\n\r\n${body}`) };
}

/** Absolute, or a path. */
function isUrl(text: string): boolean {
  return /^(?:\/|[a-z][a-z0-9+.-]*:)/i.test(text) && !/[\s%]/.test(text);
}
