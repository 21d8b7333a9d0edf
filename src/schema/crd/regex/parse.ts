import { readClass, readEscape } from "./classes.js";
import { type ClassPart, folded, type Regex, RegexError } from "./syntax.js";

interface Flags {
  readonly foldCase: boolean;
  readonly multiLine: boolean;
  readonly dotNewline: boolean;
  readonly ungreedy: boolean;
}

const NO_FLAGS: Flags = { foldCase: false, multiLine: false, dotNewline: false, ungreedy: false };
const FLAG_NAMES: Readonly<Record<string, keyof Flags>> = {
  i: "foldCase",
  m: "multiLine",
  s: "dotNewline",
  U: "ungreedy",
};

/** Repetitions beyond this are refused, nested ones as their product. */
const MAX_REPEAT = 1000;

/** @throws RegexError with Go's message; upstream: regexp/syntax/parse.go */
export function parseRegex(text: string): Regex {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #flags = NO_FLAGS;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Regex {
    const out = this.#choice();
    if (this.#at < this.#text.length) throw new RegexError("unexpected )", this.#text);
    return out;
  }

  #choice(): Regex {
    const items = [this.#sequence()];
    while (this.#take("|")) items.push(this.#sequence());
    return items.length === 1 ? items[0]! : { kind: "choice", items };
  }

  #sequence(): Regex {
    const items: Regex[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== "|" && this.#text[this.#at] !== ")") {
      const atom = this.#atom();
      if (atom) items.push(...this.#repeated(atom));
    }
    return items.length === 1 ? items[0]! : { kind: "sequence", items };
  }

  /** An atom may be several where \Q…\E spells them out; the last is what a repetition is about. */
  #repeated(atoms: Regex[]): Regex[] {
    const item = atoms.pop();
    if (!item) return atoms;
    const start = this.#at;
    let bounds = this.#bounds();
    if (!bounds) return [...atoms, item];
    const operator = this.#text.slice(start, this.#at);
    const lazy = this.#take("?");
    const end = this.#at;
    const { min, max } = bounds;
    bounds = this.#bounds();
    if (bounds) {
      const both = this.#text.slice(start, this.#at);
      throw new RegexError("invalid nested repetition operator", both);
    }
    this.#at = end;
    const out: Regex = { kind: "repeat", item, min, max, greedy: lazy === this.#flags.ungreedy };
    if (repeatCount(out) > MAX_REPEAT) throw new RegexError("invalid repeat count", operator);
    return [...atoms, out];
  }

  #bounds(): { min: number; max: number | undefined } | undefined {
    if (this.#take("*")) return { min: 0, max: undefined };
    if (this.#take("+")) return { min: 1, max: undefined };
    if (this.#take("?")) return { min: 0, max: 1 };
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at));
    if (!match) return undefined;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === "" ? undefined : Number(match[3]);
    if (min > MAX_REPEAT || (max !== undefined && (max > MAX_REPEAT || max < min))) {
      throw new RegexError("invalid repeat count", match[0]);
    }
    this.#at += match[0].length;
    return { min, max };
  }

  /** Undefined for a group that only sets flags. */
  #atom(): Regex[] | undefined {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    switch (char) {
      case "(":
        return this.#group();
      case "[": {
        const { parts, negated, end } = readClass(this.#text, this.#at);
        this.#at = end;
        return [this.#set(parts, negated)];
      }
      case ".":
        this.#at++;
        return [this.#flags.dotNewline ? this.#set([], true) : this.#set([{ low: 10, high: 10 }], true)];
      case "^":
        this.#at++;
        return [{ kind: "assert", what: this.#flags.multiLine ? "line start" : "text start" }];
      case "$":
        this.#at++;
        return [{ kind: "assert", what: this.#flags.multiLine ? "line end" : "text end" }];
      case "*":
      case "+":
      case "?":
        throw new RegexError("missing argument to repetition operator", char);
      case "\\":
        return this.#escape();
    }
    this.#at += char.length;
    return [this.#literal(char)];
  }

  #escape(): Regex[] {
    const { parts, assertion, quoted, end } = readEscape(this.#text, this.#at);
    this.#at = end;
    if (quoted !== undefined) return [...quoted].map((char) => this.#literal(char));
    return [assertion ? { kind: "assert", what: assertion } : this.#set(parts, false)];
  }

  #group(): Regex[] | undefined {
    const outer = this.#flags;
    const { captures, name, only } = this.#groupHead();
    if (only) return undefined;
    if (++this.#depth > MAX_REPEAT) throw new RegexError("expression nests too deeply", this.#text);
    const item = this.#choice();
    this.#depth--;
    if (!this.#take(")")) throw new RegexError("missing closing )", this.#text);
    this.#flags = outer;
    return [{ kind: "group", item, captures, name }];
  }

  #groupHead(): { captures: boolean; name: string; only: boolean } {
    this.#at++;
    const rest = this.#text.slice(this.#at);
    if (!rest.startsWith("?")) return { captures: true, name: "", only: false };
    const named = /^\?P?<([^>]*)>/.exec(rest);
    if (named && !/^\?<[=!]/.test(rest)) {
      if (!/^\w+$/.test(named[1]!)) throw new RegexError("invalid named capture", `(${named[0]}`);
      this.#at += named[0].length;
      return { captures: true, name: named[1]!, only: false };
    }
    const flags = /^\?([imsU]*)(-[imsU]+)?([:)])/.exec(rest);
    if (!flags || (flags[1] === "" && flags[2] === undefined && flags[3] === ")")) {
      const shown = /^\?[-imsU]*(?:<.|.)?/s.exec(rest)![0];
      throw new RegexError("invalid or unsupported Perl syntax", `(${shown}`);
    }
    this.#setFlags(flags[1]!, true);
    this.#setFlags(flags[2] ?? "", false);
    this.#at += flags[0].length;
    return { captures: false, name: "", only: flags[3] === ")" };
  }

  #setFlags(names: string, value: boolean): void {
    for (const name of names) {
      const flag = FLAG_NAMES[name];
      if (flag) this.#flags = { ...this.#flags, [flag]: value };
    }
  }

  #literal(char: string): Regex {
    const code = char.codePointAt(0)!;
    return this.#set([{ low: code, high: code }], false);
  }

  #set(parts: readonly ClassPart[], negated: boolean): Regex {
    return { kind: "set", parts: this.#flags.foldCase ? folded(parts) : parts, negated };
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }
}

/** How often the innermost item may be spelled out. */
function repeatCount(regex: Regex): number {
  switch (regex.kind) {
    case "repeat":
      return Math.max(1, regex.max ?? regex.min) * repeatCount(regex.item);
    case "group":
      return repeatCount(regex.item);
    case "sequence":
    case "choice":
      return Math.max(1, ...regex.items.map(repeatCount));
    default:
      return 1;
  }
}
