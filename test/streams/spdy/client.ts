import type { Duplex } from "node:stream";
import { constants, createDeflate } from "node:zlib";
import { SpdyDecoder } from "../../../src/streams/spdy/decoder.js";
import { HEADER_DICTIONARY } from "../../../src/streams/spdy/dictionary.js";
import { dataHead, type SpdyFrame, synStream } from "../../../src/streams/spdy/frames.js";

/** Header blocks as zlib makes them, which is how clients send them. */
export class HeaderDeflater {
  readonly #deflate = createDeflate({ dictionary: HEADER_DICTIONARY, level: 9 });

  async block(headers: Readonly<Record<string, string>>): Promise<Buffer> {
    const entries = Object.entries(headers);
    const pieces = [length32(entries.length)];
    for (const text of entries.flat()) pieces.push(length32(Buffer.byteLength(text)), Buffer.from(text));
    this.#deflate.write(Buffer.concat(pieces));
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    return this.#deflate.read() as Buffer;
  }
}

function length32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

/** A client of one connection, as far as a test needs it. */
export class SpdyClient {
  readonly frames: SpdyFrame[] = [];
  ended = false;
  readonly #socket: Duplex;
  readonly #headers = new HeaderDeflater();
  readonly #finished = new Set<number>();
  #next = 1;
  #wake: (() => void) | undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
    const decoder = new SpdyDecoder();
    socket.on("data", (chunk: Buffer) => {
      for (const frame of decoder.push(chunk)) {
        this.frames.push(frame);
        if (frame.type === "data" && frame.fin) this.#finished.add(frame.stream);
      }
      this.#wake?.();
    });
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.ended = true;
        this.#wake?.();
      });
    }
    socket.on("error", () => undefined);
  }

  /** Opens a stream; resolves to its number. */
  async open(headers: Readonly<Record<string, string>>): Promise<number> {
    const id = this.#next;
    this.#next += 2;
    this.#socket.write(synStream(id, await this.#headers.block(headers)));
    return id;
  }

  send(stream: number, data: string | Buffer, fin = false): boolean {
    const bytes = Buffer.from(data);
    this.#socket.write(dataHead(stream, bytes.length, fin));
    return this.#socket.write(bytes);
  }

  raw(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** What a stream has brought so far. */
  text(stream: number): string {
    return this.bytes(stream).toString();
  }

  bytes(stream: number): Buffer {
    return Buffer.concat(
      this.frames.flatMap((each) => (each.type === "data" && each.stream === stream ? [each.data] : [])),
    );
  }

  has(test: (frame: SpdyFrame) => boolean): boolean {
    return this.frames.some(test);
  }

  finished(stream: number): boolean {
    return this.#finished.has(stream);
  }

  /** Resolves when it holds, rejects when the connection has ended without. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.ended) throw new Error("the connection has ended");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async untilEnded(): Promise<void> {
    while (!this.ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
