import { type Assertion, type ClassPart, complement, PERL, POSIX, RegexError } from "./syntax.js";

interface Escape {
  readonly parts: readonly ClassPart[];
  readonly assertion?: Assertion;
  /** The text of \Q…\E. */
  readonly quoted?: string;
  readonly end: number;
}

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  A: "text start",
  z: "text end",
  b: "word boundary",
  B: "no word boundary",
};
const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** What a backslash outside of a class begins. */
export function readEscape(text: string, at: number): Escape {
  const letter = text[at + 1];
  if (letter === undefined) throw new RegexError("trailing backslash at end of expression", "");
  const assertion = ASSERTIONS[letter];
  if (assertion) return { parts: [], assertion, end: at + 2 };
  if (letter === "Q") {
    const close = text.indexOf("\\E", at + 2);
    const end = close < 0 ? text.length : close;
    return { parts: [], quoted: text.slice(at + 2, end), end: close < 0 ? end : end + 2 };
  }
  const group = readGroupEscape(text, at);
  if (group) return group;
  const { code, end } = readCode(text, at);
  return { parts: [{ low: code, high: code }], end };
}

/** \d, \W, \pL, \P{Greek}, …: escapes that stand for many characters. */
function readGroupEscape(text: string, at: number): { parts: readonly ClassPart[]; end: number } | undefined {
  const letter = text[at + 1]!;
  const perl = PERL[letter.toLowerCase()];
  if (perl) return { parts: letter === letter.toLowerCase() ? perl : complement(perl), end: at + 2 };
  if (letter !== "p" && letter !== "P") return undefined;
  const match = /^\\[pP](?:\{(\^?)([^}]*)\}|(.))/su.exec(text.slice(at));
  if (!match) throw new RegexError("invalid character class range", text.slice(at, at + 2));
  const property = propertyOf(match[2] ?? match[3]!);
  if (!property) throw new RegexError("invalid character class range", match[0]);
  const negated = (letter === "P") !== (match[1] === "^");
  return { parts: property === "Any" ? anyOrNone(negated) : [{ property, negated }], end: at + match[0].length };
}

function anyOrNone(negated: boolean): ClassPart[] {
  return negated ? [] : complement([]);
}

/** JavaScript's name of a Unicode category or script. */
function propertyOf(name: string): string | undefined {
  if (name === "Any") return name;
  for (const property of /^[A-Z][a-z]?$/.test(name) ? [name] : [`Script=${name}`]) {
    try {
      void new RegExp(`\\p{${property}}`, "u");
      return property;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** An escape for one character. */
function readCode(text: string, at: number): { code: number; end: number } {
  const letter = text[at + 1];
  if (letter === undefined) throw new RegexError("trailing backslash at end of expression", "");
  const control = CONTROLS[letter];
  if (control !== undefined) return { code: control, end: at + 2 };
  const rest = text.slice(at);
  const octal = /^\\(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest);
  if (octal) return { code: Number.parseInt(octal[0].slice(1), 8), end: at + octal[0].length };
  const hex = /^\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/.exec(rest);
  if (hex) {
    const code = Number.parseInt(hex[1] ?? hex[2]!, 16);
    if (code <= 0x10ffff) return { code, end: at + hex[0].length };
  }
  if (hex || /[A-Za-z0-9]/.test(letter) || letter.charCodeAt(0) >= 0x80) {
    const shown = /^\\(?:x\{?[0-9a-fA-F]*\}?|.)/su.exec(rest)![0];
    throw new RegexError("invalid escape sequence", shown);
  }
  return { code: letter.charCodeAt(0), end: at + 2 };
}

/** A class in brackets that begins at `at`. */
export function readClass(text: string, at: number): { parts: ClassPart[]; negated: boolean; end: number } {
  const parts: ClassPart[] = [];
  const negated = text[at + 1] === "^";
  let pos = at + (negated ? 2 : 1);
  const first = pos;
  for (;;) {
    if (pos >= text.length) throw new RegexError("missing closing ]", text.slice(at));
    if (text[pos] === "]" && pos > first) return { parts, negated, end: pos + 1 };
    const many = readPosix(text, pos) ?? (text[pos] === "\\" && pos + 1 < text.length && readGroupEscape(text, pos));
    if (many) {
      parts.push(...many.parts);
      pos = many.end;
      continue;
    }
    const start = pos;
    const low = classCode(text, pos);
    pos = low.end;
    let high = low.code;
    if (text[pos] === "-" && pos + 1 < text.length && text[pos + 1] !== "]") {
      const end = classCode(text, pos + 1);
      high = end.code;
      pos = end.end;
      if (high < low.code) throw new RegexError("invalid character class range", text.slice(start, pos));
    }
    parts.push({ low: low.code, high });
  }
}

function classCode(text: string, at: number): { code: number; end: number } {
  if (text[at] === "\\") return readCode(text, at);
  const code = text.codePointAt(at)!;
  return { code, end: at + String.fromCodePoint(code).length };
}

function readPosix(text: string, at: number): { parts: readonly ClassPart[]; end: number } | undefined {
  if (!text.startsWith("[:", at)) return undefined;
  const close = text.indexOf(":]", at + 2);
  if (close < 0) return undefined;
  const name = text.slice(at + 2, close);
  const parts = POSIX[name.replace(/^\^/, "")];
  if (!parts) throw new RegexError("invalid character class range", text.slice(at, close + 2));
  return { parts: name.startsWith("^") ? complement(parts) : parts, end: close + 2 };
}
