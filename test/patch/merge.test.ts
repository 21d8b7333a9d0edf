import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../src/kube/json.js";
import { RawJson } from "../../src/kube/json.js";
import { ApiError } from "../../src/kube/status.js";
import { applyMergePatch } from "../../src/patch/merge.js";

describe("applyMergePatch", () => {
  it("drops nulls from what is new, but not from a list that replaces an object", () => {
    expect(applyMergePatch({}, { a: { b: null, c: [{ d: null }, null] } })).toEqual({ a: { c: [{}, null] } });
    expect(applyMergePatch({ a: 1 }, { a: [{ d: null }] })).toEqual({ a: [{}] });
    expect(applyMergePatch({ a: {} }, { a: [{ d: null }] })).toEqual({ a: [{ d: null }] });
  });

  it("merges into verbatim parts", () => {
    expect(applyMergePatch({ data: new RawJson('{"a":1,"b":18446744073709551615}') }, { data: { a: null } })).toEqual({
      data: { b: 18446744073709551615n },
    });
  });

  it("refuses what is no object", () => {
    const message = (patch: Json, lenient: boolean) => {
      try {
        return applyMergePatch({}, patch, { lenient });
      } catch (error) {
        return error instanceof ApiError ? `${error.status.code} ${error.status.message}` : error;
      }
    };
    expect(message(null, false)).toBe("400 Invalid JSON Patch");
    expect(message("x", true)).toBe("400 Invalid JSON Patch");
    expect(message([1], false)).toBe(
      "400 error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    );
    expect(message([{ a: null }], true)).toEqual([{}]);
  });

  const json = fc.letrec<{ object: JsonObject; value: Json }>((tie) => ({
    object: fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), tie("value"), {
      maxKeys: 3,
      noNullPrototype: true,
    }) as fc.Arbitrary<JsonObject>,
    value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.bigInt(), fc.boolean(), fc.constant(null), tie("object")),
  })).object;

  it("gives the same when applied twice", () => {
    fc.assert(
      fc.property(json, json, (current, patch) => {
        const once = applyMergePatch(current, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });

  it("writes touched objects with sorted keys", () => {
    expect(Object.keys(applyMergePatch({ b: 1, c: 2 }, { a: 1 }) as JsonObject)).toEqual(["a", "b", "c"]);
  });
});
