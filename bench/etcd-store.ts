/**
 * Writes of one emulated cluster by where its objects are kept: memory, a data folder, an etcd of our own on this disk.
 * ConfigMaps of 1.5 kB through all of the pipeline but HTTP: creates one after the other, and 32 at a time; then how
 * long a new process takes to answer the first request; and what a cluster takes that has been asked once.
 *
 *     PATH=$PATH:/where/etcd/is npx tsx bench/etcd-store.ts [writes] [clusters]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { type EmulatedFleetOptions, startEmulatedFleet } from "../src/compose.js";

const WRITES = Number(process.argv[2] ?? 500);
const CLUSTERS = Number(process.argv[3] ?? 100);
const AT_ONCE = 32;
const PATH = "/api/v1/namespaces/default/configmaps";
const object = (name: string) => ({ metadata: { name }, data: { text: "x".repeat(1_200) } });

const log = pino({ level: "warn" });
const dir = mkdtempSync(join(tmpdir(), "bench-"));
const kinds: readonly (readonly [string, Partial<EmulatedFleetOptions>])[] = [
  ["memory", {}],
  ["data folder", { dataDir: join(dir, "data") }],
  ["etcd", { dataDir: join(dir, "etcd"), store: "etcd", passthrough: { etcd: { managed: true } } }],
];

function start(clusters: number, options: Partial<EmulatedFleetOptions>) {
  return startEmulatedFleet({ basePort: 0, eager: false, log, clusters, ...options });
}

const ms = (value: number) => value.toFixed(value < 10 ? 2 : 0);

try {
  for (const [name, options] of kinds) {
    const fleet = await start(1, options);
    const api = await fleet.cluster("cluster-1").localClient("bench");
    for (let i = 0; i < 50; i++) await api.create(PATH, object(`warm-${i}`));
    const times: number[] = [];
    for (let i = 0; i < WRITES; i++) {
      const began = performance.now();
      await api.create(PATH, object(`one-${i}`));
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    const began = performance.now();
    const names = Array.from({ length: WRITES }, (_, i) => `many-${i}`).values();
    const writer = async () => {
      for (const each of names) await api.create(PATH, object(each));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, writer));
    const rate = (WRITES / (performance.now() - began)) * 1000;
    await fleet.close();
    const again = await start(1, options);
    const asked = performance.now();
    const found = await (await again.cluster("cluster-1").localClient("bench")).list(PATH);
    const first = performance.now() - asked;
    await again.close();
    console.log(
      `${name}: a create ${ms(times[times.length >> 1]!)} ms (99 %: ${ms(times[Math.floor(times.length * 0.99)]!)}); ` +
        `${AT_ONCE} at once ${ms(rate)}/s; a new process, first list of ${found.length}: ${ms(first)} ms`,
    );
  }
  for (const [name, options] of kinds) {
    const own = options.dataDir === undefined ? options : { ...options, dataDir: `${options.dataDir}-many` };
    const fleet = await start(CLUSTERS, own);
    const clusters = [...fleet.clusters.values()];
    await (await clusters[0]!.localClient("bench")).list(PATH);
    global.gc?.();
    const before = process.memoryUsage().rss;
    const began = performance.now();
    for (const cluster of clusters) await (await cluster.localClient("bench")).create(PATH, object("a"));
    const took = (performance.now() - began) / CLUSTERS;
    global.gc?.();
    const kib = (process.memoryUsage().rss - before) / 1024 / CLUSTERS;
    console.log(`${name}: a cluster's first request ${ms(took)} ms, ${ms(kib)} KiB of memory`);
    await fleet.close();
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
