import { resolvePlain } from "./resolve.js";

export type ScalarStyle = "plain" | "single" | "double" | "literal";

const BASE60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
/** Neither printable in YAML's sense nor a line feed; upstream: yamlprivateh.go, is_printable. */
const UNPRINTABLE = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
export const BREAK = /[\r\n\u0085\u2028\u2029]/;
const BREAKS = "\\r\\n\\u0085\\u2028\\u2029";
const SPACE_BREAK = new RegExp(` [${BREAKS}]`);
const BREAK_SPACE = new RegExp(`[${BREAKS}] `);
const EDGES = new RegExp(`^[ ${BREAKS}]|[ ${BREAKS}]$`);
/** What would make a plain scalar in block context something else. */
const INDICATORS = new RegExp(
  `^(?:---|\\.\\.\\.|[#,[\\]{}&*!|>'"%@\`]|[?:-](?:[ \\t${BREAKS}]|$))|:(?:[ \\t${BREAKS}]|$)|[ \\t${BREAKS}]#`,
);

/** How goyaml writes a string; `key`: as the simple key of a mapping. Upstream: encode.go and emitterc.go of yaml/v2. */
export function scalarStyle(text: string, key: boolean): ScalarStyle {
  const multiline = BREAK.test(text);
  const special = UNPRINTABLE.test(text) || SPACE_BREAK.test(text);
  const wanted = text.includes("\n") ? "literal" : readsAsString(text) ? "plain" : "double";
  if (key && multiline) return "double";
  if (wanted === "literal") return special || text.endsWith(" ") ? "double" : "literal";
  if (wanted === "double") return "double";
  if (!special && !multiline && !EDGES.test(text) && !INDICATORS.test(text)) return "plain";
  return special || BREAK_SPACE.test(text) ? "double" : "single";
}

function readsAsString(text: string): boolean {
  return resolvePlain(text).tag === "!!str" && !BASE60.test(text);
}

const SHORT: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\x1b": "e",
  '"': '"',
  "\\": "\\",
  "\u0085": "N",
  "\u00a0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

/** The escape that a character needs between double quotes, or undefined; `always`: it gets one in any case. */
export function doubleQuoteEscape(char: string, always: boolean): string | undefined {
  const short = SHORT[char];
  if (short !== undefined && char !== "\u00a0") return `\\${short}`;
  if (!always && !UNPRINTABLE.test(char) && char.length === 1) return undefined;
  if (short !== undefined) return `\\${short}`;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
