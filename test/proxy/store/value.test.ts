import { describe, expect, test } from "vitest";
import { bootstrapIdentity, bootstrapLayer } from "../../../src/cluster/bootstrap.js";
import { readValue, storedValue } from "../../../src/proxy/store/value.js";
import { MemoryStore } from "../../../src/store/memory-store.js";
import type { StoredObject } from "../../../src/store/store.js";
import { CustomResources } from "../../../src/verbs/crd/custom-resources.js";
import { registry, tables } from "./rig.js";

/** What is left of a stored object when its revision is not told. */
function keptOf({ index, bytes, slot, revision }: StoredObject): Buffer {
  return storedValue({ index, head: bytes.subarray(0, slot), tail: bytes.subarray(slot + String(revision).length) });
}

describe("values in etcd", () => {
  test("of all that a fresh cluster has are read as they were written", () => {
    const base = bootstrapLayer(tables, registry, { serviceCidr: "10.96.0.0/16", serviceIp: "10.96.0.1" });
    const identity = { seed: "s", cluster: "c", created: 1e12, address: "127.0.0.1", port: 6443, certificate: "c" };
    const store = new MemoryStore({ base: base.tenant(bootstrapIdentity(identity)) });
    let count = 0;
    for (const object of store.snapshot()!.range("")) {
      const value = keptOf(object);
      expect(JSON.parse(value.toString()).metadata.resourceVersion).toBeUndefined();
      const read = readValue(object.key, value, { builtin: registry, current: registry });
      expect(storedValue(read).toString()).toBe(value.toString());
      const { name, namespace, uid, labels, fields } = object.index;
      expect(read.index).toEqual({ name, namespace, uid, labels, fields });
      count++;
    }
    expect(count).toBeGreaterThan(100);
  });

  const text = (version: string) =>
    `{"alpha":{"a":1.5,"resourceVersion":"","z":1},"apiVersion":"example.com/${version}","kind":"Thing",` +
    '"metadata":{"creationTimestamp":"2026-01-01T00:00:00Z","generation":1,"labels":{"resourceVersion":"x"},' +
    '"name":"t","namespace":"ns","uid":"u"},"zeta":9007199254740993}';

  function defined() {
    const store = new MemoryStore();
    const definition = {
      kind: "CustomResourceDefinition",
      apiVersion: "apiextensions.k8s.io/v1",
      metadata: { name: "things.example.com", uid: "d" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
        versions: ["v1", "v0"].map((name) => ({
          ...{ name, served: name === "v1", storage: name === "v1" },
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        })),
        conversion: { strategy: "None" },
      },
      status: {
        conditions: [
          { type: "NamesAccepted", status: "True" },
          { type: "Established", status: "True" },
        ],
        acceptedNames: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
        storedVersions: ["v1"],
      },
    };
    const key = "apiextensions.k8s.io/customresourcedefinitions/things.example.com";
    const value = Buffer.from(JSON.stringify(definition));
    store.commit({ key, expected: 0, object: readValue(key, value, { builtin: registry, current: registry }) });
    return new CustomResources(tables, registry, () => store).registry;
  }

  test.each([
    ["v1", true],
    ["v0", false],
    ["gone", false],
  ])("of custom resources of version %s are kept as they are", (version, fits) => {
    const value = Buffer.from(text(version));
    const read = readValue("/c/x", value, { builtin: registry, current: defined() });
    expect(storedValue(read).toString()).toBe(value.toString());
    expect(read.index).toMatchObject({ name: "t", namespace: "ns", uid: "u", labels: { resourceVersion: "x" } });
    // Whoever reads it knows whether it was made by what is defined now.
    expect(read.index.shape !== undefined).toBe(fits);
  });

  test("that make no sense are told by their key", () => {
    const read = (value: string) => () =>
      readValue("/c/pods/ns/p", Buffer.from(value), { builtin: registry, current: registry });
    expect(read("nonsense")).toThrow(/\/c\/pods\/ns\/p can't be carried over/);
    expect(read('{"kind":"Nonsense","apiVersion":"v1","metadata":{}}')).toThrow("v1 Nonsense is not served");
    expect(read("k8s:enc:aescbc:v1:key:xyz")).toThrow("it is encrypted");
  });
});
