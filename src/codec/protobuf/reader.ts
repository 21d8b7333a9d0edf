import { MAX_TYPED_DEPTH } from "../json/decode-state.js";
import { DecodeError } from "../json/errors.js";
import { wholeNumber } from "../json/numbers.js";
import { documentText, wellFormed } from "../json/text.js";

const SHORT = 24;

/** A cursor over protobuf's wire format. Errors read as those of gogo's generated code. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  /** Where the message that is being read ends. */
  #end: number;
  #low = 0;
  #high = 0;
  #number = 0;
  #depth = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Whether the message has more fields. */
  get more(): boolean {
    return this.#at < this.#end;
  }

  /** Reads a length and confines the reader to what it spans; the result is for {@link leave}. */
  enter(): number {
    if (++this.#depth > MAX_TYPED_DEPTH) throw new DecodeError("exceeded max depth");
    const outer = this.#end;
    this.#end = this.#span();
    return outer;
  }

  leave(outer: number): void {
    this.#depth--;
    this.#at = this.#end;
    this.#end = outer;
  }

  /** Number of the field whose tag was read last, an int32. */
  get number(): number {
    return this.#number;
  }

  /** Reads a tag; the wire type. Throws in the name of the message that it stands in. */
  tag(message: string): number {
    if (this.#isShort()) {
      this.#low = this.#short();
      this.#high = 0;
    } else this.#varint();
    this.#number = (this.#high << 29) | (this.#low >>> 3);
    const wire = this.#low & 7;
    if (wire === 4) throw new DecodeError(`proto: ${message}: wiretype end group for non-group`);
    if (this.#number <= 0) {
      const head = (BigInt(this.#high) << 32n) | BigInt(this.#low);
      throw new DecodeError(`proto: ${message}: illegal tag ${this.#number} (wire type ${head})`);
    }
    return wire;
  }

  /** The next varint as an unsigned number; exact up to 2^53, enough for tags and lengths. */
  unsigned(): number {
    if (this.#isShort()) return this.#short();
    this.#varint();
    return this.#high * 4294967296 + this.#low;
  }

  int32(): number {
    if (this.#isShort()) return this.#short();
    this.#varint();
    return this.#low | 0;
  }

  int64(): number | bigint {
    if (this.#isShort()) return this.#short();
    this.#varint();
    if (this.#high < 0x200000) return this.#high * 4294967296 + this.#low;
    return wholeNumber(BigInt.asIntN(64, (BigInt(this.#high) << 32n) | BigInt(this.#low)));
  }

  uint64(): number | bigint {
    const value = this.int64();
    return value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
  }

  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }

  double(): number {
    this.#advance(8);
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  /** Reads a length; the offset at which what it spans ends. */
  #span(): number {
    const length = this.unsigned();
    if (length >= 2 ** 63) throw new DecodeError("proto: negative length found during unmarshaling");
    const end = this.#at + length;
    if (end > this.#end) throw unexpectedEnd();
    return end;
  }

  string(): string {
    const end = this.#span();
    const start = this.#at;
    this.#at = end;
    if (end - start <= SHORT) {
      let out = "";
      let i = start;
      for (; i < end; i++) {
        const byte = this.#bytes[i] ?? 0x80;
        if (byte >= 0x80) break;
        out += String.fromCharCode(byte);
      }
      if (i === end) return out;
    }
    const text = this.#bytes.toString("utf8", start, end);
    return text.includes("\ufffd") ? wellFormed(documentText(this.#bytes.subarray(start, end))) : text;
  }

  bytes(): Buffer {
    const end = this.#span();
    const start = this.#at;
    this.#at = end;
    return this.#bytes.subarray(start, end);
  }

  /** Reads over a field that the type does not know; upstream: skipGenerated. */
  skip(wireType: number): void {
    let depth = 0;
    for (let type = wireType; ; type = this.unsigned() % 8) {
      if (type === 0) this.#varint();
      else if (type === 1) this.#advance(8);
      else if (type === 2) this.#at = this.#span();
      else if (type === 3) depth++;
      else if (type === 4) {
        if (depth === 0) throw new DecodeError("proto: unexpected end of group");
        depth--;
      } else if (type === 5) this.#advance(4);
      else throw new DecodeError(`proto: illegal wireType ${type}`);
      if (depth === 0) return;
    }
  }

  /** A varint of one byte, as nearly all tags, lengths and numbers are. */
  #isShort(): boolean {
    return this.#at < this.#end && (this.#bytes[this.#at] ?? 0x80) < 0x80;
  }

  #short(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  #advance(count: number): void {
    if (this.#at + count > this.#end) throw unexpectedEnd();
    this.#at += count;
  }

  #varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift >= 64) throw new DecodeError("proto: integer overflow");
      if (this.#at >= this.#end) throw unexpectedEnd();
      const byte = this.#bytes[this.#at++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    this.#low = low >>> 0;
    this.#high = high >>> 0;
  }
}

export type Member = readonly [goName: string, wireType: number];

/** Walks a message of a form known here; `members` are its fields 1, 2, …, others are read over. */
export function readFields(reader: WireReader, type: string, members: readonly Member[], read: () => void): void {
  while (reader.more) {
    const wire = reader.tag(type);
    const member = members[reader.number - 1];
    if (member === undefined) reader.skip(wire);
    else if (member[1] !== wire) throw wrongWireType(wire, member[0]);
    else read();
  }
}

/** The same for a message inside another, its length first. */
export function readMessage(reader: WireReader, type: string, members: readonly Member[], read: () => void): void {
  const outer = reader.enter();
  readFields(reader, type, members, read);
  reader.leave(outer);
}

export function wrongWireType(wire: number, goName: string): DecodeError {
  return new DecodeError(`proto: wrong wireType = ${wire} for field ${goName}`);
}

export function unexpectedEnd(): DecodeError {
  return new DecodeError("unexpected EOF");
}
