import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { unifiedDiff } from "../../src/kube/unified-diff.js";

/** From, to, and what Python's difflib.unified_diff makes of them below its two header lines. */
const golden: [from: string, to: string, diff: string][] = JSON.parse(
  readFileSync(new URL("./golden/unified-diffs.json", import.meta.url), "utf8"),
);

test.each(golden.map(([from, to, diff], index) => ({ index, from, to, diff })))(
  "matches the lines that difflib matches ($index)",
  ({ from, to, diff }) => {
    expect(unifiedDiff(from, to)).toBe(diff);
  },
);
