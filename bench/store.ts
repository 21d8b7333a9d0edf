/** What the store costs by itself: `npx tsx bench/store.ts`. Times are of this machine: compare them, don't quote them. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BaseLayer } from "../src/store/base-layer.js";
import { HistoryBudget } from "../src/store/history-budget.js";
import { MemoryStore } from "../src/store/memory-store.js";
import type { EncodedObject, WatchCursor } from "../src/store/store.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const PAD = "x".repeat(1800);

function encoded(name: string, pad = PAD): EncodedObject {
  return {
    index: { name, namespace: "ns", uid: "u", labels: { app: name }, fields: undefined },
    head: Buffer.from(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"${name}","resourceVersion":"`),
    tail: Buffer.from(`"},"spec":"${pad}"}`),
  };
}

function write(store: MemoryStore, key: string, object: EncodedObject): void {
  const result = store.commit({ key, expected: store.get(key)?.revision ?? 0, object });
  if (!result.ok) throw new Error("refused");
}

function fill(store: MemoryStore, prefix: string, count: number): string[] {
  const keys = Array.from({ length: count }, (_, i) => `${prefix}/ns-${i % 40}/object-${i}`);
  for (const key of keys) write(store, key, encoded(key));
  return keys;
}

function micros(times: number, action: (i: number) => void): number {
  for (let i = 0; i < Math.min(times, 2000); i++) action(i);
  const start = performance.now();
  for (let i = 0; i < times; i++) action(i);
  return ((performance.now() - start) * 1000) / times;
}

function show(what: string, value: number, unit: string, note = ""): void {
  console.log(`${what.padEnd(52)} ${value.toFixed(2).padStart(10)} ${unit}${note && `   ${note}`}`);
}

interface Memory {
  readonly rss: number;
  readonly heap: number;
}

function memory(): Memory {
  for (let i = 0; i < 4; i++) collect();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, heap: heapUsed + arrayBuffers };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function commits(): void {
  const store = new MemoryStore();
  const keys = fill(store, "pods", 10_000);
  const object = encoded("x");
  const each = micros(50_000, (i) => write(store, keys[(i * 7919) % keys.length]!, object));
  show("commit (2 kB, 10,000 objects)", each, "µs", `${Math.round(1e6 / each)}/s`);
  for (let i = 0; i < 1000; i++) store.watch("minions/", store.revision).onReady(() => {});
  show(
    "  with 1,000 watches of another resource",
    micros(50_000, (i) => write(store, keys[i % 997]!, object)),
    "µs",
  );
  show(
    "get",
    micros(100_000, (i) => void store.get(keys[(i * 7919) % keys.length]!)),
    "µs",
  );
}

function lists(): void {
  const store = new MemoryStore();
  const keys = fill(store, "pods", 10_000);
  const walk = (revision?: number) => {
    let bytes = 0;
    for (const object of store.snapshot(revision)!.range("pods/")) bytes += object.bytes.length;
    if (bytes < 10_000 * PAD.length) throw new Error("incomplete");
  };
  show("list of 10,000", micros(50, () => walk()) / 1000, "ms");
  for (let i = 0; i < 100; i++) write(store, keys[i]!, encoded("x"));
  show("  at a revision 57 commits ago", micros(50, () => walk(store.revision - 57)) / 1000, "ms");
  show(
    "count",
    micros(10_000, () => void store.snapshot()!.count("pods/", keys[5000])),
    "µs",
  );
}

async function fanOut(watchers: number): Promise<void> {
  const store = new MemoryStore();
  let reads = 0;
  const follow = (cursor: WatchCursor) =>
    cursor.onReady(() => {
      while (cursor.next()) reads++;
      follow(cursor);
    });
  for (let i = 0; i < watchers; i++) follow(store.watch("minions/", store.revision));
  const rounds = 300;
  const object = encoded("n");
  const start = performance.now();
  for (let i = 0; i < rounds; i++) {
    write(store, "minions/n", object);
    await turn();
    await turn();
  }
  if (reads !== rounds * watchers) throw new Error(`${reads} reads`);
  show(`an event to ${watchers} cursors`, (performance.now() - start) / rounds, "ms");
}

function historyMemory(): void {
  const budget = new HistoryBudget({ maxBytes: 1 << 30 });
  const store = new MemoryStore({ budget });
  const keys = fill(store, "pods", 2000);
  const before = memory();
  const accounted = budget.bytes;
  for (let i = 0; i < 20_000; i++) write(store, keys[(i * 7919) % keys.length]!, encoded(keys[i % 2000]!));
  const real = memory().heap - before.heap;
  show("an event in the history, accounted", (budget.bytes - accounted) / 20_000, "B");
  show("  real", real / 20_000, "B");
}

function churn(): void {
  const before = memory().rss;
  const budget = new HistoryBudget({ maxBytes: 16 << 20 });
  const stores = Array.from({ length: 1000 }, () => new MemoryStore({ budget }));
  for (const store of stores) fill(store, "pods", 10);
  const rss: number[] = [];
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 50_000; i++)
      write(stores[(i * 31) % 1000]!, `leases/ns/l-${i % 7}`, encoded("l", PAD.slice(0, 600)));
    rss.push((memory().rss - before) / 2 ** 20);
  }
  show(
    "RSS of 1,000 stores (24 MB of objects, 16 of history)",
    rss.at(-1)!,
    "MiB",
    `after each 50,000 writes: ${rss.map(Math.round).join(" ")}`,
  );
}

function baseLayer(): void {
  const objects = Array.from({ length: 180 }, (_, i) => ({
    key: `clusterroles/role-${i}`,
    object: encoded(`role-${i}`, `@uid@@time@${PAD.slice(0, 600)}`),
  }));
  const layer = new BaseLayer(objects, { "@uid@": { is: "uid" }, "@time@": { is: "created" } });
  const budget = new HistoryBudget();
  const before = memory();
  const make = (i: number) => {
    const base = layer.tenant({ seed: "s", cluster: `c${i}`, created: "2026-01-01T00:00:00Z" });
    return new MemoryStore({ base, budget });
  };
  const stores = Array.from({ length: 10_000 }, (_, i) => make(i));
  show("a store on an untouched base layer", (memory().heap - before.heap) / 10_000, "B");
  const lists = micros(2000, (i) => {
    for (const object of stores[i]!.snapshot()!.range("clusterroles/")) if (!object.bytes) throw new Error();
  });
  show("  list of its 180 objects", lists, "µs");
  const touched = memory();
  for (const store of stores.slice(0, 1000)) write(store, "minions/n", encoded("n"));
  show("  and a first write", (memory().heap - touched.heap) / 1000, "B");
  const watched = memory();
  const cursors: WatchCursor[] = [];
  for (const store of stores.slice(0, 1000)) {
    for (let i = 0; i < 50; i++) cursors.push(store.watch(`resource-${i}/`, store.revision));
    for (const cursor of cursors.slice(-50)) cursor.onReady(() => {});
  }
  show("an idle cursor, 50 a store", (memory().heap - watched.heap) / cursors.length, "B");
}

churn();
commits();
lists();
await fanOut(1000);
historyMemory();
baseLayer();
