import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FloatLiteral, RawJson } from "../../src/kube/json.js";
import { expandRaw } from "../../src/kube/raw-json.js";

describe("expandRaw", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value, (_, part: unknown) =>
          typeof part === "number" ? Math.fround(part) % 1 : part,
        );
        expect(expandRaw(new RawJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("keeps numbers exact and apart", () => {
    expect(expandRaw(new RawJson("[9007199254740993, 1.0, 1.5, -0, 1]"))).toEqual([
      9007199254740993n,
      new FloatLiteral(1, "1.0"),
      1.5,
      -0,
      1,
    ]);
  });

  it.each(["", "{", "[1", '{"a" 1}', "1 2", "nul", "[1 2]"])("refuses %j", (text) => {
    expect(() => expandRaw(new RawJson(text))).toThrow(SyntaxError);
  });
});
