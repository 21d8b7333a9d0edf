/** One clause of an Accept header. */
export interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly q: number;
  readonly params: ReadonlyMap<string, string>;
}

/**
 * Reads an Accept header the way the server's library does, oddities included: parameters with an empty or a doubled
 * value are dropped, an unreadable q counts as 0, a lone `*` means any type, other clauses without a slash are dropped.
 * Upstream: github.com/munnerz/goautoneg/autoneg.go.
 */
export function parseAccept(header: string): AcceptClause[] {
  const clauses: AcceptClause[] = [];
  for (const part of elements(header, ",")) {
    const clause = parseClause(part);
    if (clause) insert(clauses, clause);
  }
  return clauses;
}

function parseClause(part: string): AcceptClause | undefined {
  const [range = "", ...parameters] = elements(trimSpaces(part), ";");
  const [type = "", subtype, ...rest] = elements(range, "/");
  const clauseType = trimSpaces(type);
  if (subtype === undefined && clauseType !== "*") return undefined;
  if (rest.length > 0) return undefined;
  const params = new Map<string, string>();
  let q = 1;
  for (const parameter of parameters) {
    const [name = "", value, ...more] = elements(parameter, "=");
    if (value === undefined || more.length > 0) continue;
    if (trimSpaces(name) === "q") q = quality(value);
    else params.set(trimSpaces(name), trimSpaces(value));
  }
  return { type: clauseType, subtype: subtype === undefined ? "*" : trimSpaces(subtype), q, params };
}

/** Pieces between separators, a trailing empty one left out. */
function elements(text: string, separator: string): string[] {
  const pieces = text.split(separator);
  if (pieces.at(-1) === "") pieces.pop();
  return pieces;
}

function trimSpaces(text: string): string {
  return text.replace(/^ +| +$/g, "");
}

/** strconv.ParseFloat with its error ignored. */
function quality(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Math.fround(Number(text));
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  return infinite ? (infinite[1] === "-" ? -Infinity : Infinity) : 0;
}

/**
 * Whether `a` goes before `b`. This is no proper order (a wildcard with a high q and a plain type with a low one each
 * go before the other), so the outcome depends on the way of sorting: Go sorts up to twelve clauses by insertion.
 */
function precedes(a: AcceptClause, b: AcceptClause): boolean {
  if (a.q > b.q) return true;
  if (a.type !== "*" && b.type === "*") return true;
  return a.subtype !== "*" && b.subtype === "*";
}

function insert(sorted: AcceptClause[], clause: AcceptClause): void {
  let at = sorted.length;
  while (at > 0 && precedes(clause, sorted[at - 1]!)) at--;
  sorted.splice(at, 0, clause);
}
