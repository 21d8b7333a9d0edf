import { FloatLiteral, isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { expandRaw } from "../../kube/raw-json.js";
import { naturalOrder } from "./keys.js";
import { shortFloat } from "./resolve.js";
import { BREAK, doubleQuoteEscape, scalarStyle } from "./scalar-style.js";

/** Lines are folded at the first space beyond this column. */
const WIDTH = 80;
/** A longer key is written in the explicit form "? key". */
const LONGEST_KEY = 128;
const STEP = 2;

/**
 * A document as goyaml writes it: sorted keys, lists not indented in mappings, strings quoted only where needed.
 * `guarded`: texts that other readers would take for something else; they are quoted, without braces.
 */
export function writeYaml(value: Json, guarded: (text: string) => boolean = () => false): string {
  const writer = new YamlWriter(guarded);
  writer.node(value, -STEP, false);
  return writer.finish();
}

/** Keeps the emitter's view of the current line; upstream: emitterc.go of go.yaml.in/yaml/v2. */
class YamlWriter {
  #out: string[] = [];
  #column = 0;
  /** The last thing written ends with white space. */
  #blank = true;
  /** Only indentation and indicators stand on the line. */
  #fresh = true;
  readonly #guarded: (text: string) => boolean;

  constructor(guarded: (text: string) => boolean) {
    this.#guarded = guarded;
  }

  /** `indent`: of the collection around; a collection inside is one step deeper, but for lists in mappings. */
  node(value: Json, indent: number, inMapping: boolean): void {
    if (value instanceof RawJson) this.node(expandRaw(value), indent, inMapping);
    else if (Array.isArray(value)) this.#list(value, indent, inMapping);
    else if (isObject(value)) this.#mapping(value, indent);
    else if (typeof value === "string") this.#string(value, indent, false);
    else this.#plain(literal(value), indent, false);
  }

  finish(): string {
    if (this.#column > 0) this.#break();
    return this.#out.join("");
  }

  #list(items: readonly Json[], indent: number, inMapping: boolean): void {
    if (items.length === 0) {
      this.#indicator("[", true);
      this.#indicator("]", false);
      return;
    }
    const inner = indent < 0 ? 0 : inMapping && !this.#fresh ? indent : indent + STEP;
    for (const item of items) {
      this.#indent(inner);
      this.#indicator("-", true, true);
      this.node(item, inner, false);
    }
  }

  #mapping(fields: JsonObject, indent: number): void {
    const keys = Object.keys(fields).filter((key) => fields[key] !== undefined);
    if (keys.length === 0) {
      this.#indicator("{", true);
      this.#indicator("}", false);
      return;
    }
    const inner = indent < 0 ? 0 : indent + STEP;
    for (const key of keys.sort(naturalOrder)) {
      this.#indent(inner);
      if (!BREAK.test(key) && Buffer.byteLength(key) <= LONGEST_KEY) {
        this.#string(key, inner, true);
        this.#indicator(":", false);
      } else {
        this.#indicator("?", true, true);
        this.#string(key, inner, false);
        this.#indent(inner);
        this.#indicator(":", true, true);
      }
      this.node(fields[key] ?? null, inner, true);
    }
  }

  #string(text: string, indent: number, key: boolean): void {
    const guarded = this.#guarded(text);
    const style = guarded ? "double" : scalarStyle(text, key);
    // Continuation lines stand one step deeper than the collection that the scalar is in.
    const inner = Math.max(indent, 0) + STEP;
    if (style === "plain") this.#plain(text, inner, !key);
    else if (style === "single") this.#quoted(text, inner, !key, "'", (char) => (char === "'" ? "''" : char));
    else if (style === "double") this.#quoted(text, inner, !key, '"', doubleQuoter(text, guarded));
    else this.#literal(text, inner);
  }

  #plain(text: string, indent: number, folds: boolean): void {
    if (!this.#blank) this.#put(" ");
    this.#folded([...text], indent, folds, (char) => char, 0, Number.POSITIVE_INFINITY, false);
    this.#blank = false;
    this.#fresh = false;
  }

  #quoted(text: string, indent: number, folds: boolean, quote: string, shown: (char: string) => string): void {
    this.#indicator(quote, true);
    const chars = [...text];
    this.#folded(chars, indent, folds, shown, 1, chars.length - 1, quote === '"');
    this.#indicator(quote, false);
  }

  /** Writes characters; a single space beyond the width, between `from` and `to`, becomes a line break. */
  #folded(
    chars: readonly string[],
    indent: number,
    folds: boolean,
    shown: (char: string) => string,
    from: number,
    to: number,
    escapesSpace: boolean,
  ): void {
    let spaces = false;
    let begins = false;
    for (const [i, char] of chars.entries()) {
      const text = shown(char);
      if (BREAK.test(text)) {
        this.#lineBreak(char);
        begins = true;
        continue;
      }
      if (begins) this.#indent(indent);
      begins = false;
      if (text !== " ") {
        this.#put(text);
        spaces = false;
        continue;
      }
      const next = chars[i + 1];
      const may = folds && !spaces && this.#column > WIDTH && i >= from && i < to;
      if (may && (next !== " " || escapesSpace)) {
        this.#fresh = false;
        this.#indent(indent);
        if (next === " ") this.#put("\\");
      } else this.#put(char);
      spaces = true;
    }
  }

  #literal(text: string, indent: number): void {
    this.#indicator("|", true);
    if (/^ /.test(text) || BREAK.test(text[0] ?? "")) this.#put(String(STEP));
    const last = text.at(-1) ?? "";
    if (!BREAK.test(last)) this.#put("-");
    else if (text.length === 1 || BREAK.test(text.at(-2) ?? "")) this.#put("+");
    this.#break();
    this.#blank = true;
    this.#fresh = true;
    let begins = true;
    for (const char of text) {
      if (BREAK.test(char)) {
        this.#lineBreak(char);
        begins = true;
        continue;
      }
      if (begins) this.#indent(indent);
      this.#put(char);
      this.#fresh = false;
      begins = false;
    }
  }

  #indicator(text: string, apart: boolean, keepsFresh = false): void {
    if (apart && !this.#blank) this.#put(" ");
    this.#put(text);
    this.#blank = false;
    this.#fresh = this.#fresh && keepsFresh;
  }

  #indent(column: number): void {
    if (!this.#fresh || this.#column > column || (this.#column === column && !this.#blank)) this.#break();
    if (this.#column < column) this.#put(" ".repeat(column - this.#column));
    this.#blank = true;
    this.#fresh = true;
  }

  #put(text: string): void {
    this.#out.push(text);
    this.#column += text.length > 1 ? [...text].length : 1;
  }

  #lineBreak(char: string): void {
    this.#out.push(char);
    this.#column = 0;
    this.#fresh = true;
  }

  #break(): void {
    this.#out.push("\n");
    this.#column = 0;
  }
}

/** Upstream looks for a byte order mark always at the start: a text that begins with one is escaped throughout. */
function doubleQuoter(text: string, guarded: boolean): (char: string) => string {
  const all = text.startsWith("\ufeff");
  return (char) => (guarded && char === "{" ? "\\x7B" : (doubleQuoteEscape(char, all) ?? char));
}

function literal(value: null | boolean | number | bigint | FloatLiteral): string {
  if (value instanceof FloatLiteral) {
    // Beyond int64 an integer is a float to the JSON decoder, but YAML reads JSON by itself and has uint64, too.
    const unsigned = /^[0-9]{1,20}$/.test(value.text) && BigInt(value.text) < 2n ** 64n;
    return unsigned ? value.text : shortFloat(value.value);
  }
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? String(value) : shortFloat(value);
}
