import { constants, inflateRawSync } from "node:zlib";
import { HEADER_DICTIONARY } from "./dictionary.js";
import type { SpdyHeaders } from "./frames.js";

/** What is not SPDY/3.1, or more than is taken. */
export class SpdyError extends Error {
  override readonly name = "SpdyError";
}

/** How far back deflate refers. */
const WINDOW = 32 * 1024;
/** Bytes of one block, inflated; upstream's clients send less than 200. */
const MAX_BLOCK = 64 * 1024;

/**
 * Reads the header blocks of a connection, which are one zlib stream cut at flushes. Each piece is inflated on its own,
 * with what came before as its dictionary: nothing of zlib's is kept between two, where a stream would hold 40 kB.
 */
export class HeaderReader {
  #window = HEADER_DICTIONARY;
  #begun = false;

  /** @throws SpdyError; the connection can't be read any further */
  read(block: Buffer): SpdyHeaders {
    const body = this.#begun ? block : block.subarray(zlibHead(block));
    this.#begun = true;
    const text = this.#inflate(body);
    this.#window = Buffer.concat([this.#window, text]).subarray(-WINDOW);
    return parseHeaders(text);
  }

  #inflate(body: Buffer): Buffer {
    try {
      return inflateRawSync(body, {
        dictionary: this.#window,
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: MAX_BLOCK,
      });
    } catch (error) {
      throw new SpdyError(`headers can't be read: ${(error as Error).message}`);
    }
  }
}

/** Bytes before the first deflate block: two, and four more that name the dictionary. */
function zlibHead(block: Buffer): number {
  if (block.length < 2 || (block[0]! & 0x0f) !== 8 || block.readUInt16BE(0) % 31 !== 0) {
    throw new SpdyError("headers are no zlib stream");
  }
  return (block[1]! & 0x20) === 0 ? 2 : 6;
}

function parseHeaders(text: Buffer): SpdyHeaders {
  let at = 0;
  const length = () => {
    if (at + 4 > text.length) throw new SpdyError("headers are cut short");
    at += 4;
    return text.readUInt32BE(at - 4);
  };
  const word = () => {
    const size = length();
    if (at + size > text.length) throw new SpdyError("headers are cut short");
    at += size;
    return text.toString("utf8", at - size, at);
  };
  const headers = new Map<string, string>();
  for (let left = length(); left > 0; left--) {
    const name = word().toLowerCase();
    if (name === "" || headers.has(name)) throw new SpdyError("headers have a name twice, or none");
    headers.set(name, word());
  }
  return headers;
}

/** An empty block, without which Go's reader waits for more. */
const FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Writes the header blocks of a connection uncompressed: replies hold none, so there is nothing to gain. */
export class HeaderWriter {
  #begun = false;

  write(headers: SpdyHeaders): Buffer {
    const pieces = [length32(headers.size)];
    for (const entry of headers) {
      for (const text of entry) {
        const bytes = Buffer.from(text);
        pieces.push(length32(bytes.length), bytes);
      }
    }
    const text = Buffer.concat(pieces);
    if (text.length > 0xffff) throw new SpdyError("headers are too long");
    const head = Buffer.from(this.#begun ? [0, 0, 0, 0, 0] : [0x78, 0x01, 0, 0, 0, 0, 0]);
    this.#begun = true;
    head.writeUInt16LE(text.length, head.length - 4);
    head.writeUInt16LE(~text.length & 0xffff, head.length - 2);
    return Buffer.concat([head, text, FLUSH]);
  }
}

function length32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}
