import { FloatLiteral, type Json, type JsonObject, RawJson } from "./json.js";

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};
const PLAIN = /^[ !#-[\]-~]*$/;
const PRINTABLE = /^[ \p{L}\p{M}\p{N}\p{P}\p{S}]$/u;

/** A string as `%q` and strconv.Quote write it: error messages quote names and values this way. */
export function goQuote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let out = '"';
  for (const char of text) {
    const short = SHORT_ESCAPES[char];
    if (short !== undefined) out += short;
    else if (PRINTABLE.test(char)) out += char;
    else out += escapeRune(char.codePointAt(0)!);
  }
  return `${out}"`;
}

function escapeRune(rune: number): string {
  // How texts hold a byte that is no UTF-8: see documentText in codec/json/text.ts.
  if (rune >= 0xdc80 && rune <= 0xdcff) return `\\x${(rune - 0xdc00).toString(16)}`;
  // Another lone surrogate can't exist in Go's UTF-8; its decoder puts the replacement character there.
  if (rune >= 0xd800 && rune <= 0xdfff) return "\ufffd";
  if (rune < 0x80) return `\\x${rune.toString(16).padStart(2, "0")}`;
  if (rune < 0x10000) return `\\u${rune.toString(16).padStart(4, "0")}`;
  return `\\U${rune.toString(16).padStart(8, "0")}`;
}

/** A float64 as `%v` writes it: with an exponent, of two digits at least, from 1e6 on and below 1e-4. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/**
 * JSON as encoding/json writes a map: keys sorted, `<`, `>` and `&` escaped. A struct has an order of its own: pass
 * its encoding as {@link RawJson}.
 */
export function goJson(value: Json): string {
  if (value === null) return "null";
  if (typeof value === "string") return goJsonString(value);
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "number") return goJsonNumber(value);
  if (value instanceof RawJson) return value.text;
  if (value instanceof FloatLiteral) return goJsonNumber(value.value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  return goJsonObject(value);
}

function goJsonObject(value: JsonObject): string {
  const fields = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  fields.sort(([a], [b]) => compareUtf8(a, b));
  return `{${fields.map(([key, field]) => `${goJsonString(key)}:${goJson(field)}`).join(",")}}`;
}

function goJsonString(text: string): string {
  return htmlSafe(JSON.stringify(text));
}

/** JSON text as encoding/json leaves it, whatever page it ends up in. */
export function htmlSafe(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** encoding/json's rule differs from `%v`: exponents begin below 1e-6, and a leading zero of theirs is dropped. */
function goJsonNumber(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-6 || size >= 1e21) ? value.toExponential() : String(value);
}

/** What strconv.ParseInt(text, 10, 64) answers: the integer, or its error text. */
export function parseInt64(text: string): { readonly value: bigint } | { readonly error: string } {
  if (!/^[+-]?[0-9]+$/.test(text)) return { error: `strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax` };
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  if (BigInt.asIntN(64, value) !== value) {
    return { error: `strconv.ParseInt: parsing ${goQuote(text)}: value out of range` };
  }
  return { value };
}

/** What strconv.ParseUint(text, 10, 64) answers. */
export function parseUint64(text: string): { readonly value: bigint } | { readonly error: string } {
  if (!/^[0-9]+$/.test(text)) return { error: `strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax` };
  const value = BigInt(text);
  if (BigInt.asUintN(64, value) !== value) {
    return { error: `strconv.ParseUint: parsing ${goQuote(text)}: value out of range` };
  }
  return { value };
}

const BEYOND_SURROGATES = /[\ud800-\uffff]/;

/**
 * A string whose UTF-16 order is the UTF-8 order of `text` (Go and etcd compare bytes). Only code units from U+D800
 * on sort differently, so nearly every string is returned as it is. Prefixes stay prefixes.
 */
export function byteOrdered(text: string): string {
  if (!BEYOND_SURROGATES.test(text)) return text;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xe000) out += String.fromCharCode(unit - 0x800);
    else if (unit >= 0xd800) out += String.fromCharCode(unit + 0x2000);
    else out += text[i];
  }
  return out;
}

/** Orders strings as Go's sort.Strings does: by the bytes of their UTF-8. */
export function compareUtf8(a: string, b: string): number {
  const left = byteOrdered(a);
  const right = byteOrdered(b);
  return left < right ? -1 : left > right ? 1 : 0;
}
