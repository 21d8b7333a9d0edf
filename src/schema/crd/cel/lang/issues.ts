/** Something wrong with an expression: the offset in the source, -1 for all of it, and what. */
export interface Issue {
  readonly at: number;
  readonly message: string;
}

/** More are only counted. */
const MAX_TOLD = 100;

/** Issues found at once, as cel-go tells them; upstream: cel-go/common/{error,errors}.go. */
export function issuesText(issues: readonly Issue[], source: string): string {
  const placed = issues.slice(0, MAX_TOLD).map((issue) => ({ ...issue, ...place(issue.at, source) }));
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  const told = placed.map(issueText);
  if (issues.length > MAX_TOLD) told.push(`${issues.length - MAX_TOLD} more errors were truncated`);
  return told.join("\n");
}

function issueText({ message, line, column, text }: Issue & ReturnType<typeof place>): string {
  const head = `ERROR: <input>:${line}:${column + 1}: ${message}`;
  if (text === undefined) return head;
  const shown = text.replaceAll("\t", " ");
  const dots = [...shown].slice(0, column).map((char) => (isWide(char) ? "．" : "."));
  const wide = isWide([...shown][column] ?? "");
  return `${head}\n | ${shown}\n | ${dots.join("")}${wide ? "＾" : "^"}`;
}

/** Columns count characters, not UTF-16 units. */
function place(at: number, source: string): { line: number; column: number; text: string | undefined } {
  if (at < 0) return { line: -1, column: -1, text: undefined };
  if (source === "") return { line: 1, column: -1, text: undefined };
  const before = source.slice(0, at);
  const line = before.split("\n").length;
  const column = [...before.slice(before.lastIndexOf("\n") + 1)].length;
  return { line, column, text: source.split("\n")[line - 1] };
}

function isWide(char: string): boolean {
  return Buffer.byteLength(char) > 1;
}
