import type { ClassPart, Regex } from "./syntax.js";

const ASSERTIONS = {
  "line start": "(?<=^|\\n)",
  "line end": "(?=\\n|$)",
  "text start": "^",
  "text end": "$",
  "word boundary": "\\b",
  "no word boundary": "\\B",
} as const;

/** The expression in JavaScript's syntax, for the flag "u" alone. */
export function scriptOf(regex: Regex): string {
  switch (regex.kind) {
    case "set":
      return setOf(regex.parts, regex.negated);
    case "sequence":
      return regex.items.map((item) => (item.kind === "choice" ? `(?:${scriptOf(item)})` : scriptOf(item))).join("");
    case "choice":
      return regex.items.map(scriptOf).join("|");
    case "repeat":
      return `(?:${scriptOf(regex.item)})${boundsOf(regex.min, regex.max)}${regex.greedy ? "" : "?"}`;
    case "group":
      return `${regex.captures ? "(" : "(?:"}${scriptOf(regex.item)})`;
    case "assert":
      return ASSERTIONS[regex.what];
  }
}

function boundsOf(min: number, max: number | undefined): string {
  if (max === undefined) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return min === 0 && max === 1 ? "?" : `{${min},${max}}`;
}

function setOf(parts: readonly ClassPart[], negated: boolean): string {
  const [only] = parts;
  if (!negated && parts.length === 1 && "low" in only! && only.low === only.high) return codeOf(only.low);
  return `[${negated ? "^" : ""}${parts.map(partOf).join("")}]`;
}

function partOf(part: ClassPart): string {
  if ("property" in part) return `\\${part.negated ? "P" : "p"}{${part.property}}`;
  return part.low === part.high ? codeOf(part.low) : `${codeOf(part.low)}-${codeOf(part.high)}`;
}

function codeOf(code: number): string {
  const char = String.fromCodePoint(code);
  return /[A-Za-z0-9]/.test(char) ? char : `\\u{${code.toString(16)}}`;
}
