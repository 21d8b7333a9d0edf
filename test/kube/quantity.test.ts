import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FloatLiteral } from "../../src/kube/json.js";
import { canonicalQuantity, parseQuantity, quantityOf } from "../../src/kube/quantity.js";
import { QuantityError } from "../../src/kube/quantity-text.js";

interface Row {
  readonly in: string;
  readonly out?: string;
  readonly err?: string;
  readonly value?: string;
  readonly milli?: string;
}
type Pair = readonly [a: string, b: string, order: number, sum: string, difference: string];

/** What k8s.io/apimachinery v0.34.4 says of random texts; values only where they fit an int64. */
const golden: { rows: Row[]; pairs: Pair[] } = JSON.parse(
  readFileSync(new URL("./golden/quantities.json", import.meta.url), "utf8"),
);

function int64(value: bigint): string | undefined {
  return BigInt.asIntN(64, value) === value ? String(value) : undefined;
}

describe("quantities", () => {
  test.each(golden.rows)("reads %j as upstream does", (row) => {
    if (row.err !== undefined) {
      expect(() => parseQuantity(row.in)).toThrow(new QuantityError(row.err));
      return;
    }
    const quantity = parseQuantity(row.in);
    expect(quantity.toString()).toBe(row.out);
    const [value, milli] = [int64(quantity.scaled(0)), int64(quantity.scaled(-3))];
    if (row.value !== undefined && value !== undefined) expect(value).toBe(row.value);
    if (row.milli !== undefined && milli !== undefined) expect(milli).toBe(row.milli);
  });

  test.each(golden.pairs)("compares and adds %s and %s as upstream does", (a, b, order, sum, difference) => {
    const [left, right] = [parseQuantity(a), parseQuantity(b)];
    expect(left.compare(right)).toBe(order);
    expect(left.add(right).toString()).toBe(sum);
    expect(left.subtract(right).toString()).toBe(difference);
  });

  test("reads JSON's numbers by their literal", () => {
    expect(canonicalQuantity(2)).toBe("2");
    expect(canonicalQuantity(0.1)).toBe("100m");
    expect(canonicalQuantity(9007199254740993n)).toBe("9007199254740993");
    expect(canonicalQuantity(new FloatLiteral(1000, "1e3"))).toBe("1e3");
    expect(canonicalQuantity(" 1Gi ")).toBe("1Gi");
    expect(quantityOf(null).isZero).toBe(true);
  });

  test("of very many digits are refused, and what is none is known at once", () => {
    expect(parseQuantity(`1${"0".repeat(4095)}`).scaled(0)).toBe(10n ** 4095n);
    expect(() => parseQuantity(`1${"0".repeat(4096)}`)).toThrow("more than 4096 digits");
    expect(() => parseQuantity("0".repeat(1e6))).not.toThrow();
    // Each of these took time that grew with the square or the cube of its length.
    for (const text of [
      `${"0".repeat(1e6)}x`,
      `${"1".repeat(1e6)}.1.`,
      `1${"0".repeat(1e6)}E`,
      `1e${"9".repeat(1e6)}`,
    ]) {
      expect(() => parseQuantity(text)).toThrow(QuantityError);
    }
  });

  test("rounds away from zero", () => {
    expect(parseQuantity("1500u").roundUp(-3).toString()).toBe("2m");
    expect(parseQuantity("100m").roundUp(-3).toString()).toBe("100m");
    expect(parseQuantity("-1500u").roundUp(-3).toString()).toBe("-2m");
  });

  test("an exponent beyond all measure costs nothing", () => {
    const huge = parseQuantity("1e2000000000");
    expect(huge.toString()).toBe("100e1999999998");
    expect(huge.compare(parseQuantity("1Ei"))).toBe(1);
    expect(parseQuantity("1e-2000000000").toString()).toBe("1e-9");
  });

  test("the canonical text reads as the same quantity", () => {
    const suffix = fc.constantFrom("", "m", "u", "n", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "e-3");
    // Up to what E can say: beyond it upstream drops the suffix, and with it the value.
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 11n), max: 10n ** 11n }), suffix, (number, unit) => {
        const quantity = parseQuantity(`${number}${unit}`);
        const again = parseQuantity(quantity.toString());
        expect(again.compare(quantity)).toBe(0);
        expect(again.toString()).toBe(quantity.toString());
      }),
    );
  });
});
