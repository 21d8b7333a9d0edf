import { describe, expect, test } from "vitest";
import { CASES, judge, recording } from "./limits/cases.js";

describe("rules cost too much for a real kube-apiserver from the same size on", () => {
  test.for(CASES.map(({ title }, index) => [title, index] as const))("%s", ([title, index]) => {
    const { size, fits, exceeds } = recording[title]!;
    const judged = judge(index);
    expect(judged(size)).toEqual(fits);
    expect(judged(size + 1)).toEqual(exceeds);
  });
});
