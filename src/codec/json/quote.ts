import { wellFormed } from "./text.js";

/** Anything but what stands for itself: controls, quote, backslash, &, <, >, U+2028, U+2029 and surrogates. */
const SPECIAL = /[^ !#-%'-;=?-[\]-\u2027\u202a-\ud7ff\ue000-\uffff]/;
const HTML = /[<>&\u2028\u2029]/g;
const LONE = /\p{Surrogate}/u;

/** A JSON string as encoding/json writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped. */
export function quoteJson(text: string): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  // Go has no lone surrogates; its encoder escapes the replacement character only where the UTF-8 was broken.
  if (LONE.test(text)) return quoteJson(wellFormed(text));
  return escapeHtml(JSON.stringify(text));
}

/** The escapes that encoding/json adds to JSON text which is not its own (json.RawMessage and the like). */
export function escapeHtml(text: string): string {
  return text.replace(HTML, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
