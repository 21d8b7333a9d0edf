import type { LineCounter, YAMLError } from "yaml";

/** What goyaml says where the parser here found a fault of this kind; upstream: scannerc.go and parserc.go. */
const PROBLEMS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "did not find expected node content",
  BAD_ALIAS: "did not find expected alphabetic or numeric character",
  BAD_DIRECTIVE: "found unknown directive name",
  BAD_DQ_ESCAPE: "found unknown escape character",
  BAD_INDENT: "did not find expected key",
  BAD_PROP_ORDER: "did not find expected node content",
  BAD_SCALAR_START: "found character that cannot start any token",
  BLOCK_AS_IMPLICIT_KEY: "mapping values are not allowed in this context",
  BLOCK_IN_FLOW: "did not find expected node content",
  COMMENT_SPACE: "did not find expected comment or line break",
  DUPLICATE_KEY: "did not find expected key",
  IMPOSSIBLE: "did not find expected node content",
  KEY_OVER_1024_CHARS: "could not find expected ':'",
  MISSING_CHAR: "did not find expected ',' or '}'",
  MULTILINE_IMPLICIT_KEY: "mapping values are not allowed in this context",
  MULTIPLE_ANCHORS: "did not find expected node content",
  MULTIPLE_DOCS: "did not find expected <document start>",
  MULTIPLE_TAGS: "did not find expected node content",
  TAB_AS_INDENT: "found character that cannot start any token",
  TAG_RESOLVE_FAILED: "found undefined tag handle",
  UNEXPECTED_TOKEN: "did not find expected key",
};

/**
 * The real server's words for a syntax error, with the line where it gives one. Two parsers do not find every fault in
 * the same place, so the choice of words can differ for unusual ones.
 */
export function problemOf(error: YAMLError, text: string, lines: LineCounter): string {
  const { line } = lines.linePos(error.pos[0]);
  const problem = wording(error, text);
  // goyaml counts from 0 and leaves 0 out; its scanner then adds 1.
  return line > 1 ? `line ${line}: ${problem}` : problem;
}

function wording(error: YAMLError, text: string): string {
  if (error.code === "MISSING_CHAR") {
    if (/quote/.test(error.message)) return "found unexpected end of stream";
    if (/ \]$|with a \]/.test(error.message)) return "did not find expected ',' or ']'";
  }
  if (text[error.pos[0]] === "\t") return "found character that cannot start any token";
  return PROBLEMS[error.code] ?? "did not find expected node content";
}
