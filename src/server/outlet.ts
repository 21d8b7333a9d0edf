import { type ServerResponse, STATUS_CODES } from "node:http";
import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Writable } from "node:stream";
import type { Origin } from "./exchange.js";

export type HeaderMap = Readonly<Record<string, string | readonly string[]>>;

/** What comes after the body. */
export type Trailers = () => HeaderMap;

/** Where an answer goes: HTTP/1.1 and HTTP/2 differ in how a head is sent, and in nothing after. */
export interface Outlet {
  /** Sends status and headers: alone, with the body that follows at once, or before a body that may take its time. */
  head(status: number, headers: HeaderMap, follows: "nothing" | "body" | "stream", trailers?: Trailers): void;
  /** Ends the body, and with it the answer. */
  end(trailers?: Trailers): void;
  /** Ends the answer so that the client sees that it is not whole. */
  abort(): void;
  readonly body: Writable;
  /**
   * Bytes of a body that a real server holds back: its handlers name no length, and only one that returns before its
   * buffer is full leaves the server to say it. Longer bodies have no Content-Length unless the answer has one.
   */
  readonly buffer: number;
  /** Whether the client can't be reached any more. */
  readonly gone: boolean;
}

/** Go's words where Node's differ. */
const STATUS_TEXT: Readonly<Record<number, string>> = { 413: "Request Entity Too Large" };

export class Http1Outlet implements Outlet {
  /** Upstream: net/http/server.go, bufferBeforeChunkingSize. */
  readonly buffer = 2048;
  readonly #response: ServerResponse;

  readonly #origin: Pick<Origin, "draining">;

  constructor(response: ServerResponse, origin: Pick<Origin, "draining">) {
    this.#response = response;
    this.#origin = origin;
  }

  get body(): Writable {
    return this.#response;
  }

  get gone(): boolean {
    return this.#response.destroyed;
  }

  head(status: number, headers: HeaderMap, follows: "nothing" | "body" | "stream"): void {
    const response = this.#response;
    if (this.#origin.draining) response.shouldKeepAlive = false;
    // Go does not say so where it is the default, which it is not in HTTP/1.0.
    if (response.shouldKeepAlive && response.useChunkedEncodingByDefault) response.removeHeader("Connection");
    response.writeHead(status, STATUS_TEXT[status] ?? STATUS_CODES[status] ?? "", headers as Record<string, string>);
    if (follows === "nothing") response.end();
    else if (follows === "stream") response.flushHeaders();
  }

  end(trailers?: Trailers): void {
    if (trailers !== undefined) this.#response.addTrailers({ ...trailers() } as OutgoingHttpHeaders);
    this.#response.end();
  }

  abort(): void {
    this.#response.destroy();
  }
}

export class Http2Outlet implements Outlet {
  /** Upstream: golang.org/x/net/http2/server.go, handlerChunkWriteSize. */
  readonly buffer = 4096;
  readonly #stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  get body(): Writable {
    return this.#stream;
  }

  get gone(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  head(status: number, headers: HeaderMap, follows: "nothing" | "body" | "stream", trailers?: Trailers): void {
    const all = { ...headers, ":status": status } as OutgoingHttpHeaders;
    const stream = this.#stream;
    if (trailers === undefined || follows === "nothing") {
      stream.respond(all, { endStream: follows === "nothing" });
      return;
    }
    stream.removeAllListeners("wantTrailers"); // of Node's own response, which would send none
    stream.once("wantTrailers", () => stream.sendTrailers({ ...trailers() } as OutgoingHttpHeaders));
    stream.respond(all, { waitForTrailers: true });
  }

  end(): void {
    this.#stream.end();
  }

  /** RST_STREAM with INTERNAL_ERROR, as of Go when a handler gives up. To close a stream would end its body first. */
  abort(): void {
    this.#stream.on("error", () => undefined).destroy(new Error("the answer broke off"));
  }
}
