import { describe, expect, it } from "vitest";
import { readTyped } from "../../../src/codec/json/read.js";
import { transcodeToProto } from "../../../src/codec/protobuf/envelope.js";
import type { JsonObject, KubeObject } from "../../../src/kube/json.js";
import { decodeValue } from "../../../src/proxy/promote/decode.js";
import { definitionToV1 } from "../../../src/proxy/promote/definitions.js";
import { exportObjects, exportProblems } from "../../../src/proxy/promote/export.js";
import { importContent } from "../../../src/proxy/promote/import.js";
import { builtinRegistry } from "../../../src/schema/registry-builtin.js";
import { strategyFor } from "../../../src/schema/strategy/registry.js";
import { loadTables } from "../../../src/schema/tables.js";
import { MemoryStore } from "../../../src/store/memory-store.js";
import type { Store } from "../../../src/store/store.js";
import { encodeForStore } from "../../../src/verbs/objects.js";

const registry = builtinRegistry(loadTables("1.34"));

function put(store: Store, key: string, object: KubeObject): void {
  const def = decodeValue(key, Buffer.from(JSON.stringify(object)), registry).def;
  const typed = readTyped(JSON.stringify(object), def.type) as KubeObject;
  const { group, resource } = def.gvr;
  const encoded = encodeForStore(typed, def.storage!, strategyFor(group, resource));
  void store.commit({ key, expected: store.get(key)?.revision ?? 0, object: encoded });
}

const meta = (name: string, more: JsonObject = {}) => ({
  name,
  uid: `uid-of-${name}`,
  creationTimestamp: "2024-01-01T00:00:00Z",
  ...more,
});

function filled(): MemoryStore {
  const store = new MemoryStore({});
  put(store, "minions/n", {
    apiVersion: "v1",
    kind: "Node",
    metadata: meta("n", { labels: { resourceVersion: "label" } }),
    status: { capacity: { cpu: "1500m" } },
  });
  put(store, "configmaps/ns/b", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta("b", { namespace: "ns" }),
    data: { text: '"resourceVersion":"5"' },
  });
  put(store, "configmaps/ns/a", { apiVersion: "v1", kind: "ConfigMap", metadata: meta("a", { namespace: "ns" }) });
  put(store, "minions/n", { apiVersion: "v1", kind: "Node", metadata: meta("n", { labels: { changed: "yes" } }) });
  const labels = { "apiserver.kubernetes.io/identity": "kube-apiserver" };
  put(store, "leases/kube-system/apiserver-x", {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: meta("apiserver-x", { namespace: "kube-system", labels }),
  });
  return store;
}

const plain = (store: Store) =>
  [...(store.snapshot()?.range("") ?? [])].map(({ key, bytes }) => {
    const { metadata, ...rest } = JSON.parse(bytes.toString()) as KubeObject;
    return [key, { ...rest, metadata: { ...metadata, resourceVersion: undefined } }] as const;
  });

describe("exportObjects", () => {
  it("gives keys of etcd and values without a revision, in the order of the last change", () => {
    const objects = [...exportObjects(filled().snapshot()!, "/c/")];
    expect(objects.map(({ key }) => key)).toEqual(["/c/configmaps/ns/b", "/c/configmaps/ns/a", "/c/minions/n"]);
    for (const { value } of objects) {
      const { metadata } = JSON.parse(value.toString()) as KubeObject;
      expect(metadata.resourceVersion).toBeUndefined();
      expect(metadata.uid).toBe(`uid-of-${metadata.name}`);
    }
    expect(JSON.parse(objects[0]!.value.toString())).toMatchObject({
      kind: "ConfigMap",
      apiVersion: "v1",
      data: { text: '"resourceVersion":"5"' },
    });
  });

  it("tells of definitions that are on their way", () => {
    const store = filled();
    expect(exportProblems(store.snapshot()!)).toEqual([]);
    const key = "apiextensions.k8s.io/customresourcedefinitions/x.e";
    const definition = (status: string) => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: meta("x.e"),
      spec: { group: "e", names: { plural: "x", kind: "X" }, scope: "Cluster", versions: [] },
      status: { conditions: [{ type: "Established", status }] },
    });
    put(store, key, definition("False"));
    expect(exportProblems(store.snapshot()!)).toEqual(["the CustomResourceDefinition x.e is not established yet"]);
    put(store, key, definition("True"));
    expect(exportProblems(store.snapshot()!)).toEqual([]);
  });
});

