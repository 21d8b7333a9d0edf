import { describe, expect, test } from "vitest";
import { BaseLayer, type BaseMarkers, baseUid } from "../../src/store/base-layer.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import type { EncodedObject } from "../../src/store/store.js";
import { encoded, keysOf, put, remove } from "./model.js";

const MARKERS: BaseMarkers = {
  "@uid@": { is: "uid" },
  "@owner@": { is: "uid", of: "a/1" },
  "@time@": { is: "created" },
  "@port@": { is: "value", name: "port" },
};

function template(name: string): EncodedObject {
  const fields = { "spec.port": "@port@", "spec.other": "same" };
  return {
    index: { name, namespace: "", uid: "@uid@", labels: { app: name }, fields },
    head: Buffer.from(`{"metadata":{"name":"${name}","uid":"@uid@","resourceVersion":"`),
    tail: Buffer.from(`","creationTimestamp":"@time@","owner":"@owner@","again":"@time@"},"port":@port@}`),
  };
}

const layer = new BaseLayer(
  ["b/2", "a/1", "c/3"].map((key) => ({ key, object: template(key) })),
  MARKERS,
);

function cluster(name: string, port = "6443"): MemoryStore {
  const identity = { seed: "s", cluster: name, created: "2026-01-02T03:04:05Z", values: { port } };
  return new MemoryStore({ base: layer.tenant(identity) });
}

describe("the base layer", () => {
  test("fills in what differs between clusters", () => {
    const object = cluster("one").get("b/2")!;
    const uid = baseUid({ seed: "s", cluster: "one" }, "b/2");
    expect(JSON.parse(object.bytes.toString())).toEqual({
      metadata: {
        name: "b/2",
        uid,
        resourceVersion: "1",
        creationTimestamp: "2026-01-02T03:04:05Z",
        owner: baseUid({ seed: "s", cluster: "one" }, "a/1"),
        again: "2026-01-02T03:04:05Z",
      },
      port: 6443,
    });
    expect(object).toMatchObject({ key: "b/2", revision: 1, created: 1, slot: object.bytes.indexOf('"1"') + 1 });
    expect(object.index).toEqual({
      name: "b/2",
      namespace: "",
      uid,
      labels: { app: "b/2" },
      fields: { "spec.port": "6443", "spec.other": "same" },
    });
  });

  test("gives uids that are version 4, repeat, and differ by seed, cluster and key", () => {
    const uids = ["s", "t"].flatMap((seed) =>
      ["one", "two"].flatMap((name) => ["a", "b"].map((key) => baseUid({ seed, cluster: name }, key))),
    );
    expect(new Set(uids).size).toBe(8);
    for (const uid of uids)
      expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(baseUid({ seed: "s", cluster: "one" }, "a")).toBe(uids[0]);
  });

  test("is copied on write: other clusters keep seeing it", () => {
    const [one, two] = [cluster("one"), cluster("two")];
    expect(one.revision).toBe(3);
    expect(one.commit({ key: "a/1", expected: 0, object: encoded("x") }).ok).toBe(false);
    expect(one.commit({ key: "a/1", expected: 2, object: encoded("x") })).toMatchObject({
      ok: true,
      object: { revision: 4, created: 2 },
    });
    remove(one, "c/3");
    put(one, "d");
    expect(keysOf(one.snapshot()!.range(""))).toEqual(["a/1", "b/2", "d"]);
    expect(keysOf(two.snapshot()!.range(""))).toEqual(["a/1", "b/2", "c/3"]);
    expect(two.get("a/1")!.index.uid).toBe(baseUid({ seed: "s", cluster: "two" }, "a/1"));
    expect(keysOf(one.snapshot(3)!.range(""))).toEqual(["a/1", "b/2", "c/3"]);
  });

  test("stands in events as what was there before", () => {
    const store = cluster("one");
    const before = store.get("c/3")!.bytes;
    const cursor = store.watch("c/", 3);
    remove(store, "c/3");
    const event = cursor.next()!;
    expect(event.previous!.bytes.equals(before)).toBe(true);
    expect(JSON.parse(event.object.bytes.toString()).metadata.resourceVersion).toBe("4");
  });

  test("starts where the layer ends, or later", () => {
    const identity = { seed: "s", cluster: "x", created: "t", values: { port: "1" } };
    expect(new MemoryStore({ base: layer.tenant(identity), start: 500 })).toMatchObject({
      revision: 500,
      compacted: 499,
    });
    expect(cluster("x").snapshot(2)).toBeUndefined();
  });

  test("keeps few of the objects it has made", () => {
    const small = new BaseLayer([{ key: "a/1", object: template("a/1") }], MARKERS, 2000);
    const stores = Array.from({ length: 50 }, (_, i) => {
      const identity = { seed: "s", cluster: `c${i}`, created: "t", values: { port: "1" } };
      return new MemoryStore({ base: small.tenant(identity) });
    });
    const first = stores[0]!.get("a/1")!;
    expect(stores[0]!.get("a/1")).toBe(first);
    const uids = new Set(stores.map((store) => store.get("a/1")!.index.uid));
    expect(uids.size).toBe(50);
    expect(stores[0]!.get("a/1")).not.toBe(first);
    expect(stores[0]!.get("a/1")).toEqual(first);
  });

  test("refuses what it can't build", () => {
    const twice = ["a", "a"].map((key) => ({ key, object: template(key) }));
    expect(() => new BaseLayer(twice, MARKERS)).toThrow("twice");
    const tenant = layer.tenant({ seed: "s", cluster: "x", created: "t" });
    expect(() => new MemoryStore({ base: tenant }).get("a/1")).toThrow('a value "port"');
  });
});
