import { type IncomingHttpHeaders, METHODS, type ServerResponse } from "node:http";
import { ApiError } from "../kube/status.js";

/** What Node's parser could not make a request of, with the bytes that it saw. */
interface ParserFault extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
  /** Up to the fault; requests that are fine may come before. */
  readonly bytesParsed?: number;
}

/** A request line and headers that Node's parser refuses, and Go's does not. */
export interface OddRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers: IncomingHttpHeaders;
}

/** Node knows a fixed list of methods; a real server answers others like those it knows and does not serve. */
export function oddRequest(fault: ParserFault): OddRequest | undefined {
  if (fault.code !== "HPE_INVALID_METHOD" || fault.rawPacket === undefined) return undefined;
  const packet = fault.rawPacket.toString("latin1");
  const before = packet.lastIndexOf("\r\n\r\n", fault.bytesParsed ?? 0);
  const text = before < 0 ? packet : packet.slice(before + 4);
  const end = text.indexOf("\r\n\r\n");
  const [line = "", ...fields] = text.slice(0, Math.max(end, 0)).split("\r\n");
  const [, method, uri] = /^([!#$%&'*+.^_`|~\w-]+) (\/\S*) HTTP\/1\.1$/.exec(line) ?? [];
  if (method === undefined || uri === undefined || METHODS.includes(method)) return undefined;
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const [, name, value] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(field) ?? [];
    if (name === undefined || value === undefined) return undefined;
    headers[name.toLowerCase()] = value;
  }
  return { method, uri, headers };
}

/**
 * Tells whoever reads the body of the request in hand that what comes is no body. False: nobody does, or the fault is
 * not in a body. The words are those of Go's net/http/internal/chunked.go.
 */
export function failBody(fault: ParserFault, response: ServerResponse): boolean {
  const { req } = response;
  if (req === undefined || req.complete || req.listenerCount("error") === 0) return false;
  const length = fault.code === "HPE_INVALID_CHUNK_SIZE";
  const message = length ? "invalid byte in chunk length" : "malformed chunked encoding";
  response.shouldKeepAlive = false;
  req.emit("error", new ApiError({ code: 500, reason: "", message }));
  return true;
}

/** The whole answer to bytes that are no request; upstream: net/http/server.go. */
export function faultText(fault: ParserFault): string {
  const status = fault.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`;
}
