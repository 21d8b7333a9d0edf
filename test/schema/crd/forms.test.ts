import { describe, expect, it } from "vitest";
import { errorText } from "../../../src/kube/field-errors.js";
import { FieldPath } from "../../../src/kube/field-path.js";
import type { Json } from "../../../src/kube/json.js";
import { applySchemaDefaults, dropNulls } from "../../../src/schema/crd/defaulting.js";
import { coerceEmbedded, validateEmbedded } from "../../../src/schema/crd/embedded.js";
import { validateListTypes } from "../../../src/schema/crd/list-type.js";
import { prune } from "../../../src/schema/crd/prune.js";
import type { Schema } from "../../../src/schema/crd/schema.js";
import { UnknownFields } from "../../../src/schema/crd/unknown-fields.js";
import { copy, object, reader, schema } from "./support.js";

const ROOT = FieldPath.of();
const text = { type: "string" };

function pruned(value: Json, by: Schema | undefined): { value: Json; unknown: string[] } {
  const out = copy(value);
  const unknown = new UnknownFields(true);
  prune(out, by, true, unknown);
  return { value: out, unknown: unknown.found };
}

describe("pruning", () => {
  it("takes away what the schema does not name, at any depth, and tells where", () => {
    const by = object({
      spec: {
        type: "object",
        properties: { list: { type: "array", items: { type: "object", properties: { a: text } } } },
      },
    });
    const value = { kind: "K", metadata: { any: 1 }, spec: { list: [{ a: "1", b: 2 }], c: 3 }, d: 4 };
    expect(pruned(value, by)).toEqual({
      value: { kind: "K", metadata: { any: 1 }, spec: { list: [{ a: "1" }] } },
      unknown: ["d", "spec.c", "spec.list[0].b"],
    });
  });

  it("keeps what may be unknown, but looks at what is named there", () => {
    const keeps = "x-kubernetes-preserve-unknown-fields";
    const by = object({
      spec: { type: "object", [keeps]: true, properties: { known: { type: "object", properties: { a: text } } } },
    });
    expect(pruned({ spec: { free: { b: 1 }, known: { a: "1", b: 2 } } }, by)).toEqual({
      value: { spec: { free: { b: 1 }, known: { a: "1" } } },
      unknown: ["spec.known.b"],
    });
  });

  it("keeps the keys of a map, and the kind and metadata of embedded resources", () => {
    const by = object({
      map: { type: "object", additionalProperties: text },
      embedded: { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: text } },
    });
    const value = { map: { x: "1" }, embedded: { kind: "Pod", metadata: { name: "p" }, spec: "s", status: 1 } };
    expect(pruned(value, by)).toEqual({
      value: { map: { x: "1" }, embedded: { kind: "Pod", metadata: { name: "p" }, spec: "s" } },
      unknown: ["embedded.status"],
    });
  });

  it("leaves nothing without a schema", () => {
    expect(pruned({ kind: "K", spec: {}, x: 1 }, undefined).value).toEqual({ kind: "K" });
  });
});

describe("defaults", () => {
  const by = object({
    a: { type: "string", default: "x" },
    nested: { type: "object", default: {}, properties: { deep: { type: "integer", default: 1 } } },
    nullable: { type: "string", nullable: true, default: "y" },
    list: { type: "array", items: { type: "object", properties: { d: { type: "string", default: "z" } } } },
    plain: text,
  });

  it("fill in what is absent, in what they filled in, too", () => {
    const value: Json = { list: [{}, { d: "own" }] };
    applySchemaDefaults(value, by);
    expect(value).toEqual({ a: "x", nested: { deep: 1 }, nullable: "y", list: [{ d: "z" }, { d: "own" }] });
  });

  it("replace a null that may not be; another such null goes, one that may be stays", () => {
    const value: Json = { a: null, nullable: null, plain: null };
    dropNulls(value, by);
    applySchemaDefaults(value, by);
    expect(value).toEqual({ a: "x", nested: { deep: 1 }, nullable: null });
  });

  it("are not shared between objects", () => {
    const [first, second]: Json[] = [{}, {}];
    applySchemaDefaults(first!, by);
    (first as { nested: { deep: number } }).nested.deep = 5;
    applySchemaDefaults(second!, by);
    expect(second).toMatchObject({ nested: { deep: 1 } });
  });
});

describe("lists", () => {
  const duplicates = (value: Json, list: Record<string, unknown>) =>
    validateListTypes({ l: value }, object({ l: { type: "array", ...list } }), ROOT).map(errorText);

  it("of type set have no value twice, and the second one is told once", () => {
    const set = { "x-kubernetes-list-type": "set", items: text };
    expect(duplicates(["a", "b", "a", "a"], set)).toEqual(['l[2]: Duplicate value: "a"']);
  });

  it("of type map have no key twice", () => {
    const properties = { k: text, n: { type: "integer" } };
    const map = { "x-kubernetes-list-type": "map", items: { type: "object", properties } };
    expect(duplicates([{ k: "a" }, { k: "a" }, {}, {}], { ...map, "x-kubernetes-list-map-keys": ["k"] })).toEqual([
      'l[1]: Duplicate value: {"k":"a"}',
      "l[3]: Duplicate value: {}",
    ]);
    const keys = { "x-kubernetes-list-map-keys": ["k", "n"] };
    expect(
      duplicates(
        [
          { k: "a", n: 1 },
          { k: "a", n: 2 },
          { k: "a", n: 1 },
        ],
        { ...map, ...keys },
      ),
    ).toEqual(['l[2]: Duplicate value: {"k":"a","n":1}']);
  });
});

describe("embedded resources", () => {
  const by = object({
    t: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
  });

  it("have metadata of the right form, and unknown fields of it are told", () => {
    const value = { t: { apiVersion: "v1", kind: "Pod", metadata: { name: "x", bogus: 1, labels: {} } } };
    const unknown = new UnknownFields(true);
    coerceEmbedded(value, by, reader, ROOT, { unknown });
    expect(value.t.metadata).toEqual({ name: "x" });
    expect(unknown.found).toEqual(["t.metadata.bogus"]);
  });

  it("name their kind and version, and are refused with malformed metadata", () => {
    const errors = (t: Json) => validateEmbedded({ t }, by, reader, ROOT).map(errorText);
    expect(errors({})).toEqual(["t.apiVersion: Required value", "t.kind: Required value"]);
    expect(errors({ apiVersion: "a/b/c", kind: "" })).toEqual([
      't.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      't.kind: Invalid value: "": must not be empty',
    ]);
    expect(() => coerceEmbedded({ t: { kind: 5 } }, by, reader, ROOT)).toThrow(
      "t.kind: Invalid value: 5: must be a string",
    );
    expect(schema({ type: "object" }).properties.size).toBe(0);
  });
});
