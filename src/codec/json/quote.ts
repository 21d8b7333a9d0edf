/** Anything but what stands for itself: controls, quote, backslash, &, <, >, U+2028, U+2029 and surrogates. */
const SPECIAL = /[^ !#-%'-;=?-[\]-\u2027\u202a-\ud7ff\ue000-\uffff]/;
const HTML = /[<>&\u2028\u2029]/g;
/** In the escapes of JSON.stringify: a lone surrogate, and whether it holds a byte that is no UTF-8. */
const ESCAPE = /\\(?:u(d[89a-f])[0-9a-f]{2}|.)/g;
const BYTE = /\\udc[89a-f]/;
const LONE = /\p{Surrogate}/u;

/** A JSON string as encoding/json writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped. */
export function quoteJson(text: string): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  const json = escapeHtml(JSON.stringify(text));
  // Go escapes the replacement character only where it stands for a broken byte.
  if (!LONE.test(text)) return json;
  return json.replace(ESCAPE, (all, half) => (half === undefined ? all : BYTE.test(all) ? "\\ufffd" : "\ufffd"));
}

/** The escapes that encoding/json adds to JSON text which is not its own (json.RawMessage and the like). */
export function escapeHtml(text: string): string {
  return text.replace(HTML, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