describe("importContent", () => {
  it.each(["JSON", "protobuf"])("makes a store have what there was, and nothing else, from %s", async (form) => {
    const source = filled();
    const values = [...exportObjects(source.snapshot()!, "")].map(({ key, value }, at) => {
      const { def } = decodeValue(key, value, registry);
      return { key, value: form === "JSON" ? value : transcodeToProto(value, def.type), revision: BigInt(500 + at) };
    });
    const store = new MemoryStore({});
    put(store, "minions/old", { apiVersion: "v1", kind: "Node", metadata: meta("old") });
    put(store, "minions/n", { apiVersion: "v1", kind: "Node", metadata: meta("n", { labels: { was: "here" } }) });
    await importContent({ revision: 700n, values }, { store, registry: () => registry });
    expect(plain(store)).toEqual(plain(source).filter(([key]) => !key.startsWith("leases/")));
    const stored = [...store.snapshot()!.range("")].sort((a, b) => a.revision - b.revision);
    expect(stored.map(({ key }) => key)).toEqual(values.map(({ key }) => key));
    for (const { revision, bytes } of stored) {
      expect(revision).toBeGreaterThan(700);
      expect((JSON.parse(bytes.toString()) as KubeObject).metadata.resourceVersion).toBe(String(revision));
    }
    expect(store.get("minions/n")?.index.labels).toEqual({ changed: "yes" });
  });

  it("names the key that can't be carried over", async () => {
    const to = { store: new MemoryStore({}), registry: () => registry };
    const content = (value: string) => ({
      revision: 9n,
      values: [{ key: "pods/a/b", value: Buffer.from(value), revision: 5n }],
    });
    await expect(importContent(content("k8s:enc:secretbox:v1:k:"), to)).rejects.toThrow(
      "etcd: pods/a/b can't be carried over: it is encrypted",
    );
    await expect(importContent(content('{"apiVersion":"v9","kind":"Pod","metadata":{}}'), to)).rejects.toThrow(
      "v9 Pod is not served",
    );
    await expect(importContent(content('{"apiVersion":"v1","kind":"Pod"}'), to)).rejects.toThrow("it has no metadata");
    await expect(importContent(content("{"), to)).rejects.toThrow("etcd: pods/a/b can't be carried over");
    await expect(importContent({ revision: 2n ** 60n, values: [] }, to)).rejects.toThrow(
      "beyond what a cluster can have",
    );
  });
});

describe("definitionToV1", () => {
  const columns = [{ name: "A", type: "string", JSONPath: ".a" }];

  it("says of each version what the older form said of all", () => {
    const spec = {
      group: "e",
      version: "v1",
      scope: "Cluster",
      validation: { openAPIV3Schema: { type: "object" } },
      subresources: { status: {} },
      additionalPrinterColumns: columns,
      selectableFields: [{ jsonPath: ".a" }],
      versions: [
        { name: "v1", served: true, storage: true },
        { name: "v2", served: false, storage: false, subresources: {} },
      ],
      conversion: { strategy: "Webhook", webhookClientConfig: { url: "u" }, conversionReviewVersions: ["v1"] },
      preserveUnknownFields: false,
    };
    const each = {
      schema: spec.validation,
      subresources: { status: {} },
      additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: ".a" }],
      selectableFields: spec.selectableFields,
    };
    expect(
      definitionToV1({ apiVersion: "apiextensions.k8s.io/v1beta1", kind: "CustomResourceDefinition", spec }),
    ).toEqual({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      spec: {
        group: "e",
        scope: "Cluster",
        preserveUnknownFields: false,
        versions: [
          { ...each, name: "v1", served: true, storage: true },
          { ...each, name: "v2", served: false, storage: false, subresources: {} },
        ],
        conversion: { strategy: "Webhook", webhook: { clientConfig: { url: "u" }, conversionReviewVersions: ["v1"] } },
      },
    });
  });

  it("makes a version of the one that has no list", () => {
    const { spec } = definitionToV1({ spec: { group: "e", version: "v3", conversion: { strategy: "None" } } });
    expect(spec).toEqual({
      group: "e",
      versions: [{ name: "v3", served: true, storage: true }],
      conversion: { strategy: "None" },
    });
  });
});
