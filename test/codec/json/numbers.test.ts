import { describe, expect, it } from "vitest";
import { fits, integerOf, untypedNumber } from "../../../src/codec/json/numbers.js";
import { readTyped } from "../../../src/codec/json/read.js";
import { RawJson } from "../../../src/kube/json.js";
import { typeOf } from "../golden.js";

describe("integerOf", () => {
  it("keeps every digit of what fits a type", () => {
    expect(integerOf("9223372036854775807")).toBe(9223372036854775807n);
    expect(integerOf("-9223372036854775808")).toBe(-9223372036854775808n);
    expect(integerOf("18446744073709551615")).toBe(18446744073709551615n);
  });

  it("says of a million digits only that they fit nothing", () => {
    const digits = "9".repeat(1_000_000);
    for (const literal of [digits, `-${digits}`]) {
      const value = integerOf(literal)!;
      expect(value > 0).toBe(literal === digits);
      for (const type of ["int32", "int64", "uint32", "uint64"] as const) expect(fits(value, type)).toBe(false);
      expect(untypedNumber(literal)).toBeUndefined();
      // BigInt would have made them all.
      expect(value.toString().length).toBeLessThan(100);
    }
  });
});

describe("numbers in fields that are kept as they come", () => {
  const read = (data: string) => readTyped(`{"data":${data}}`, typeOf(["apps", "v1", "ControllerRevision"]));

  it.each(["1e999", '{"a":[1,-1E+400]}', `{"a":${"9".repeat(400)}}`])("refuses %s", (data) => {
    expect(() => read(data)).toThrow("docs/gaps.md#huge-numbers");
  });

  it.each(["1e308", '"1e999"', '{"1e999":"\\\\\\"1e999"}', "1e-999"])("takes %s", (data) => {
    expect(read(data)).toMatchObject({ data: new RawJson(data) });
  });
});
