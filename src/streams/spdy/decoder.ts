import { CONTROL, FLAG_FIN, FLAG_UNIDIRECTIONAL, type SpdyFrame, VERSION } from "./frames.js";
import { HeaderReader, SpdyError } from "./headers.js";

/** Bytes of a control frame. */
const MAX_CONTROL = 64 * 1024;
const HEAD = 8;
const ID = 0x7fff_ffff;

/**
 * Bytes in, frames out. Holds on to no more than one control frame: data is handed on as it comes. After an error
 * nothing more can be read.
 */
export class SpdyDecoder {
  readonly #headers = new HeaderReader();
  #rest: Buffer = Buffer.alloc(0);
  /** The DATA frame that is under way. */
  #data: { readonly stream: number; readonly fin: boolean; left: number } | undefined;

  /** @throws SpdyError; frames before the wrong one have been yielded by then */
  *push(chunk: Buffer): Generator<SpdyFrame, void, void> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = bytes;
    for (;;) {
      const read = this.#next(bytes);
      if (read === undefined) return;
      bytes = bytes.subarray(read.size);
      this.#rest = bytes;
      if (read.frame) yield read.frame;
    }
  }

  /** Undefined: more bytes are needed. Without a frame: bytes of no interest. */
  #next(bytes: Buffer): { readonly size: number; readonly frame?: SpdyFrame | undefined } | undefined {
    if (this.#data !== undefined) return this.#piece(bytes, this.#data);
    if (bytes.length < HEAD) return undefined;
    const first = bytes.readUInt32BE(0);
    const flags = bytes[4]!;
    const length = bytes.readUIntBE(5, 3);
    if (first >>> 31 === 0) {
      if (first === 0) throw new SpdyError("data for no stream");
      const data = { stream: first, fin: (flags & FLAG_FIN) !== 0, left: length };
      if (length > 0) {
        this.#data = data;
        return { size: HEAD };
      }
      return { size: HEAD, frame: { type: "data", stream: data.stream, fin: data.fin, data: Buffer.alloc(0) } };
    }
    const version = (first >>> 16) & 0x7fff;
    if (version !== VERSION) throw new SpdyError(`SPDY of version ${version}`);
    if (length > MAX_CONTROL) throw new SpdyError(`a control frame of ${length} bytes`);
    if (bytes.length < HEAD + length) return undefined;
    const frame = this.#control(first & 0xffff, flags, bytes.subarray(HEAD, HEAD + length));
    return { size: HEAD + length, frame };
  }

  #piece(bytes: Buffer, open: { readonly stream: number; readonly fin: boolean; left: number }) {
    if (bytes.length === 0) return undefined;
    const data = bytes.subarray(0, open.left);
    open.left -= data.length;
    const last = open.left === 0;
    if (last) this.#data = undefined;
    const frame: SpdyFrame = { type: "data", stream: open.stream, fin: last && open.fin, data };
    return { size: data.length, frame };
  }

  #control(type: number, flags: number, payload: Buffer): SpdyFrame | undefined {
    const fin = (flags & FLAG_FIN) !== 0;
    switch (type) {
      case CONTROL.synStream: {
        need(payload, 10);
        const stream = idOf(payload);
        const unidirectional = (flags & FLAG_UNIDIRECTIONAL) !== 0;
        const headers = this.#headers.read(payload.subarray(10));
        return { type: "syn_stream", stream, priority: payload[8]! >> 5, fin, unidirectional, headers };
      }
      case CONTROL.synReply:
      case CONTROL.headers: {
        need(payload, 4);
        const headers = this.#headers.read(payload.subarray(4));
        return { type: type === CONTROL.headers ? "headers" : "syn_reply", stream: idOf(payload), fin, headers };
      }
      case CONTROL.rstStream:
        need(payload, 8);
        return { type: "rst_stream", stream: idOf(payload), status: payload.readUInt32BE(4) };
      case CONTROL.settings:
        return settingsFrame(payload);
      case CONTROL.ping:
        need(payload, 4);
        return { type: "ping", id: payload.readUInt32BE(0) };
      case CONTROL.goaway:
        need(payload, 8);
        return { type: "goaway", lastStream: payload.readUInt32BE(0) & ID, status: payload.readUInt32BE(4) };
      case CONTROL.windowUpdate:
        need(payload, 8);
        return {
          type: "window_update",
          stream: payload.readUInt32BE(0) & ID,
          delta: payload.readUInt32BE(4) & ID,
        };
      default:
        return undefined; // the protocol wants others to be passed over
    }
  }
}

function settingsFrame(payload: Buffer): SpdyFrame {
  need(payload, 4);
  const count = payload.readUInt32BE(0);
  need(payload, 4 + 8 * count);
  const values = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    const at = 4 + 8 * index;
    values.set(payload.readUInt32BE(at) & 0xff_ffff, payload.readUInt32BE(at + 4));
  }
  return { type: "settings", values };
}

function idOf(payload: Buffer): number {
  const id = payload.readUInt32BE(0) & ID;
  if (id === 0) throw new SpdyError("a frame for no stream");
  return id;
}

function need(payload: Buffer, size: number): void {
  if (payload.length < size) throw new SpdyError("a control frame is cut short");
}

/** All frames of a connection's bytes, for tests: pieces of data as they were cut. @throws SpdyError */
export function decodeSpdy(chunks: readonly Buffer[]): SpdyFrame[] {
  const decoder = new SpdyDecoder();
  return chunks.flatMap((chunk) => [...decoder.push(chunk)]);
}
