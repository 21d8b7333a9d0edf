import fc from "fast-check";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Fleet } from "../../../src/cluster/fleet.js";
import { startEmulatedFleet } from "../../../src/compose.js";
import { MemoryStore } from "../../../src/store/memory-store.js";
import type { Store } from "../../../src/store/store.js";
import { Client, endpointOf } from "../../helpers/client.js";
import { inEtcd } from "../../helpers/target.js";
import { Random } from "../../patch/random.js";
import { turns } from "../model.js";
import { Subject, witness } from "./cluster.js";
import { FILTERS, History } from "./history.js";
import { judge } from "./operations.js";
import { pager, reflector, type Scene, sleeper, watcher } from "./readers.js";
import { judgePage, judgeStretch } from "./watching.js";

/** So little that readers who hesitate are too late, and the floor of a store, which is more. */
const HISTORY_BYTES = 20_000;
const KEYS = ["k1", "k2", "k3", "k4", "k5"];
const RUNS = Number(process.env.CONCURRENT_RUNS ?? 4);

let fleet: Fleet;
let client: Client;
let spaces = 0;
/** Watches that were told, on the way, that they are too late. */
let late = 0;

beforeAll(async () => {
  const log = pino({ level: "silent" });
  fleet = await startEmulatedFleet({ basePort: 0, clusters: 1, log, history: { bytes: HISTORY_BYTES }, ...inEtcd });
  client = new Client(endpointOf(await cluster().kubeconfig()));
  await cluster().backend;
  delayCommits();
});

afterAll(async () => {
  vi.restoreAllMocks();
  client.close();
  await fleet.close();
});

const cluster = () => [...fleet.clusters.values()][0]!;

/** From a read to the commit nothing is awaited in memory. As in other stores, here others come between. */
function delayCommits(): void {
  const store: Store = MemoryStore.prototype;
  const commit = store.commit;
  const random = new Random(1);
  vi.spyOn(store, "commit").mockImplementation(async function (this: Store, write) {
    await turns(random.below(4));
    return commit.call(this, write);
  });
}

/** A writer that knows some revision of each key, not always the newest. */
async function writer(subject: Subject, random: Random, rounds: number): Promise<void> {
  const known = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const key = random.pick(KEYS);
    const value = { id: subject.id(), group: random.pick(["a", "b"]) };
    const expected = known.get(key) ?? 1;
    const operation = await subject.run(
      random.pick([
        { do: "create", key, value } as const,
        { do: "update", key, value, expected } as const,
        { do: "update", key, value, expected } as const,
        { do: "patch", key, id: value.id } as const,
        { do: "delete", key, expected: random.chance(0.5) ? expected : undefined } as const,
        { do: "get", key } as const,
        { do: "list", filter: random.pick(FILTERS) } as const,
      ]),
    );
    const { what, revision } = operation;
    if (revision !== undefined && what.do !== "list") known.set(key, revision);
  }
}

async function story(seed: number, writers: number, readers: number, rounds: number): Promise<string[]> {
  const path = `/api/v1/namespaces/n${spaces++}/configmaps`;
  const made = await client.json<{ metadata: { resourceVersion: string; name: string } }>(
    "POST",
    "/api/v1/namespaces",
    { metadata: { name: path.split("/")[4] } },
  );
  const first = Number(made.metadata.resourceVersion);
  const stop = new AbortController();
  const changes = await witness(cluster(), path, first, stop.signal);
  const subject = new Subject(client, path);
  let known: number | undefined;
  const scene = (random: Random): Scene => {
    const past = () =>
      Math.max(first, random.chance(0.7) ? (changes.at(-1 - random.below(20))?.revision ?? first) : first);
    return { client, path, random, past, happened: () => changes.length, known: () => known };
  };
  const each = <T>(role: number, count: number, start: (random: Random) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => start(new Random(seed + role * 1000 + index))));

  const reading = Promise.all([
    each(1, readers, (random) => watcher(scene(random))),
    each(2, readers, (random) => reflector(scene(random))),
    each(3, 2, (random) => pager(scene(random))),
    each(5, 2, (random) => sleeper(cluster(), scene(random))),
  ]);
  await each(4, writers, (random) => writer(subject, random, rounds));
  await touch(subject);
  known = changes.at(-1)!.revision;
  await touch(subject);
  const [watchers, reflectors, pages, sleepers] = await reading;
  // The witness may be told of a change after the answer to who made it.
  await turns();
  stop.abort();

  const history = new History(first, changes);
  const stretches = [...watchers.flat(), ...reflectors.flatMap((each) => each.stretches), ...sleepers.flat()];
  late += stretches.filter(({ end, events }) => end === "expired" && events.length > 0).length;
  const copies = reflectors.map(({ filter, revision, copy }) => {
    const [own, due] = [JSON.stringify(copy), JSON.stringify(history.list(revision, filter))];
    return own === due ? [] : [`a reflector${filter.query} holds ${own} and not ${due}`];
  });
  return [
    ...judge(subject.operations, history),
    ...stretches.flatMap((stretch) => judgeStretch(stretch, history)),
    ...pages.flat().flatMap((page) => judgePage(page, history)),
    ...copies.flat(),
  ];
}

/** Does something that every filter lets through. */
async function touch(subject: Subject): Promise<void> {
  await subject.run({ do: "delete", key: "k1" });
  for (const group of ["a", "b"]) {
    await subject.run({ do: "create", key: "k1", value: { id: subject.id(), group } });
    await subject.run({ do: "delete", key: "k1" });
  }
}

describe("writers and readers at the same time", () => {
  it(
    "see one history",
    async () => {
      const parameters = fc.record({
        seed: fc.nat(),
        writers: fc.integer({ min: 1, max: 6 }),
        readers: fc.integer({ min: 1, max: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(parameters, async ({ seed, writers, readers }) => {
          expect(await story(seed, writers, readers, 100)).toEqual([]);
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
      expect(late).toBeGreaterThan(0);
    },
    60_000 + RUNS * 20_000,
  );
});
