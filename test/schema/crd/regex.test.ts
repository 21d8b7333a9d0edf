import { describe, expect, it } from "vitest";
import { goRegex } from "../../../src/schema/crd/regex.js";

/** Pattern, what it matches, what it does not; as Go's regexp answers. */
const MATCHES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["^[a-z]+$", ["a", "abc"], ["", "A", "a1", "a\n"]],
  ["^(?i)abc$", ["ABC", "aBc"], ["abd"]],
  ["^a.c$", ["abc", "a\rc", "a\u2028c"], ["a\nc"]],
  ["(?s)^a.c$", ["a\nc"], []],
  ["(?m)^b$", ["a\nb\nc"], ["ab"]],
  ["^\\d{2,3}$", ["12", "123"], ["1", "1234", "\u0661\u0662"]],
  ["^\\s$", [" ", "\t"], ["\v", "\u00a0"]],
  ["^[[:alpha:]_-]+$", ["a_b-"], ["1"]],
  ["^[^[:space:]]$", ["x"], [" "]],
  ["^\\p{Lu}\\pL*$", ["Ab", "Ä"], ["ab"]],
  ["^\\p{Greek}+$", ["αβγ"], ["abc"]],
  ["^[]a]+$", ["]a]"], ["b"]],
  ["^[a\\]-]$", ["]", "-"], ["\\"]],
  ["^\\Qa.b\\E$", ["a.b"], ["axb"]],
  ["^a{,2}$", ["a{,2}"], ["aa"]],
  ["^\\x41\\x{1F600}$", ["A\u{1F600}"], []],
  ["^(?P<name>a|b)+?c$", ["abc"], ["ac c"]],
  ["\\bfoo\\b", ["a foo b"], ["afoo"]],
  ["\\Aab\\z", ["ab"], ["ab\n", "cab"]],
  ["^\\W$", ["-", "é"], ["a"]],
  ["^(([a-z0-9]|[a-z0-9][a-z0-9\\-]*[a-z0-9])\\.)*([a-z0-9]+)$", ["a.b-c.d"], ["a..b", "-a"]],
  ["^(?P<n>a)(?<n>[(?<n>]|\\(?<n>)$", ["a<", "a(<n>"], ["aa"]],
  ["", ["", "anything"], []],
];

const PROBLEMS: readonly (readonly [string, string])[] = [
  ["[a", "error parsing regexp: missing closing ]: `[a`"],
  ["(a", "error parsing regexp: missing closing ): `(a`"],
  ["a)", "error parsing regexp: unexpected ): `a)`"],
  ["*a", "error parsing regexp: missing argument to repetition operator: `*`"],
  ["a**", "error parsing regexp: invalid nested repetition operator: `**`"],
  ["(?=a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"],
  ["(?<!a)", "error parsing regexp: invalid named capture: `(?<!a)`"],
  ["a{1001}", "error parsing regexp: invalid repeat count: `{1001}`"],
  ["\\8", "error parsing regexp: invalid escape sequence: `\\8`"],
  ["[z-a]", "error parsing regexp: invalid character class range: `z-a`"],
  ["a\\", "error parsing regexp: trailing backslash at end of expression: ``"],
];

describe("an expression of Go's syntax", () => {
  it.each(MATCHES)("%s", (pattern, yes, no) => {
    const regex = goRegex(pattern);
    expect(yes.filter((text) => !regex.test(text))).toEqual([]);
    expect(no.filter((text) => regex.test(text))).toEqual([]);
  });

  it.each(PROBLEMS)("%s is refused", (pattern, message) => {
    expect(() => goRegex(pattern)).toThrow(message);
  });

  it("finds what Go finds", () => {
    expect(goRegex("a|ab").find("xab")).toBe("a");
    expect(goRegex("a*").findAll("baac")).toEqual(["", "aa", ""]);
    expect(goRegex("a*").findAll("baac", 2)).toEqual(["", "aa"]);
    expect(goRegex(".").findAll("é\u{1f600}")).toEqual(["é", "\u{1f600}"]);
  });

  it("that is ambiguous takes linear time", () => {
    const text = `${"a".repeat(5000)}!`;
    expect(goRegex("^(a+)+$").test(text)).toBe(false);
    expect(goRegex("^(a|aa)+$").test(text.slice(0, -1))).toBe(true);
    expect(goRegex("^(?:a?){50}a{50}$").test("a".repeat(50))).toBe(true);
    expect(goRegex("a*a*a*a*a*a*a*a*b").test(text)).toBe(false);
    expect(goRegex("a*a*a*a*a*a*a*a*b").find(text)).toBeUndefined();
    expect(goRegex("(a|aa)+!").findAll(text)).toEqual([text]);
  });
});
