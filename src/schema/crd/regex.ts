import { LRUCache } from "lru-cache";
import { RE2JS, RE2JSSyntaxException } from "re2js";

/** A regular expression with Go's syntax and meaning. Everything takes time linear in the text, as in Go. */
export interface GoRegex {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** The first match; undefined: there is none. */
  find(text: string): string | undefined;
  /** Up to `limit` matches that do not overlap. */
  findAll(text: string, limit?: number): string[];
}

/** The expression is not one of Go's; the message is what Go says. */
export class RegexError extends Error {
  constructor(problem: string, where: string) {
    super(`error parsing regexp: ${problem}: \`${where}\``);
    this.name = "RegexError";
  }
}

const cache = new LRUCache<string, GoRegex>({ max: 2000 });

/** @throws RegexError with Go's message */
export function goRegex(pattern: string): GoRegex {
  let regex = cache.get(pattern);
  if (!regex) {
    regex = ready(compile(pattern));
    cache.set(pattern, regex);
  }
  return regex;
}

function compile(pattern: string, text = pattern): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    const where = error.getPattern() ?? "";
    // Go takes two groups of one name, and here names mean nothing.
    if (text === pattern && error.getDescription() === "duplicate capture group name") {
      return compile(pattern, toldApart(pattern));
    }
    throw new RegexError(error.getDescription(), where === text ? pattern : where);
  }
}

/** The beginning of a group with a name, and what may look like one. */
const PIECE = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:[^\]]*:\]|[^\]\\])*\]|\(\?P?<\w+>/g;

function toldApart(pattern: string): string {
  let groups = 0;
  return pattern.replace(PIECE, (piece) => (piece.startsWith("(?") ? `(?P<group${groups++}>` : piece));
}

function ready(compiled: RE2JS): GoRegex {
  return {
    test: (text) => compiled.test(text),
    find: (text) => {
      const matcher = compiled.matcher(text);
      return matcher.find() ? (matcher.group() ?? "") : undefined;
    },
    findAll: (text, limit = Number.POSITIVE_INFINITY) => matches(compiled, text, limit),
  };
}

/** As Go's FindAllString: an empty match right after another does not count. */
function matches(compiled: RE2JS, text: string, limit: number): string[] {
  const matcher = compiled.matcher(text);
  const found: string[] = [];
  let end = -1;
  while (found.length < limit && matcher.find()) {
    if (matcher.end() === end && matcher.start() === end) continue;
    end = matcher.end();
    found.push(matcher.group() ?? "");
  }
  return found;
}
