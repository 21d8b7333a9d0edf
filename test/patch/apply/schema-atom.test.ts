import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../src/kube/json.js";
import { DEDUCED } from "../../../src/patch/apply/atom.js";
import { encodeFields } from "../../../src/patch/apply/fields-v1.js";
import { customAtom } from "../../../src/patch/apply/schema-atom.js";
import { toFieldSet } from "../../../src/patch/apply/to-field-set.js";
import { validate } from "../../../src/patch/apply/validate.js";
import { readSchema } from "../../../src/schema/crd/schema.js";
import { loadTables } from "../../../src/schema/tables.js";

const metadata = loadTables("1.34").struct("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
const item = { type: "object", properties: { name: { type: "string" }, mode: { type: "string", default: "m" } } };

const atom = customAtom(
  readSchema({
    type: "object",
    properties: {
      list: { type: "array", items: { type: "string" } },
      set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "integer" } },
      map: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name", "mode"],
        items: item,
      },
      whole: { type: "object", "x-kubernetes-map-type": "atomic", properties: { a: { type: "string" } } },
      tags: { type: "object", additionalProperties: { type: "string" } },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      either: { "x-kubernetes-int-or-string": true },
      embedded: { type: "object", "x-kubernetes-embedded-resource": true },
      closed: { type: "object", properties: { a: { type: "boolean" } } },
    },
  } as JsonObject),
  { preserves: false, metadata },
);

const owned = (value: JsonObject) => JSON.parse(encodeFields(toFieldSet(atom, value))) as unknown;
const problem = (value: Json): string => {
  try {
    validate(atom, value);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

/** Each word of a definition that says who owns what. */
describe("a definition's schema", () => {
  it.each<[JsonObject, unknown]>([
    [{ list: ["a"] }, { "f:list": {} }],
    [{ set: [2, 1] }, { "f:set": { "v:1": {}, "v:2": {} } }],
    [{ map: [{ name: "x" }] }, { "f:map": { 'k:{"mode":"m","name":"x"}': { ".": {}, "f:name": {} } } }],
    [{ whole: { a: "1" } }, { "f:whole": {} }],
    [{ tags: { a: "1" } }, { "f:tags": { "f:a": {} } }],
    [{ tags: {} }, { "f:tags": {} }],
    [{ free: { a: { b: [1] } } }, { "f:free": { "f:a": { ".": {}, "f:b": {} } } }],
    [{ either: "1" }, { "f:either": {} }],
    [{ embedded: { kind: "A", metadata: { finalizers: ["x"] } } }, ownedEmbedded()],
    [{ metadata: { labels: { a: "1" } } }, { "f:metadata": { "f:labels": { "f:a": {} } } }],
  ])("of %j gives %j owners", (value, fields) => {
    expect(owned(value)).toEqual(fields);
  });

  it.each<[JsonObject, string]>([
    [{ nope: 1 }, ".nope: field not declared in schema"],
    [{ closed: { b: 1 } }, ".closed.b: field not declared in schema"],
    [{ closed: { a: "x" } }, ".closed.a: expected boolean, got &{x}"],
    [{ set: ["a"] }, '.set[="a"]: expected numeric (int or float), got string'],
    [{ set: [1, 1] }, ".set: duplicate entries for key [=1]"],
    [{ free: { anything: [1, { a: null }] }, either: 5, apiVersion: "a/v1", kind: "A" }, ""],
  ])("of %j finds %j", (value, message) => {
    expect(problem(value)).toBe(message);
  });

  it("that is missing leaves everything open", () => {
    expect(customAtom(undefined, { preserves: false, metadata }).map?.element).toBe(DEDUCED);
  });
});

function ownedEmbedded() {
  return { "f:embedded": { "f:kind": {}, "f:metadata": { "f:finalizers": { 'v:"x"': {} } } } };
}
