import { describe, expect, test } from "vitest";
import * as f from "../../src/kube/field-errors.js";
import { FieldPath } from "../../src/kube/field-path.js";
import { FloatLiteral, RawJson } from "../../src/kube/json.js";

const path = FieldPath.of("spec", "a").index(3).child("b").key("k");

describe("field errors", () => {
  test("paths read as upstream's", () => {
    expect(String(path)).toBe("spec.a[3].b[k]");
    expect(String(FieldPath.of())).toBe("<nil>");
    expect(String(FieldPath.of().child("key"))).toBe("key");
  });

  test.each<[f.FieldError, string]>([
    [f.required(path), "Required value"],
    [f.required(path, "why"), "Required value: why"],
    [f.invalidValue(path, 'a"b', "why"), 'Invalid value: "a\\"b": why'],
    [f.invalidValue(path, 5, "w"), "Invalid value: 5: w"],
    [f.invalidValue(path, 12345678, "w"), "Invalid value: 12345678: w"],
    [f.invalidValue(path, new FloatLiteral(12345678, "12345678.0"), "w"), "Invalid value: 1.2345678e+07: w"],
    [f.invalidValue(path, 0.00001, "w"), "Invalid value: 1e-05: w"],
    [f.invalidValue(path, true, "w"), "Invalid value: true: w"],
    [f.invalidValue(path, null, "w"), "Invalid value: null: w"],
    [f.invalidValue(path, { b: 1, a: "<" }, "w"), 'Invalid value: {"a":"\\u003c","b":1}: w'],
    [f.invalidValue(path, new RawJson('{"b":1,"a":2}'), "w"), 'Invalid value: {"b":1,"a":2}: w'],
    [f.invalidValue(path, ["x", "y"], "w"), 'Invalid value: ["x","y"]: w'],
    [f.notSupported(path, "q", ["b", "a"]), 'Unsupported value: "q": supported values: "b", "a"'],
    [f.notSupported(path, "q", []), 'Unsupported value: "q"'],
    [f.duplicate(path, "x"), 'Duplicate value: "x"'],
    [f.forbiddenField(path, "no"), "Forbidden: no"],
    [f.tooLong(path, 5), "Too long: may not be more than 5 bytes"],
    [f.tooLong(path, 1), "Too long: may not be more than 1 byte"],
    [f.tooLong(path, -1), "Too long: value is too long"],
    [f.tooMany(path, 5, 1), "Too many: 5: must have at most 1 item"],
    [f.tooMany(path, -1, 3), "Too many: must have at most 3 items"],
    [f.tooMany(path, 5, -1), "Too many: 5: has too many items"],
    [f.notFoundValue(path, "x"), 'Not found: "x"'],
    [f.internalFieldError(path, "boom"), "Internal error: boom"],
    [f.typeInvalid(path, "s", "must be"), 'Invalid value: "s": must be'],
  ])("%j", (error, body) => {
    expect(f.errorText(error)).toBe(`spec.a[3].b[k]: ${body}`);
    expect(f.causeOf(error)).toEqual({ reason: error.type, message: body, field: "spec.a[3].b[k]" });
  });
});
