import { describe, expect, it } from "vitest";
import { goString, goType, goValue } from "../../src/kube/go-format.js";
import { FloatLiteral, RawJson } from "../../src/kube/json.js";

describe("goValue", () => {
  it("prints decoded JSON as fmt does", () => {
    expect(goValue({ b: [1, "x", null], a: { "": true } })).toBe("map[a:map[:true] b:[1 x <nil>]]");
    expect(goValue(new RawJson('{"b":1,"a":2}'))).toBe("map[a:2 b:1]");
    expect(goValue(9007199254740993n)).toBe("9007199254740993");
  });

  it.each([
    [0.5, "0.5"],
    [0.00001, "1e-05"],
    [1234567.5, "1.2345675e+06"],
    [1.5e-7, "1.5e-07"],
    [-0.25, "-0.25"],
  ])("prints the float %d as %s", (value, text) => {
    expect(goValue(value)).toBe(text);
  });

  it("tells floats from integers", () => {
    expect(goValue(new FloatLiteral(1_000_000, "1e6"))).toBe("1e+06");
    expect(goValue(18446744073709551615n)).toBe("1.8446744073709552e+19");
    expect([1, 1.5, 1n, 2n ** 63n, new FloatLiteral(1, "1.0")].map(goType)).toEqual([
      "int64",
      "float64",
      "int64",
      "float64",
      "float64",
    ]);
  });
});

describe("goString", () => {
  it("marks what is no string", () => {
    expect(goString("a")).toBe("a");
    expect(goString({ a: 1, b: "x" })).toBe("map[a:%!s(int64=1) b:x]");
    expect(goString(null)).toBe("%!s(<nil>)");
  });
});
