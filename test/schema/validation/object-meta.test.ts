import { describe, expect, test } from "vitest";
import { errorText, type FieldError } from "../../../src/kube/field-errors.js";
import type { JsonObject, KubeObject } from "../../../src/kube/json.js";
import { validateObjectMeta, validateObjectMetaUpdate } from "../../../src/schema/validation/object-meta.js";

const object = (metadata: JsonObject): KubeObject => ({ apiVersion: "v1", kind: "X", metadata }) as KubeObject;
const texts = (errors: readonly FieldError[]): string[] => errors.map(errorText);

const owner = (rest: JsonObject = {}): JsonObject => ({ apiVersion: "v1", kind: "Pod", name: "p", uid: "u", ...rest });

describe("metadata", () => {
  test.each<[JsonObject, string[]]>([
    [{ name: "a.b", namespace: "n", labels: { "a/b": "c" }, annotations: { "a/B": "anything at all" } }, []],
    [{ name: "a" }, ["metadata.namespace: Required value"]],
    [{ namespace: "n" }, ["metadata.name: Required value: name or generateName is required"]],
    [
      { name: "a", namespace: "n", ownerReferences: [owner({ kind: "" })] },
      ['metadata.ownerReferences.kind: Invalid value: "": must not be empty'],
    ],
    [
      { name: "a", namespace: "n", ownerReferences: [owner({ kind: "Event" })] },
      [
        `metadata.ownerReferences: Invalid value: ${JSON.stringify(owner({ kind: "Event" }))}: /v1, Kind=Event is disallowed from being an owner`,
      ],
    ],
    [
      { name: "a", namespace: "n", annotations: { a: "x".repeat(256 * 1024) } },
      ["metadata.annotations: Too long: may not be more than 262144 bytes"],
    ],
  ])("%#", (metadata, expected) => {
    expect(texts(validateObjectMeta(object(metadata), true))).toEqual(expected);
  });

  test("of a cluster-wide object has no namespace", () => {
    expect(texts(validateObjectMeta(object({ name: "a", namespace: "n" }), false))).toEqual([
      "metadata.namespace: Forbidden: not allowed on this type",
    ]);
  });
});

describe("changed metadata", () => {
  const old = { name: "a", namespace: "n", uid: "u", creationTimestamp: "2026-01-02T03:04:05Z", resourceVersion: "7" };
  const changed = (change: JsonObject): string[] =>
    texts(validateObjectMetaUpdate(object({ ...old, ...change }), object(old)));

  test("may bring labels, annotations and owners", () => {
    expect(changed({ labels: { a: "b" }, annotations: { a: "b" }, ownerReferences: [owner()] })).toEqual([]);
  });

  test.each(["name", "namespace", "uid"])("must not bring another %s", (field) => {
    expect(changed({ [field]: "other" })).toEqual([`metadata.${field}: Invalid value: "other": field is immutable`]);
  });

  test("may lose finalizers but not gain them once the object is being deleted", () => {
    const going = { ...old, deletionTimestamp: "2026-01-02T03:04:05Z", finalizers: ["a/b"] };
    const update = (finalizers: string[]): string[] =>
      texts(validateObjectMetaUpdate(object({ ...going, finalizers }), object(going)));
    expect(update([])).toEqual([]);
    expect(update(["a/b", "c/d"])).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"c/d"}',
    ]);
  });
});
