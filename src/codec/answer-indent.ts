const LF = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

/** Compact JSON indented by two spaces a level, without a newline at the end, as json.MarshalIndent does. */
export function indentJson(json: Buffer): Buffer {
  const out = new Growing(json.length * 2);
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]!;
    if (inString) {
      out.byte(byte);
      if (byte === BACKSLASH) out.byte(json[++at]!);
      else if (byte === QUOTE) inString = false;
      continue;
    }
    if (byte === CLOSE_MAP || byte === CLOSE_LIST) {
      const opening = json[at - 1];
      depth--;
      if (opening !== OPEN_MAP && opening !== OPEN_LIST) out.newline(depth);
      out.byte(byte);
      continue;
    }
    out.byte(byte);
    if (byte === QUOTE) inString = true;
    else if (byte === COMMA) out.newline(depth);
    else if (byte === COLON) out.byte(SPACE);
    else if (byte === OPEN_MAP || byte === OPEN_LIST) {
      depth++;
      const closing = json[at + 1];
      if (closing !== CLOSE_MAP && closing !== CLOSE_LIST) out.newline(depth);
    }
  }
  return out.finish();
}

class Growing {
  #buffer: Buffer;
  #used = 0;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(size, 64));
  }

  byte(value: number): void {
    if (this.#used === this.#buffer.length) this.#grow(1);
    this.#buffer[this.#used++] = value;
  }

  newline(depth: number): void {
    const length = 1 + depth * 2;
    if (this.#used + length > this.#buffer.length) this.#grow(length);
    this.#buffer[this.#used++] = LF;
    this.#buffer.fill(SPACE, this.#used, this.#used + depth * 2);
    this.#used += depth * 2;
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  #grow(need: number): void {
    const next = Buffer.allocUnsafeSlow(this.#buffer.length * 2 + need);
    this.#buffer.copy(next, 0, 0, this.#used);
    this.#buffer = next;
  }
}
