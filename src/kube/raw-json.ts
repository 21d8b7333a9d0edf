import { FloatLiteral, type Json, type JsonObject, type RawJson } from "./json.js";
import { setField } from "./json-access.js";

const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * Opens text that has been accepted before, so it is known to be valid JSON. Needed where a patch or a printer
 * reaches into a field that is otherwise kept verbatim. Throws SyntaxError if the text is not JSON after all.
 */
export function expandRaw(raw: RawJson): Json {
  const reader = new Reader(raw.text);
  const value = reader.value();
  reader.end();
  return value;
}

/** A number literal as the exact value that it stands for. */
export function numberFromLiteral(text: string): Json {
  const value = Number(text);
  if (/[.eE]/.test(text)) return Number.isInteger(value) ? new FloatLiteral(value, text) : value;
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

class Reader {
  #at = 0;

  constructor(readonly text: string) {}

  value(): Json {
    this.#skip();
    switch (this.text[this.#at]) {
      case "{":
        return this.#object();
      case "[":
        return this.#array();
      case '"':
        return JSON.parse(this.#match(STRING)) as string;
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return numberFromLiteral(this.#match(NUMBER));
    }
  }

  end(): void {
    this.#skip();
    if (this.#at !== this.text.length) this.#fail();
  }

  #object(): JsonObject {
    const out: JsonObject = {};
    this.#at++;
    this.#skip();
    if (this.#taken("}")) return out;
    for (;;) {
      this.#skip();
      const key = JSON.parse(this.#match(STRING)) as string;
      this.#skip();
      if (!this.#taken(":")) this.#fail();
      setField(out, key, this.value());
      this.#skip();
      if (this.#taken("}")) return out;
      if (!this.#taken(",")) this.#fail();
    }
  }

  #array(): Json[] {
    const out: Json[] = [];
    this.#at++;
    this.#skip();
    if (this.#taken("]")) return out;
    for (;;) {
      out.push(this.value());
      this.#skip();
      if (this.#taken("]")) return out;
      if (!this.#taken(",")) this.#fail();
    }
  }

  #word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.#at)) this.#fail();
    this.#at += word.length;
    return value;
  }

  #taken(char: string): boolean {
    if (this.text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skip(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.text);
    this.#at = SPACE.lastIndex;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (found === null) this.#fail();
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #fail(): never {
    throw new SyntaxError(`not JSON at offset ${this.#at}`);
  }
}
