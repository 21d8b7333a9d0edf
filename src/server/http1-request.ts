import { IncomingMessage, type ServerResponse } from "node:http";
import { isUpgradeRequest } from "../streams/upgrade-request.js";

/**
 * Requests as Node's parser makes them, but with upstream's view of what asks to leave HTTP. Node asks for it when it
 * has read the head: a yes brings an "upgrade" or "connect" event with the rest of the bytes.
 */
export class Http1Request extends IncomingMessage {
  get upgrade(): boolean {
    return this.method === "CONNECT" || isUpgradeRequest(this.headers);
  }

  /** What the parser thinks itself. */
  set upgrade(_value: unknown) {}
}

/** An answer in plain text, the last on its connection. */
export interface HeadRefusal {
  readonly code: number;
  /** The status line's, and the body. */
  readonly words: string;
  readonly body: string;
}

/** What is said to a head that Node's parser takes and Go's does not; upstream: net/http/server.go, readRequest. */
export function refusedHead(request: IncomingMessage): HeadRefusal | undefined {
  const { httpVersionMajor: major, httpVersionMinor: minor, headers } = request;
  if (major === 0) return refusal(400, "Bad Request");
  if (major !== 1) return refusal(505, "HTTP Version Not Supported: unsupported protocol version");
  if (minor > 0) {
    const encoding = headers["transfer-encoding"];
    if (encoding !== undefined && encoding.toLowerCase() !== "chunked") {
      return refusal(501, "Not Implemented", "Unsupported transfer encoding");
    }
    if (headers.host === undefined && request.method !== "CONNECT") {
      return refusal(400, "Bad Request: missing required Host header");
    }
  }
  if (headers.host === undefined) return undefined;
  if (!HOST.test(headers.host)) return refusal(400, "Bad Request: malformed Host header");
  return hostCount(request.rawHeaders) > 1 ? refusal(400, "Bad Request") : undefined;
}

function refusal(code: number, words: string, body = `${code} ${words}`): HeadRefusal {
  return { code, words, body };
}

export const BAD_REQUEST = refusal(400, "Bad Request");

/** Go writes these past its own machinery: neither length nor date. */
export function refuseHead(response: ServerResponse, { code, words, body }: HeadRefusal): void {
  response.shouldKeepAlive = false;
  for (const name of ["Date", "Content-Length", "Transfer-Encoding"]) response.removeHeader(name);
  response.writeHead(code, words, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(body);
}

/** Upstream: golang.org/x/net/http/httpguts, ValidHostHeader. */
const HOST = /^[\w!$%&'()*+,.:;=[\]~-]*$/;

/** Node keeps the first of several. */
function hostCount(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === "host") count++;
  }
  return count;
}

/** The request as it came, but without the wish to leave HTTP, for a parser to read again. */
export function withoutUpgrade(request: IncomingMessage): Buffer {
  const { method, url, httpVersion, rawHeaders } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.toLowerCase() !== "upgrade") text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, "latin1");
}
