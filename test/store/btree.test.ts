import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BTree } from "../../src/store/btree.js";

/** Few distinct keys meet often, many make deep trees. */
const key = fc.oneof(
  fc.integer({ min: 0, max: 30 }).map((n) => `k${n}`),
  fc.integer({ min: 0, max: 5000 }).map((n) => `k${String(n).padStart(4, "0")}`),
);
const step = fc.tuple(fc.constantFrom("set", "set", "set", "delete"), key);

function sorted(model: ReadonlyMap<string, number>): [string, number][] {
  return [...model].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe("the tree", () => {
  test("is a sorted map whose earlier roots never change", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), fc.array(key, { maxLength: 5 }), (steps, probes) => {
        const model = new Map<string, number>();
        const kept: [BTree<number>, [string, number][]][] = [];
        let tree = BTree.empty<number>();
        for (const [i, [action, k]] of steps.entries()) {
          if (action === "set") {
            model.set(k, i);
            tree = tree.set(k, i);
          } else {
            const before = tree;
            tree = tree.delete(k);
            if (!model.delete(k)) expect(tree).toBe(before);
          }
          if (i % 97 === 0) kept.push([tree, sorted(model)]);
        }
        kept.push([tree, sorted(model)]);
        for (const [root, entries] of kept) {
          expect(root.size).toBe(entries.length);
          expect([...root.values("", undefined)]).toEqual(entries.map(([, value]) => value));
          for (const probe of probes) {
            expect(root.get(probe)).toBe(entries.find(([k]) => k === probe)?.[1]);
            expect(root.rank(probe)).toBe(entries.filter(([k]) => k < probe).length);
            const end = `${probe}5`;
            const between = entries.filter(([k]) => k >= probe && k < end).map(([, value]) => value);
            expect([...root.values(probe, end)]).toEqual(between);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("empties from either end", () => {
    const keys = Array.from({ length: 3000 }, (_, i) => String(i).padStart(5, "0"));
    for (const order of [keys, keys.toReversed()]) {
      let tree = BTree.fromSorted(keys.map((k) => [k, k] as const));
      for (const [i, k] of order.entries()) {
        tree = tree.delete(k);
        expect(tree.size).toBe(keys.length - i - 1);
      }
      expect([...tree.values("", undefined)]).toEqual([]);
    }
  });

  test.each([0, 1, 31, 32, 33, 64, 1025, 5000])("builds from %i sorted entries", (count) => {
    const entries = Array.from({ length: count }, (_, i) => [String(i).padStart(5, "0"), i] as const);
    const tree = BTree.fromSorted(entries);
    expect(tree.size).toBe(count);
    expect([...tree.values("", undefined)]).toEqual(entries.map(([, value]) => value));
    expect(entries.every(([k, value]) => tree.get(k) === value && tree.rank(k) === value)).toBe(true);
    expect(tree.set("00000x", -1).size).toBe(count + 1);
  });
});
