import { scriptOf } from "./script.js";
import type { Assertion, Regex } from "./syntax.js";

type State =
  | { readonly kind: "char"; readonly test: (char: string) => boolean; next: number }
  | { readonly kind: "split"; next: number[] }
  | { readonly kind: "assert"; readonly what: Assertion; next: number }
  | { readonly kind: "match" };

/**
 * Searches in time linear in the text, as Go does: for expressions that would make a backtracking search try
 * exponentially many ways.
 */
export class Automaton {
  readonly #states: State[] = [{ kind: "match" }];
  readonly #start: number;

  constructor(regex: Regex) {
    this.#start = this.#add(regex, 0);
  }

  test(text: string): boolean {
    const chars = [...text];
    let current = new Set<number>();
    for (let at = 0; ; at++) {
      const reached = new Set<number>();
      for (const state of current) if (this.#enter(state, chars, at, reached)) return true;
      if (this.#enter(this.#start, chars, at, reached)) return true;
      if (at >= chars.length) return false;
      current = new Set();
      for (const index of reached) {
        const state = this.#states[index]!;
        if (state.kind === "char" && state.test(chars[at]!)) current.add(state.next);
      }
    }
  }

  /** Follows all that needs no character; true once the end is reached. */
  #enter(start: number, chars: readonly string[], at: number, reached: Set<number>): boolean {
    const open = [start];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (reached.has(index)) continue;
      reached.add(index);
      const state = this.#states[index]!;
      if (state.kind === "match") return true;
      if (state.kind === "split") open.push(...state.next);
      else if (state.kind === "assert" && holds(state.what, chars, at)) open.push(state.next);
    }
    return false;
  }

  #push(state: State): number {
    return this.#states.push(state) - 1;
  }

  /** Adds what matches the expression and then goes on to `next`; answers where it begins. */
  #add(regex: Regex, next: number): number {
    switch (regex.kind) {
      case "set": {
        const pattern = new RegExp(`^${scriptOf(regex)}$`, "u");
        return this.#push({ kind: "char", test: (char) => pattern.test(char), next });
      }
      case "sequence":
        return regex.items.reduceRight((after, item) => this.#add(item, after), next);
      case "choice":
        return this.#push({ kind: "split", next: regex.items.map((item) => this.#add(item, next)) });
      case "group":
        return this.#add(regex.item, next);
      case "assert":
        return this.#push({ kind: "assert", what: regex.what, next });
      case "repeat":
        return this.#repeat(regex, next);
    }
  }

  #repeat({ item, min, max }: Regex & { kind: "repeat" }, next: number): number {
    let start = next;
    if (max === undefined) {
      const loop: State = { kind: "split", next: [next] };
      start = this.#push(loop);
      loop.next.push(this.#add(item, start));
    } else {
      for (let count = min; count < max; count++) {
        start = this.#push({ kind: "split", next: [this.#add(item, start), next] });
      }
    }
    for (let count = 0; count < min; count++) start = this.#add(item, start);
    return start;
  }
}

function holds(what: Assertion, chars: readonly string[], at: number): boolean {
  switch (what) {
    case "text start":
      return at === 0;
    case "text end":
      return at === chars.length;
    case "line start":
      return at === 0 || chars[at - 1] === "\n";
    case "line end":
      return at === chars.length || chars[at] === "\n";
    case "word boundary":
      return isWord(chars[at - 1]) !== isWord(chars[at]);
    case "no word boundary":
      return isWord(chars[at - 1]) === isWord(chars[at]);
  }
}

function isWord(char: string | undefined): boolean {
  return char !== undefined && /^\w$/.test(char);
}
