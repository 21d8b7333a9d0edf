import fc from "fast-check";
import { expect, it } from "vitest";
import { type Counted, nextSizes, type Sizes } from "../../src/simulate/workloads/rollout.js";

/** Pods of one set: how many it is to have, and how many of those it has are available. */
interface Pods {
  size: number;
  available: number;
}

const sum = (sets: readonly Counted[], field: keyof Counted) => sets.reduce((so, set) => so + set[field], 0);

const wanted: fc.Arbitrary<Sizes> = fc
  .record({ replicas: fc.nat(12), maxSurge: fc.nat(5), maxUnavailable: fc.nat(5), recreate: fc.constant(false) })
  // As they are when they come: not both of them nothing, and no more unavailable than there are.
  .filter(({ maxSurge, maxUnavailable }) => maxSurge + maxUnavailable > 0)
  .map((sizes) => ({ ...sizes, maxUnavailable: Math.min(sizes.maxUnavailable, sizes.replicas), blocked: false }))
  .filter(({ replicas, maxSurge, maxUnavailable }) => replicas === 0 || maxSurge + maxUnavailable > 0);

const set: fc.Arbitrary<Pods> = fc
  .tuple(fc.nat(10), fc.nat(10))
  .map(([size, available]) => ({ size, available: Math.min(size, available) }));

/** Takes a step; those that are not available go first. */
function step(sizes: Sizes, current: Pods, old: readonly Pods[]): boolean {
  const next = nextSizes(sizes, current, old);
  const before = [current, ...old].map(({ size }) => size);
  [current, ...old].forEach((pods, at) => {
    pods.size = at === 0 ? next.current : next.old[at - 1]!;
    pods.available = Math.min(pods.available, pods.size);
  });
  return before.some((size, at) => size !== [current, ...old][at]!.size);
}

it("a step keeps as many available as it may not miss, and has no more pods than it may have", () => {
  fc.assert(
    fc.property(wanted, set, fc.array(set, { maxLength: 4 }), (sizes, current, old) => {
      const all = [current, ...old];
      const { replicas, maxSurge, maxUnavailable } = sizes;
      const [pods, available] = [sum(all, "size"), sum(all, "available")];
      const surplus = Math.max(0, current.size - replicas); // of one that has been scaled down, whoever is available
      step(sizes, current, old);
      for (const { size } of all) expect(size).toBeGreaterThanOrEqual(0);
      expect(current.size).toBeLessThanOrEqual(replicas);
      expect(sum(all, "size")).toBeLessThanOrEqual(Math.max(pods, replicas + maxSurge));
      expect(sum(all, "available")).toBeGreaterThanOrEqual(Math.min(available - surplus, replicas - maxUnavailable));
    }),
    { numRuns: 3_000 },
  );
});

it("steps lead to the end, in whichever order pods become available, and nothing moves after it", () => {
  const order = fc.infiniteStream(fc.nat(100));
  fc.assert(
    fc.property(wanted, set, fc.array(set, { maxLength: 4 }), order, (sizes, current, old, random) => {
      const all = [current, ...old];
      for (let steps = 0; step(sizes, current, old) || becomeAvailable(all, random); steps++) {
        if (steps > 500) throw new Error(`no end: ${JSON.stringify({ current, old })}`);
      }
      expect(all.map(({ size }) => size)).toEqual([sizes.replicas, ...old.map(() => 0)]);
    }),
    { numRuns: 1_000 },
  );
});

/** One more pod, of some set; false when all are. Old pods that are not available may be so for good. */
function becomeAvailable([current, ...old]: readonly Pods[], random: Iterator<number>): boolean {
  const waiting = [current!, ...old.filter((_, at) => at % 2 === 0)].filter(({ size, available }) => available < size);
  if (waiting.length === 0) return false;
  waiting[random.next().value! % waiting.length]!.available++;
  return true;
}

it("nothing of the new comes before all of the old has gone, where all is to be made anew", () => {
  fc.assert(
    fc.property(fc.nat(12), set, fc.array(set, { maxLength: 4 }), fc.boolean(), (replicas, current, old, blocked) => {
      const sizes = { replicas, maxSurge: 0, maxUnavailable: 0, recreate: true, blocked };
      const next = nextSizes(sizes, current, old);
      expect(next.old).toEqual(old.map(() => 0));
      const free = !blocked && old.every(({ size }) => size === 0);
      expect(next.current).toBe(free ? replicas : current.size);
    }),
  );
});
