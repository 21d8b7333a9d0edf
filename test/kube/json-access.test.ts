import { describe, expect, it } from "vitest";
import { FloatLiteral, type JsonObject, RawJson } from "../../src/kube/json.js";
import { cloneJson, fieldNames, fieldOf, hasField, setField } from "../../src/kube/json-access.js";

describe("field access", () => {
  it("sees no fields that the client did not send", () => {
    expect(fieldOf({}, "constructor")).toBeUndefined();
    expect(hasField({ a: undefined }, "a")).toBe(false);
    expect(fieldNames({ a: undefined, b: null })).toEqual(["b"]);
  });

  it("makes __proto__ a field", () => {
    const object: JsonObject = {};
    setField(object, "__proto__", { polluted: true });
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect(fieldOf(object, "__proto__")).toEqual({ polluted: true });
    const copy = cloneJson(object) as JsonObject;
    expect(fieldNames(copy)).toEqual(["__proto__"]);
  });
});

describe("cloneJson", () => {
  it("shares nothing that can change", () => {
    const original = { list: [{ a: 1n }], raw: new RawJson("{}"), float: new FloatLiteral(1, "1.0"), none: undefined };
    const copy = cloneJson(original) as JsonObject;
    expect(copy).toEqual({ list: [{ a: 1n }], raw: original.raw, float: original.float });
    expect(copy.list).not.toBe(original.list);
    expect((copy.list as JsonObject[])[0]).not.toBe(original.list[0]);
  });
});
