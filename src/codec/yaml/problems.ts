import type { LineCounter, YAMLError } from "yaml";

interface Problem {
  readonly text: string;
  /** goyaml counts lines from 0; its scanner adds 1 in the message, its parser does not. */
  readonly scanner: boolean;
}

const scanner = (text: string): Problem => ({ text, scanner: true });
const parser = (text: string): Problem => ({ text, scanner: false });

const NO_TOKEN = scanner("found character that cannot start any token");
const NO_VALUE = scanner("mapping values are not allowed in this context");
const NO_COLON = scanner("could not find expected ':'");
const OPEN_QUOTE = scanner("found unexpected end of stream");
const NO_CONTENT = parser("did not find expected node content");
const NO_KEY = parser("did not find expected key");

/** What goyaml says where the parser here found a fault of this kind; upstream: scannerc.go and parserc.go. */
const PROBLEMS: Readonly<Record<string, Problem>> = {
  BAD_ALIAS: scanner("did not find expected alphabetic or numeric character"),
  BAD_DQ_ESCAPE: scanner("found unknown escape character"),
  BAD_INDENT: NO_KEY,
  BAD_SCALAR_START: NO_TOKEN,
  BLOCK_AS_IMPLICIT_KEY: NO_VALUE,
  COMMENT_SPACE: scanner("did not find expected comment or line break"),
  KEY_OVER_1024_CHARS: NO_COLON,
  MULTILINE_IMPLICIT_KEY: NO_VALUE,
  MULTIPLE_DOCS: parser("did not find expected <document start>"),
  TAB_AS_INDENT: NO_TOKEN,
  TAG_RESOLVE_FAILED: parser("found undefined tag handle"),
  UNEXPECTED_TOKEN: NO_KEY,
};

/**
 * The real server's words for a syntax error, with the line where it gives one. Two parsers do not find every fault in
 * the same place, so words and lines can differ for unusual ones.
 */
export function problemOf(errors: readonly YAMLError[], text: string, lines: LineCounter): string {
  // A key that goes on over lines is found twice; the second finding knows where goyaml gives up.
  const error = errors.find((one) => one.code === "MULTILINE_IMPLICIT_KEY") ?? errors[0];
  if (!error) return NO_CONTENT.text;
  const problem = wording(error, text);
  const at = error.code === "MULTILINE_IMPLICIT_KEY" ? error.pos[1] - 1 : error.pos[0];
  // At the end of the input goyaml pretends one more line break, but not inside quotes.
  const ended =
    problem !== OPEN_QUOTE && at >= text.trimEnd().length - (problem === NO_COLON ? 1 : 0) && !text.endsWith("\n")
      ? 1
      : 0;
  const line = lines.linePos(Math.max(Math.min(at, text.length - 1), 0)).line - 1 + ended;
  if (line === 0) return problem.text;
  return `line ${problem.scanner ? line + 1 : line}: ${problem.text}`;
}

/** Whether the text ends inside a list or map in flow style where an item should begin. */
function awaitsNode(text: string): boolean {
  return /[[{,:]$/.test(text.replace(/\s#.*$/gm, "").trimEnd());
}

function wording(error: YAMLError, text: string): Problem {
  const { code, message } = error;
  const char = text[error.pos[0]];
  if (char === "\t") return NO_TOKEN;
  if (/quote/.test(message) && code === "MISSING_CHAR") return OPEN_QUOTE;
  if (/flow (?:map|seq)|end with a [\]}]/i.test(message) && awaitsNode(text)) return NO_CONTENT;
  if (/flow map|end with a \}/i.test(message)) return parser("did not find expected ',' or '}'");
  if (/flow seq|end with a \]/i.test(message)) return parser("did not find expected ',' or ']'");
  if (code === "MISSING_CHAR") return NO_COLON;
  if (/block-seq-ind/.test(message)) {
    return scanner("block sequence entries are not allowed in this context");
  }
  if (/block scalar header/i.test(message)) return scanner("did not find expected comment or line break");
  if (char === "]" || char === "}") return NO_CONTENT;
  return PROBLEMS[code] ?? NO_CONTENT;
}

/** A directive before the first document that goyaml does not take. */
export function directiveProblem(text: string): string | undefined {
  for (const line of text.replace(/^\ufeff/, "").split(/\r?\n/)) {
    if (!/^(?:%|#|\s*$)/.test(line)) return undefined;
    const [name, version] = line.split(/[ \t]+/);
    if (name === "%YAML") {
      if (version !== "1.1") return "found incompatible YAML document";
    } else if (name?.startsWith("%") && name !== "%TAG") return "found unknown directive name";
  }
  return undefined;
}
