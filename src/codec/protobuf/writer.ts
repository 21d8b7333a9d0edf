const SHORT = 48;
/** A buffer grown beyond this is not kept for the next message. */
const KEEP = 1 << 20;

let spare: Buffer | undefined;

/**
 * Writes a message from its end to its beginning, as gogo's generated code does: the length of what is nested is known
 * when its prefix is due, so nothing is measured first or copied afterwards. Fields must come in descending order.
 */
export class ReverseWriter {
  #buffer: Buffer;
  #at: number;

  constructor() {
    this.#buffer = spare ?? Buffer.allocUnsafeSlow(16 * 1024);
    spare = undefined;
    this.#at = this.#buffer.length;
  }

  /** How much has been written; the difference of two readings is a length. */
  get size(): number {
    return this.#buffer.length - this.#at;
  }

  byte(value: number): void {
    if (this.#at < 1) this.#grow(1);
    this.#buffer[--this.#at] = value;
  }

  /** An unsigned integer below 2^53. */
  varint(value: number): void {
    if (value < 0x80) {
      this.byte(value);
      return;
    }
    let length = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length++;
    if (this.#at < length) this.#grow(length);
    this.#at -= length;
    let rest = value;
    for (let i = 0; i < length - 1; i++) {
      this.#buffer[this.#at + i] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#at + length - 1] = rest;
  }

  /** A signed integer; a negative one takes ten bytes. */
  int64(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) {
      this.varint(value);
      return;
    }
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    for (let i = bytes.length - 1; i >= 0; i--) this.byte(bytes[i] ?? 0);
  }

  double(value: number): void {
    if (this.#at < 8) this.#grow(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
  }

  /** The characters with their length before them. */
  string(text: string): void {
    const { length } = text;
    if (length <= SHORT && this.#ascii(text, length)) {
      this.byte(length);
      return;
    }
    const size = Buffer.byteLength(text);
    if (this.#at < size) this.#grow(size);
    this.#at -= size;
    this.#buffer.write(text, this.#at, "utf8");
    this.varint(size);
  }

  bytes(value: Uint8Array): void {
    this.raw(value);
    this.varint(value.length);
  }

  raw(value: Uint8Array): void {
    if (this.#at < value.length) this.#grow(value.length);
    this.#at -= value.length;
    this.#buffer.set(value, this.#at);
  }

  /** What was written, in memory of its own: answers are cached, and must not pin a shared pool. */
  finish(): Buffer {
    const out = Buffer.allocUnsafeSlow(this.size);
    this.#buffer.copy(out, 0, this.#at);
    if (this.#buffer.length <= KEEP) spare = this.#buffer;
    return out;
  }

  /** Short names and values are nearly all ASCII; a loop beats the call into the runtime. */
  #ascii(text: string, length: number): boolean {
    if (this.#at < length) this.#grow(length);
    const start = this.#at - length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      this.#buffer[start + i] = code;
    }
    this.#at = start;
    return true;
  }

  #grow(need: number): void {
    const { size } = this;
    const next = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, size + need + 1024));
    this.#buffer.copy(next, next.length - size, this.#at);
    this.#at = next.length - size;
    this.#buffer = next;
  }
}
