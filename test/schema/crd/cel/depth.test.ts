import { expect, test } from "vitest";
import { compile } from "../../../../src/schema/crd/cel/lang/compile.js";
import { DYN } from "../../../../src/schema/crd/cel/lang/types.js";

const NESTED = "ERROR: <input>:-1:0: expression recursion limit exceeded: 250";
const HIGH = "ERROR: <input>:-1:0: max recursion depth exceeded";

/** What a real server (1.34) says of each with one more than it lets through. */
const DEPTHS: readonly (readonly [rule: (times: number) => string, most: number, problem: string])[] = [
  [(times) => `self${".a".repeat(times)} == 1`, 249, HIGH],
  [(times) => `dyn(self)${"[0]".repeat(times)} == 1`, 249, HIGH],
  [(times) => `self.a${".trim()".repeat(times)} == ''`, 248, HIGH],
  [(times) => `self${".?a".repeat(times)}.hasValue()`, 249, HIGH],
  [(times) => `${"1+".repeat(times)}1 == 1`, 249, HIGH],
  [(times) => `dyn(1)${" == 1".repeat(times)}`, 250, HIGH],
  [(times) => `${"true?true:".repeat(times)}true`, 249, NESTED],
  [(times) => `size(${"[".repeat(times)}${"]".repeat(times)}) == 0`, 249, NESTED],
  [(times) => `${"(".repeat(times)}true${")".repeat(times)}`, 249, NESTED],
];

function problemOf(rule: string): string | undefined {
  const compiled = compile(rule, new Map([["self", DYN]]));
  return "problem" in compiled ? compiled.problem : undefined;
}

test.for(DEPTHS)("rules are as deep as a real server lets them be: %s", ([rule, most, problem]) => {
  expect([NESTED, HIGH]).not.toContain(problemOf(rule(most)));
  expect(problemOf(rule(most + 1))).toBe(problem);
  expect(problemOf(rule(most * 100))).toBe(problem);
});

test("conditions joined are not deep, however many there are", () => {
  for (const operator of ["||", "&&"]) {
    expect(problemOf(`${`true ${operator} `.repeat(20_000)}true`)).toBeUndefined();
  }
});
