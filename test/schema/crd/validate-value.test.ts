import { describe, expect, it } from "vitest";
import { errorText } from "../../../src/kube/field-errors.js";
import { FloatLiteral, type Json } from "../../../src/kube/json.js";
import { Correlation } from "../../../src/schema/crd/correlation.js";
import { fieldErrors, ROOT } from "../../../src/schema/crd/result.js";
import { validateValue } from "../../../src/schema/crd/validate-value.js";
import { object, schema } from "./support.js";

function problems(property: Record<string, unknown>, value: Json): string[] {
  return fieldErrors(validateValue(object({ p: property }), { p: value }), ROOT).map(errorText);
}

const IN = "p: Invalid value:";

/** Schema, value, what a real server says. */
const CASES: readonly (readonly [Record<string, unknown>, Json, readonly string[]])[] = [
  [{ type: "string" }, 5, [`${IN} "integer": p in body must be of type string: "integer"`]],
  [{ type: "integer" }, "5", [`${IN} "string": p in body must be of type integer: "string"`]],
  [{ type: "integer" }, 1.5, [`${IN} "number": p in body must be of type integer: "number"`]],
  [{ type: "integer" }, new FloatLiteral(2, "2.0"), []],
  [{ type: "number" }, 5, []],
  [{ type: "string" }, null, [`${IN} "null": p in body must be of type string: "null"`]],
  [{ type: "string", nullable: true }, null, []],
  [
    { "x-kubernetes-int-or-string": true },
    true,
    [`${IN} "boolean": p in body must be of type integer,string: "boolean"`],
  ],
  [{ type: "integer", minimum: 1, maximum: 100 }, 500, [`${IN} 500: p in body should be less than or equal to 100`]],
  [{ type: "number", minimum: 1.5, exclusiveMinimum: true }, 1.5, [`${IN} 1.5: p in body should be greater than 1.5`]],
  [{ type: "integer", multipleOf: 3 }, 10, [`${IN} 10: p in body should be a multiple of 3`]],
  [{ type: "string", maxLength: 2 }, "äöü", ["p: Too long: may not be more than 2 bytes"]],
  [{ type: "string", minLength: 2 }, "ä", [`${IN} "ä": p in body should be at least 2 chars long`]],
  [{ type: "string", pattern: "^[a-z]+$" }, "A", [`${IN} "A": p in body should match '^[a-z]+$'`]],
  [{ type: "string", enum: ["a", "b"] }, "c", ['p: Unsupported value: "c": supported values: "a", "b"']],
  [
    { type: "string", format: "date-time" },
    "yesterday",
    [`${IN} "yesterday": p in body must be of type date-time: "yesterday"`],
  ],
  [{ type: "string", format: "no-such" }, "x", []],
  [{ type: "array", items: { type: "string" }, maxItems: 1 }, ["a", "b"], ["p: Too many: 2: must have at most 1 item"]],
  [{ type: "array", items: { type: "string" }, minItems: 1 }, [], [`${IN} 0: p in body should have at least 1 items`]],
  [
    { type: "array", items: { type: "string" } },
    [1],
    ['p[0]: Invalid value: "integer": p[0] in body must be of type string: "integer"'],
  ],
  [{ type: "object", required: ["a"], properties: { a: { type: "string" } } }, {}, ["p.a: Required value"]],
  [
    { type: "object", additionalProperties: { type: "string" }, maxProperties: 1 },
    { a: 1, b: "x" },
    [
      "p: Too many: 2: must have at most 1 item",
      'p.a: Invalid value: "integer": p.a in body must be of type string: "integer"',
    ],
  ],
];

describe("a value that does not fit its schema", () => {
  it.each(CASES)("%j: %j", (property, value, expected) => {
    expect(problems(property, value)).toEqual(expected);
  });

  it("of several schemas is told what failed in the one that fitted best", () => {
    const properties = { a: { type: "string" }, b: { type: "string" } };
    const alternatives = [{ required: ["a"] }, { required: ["b"] }];
    expect(problems({ type: "object", properties, oneOf: alternatives }, {})).toEqual([
      '<nil>: Invalid value: "": "p" must validate one and only one schema (oneOf). Found none valid',
      "p.a: Required value",
    ]);
    expect(problems({ type: "object", properties, oneOf: alternatives }, { a: "", b: "" })).toEqual([
      '<nil>: Invalid value: "": "p" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ]);
    expect(problems({ type: "object", properties, anyOf: alternatives }, { b: "" })).toEqual([]);
    expect(problems({ type: "object", properties, not: { required: ["a"] } }, { a: "" })).toEqual([
      '<nil>: Invalid value: "": "p" must not validate the schema (not)',
    ]);
    expect(problems({ type: "integer", allOf: [{ minimum: 5 }, { maximum: 9 }] }, 3)).toEqual([
      `${IN} 3: p in body should be greater than or equal to 5`,
      '<nil>: Invalid value: "": "p" must validate all the schemas (allOf)',
    ]);
  });

  it("is let be where it has not changed", () => {
    const items = { type: "object", properties: { k: { type: "string" }, v: { type: "string", maxLength: 1 } } };
    const map = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] };
    const by = object({ p: { type: "string", maxLength: 1 }, l: { type: "array", items, ...map } });
    const check = (value: Json, old: Json) =>
      fieldErrors(validateValue(by, value, "", new Correlation(value, old, by)), ROOT).map(errorText);
    expect(check({ p: "long", x: 1 }, { p: "long" })).toEqual([]);
    expect(check({ p: "longer" }, { p: "long" })).toEqual(["p: Too long: may not be more than 1 byte"]);
    const old = { l: [{ k: "a", v: "long" }] };
    expect(
      check(
        {
          l: [
            { k: "b", v: "x" },
            { k: "a", v: "long" },
          ],
        },
        old,
      ),
    ).toEqual([]);
    expect(check({ l: [{ k: "b", v: "long" }] }, old)).toEqual(["l[0].v: Too long: may not be more than 1 byte"]);
  });

  it("of a root schema without properties is fine", () => {
    expect(validateValue(schema({ type: "object" }), { any: [1, "2", null] }).valid).toBe(true);
  });
});
