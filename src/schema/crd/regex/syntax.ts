/** A piece of a character class: a range of code points, or a Unicode property. */
export type ClassPart =
  | { readonly low: number; readonly high: number }
  | { readonly property: string; readonly negated: boolean };

/** A parsed expression of Go's syntax (RE2). */
export type Regex =
  | { readonly kind: "set"; readonly parts: readonly ClassPart[]; readonly negated: boolean }
  | { readonly kind: "sequence"; readonly items: readonly Regex[] }
  | { readonly kind: "choice"; readonly items: readonly Regex[] }
  | {
      readonly kind: "repeat";
      readonly item: Regex;
      readonly min: number;
      /** Undefined: without end. */
      readonly max: number | undefined;
      readonly greedy: boolean;
    }
  | { readonly kind: "group"; readonly item: Regex; readonly captures: boolean; readonly name: string }
  | { readonly kind: "assert"; readonly what: Assertion };

export type Assertion = "line start" | "line end" | "text start" | "text end" | "word boundary" | "no word boundary";

/** The expression is not one of Go's; the message is what Go says. */
export class RegexError extends Error {
  constructor(problem: string, where: string) {
    super(`error parsing regexp: ${problem}: \`${where}\``);
    this.name = "RegexError";
  }
}

const single = (code: number): ClassPart => ({ low: code, high: code });
const range = (low: string, high: string): ClassPart => ({ low: low.charCodeAt(0), high: high.charCodeAt(0) });

const DIGIT = [range("0", "9")];
const SPACE = [range("\t", "\n"), range("\f", "\r"), single(32)];
const WORD = [range("0", "9"), range("A", "Z"), range("a", "z"), single(95)];

/** \d, \s and \w, which know ASCII only. */
export const PERL: Readonly<Record<string, readonly ClassPart[]>> = { d: DIGIT, s: SPACE, w: WORD };

const LOWER = range("a", "z");
const UPPER = range("A", "Z");
const GRAPH = range("!", "~");

/** Names inside [[:name:]]. */
export const POSIX: Readonly<Record<string, readonly ClassPart[]>> = {
  alnum: [...DIGIT, UPPER, LOWER],
  alpha: [UPPER, LOWER],
  ascii: [{ low: 0, high: 0x7f }],
  blank: [single(9), single(32)],
  cntrl: [{ low: 0, high: 0x1f }, single(0x7f)],
  digit: DIGIT,
  graph: [GRAPH],
  lower: [LOWER],
  print: [{ low: 32, high: 126 }],
  punct: [range("!", "/"), range(":", "@"), range("[", "`"), range("{", "~")],
  space: [{ low: 9, high: 13 }, single(32)],
  upper: [UPPER],
  word: WORD,
  xdigit: [...DIGIT, range("A", "F"), range("a", "f")],
};

const MAX_CODE = 0x10ffff;

/** All that is not in these ranges; properties can't be turned round this way. */
export function complement(parts: readonly ClassPart[]): ClassPart[] {
  const ranges = parts.map((part) => part as { low: number; high: number }).sort((a, b) => a.low - b.low);
  const out: ClassPart[] = [];
  let next = 0;
  for (const { low, high } of ranges) {
    if (low > next) out.push({ low: next, high: low - 1 });
    next = Math.max(next, high + 1);
  }
  if (next <= MAX_CODE) out.push({ low: next, high: MAX_CODE });
  return out;
}

/** Ranges wider than this are not searched for letters with another case. */
const FOLD_LIMIT = 0x600;

/** The parts with the other case of every letter. */
export function folded(parts: readonly ClassPart[]): ClassPart[] {
  const out = [...parts];
  for (const part of parts) {
    if (!("low" in part)) continue;
    const high = Math.min(part.high, part.low + FOLD_LIMIT);
    for (let code = part.low; code <= high; code++) for (const other of otherCases(code)) out.push(single(other));
  }
  return out;
}

/** K and s have a third form each: the Kelvin sign and the long s. */
const THIRD: Readonly<Record<string, string>> = { k: "\u212a", s: "\u017f" };

function otherCases(code: number): number[] {
  const char = String.fromCodePoint(code);
  const forms = [char.toLowerCase(), char.toUpperCase(), THIRD[char.toLowerCase()] ?? char];
  return forms.filter((form) => form !== char && [...form].length === 1).map((form) => form.codePointAt(0)!);
}
