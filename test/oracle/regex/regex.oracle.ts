import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goRegex, RegexError } from "../../../src/schema/crd/regex.js";
import { type Oracle, runs, startOracle } from "../ask.js";

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle("regex");
});
afterAll(() => oracle.close());

const PIECES = [
  ..."a b c . * + ? | ( ) [ ] ^ $ \\ - k s é K ſ {2} {1,3} {0, } *? +? ?? 1001 {1001} (?: (?i) (?s: (?m) (?U)".split(
    " ",
  ),
  ..."(?P<n> (?<m> (?<! (?<= (?= \\d \\W \\b \\B \\pL \\p{Greek} \\P{Lu} [[:alpha:]] [^a-c] \\x41 \\x{1F600}".split(
    " ",
  ),
  ..."\\Q \\E \\A \\z \\1 \\8 \\C \\07 \\a \u{1f600}".split(" "),
  "\n",
];
const LETTERS = ["a", "b", "c", "aa", "ab", "1", " ", "\n", "é", "K", "k", "ſ", "S", "\u{1f600}", "α", "-", "_"];
const text = (pieces: readonly string[], maxLength: number) =>
  fc.array(fc.constantFrom(...pieces), { maxLength }).map((list) => list.join(""));

function answerOf(pattern: string, subject: string): unknown {
  try {
    const regex = goRegex(pattern);
    return { matches: regex.test(subject), found: regex.findAll(subject) };
  } catch (error) {
    if (error instanceof RegexError) return { error: error.message };
    throw error;
  }
}

describe("a pattern", () => {
  it("means what it means to Go's regexp", async () => {
    await fc.assert(
      fc.asyncProperty(text(PIECES, 9), text(LETTERS, 6), async (pattern, subject) => {
        const theirs: unknown = JSON.parse(await oracle.ask(JSON.stringify({ pattern, text: subject })));
        expect(answerOf(pattern, subject)).toEqual(theirs);
      }),
      runs(10_000),
    );
  });
});
