import type { Issue } from "./issues.js";

/** Upstream: cel-go/parser/gen/CEL.g4. */
export type TokenKind =
  | "NUM_FLOAT"
  | "NUM_INT"
  | "NUM_UINT"
  | "STRING"
  | "BYTES"
  | "IDENTIFIER"
  | "ESC_IDENTIFIER"
  | "<EOF>"
  | Mark;

const MARKS = [
  ...(["==", "!=", "<=", ">=", "&&", "||", "<", ">", "[", "]", "{", "}"] as const),
  ...(["(", ")", ".", ",", "-", "!", "?", ":", "+", "*", "/", "%"] as const),
  ...(["in", "true", "false", "null"] as const),
];
type Mark = (typeof MARKS)[number];

export interface Token {
  readonly kind: TokenKind;
  /** As it is written. */
  readonly text: string;
  readonly at: number;
}

const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?${"`"}]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`;
const QUOTED = String.raw`(?:"""(?:${ESCAPE}|[^\\])*?"""|'''(?:${ESCAPE}|[^\\])*?'''|"(?:${ESCAPE}|[^\\"\n\r])*"|'(?:${ESCAPE}|[^\\'\n\r])*')`;
const RAW = String.raw`[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')`;

const TOKENS: readonly (readonly [TokenKind | undefined, RegExp])[] = [
  [undefined, /[\t \r\n\f]+|\/\/[^\n]*/y],
  ["BYTES", new RegExp(`[bB](?:${QUOTED}|${RAW})`, "y")],
  ["STRING", new RegExp(`${QUOTED}|${RAW}`, "y")],
  ["NUM_FLOAT", /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y],
  ["NUM_UINT", /(?:0x[0-9a-fA-F]+|\d+)[uU]/y],
  ["NUM_INT", /0x[0-9a-fA-F]+|\d+/y],
  ["IDENTIFIER", /[a-zA-Z_]\w*/y],
  ["ESC_IDENTIFIER", /`[\w.\-/ ]+`/y],
];
const WORDS: ReadonlySet<string> = new Set(MARKS);

/** The tokens of a source, and what in it is none. The last token is the end. */
export function tokensOf(source: string): { readonly tokens: readonly Token[]; readonly issues: readonly Issue[] } {
  const tokens: Token[] = [];
  const issues: Issue[] = [];
  for (let at = 0; at < source.length; ) {
    const found = tokenAt(source, at);
    if (found) {
      if (found.kind) tokens.push({ kind: found.kind, text: found.text, at });
      at += found.text.length;
      continue;
    }
    const end = failureAt(source, at);
    issues.push({ at, message: `Syntax error: token recognition error at: '${escaped(source.slice(at, end))}'` });
    at = end;
  }
  tokens.push({ kind: "<EOF>", text: "<EOF>", at: source.length });
  return { tokens, issues };
}

function tokenAt(source: string, at: number): { kind: TokenKind | undefined; text: string } | undefined {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) continue;
    return { kind: kind === "IDENTIFIER" && WORDS.has(text) ? (text as Mark) : kind, text };
  }
  const mark = MARKS.find((each) => source.startsWith(each, at));
  return mark && { kind: mark, text: mark };
}

const BEGUN = new RegExp(String.raw`"(?:${ESCAPE}|[^\\"\n\r])*|'(?:${ESCAPE}|[^\\'\n\r])*|[=&|]|${"`"}[\w.\-/ ]*`, "y");
const BEGUN_ESCAPE = /\\(?:[0-3][0-7]?|[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7})?/y;

/** The end of what can't be the beginning of any token any more: one character after what still could. */
function failureAt(source: string, at: number): number {
  BEGUN.lastIndex = at;
  const begun = BEGUN.exec(source)?.[0] ?? "";
  BEGUN_ESCAPE.lastIndex = at + begun.length;
  const rest = begun === "" ? "" : (BEGUN_ESCAPE.exec(source)?.[0] ?? "");
  const failing = at + begun.length + rest.length;
  return Math.min(failing + (String.fromCodePoint(source.codePointAt(failing) ?? 0).length || 1), source.length);
}

function escaped(text: string): string {
  return text.replaceAll("\t", "\\t").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}
