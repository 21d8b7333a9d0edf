import type { Duplex } from "node:stream";
import { SpdyDecoder } from "./decoder.js";
import * as frames from "./frames.js";
import { DEFAULT_WINDOW, INITIAL_WINDOW_SIZE, RST, type SpdyFrame } from "./frames.js";
import { HeaderWriter } from "./headers.js";
import { SpdyStream, type StreamHost } from "./stream.js";

export interface SpdyOptions {
  /** Judges a stream that the client opens. False: it is reset. */
  readonly accept: (stream: SpdyStream) => boolean;
  /** Called with each sign of life. */
  readonly touch?: () => void;
  /** Streams that are open at the same time; those beyond are refused. Default 4096. */
  readonly maxStreams?: number;
}

const MAX_STREAMS = 4096;
/** Bytes kept of a stream that is not read: of the first few, and of each where there are many. */
const BUFFER = 256 * 1024;
const SMALL_BUFFER = 16 * 1024;
const FEW = 16;
/** Data goes out in frames of this size, so that many streams share the connection fairly. */
const FRAME = 32 * 1024;

/**
 * The server's end of a SPDY/3.1 connection.
 *
 * Flow control: upstream's library neither sends WINDOW_UPDATE nor accepts SETTINGS, so a sender that waited for it
 * would stall after 64 KiB. Windows are honoured from the client's first sign that it counts; what always holds is the
 * socket's own backpressure, in both directions. A stream that nobody reads stops the whole connection, as upstream.
 */
export class SpdyConnection implements StreamHost {
  readonly #socket: Duplex;
  readonly #options: SpdyOptions;
  readonly #decoder = new SpdyDecoder();
  readonly #headers = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();
  /** Streams whose readers are behind. */
  readonly #full = new Set<SpdyStream>();
  /** Writes that wait for the socket. */
  #blocked: (() => void)[] = [];
  /** Writes that wait for a window. */
  readonly #starved = new Map<SpdyStream, () => void>();
  #clientCounts = false;
  #initialWindow = DEFAULT_WINDOW;
  #lastStream = 0;
  #closing = false;
  readonly ended: Promise<void>;

