import fc from "fast-check";
import { expect, test } from "vitest";
import { boundedInteger } from "../../src/kube/digits.js";

test("numbers of up to 64 bits are exact, and larger ones stay too large", () => {
  const zeros = fc.nat({ max: 100 }).map((count) => "0".repeat(count));
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 300n }), zeros, (value, before) => {
      for (const [base, prefix] of [
        [10, ""],
        [16, "0x"],
        [8, "0o"],
        [2, "0b"],
      ] as const) {
        const read = boundedInteger(before + value.toString(base), prefix);
        if (value < 1n << 64n) expect(read).toBe(value);
        else expect(read).toBeGreaterThanOrEqual(1n << 64n);
      }
    }),
  );
  expect(boundedInteger("0".repeat(1e6))).toBe(0n);
});
