import { LRUCache } from "lru-cache";
import { Automaton } from "./automaton.js";
import { parseRegex } from "./parse.js";
import { scriptOf } from "./script.js";
import type { Regex } from "./syntax.js";

export { RegexError } from "./syntax.js";

/** A regular expression with Go's syntax and meaning. */
export interface GoRegex {
  /** Whether it matches anywhere in the text; in time linear in the text. */
  test(text: string): boolean;
  /** The same for finding and replacing, without the global flag. */
  readonly script: RegExp;
}

const cache = new LRUCache<string, GoRegex>({ max: 2000 });

/** @throws RegexError with Go's message */
export function goRegex(pattern: string): GoRegex {
  let regex = cache.get(pattern);
  if (!regex) {
    regex = compile(parseRegex(pattern));
    cache.set(pattern, regex);
  }
  return regex;
}

function compile(parsed: Regex): GoRegex {
  const script = new RegExp(scriptOf(parsed), "u");
  if (!isAmbiguous(parsed)) return { script, test: (text) => script.test(text) };
  let automaton: Automaton | undefined;
  return {
    script,
    test(text) {
      automaton ??= new Automaton(parsed);
      return automaton.test(text);
    },
  };
}

/** Whether a repetition holds another choice of ways: only then can a backtracking search take exponentially long. */
function isAmbiguous(regex: Regex): boolean {
  switch (regex.kind) {
    case "repeat":
      return (regex.max !== 1 && hasChoices(regex.item)) || isAmbiguous(regex.item);
    case "group":
      return isAmbiguous(regex.item);
    case "sequence":
    case "choice":
      return regex.items.some(isAmbiguous);
    default:
      return false;
  }
}

function hasChoices(regex: Regex): boolean {
  switch (regex.kind) {
    case "repeat":
      return regex.min !== regex.max || hasChoices(regex.item);
    case "choice":
      return true;
    case "group":
      return hasChoices(regex.item);
    case "sequence":
      return regex.items.some(hasChoices);
    default:
      return false;
  }
}
