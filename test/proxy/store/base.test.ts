import { expect, test } from "vitest";
import { BaseLayer } from "../../../src/store/base-layer.js";
import type { Store } from "../../../src/store/store.js";
import { FakeEtcd } from "./fake-etcd.js";
import { configMap, keyOf, Process } from "./rig.js";

const layer = new BaseLayer(
  ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map((name) => ({
    key: keyOf(name),
    object: configMap(name, "base"),
  })),
  {},
);
const base = () => layer.tenant({ seed: "s", cluster: "c", created: "2026-01-01T00:00:00Z" });

const texts = (store: Store) =>
  [...store.snapshot()!.range("")].map(({ index, bytes }) => `${index.name} ${JSON.parse(bytes.toString()).data.text}`);

const changed = (store: Store, name: string, text?: string) =>
  store.commit({
    key: keyOf(name),
    expected: store.get(keyOf(name))?.revision ?? 0,
    object: text === undefined ? undefined : configMap(name, text),
  });

test("objects that clusters have in common are not in etcd until they change, and stay away once deleted", async () => {
  const etcd = new FakeEtcd();
  const one = new Process(etcd);
  const store = await one.open("c", { base: base() });
  // Nothing is newer than the store.
  expect(store.revision).toBeGreaterThan(layer.revision);
  expect(etcd.range("/c/configmaps/", { end: "/c/configmaps0" }).count).toBe(0n);
  const cursor = store.watch("", store.revision);
  await changed(store, "a", "mine");
  const kept = await changed(store, "b");
  expect(kept).toMatchObject({ ok: true, object: { revision: etcd.revision } });
  await changed(store, "c", "mine");
  await changed(store, "c");
  await changed(store, "d");
  await changed(store, "d", "again");
  await changed(store, "e");
  await changed(store, "e", "again");
  await changed(store, "e");
  const told = [];
  for (let event = cursor.next(); event; event = cursor.next()) told.push(`${event.type} ${event.object.index.name}`);
  expect(told).toEqual([
    "put a",
    "delete b",
    "put c",
    "delete c",
    "delete d",
    "put d",
    "delete e",
    "put e",
    "delete e",
  ]);
  const left = ["a mine", "d again", "f base", "g base", "h base", "i base", "j base"];
  expect(texts(store)).toEqual(left);
  await one.close();
  const two = new Process(etcd);
  const later = await two.open("c", { base: base() });
  expect(texts(later)).toEqual(left);
  expect((await changed(later, "b", "new")).ok).toBe(true);
  await two.close();
});

test("of two who change such an object, or delete it, one is told that it came too late", async () => {
  const etcd = new FakeEtcd();
  const process = new Process(etcd);
  const store = await process.open("c", { base: base() });
  const ways = [undefined, "mine"];
  for (const [i, first] of ways.entries()) {
    for (const [k, second] of ways.entries()) {
      const name = "abcd"[2 * i + k]!;
      const both = await Promise.all([changed(store, name, first), changed(store, name, second)]);
      expect(both.map(({ ok }) => ok)).toEqual([true, false]);
      expect(store.get(keyOf(name)) === undefined).toBe(first === undefined);
    }
  }
  await process.close();
});
