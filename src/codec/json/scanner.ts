import { goQuote } from "../../kube/go-text.js";
import { JsonSyntaxError } from "./errors.js";
import { byteAt, wellFormed } from "./text.js";

/** Nesting that Go's decoder bears; upstream: encoding/json/scanner.go. */
export const MAX_DEPTH = 10_000;

const QUOTE = 34;
const BACKSLASH = 92;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** A cursor over a JSON text. Every method starts at the current character and ends just after what it read. */
export class Scanner {
  readonly text: string;
  pos = 0;
  depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The next character that is not white space, left unread; NaN at the end. */
  peek(): number {
    for (;;) {
      const code = this.text.charCodeAt(this.pos);
      if (code > 32 || (code !== 32 && code !== 10 && code !== 13 && code !== 9)) return code;
      this.pos++;
    }
  }

  /** Throws unless only white space is left. */
  end(): void {
    this.peek();
    if (this.pos < this.text.length) this.fail("after top-level value");
  }

  enter(): void {
    if (++this.depth > MAX_DEPTH) this.fail("exceeded max depth");
    this.pos++;
  }

  leave(): void {
    this.depth--;
    this.pos++;
  }

  /** After `{` or `,`: the key and its colon. */
  key(): string {
    if (this.peek() !== QUOTE) this.fail("looking for beginning of object key string");
    const key = this.string();
    this.colon();
    return key;
  }

  /** After an object's value: true to go on, false at the closing brace, which is consumed. */
  more(close: number, context: string): boolean {
    const code = this.peek();
    if (code === 44) {
      this.pos++;
      return true;
    }
    if (code !== close) this.fail(context);
    this.leave();
    return false;
  }

  string(): string {
    const { text } = this;
    const start = ++this.pos;
    for (;;) {
      const code = text.charCodeAt(this.pos++);
      if (code === QUOTE) return text.slice(start, this.pos - 1);
      if (!(code >= 32) || code === BACKSLASH || (code & 0xf800) === 0xd800) break;
    }
    this.pos--;
    return this.#unescape(start);
  }

  /** The literal of a number, checked against the grammar. */
  number(): string {
    const { text } = this;
    const start = this.pos;
    if (text.charCodeAt(this.pos) === 45) this.pos++;
    if (text.charCodeAt(this.pos) === 48) this.pos++;
    else this.#digits("in numeric literal");
    if (text.charCodeAt(this.pos) === 46) {
      this.pos++;
      this.#digits("after decimal point in numeric literal");
    }
    if ((text.charCodeAt(this.pos) | 32) === 101) {
      this.pos++;
      const sign = text.charCodeAt(this.pos);
      if (sign === 43 || sign === 45) this.pos++;
      this.#digits("in exponent of numeric literal");
    }
    return text.slice(start, this.pos);
  }

  word(word: "true" | "false" | "null"): void {
    for (let i = 1; i < word.length; i++) {
      this.pos++;
      if (this.text[this.pos] !== word[i]) this.fail(`in literal ${word} (expecting '${word[i]}')`);
    }
    this.pos++;
  }

  /** Reads over one value of any kind without recursion and returns where it began. */
  skip(): number {
    this.peek();
    const start = this.pos;
    const closers: number[] = [];
    for (;;) {
      if (this.#skipOne(closers)) continue;
      for (;;) {
        const close = closers.at(-1);
        if (close === undefined) return start;
        if (this.more(close, close === 125 ? "after object key:value pair" : "after array element")) {
          if (close === 125) this.key();
          break;
        }
        closers.pop();
      }
    }
  }

  /** Reads over one value and tells what it is, in the words of a message about a wrong type. */
  found(): "string" | "number" | "bool" | "array" | "object" | "null" {
    switch (this.text.charCodeAt(this.skip())) {
      case QUOTE:
        return "string";
      case 123:
        return "object";
      case 91:
        return "array";
      case 116:
      case 102:
        return "bool";
      case 110:
        return "null";
      default:
        return "number";
    }
  }

  /** Throws Go's message for the character at the cursor. */
  fail(context: string): never {
    const ended = this.pos >= this.text.length;
    if (ended && (context === "in string literal" || /^(looking|after (obj|arr|top))/.test(context))) {
      throw new JsonSyntaxError("unexpected end of JSON input");
    }
    // Go tries a space at the end of the input, and complains of it where no space may stand.
    const byte = ended ? 32 : byteAt(this.text, this.pos);
    throw new JsonSyntaxError(`invalid character ${quoteByte(byte)} ${context}`);
  }

  /** Reads a scalar, or opens a container; true when a value must follow. */
  #skipOne(closers: number[]): boolean {
    const code = this.peek();
    if (code === QUOTE) this.string();
    else if (code === 123) {
      this.enter();
      if (this.peek() === 125) this.leave();
      else {
        closers.push(125);
        this.key();
        return true;
      }
    } else if (code === 91) {
      this.enter();
      if (this.peek() === 93) this.leave();
      else {
        closers.push(93);
        return true;
      }
    } else if (code === 116) this.word("true");
    else if (code === 102) this.word("false");
    else if (code === 110) this.word("null");
    else if (code === 45 || (code >= 48 && code <= 57)) this.number();
    else this.fail("looking for beginning of value");
    return false;
  }

  colon(): void {
    if (this.peek() !== 58) this.fail("after object key");
    this.pos++;
  }

  #digits(context: string): void {
    const start = this.pos;
    for (;;) {
      const code = this.text.charCodeAt(this.pos);
      if (!(code >= 48 && code <= 57)) break;
      this.pos++;
    }
    if (this.pos === start) this.fail(context);
  }

  #unescape(start: number): string {
    const { text } = this;
    let out = "";
    let from = start;
    for (;;) {
      const code = text.charCodeAt(this.pos);
      if (code === QUOTE) break;
      if (code !== BACKSLASH) {
        if (code < 32 || Number.isNaN(code)) this.fail("in string literal");
        this.pos++;
        continue;
      }
      out += text.slice(from, this.pos);
      this.pos++;
      out += this.#escape();
      from = this.pos;
    }
    out += text.slice(from, this.pos);
    this.pos++;
    return wellFormed(out);
  }

  #escape(): string {
    const { text } = this;
    const char = text[this.pos] ?? "";
    const simple = ESCAPES[char];
    if (simple !== undefined) {
      this.pos++;
      return simple;
    }
    if (char !== "u") this.fail("in string escape code");
    this.pos++;
    const start = this.pos;
    while (this.pos < start + 4) {
      if (!isHex(text.charCodeAt(this.pos))) this.fail("in \\u hexadecimal character escape");
      this.pos++;
    }
    return String.fromCharCode(Number.parseInt(text.slice(start, this.pos), 16));
  }
}

function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 102);
}

function quoteByte(byte: number): string {
  if (byte === 39) return "'\\''";
  if (byte === 34) return "'\"'";
  return `'${goQuote(String.fromCharCode(byte)).slice(1, -1)}'`;
}
