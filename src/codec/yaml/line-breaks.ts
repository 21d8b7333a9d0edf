import { CST, type Scalar } from "yaml";

const BREAK = "(?:\\r\\n|[\\r\\n\\u0085\\u2028\\u2029])";
/** What follows a line break within a scalar: empty lines, and the indentation of the next one. */
const REST = `((?:[ \\t]*${BREAK})*)[ \\t]*`;
const FOLD = new RegExp(`[ \\t]*(${BREAK})${REST}`, "g");
const FOLD_ESCAPED = new RegExp(`\\\\${BREAK}${REST}|\\\\[^]|[ \\t]*(${BREAK})${REST}`, "g");
const LINE = new RegExp(`([^\\r\\n\\u0085\\u2028\\u2029]*)(${BREAK}|$)`, "g");

/** YAML 1.1 knows more line breaks than the parser here: those of Unicode, and the carriage return alone. */
export function hasOldBreaks(text: string): boolean {
  return /\r(?!\n)|[\u0085\u2028\u2029]/.test(text);
}

/** The same document for a parser that knows only line feeds; every character stays where it is. */
export function withLineFeeds(text: string): string {
  return text.replace(/\r(?!\n)|[\u0085\u2028\u2029]/g, "\n");
}

/**
 * What a scalar of a document that was parsed with line feeds stands for: U+2028 and U+2029 end lines, but are never
 * folded away. `source`: as it was before; upstream: the scan_…_scalar functions of scannerc.go in go.yaml.in/yaml/v2.
 */
export function scalarWithBreaks(node: Scalar, source: string): string {
  const value = typeof node.value === "string" ? node.value : "";
  if (!/[\u2028\u2029]/.test(source) && !isReadOtherwise(node.type, source)) return value;
  switch (node.type) {
    case "BLOCK_FOLDED":
    case "BLOCK_LITERAL":
      return blockText(source, value);
    case "QUOTE_SINGLE":
      return source.slice(1, -1).replace(FOLD, fold).replaceAll("''", "'");
    case "QUOTE_DOUBLE":
      return doubleQuoted(source);
    default:
      return source.replace(FOLD, fold);
  }
}

/** Goyaml keeps empty lines after an escaped line break, and adds none at the end of a document that lacks it. */
function isReadOtherwise(type: Scalar["type"], source: string): boolean {
  return type === "QUOTE_DOUBLE" ? /\\[\r\n\u0085]/.test(source) : !/[\r\n\u0085]$/.test(source) && isBlock(type);
}

function isBlock(type: Scalar["type"]): boolean {
  return type === "BLOCK_FOLDED" || type === "BLOCK_LITERAL";
}

/** As every line break but two kinds is read. */
function lineFeeds(breaks: string): string {
  return breaks.replace(/\r\n|[\r\u0085]/g, "\n").replace(/[ \t]+/g, "");
}

function fold(_all: string, first: string, rest: string): string {
  const kept = lineFeeds(first);
  if (kept !== "\n") return kept + lineFeeds(rest);
  return lineFeeds(rest) || " ";
}

/** Line breaks become escapes, and the rest is the parser's. */
function doubleQuoted(source: string): string {
  const escaped = (text: string) => text.replace(/[\n\u2028\u2029]/g, (char) => ESCAPES[char] ?? char);
  const line = source.replace(FOLD_ESCAPED, (all: string, afterEscape?: string, first?: string, rest = "") => {
    if (first !== undefined) return escaped(fold(all, first, rest));
    return afterEscape === undefined ? all : escaped(lineFeeds(afterEscape));
  });
  const token = { type: "double-quoted-scalar" as const, offset: 0, indent: 0, source: line };
  return CST.resolveAsScalar(token)?.value ?? "";
}

/** Where in a block scalar, whose indentation is that of its first line, a tab comes instead of that line. */
export function tabAsIndentation(type: Scalar["type"], source: string): number | undefined {
  if (!isBlock(type)) return undefined;
  const match = /^[|>][-+]?(?:[ \t][^\r\n\u0085\u2028\u2029]*)?(?:[\r\n\u0085\u2028\u2029] *)+\t/.exec(source);
  return match ? match[0].length - 1 : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\u2028": "\\L", "\u2029": "\\P" };

/** How far the lines are indented is what makes of them, read with line feeds, what the parser made of them. */
function blockText(source: string, value: string): string {
  const [header = ""] = source.split(/[\r\n\u0085\u2028\u2029]/, 1);
  const body = source.slice(header.length).replace(new RegExp(`^${BREAK}`), "");
  const plain = withLineFeeds(/[\r\n\u0085\u2028\u2029]$/.test(body) ? body : `${body}\n`);
  const most = Math.max(1, ...body.split(/[\r\n\u0085\u2028\u2029]/).map((line) => line.search(/[^ ]|$/)));
  for (let indent = 1; indent <= most; indent++) {
    if (blockLines(header, plain, indent) === value) return blockLines(header, body, indent);
  }
  return value;
}

function blockLines(header: string, body: string, indent: number): string {
  const folded = header.startsWith(">");
  const chomp = /^.[0-9]?([-+]?)/.exec(header)?.[1];
  let out = "";
  let last = "";
  let empty = "";
  let wasBlank = false;
  for (const [, line = "", end = ""] of body.matchAll(LINE)) {
    const text = line.replace(new RegExp(`^ {0,${indent}}`), "");
    if (text === "") {
      empty += lineFeeds(end);
      continue;
    }
    const blank = /^[ \t]/.test(text);
    if (!folded || wasBlank || blank || last !== "\n") out += last;
    else if (empty === "") out += " ";
    out += empty + text;
    empty = "";
    last = lineFeeds(end);
    wasBlank = blank;
  }
  if (chomp !== "-") out += last;
  return chomp === "+" ? out + empty : out;
}