  constructor(socket: Duplex, options: SpdyOptions) {
    this.#socket = socket;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#drop();
        resolve();
      };
      socket.on("data", (chunk: Buffer) => this.#receive(chunk));
      socket.on("drain", () => this.#unblock());
      socket.on("end", end).on("close", end).on("error", end);
      if (socket.destroyed) end();
    });
    socket.resume();
  }

  /** Says goodbye once what was written is through; streams that are still open are reset. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    for (const stream of this.#streams.values()) stream.destroy();
    this.#write(frames.goaway(this.#lastStream));
    this.#socket.end();
    this.#socket.resume(); // what still comes is dropped, so that the end is seen
  }

  send(stream: SpdyStream, data: Buffer, callback: () => void): void {
    if (this.#closing || this.#socket.destroyed || !this.#streams.has(stream.id)) {
      callback();
      return;
    }
    const room = this.#clientCounts ? Math.max(0, stream.window) : FRAME;
    if (room === 0) {
      this.#starved.set(stream, () => this.send(stream, data, callback));
      return;
    }
    const piece = data.subarray(0, Math.min(FRAME, room));
    stream.window -= piece.length;
    this.#socket.cork();
    this.#socket.write(frames.dataHead(stream.id, piece.length, false));
    const free = this.#socket.write(piece);
    this.#socket.uncork();
    this.#options.touch?.();
    const rest = data.subarray(piece.length);
    const next = rest.length === 0 ? callback : () => this.send(stream, rest, callback);
    if (free && rest.length === 0) next();
    else if (free) setImmediate(next);
    else this.#blocked.push(next);
  }

  finish(stream: SpdyStream): void {
    if (!this.#streams.has(stream.id)) return;
    this.#write(frames.dataHead(stream.id, 0, true));
    if (stream.ended) this.#forget(stream);
  }

  reset(stream: SpdyStream): void {
    if (!this.#streams.has(stream.id)) return;
    this.#write(frames.rstStream(stream.id, RST.cancel));
    this.#forget(stream);
  }

  consumed(stream: SpdyStream, bytes: number): void {
    if (this.#clientCounts && bytes > 0 && !stream.ended && this.#streams.has(stream.id)) {
      this.#write(frames.windowUpdate(stream.id, bytes));
    }
    if (this.#full.delete(stream) && this.#full.size === 0) this.#socket.resume();
  }

  #receive(chunk: Buffer): void {
    if (this.#closing) return;
    this.#options.touch?.();
    try {
      for (const frame of this.#decoder.push(chunk)) this.#handle(frame);
    } catch {
      this.#write(frames.goaway(this.#lastStream, 1));
      this.close();
    }
  }

  #handle(frame: SpdyFrame): void {
    switch (frame.type) {
      case "syn_stream":
        this.#open(frame);
        break;
      case "data": {
        const stream = this.#streams.get(frame.stream);
        if (stream === undefined) return; // gone already
        const room = stream.receive(frame.data, frame.fin);
        if (!room) this.#fill(stream);
        this.#settle(stream);
        break;
      }
      case "headers":
        if (frame.fin) this.#streams.get(frame.stream)?.receive(Buffer.alloc(0), true);
        break;
      case "rst_stream": {
        const stream = this.#streams.get(frame.stream);
        if (stream === undefined) return;
        this.#forget(stream);
        stream.close();
        break;
      }
      case "ping":
        if (frame.id % 2 === 1) this.#write(frames.ping(frame.id));
        break;
      case "settings":
        this.#resize(frame.values.get(INITIAL_WINDOW_SIZE));
        break;
      case "window_update":
        this.#widen(frame.stream, frame.delta);
        break;
      case "goaway":
        this.close();
        break;
      case "syn_reply": // only to streams of ours, and there are none
        break;
    }
  }

  #open({ stream: id, fin, headers }: Extract<SpdyFrame, { type: "syn_stream" }>): void {
    if (id % 2 === 0 || id <= this.#lastStream) {
      this.#write(frames.rstStream(id, RST.protocolError));
      return;
    }
    this.#lastStream = id;
    if (this.#streams.size >= (this.#options.maxStreams ?? MAX_STREAMS)) {
      this.#write(frames.rstStream(id, RST.refusedStream));
      return;
    }
    const stream = new SpdyStream(
      this,
      id,
      headers,
      this.#initialWindow,
      this.#streams.size < FEW ? BUFFER : SMALL_BUFFER,
    );
    if (!this.#options.accept(stream)) {
      this.#write(frames.rstStream(id, RST.cancel));
      return;
    }
    this.#streams.set(id, stream);
    this.#write(frames.synReply(id, this.#headers.write(new Map())));
    if (fin) stream.receive(Buffer.alloc(0), true);
  }

  #fill(stream: SpdyStream): void {
    this.#full.add(stream);
    this.#socket.pause();
  }

  /** Both sides have said all. */
  #settle(stream: SpdyStream): void {
    if (stream.ended && stream.writableFinished) this.#forget(stream);
  }

  #forget(stream: SpdyStream): void {
    this.#streams.delete(stream.id);
    const starved = this.#starved.get(stream);
    this.#starved.delete(stream);
    starved?.();
    if (this.#full.delete(stream) && this.#full.size === 0) this.#socket.resume();
  }

  #resize(window: number | undefined): void {
    if (window === undefined) return;
    this.#clientCounts = true;
    for (const stream of this.#streams.values()) stream.window += window - this.#initialWindow;
    this.#initialWindow = window;
    for (const stream of [...this.#starved.keys()]) this.#feed(stream);
  }

  #widen(id: number, delta: number): void {
    this.#clientCounts = true;
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.window += delta;
    this.#feed(stream);
  }

  #feed(stream: SpdyStream): void {
    const write = this.#starved.get(stream);
    if (write === undefined || stream.window <= 0) return;
    this.#starved.delete(stream);
    write();
  }

  #write(frame: Buffer): void {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(frame);
  }

  #unblock(): void {
    const blocked = this.#blocked;
    this.#blocked = [];
    for (const next of blocked) next();
  }

  /** The client is gone: whoever waits must not wait longer. */
  #drop(): void {
    this.#closing = true;
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    this.#full.clear();
    for (const starved of [...this.#starved.values()]) starved();
    this.#starved.clear();
    this.#unblock();
    for (const stream of streams) stream.close();
    if (!this.#socket.writableEnded) this.#socket.end();
  }
}
