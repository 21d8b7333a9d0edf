import { Duplex } from "node:stream";
import type { SpdyHeaders } from "./frames.js";

/** What a stream asks of its connection. */
export interface StreamHost {
  /** Sends data; calls back when there is room for more. */
  send(stream: SpdyStream, data: Buffer, callback: () => void): void;
  /** Nothing more will be sent on the stream. */
  finish(stream: SpdyStream): void;
  /** The stream is done with before its end. */
  reset(stream: SpdyStream): void;
  /** There is room for so many bytes more. */
  consumed(stream: SpdyStream, bytes: number): void;
}

/** One stream of a SPDY connection, in both directions. Each ends on its own; `destroy` resets both. */
export class SpdyStream extends Duplex {
  readonly #host: StreamHost;
  /** Bytes that came in and for which no room has been told. */
  #untold = 0;
  #ended = false;
  /** What the client lets us send, once it has shown that it counts. */
  window: number;

  constructor(
    host: StreamHost,
    readonly id: number,
    readonly headers: SpdyHeaders,
    window: number,
    /** How much is kept for a reader that takes its time. */
    buffer: number,
  ) {
    super({ allowHalfOpen: true, readableHighWaterMark: buffer });
    this.#host = host;
    this.window = window;
    this.on("error", ignore); // a stream that nobody minds must not end the process
  }

  /** Takes what came in. False: enough for now. */
  receive(data: Buffer, fin: boolean): boolean {
    if (this.#ended || this.destroyed) return true;
    this.#untold += data.length;
    const room = data.length === 0 || this.push(data);
    if (room) this.#tell();
    if (fin) this.#end();
    return room;
  }

  /** The other side has reset the stream, or the connection is gone: what came in can still be read. */
  close(): void {
    this.#end();
    if (!this.writableEnded) this.end();
  }

  get ended(): boolean {
    return this.#ended;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.push(null);
  }

  #tell(): void {
    const bytes = this.#untold;
    this.#untold = 0;
    this.#host.consumed(this, bytes);
  }

  /** Called when what is kept falls below the limit. */
  override _read(): void {
    this.#tell();
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.#host.send(this, chunk, callback);
  }

  override _final(callback: () => void): void {
    this.#host.finish(this);
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#host.reset(this);
    callback(error);
  }
}

function ignore(): void {}
