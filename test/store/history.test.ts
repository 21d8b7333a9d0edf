import { describe, expect, test } from "vitest";
import { BTree } from "../../src/store/btree.js";
import { Deque } from "../../src/store/deque.js";
import { History } from "../../src/store/history.js";
import { HistoryBudget, type HistoryLimits } from "../../src/store/history-budget.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { CompactedError } from "../../src/store/store.js";
import { content, put, remove } from "./model.js";

function setup(limits: Partial<HistoryLimits>, stores = 1) {
  const clock = { now: 1_000_000 };
  const budget = new HistoryBudget(limits, () => clock.now);
  return { clock, budget, stores: Array.from({ length: stores }, () => new MemoryStore({ budget })) };
}

const kilobyte = "x".repeat(1024);

describe("history by age", () => {
  test("goes as commits come", () => {
    const { clock, stores } = setup({ maxAgeMs: 1000 });
    const store = stores[0]!;
    const cursor = store.watch("", 1);
    put(store, "a", "1");
    put(store, "a", "2");
    clock.now += 1001;
    expect(store.compacted).toBe(0);
    put(store, "a", "3");
    expect(store.compacted).toBe(2);
    expect(store.snapshot(2)).toBeUndefined();
    expect(content(store.snapshot(3)!.get("a")!).data).toBe("2");
    expect(() => store.watch("", 2)).toThrow(new CompactedError(2, 2));
    expect(() => cursor.next()).toThrow(new CompactedError(1, 2));
    expect(store.watch("", 3).next()).toMatchObject({ revision: 4 });
  });

  test("goes from idle stores when the budget is swept, but for the newest revision", () => {
    const { clock, budget, stores } = setup({ maxAgeMs: 1000 }, 2);
    for (const store of stores) put(store, "a");
    const cursor = stores[0]!.watch("", 2);
    clock.now += 5000;
    budget.sweep();
    expect(budget.bytes).toBe(0);
    for (const store of stores) {
      expect(store.compacted).toBe(1);
      expect(store.snapshot(2)!.get("a")).toBe(store.get("a"));
      expect(store.watch("", 2).next()).toBeUndefined();
    }
    put(stores[0]!, "b");
    expect(cursor.next()).toMatchObject({ key: "b" });
  });
});

describe("history by bytes", () => {
  test("stays within the limit, whatever is written", () => {
    const { budget, stores } = setup({ maxBytes: 100_000, floorBytes: 0 });
    const store = stores[0]!;
    for (let i = 0; i < 2000; i++) {
      put(store, `k${i % 7}`, kilobyte);
      expect(budget.bytes).toBeLessThanOrEqual(100_000);
    }
    expect(store.compacted).toBeGreaterThan(1800);
    expect(store.snapshot(store.compacted + 1)!.count("")).toBe(7);
  });

  test("counts deleted contents, too", () => {
    const { budget, stores } = setup({ maxBytes: 100_000, floorBytes: 0 });
    const store = stores[0]!;
    for (let i = 0; i < 500; i++) {
      put(store, "a", kilobyte);
      remove(store, "a");
    }
    expect(budget.bytes).toBeLessThanOrEqual(100_000);
    expect(store.compacted).toBeGreaterThan(900);
  });

  test("is taken from those that hold most; a quiet store keeps what it has", () => {
    const { budget, stores } = setup({ maxBytes: 200_000, floorBytes: 1000 }, 3);
    const [loud, quiet, still] = stores as [MemoryStore, MemoryStore, MemoryStore];
    for (let i = 0; i < 10; i++) put(quiet, "q", kilobyte);
    put(still, "s");
    for (let i = 0; i < 3000; i++) put(loud, "l", kilobyte);
    expect(quiet.compacted).toBe(0);
    expect(still.compacted).toBe(0);
    expect(loud.compacted).toBeGreaterThan(2500);
    expect(budget.bytes).toBeLessThanOrEqual(200_000);
  });

  test("leaves each store its floor, even where these are more than the limit", () => {
    const { budget, stores } = setup({ maxBytes: 50_000, floorBytes: 8000 }, 20);
    for (let i = 0; i < 100; i++) for (const store of stores) put(store, "a", kilobyte);
    for (const store of stores) {
      expect(store.revision - store.compacted).toBeGreaterThan(3);
      expect(store.revision - store.compacted).toBeLessThan(10);
    }
    expect(budget.bytes).toBeLessThanOrEqual(20 * 8000 + 50_000 / 16);
  });

  test("isn't cut at every commit where a cut can't reach the limit", () => {
    const budget = new HistoryBudget({ maxBytes: 1600, floorBytes: 1000 });
    let looks = 0;
    let each = 0;
    const holder = {
      get historyBytes() {
        looks++;
        return each;
      },
      shrink() {},
      expire() {},
    };
    const holders = Array.from({ length: 100 }, () => Object.create(holder) as typeof holder);
    for (; each < 20; each++) {
      for (const one of holders) {
        budget.account(one, 1);
        budget.enforce(one);
      }
    }
    expect(budget.bytes).toBe(2000);
    // Without a cut a commit looks at one holder, with a cut at all of them.
    expect(looks).toBeLessThan(2000 + 10 * 1500);
  });

  test("is given back by a closed store", () => {
    const { budget, stores } = setup({}, 2);
    for (const store of stores) put(store, "a");
    const before = budget.bytes;
    stores[0]!.close();
    expect(budget.bytes).toBe(before / 2);
  });
});

describe("what readers of one directory share", () => {
  test("holds each event once, however early its readers begin", () => {
    const empty = BTree.empty<number>();
    const history = new History<number>(new HistoryBudget(), 1, empty, (root) => root);
    const store = new MemoryStore();
    const source = store.watch("", 1);
    for (let i = 0; i < 10; i++) {
      put(store, i % 2 ? "a/x" : "b/x");
      history.append(source.next()!, empty);
    }
    const lane = history.enter("a/", 8);
    expect(lane.end - lane.first).toBe(2);
    for (const revision of [3, 1, 1, 5]) expect(history.enter("a/", revision)).toBe(lane);
    expect(lane.end - lane.first).toBe(5);
    for (let i = 0; i < 4; i++) history.leave(lane);
    expect(history.enter("a/", 11)).toBe(lane);
    for (let i = 0; i < 2; i++) history.leave(lane);
    expect(history.enter("a/", 11)).not.toBe(lane);
  });

  test("keeps positions while older events come and go", () => {
    const queue = new Deque<number>();
    for (let i = 0; i < 100; i++) queue.push(i);
    queue.prepend([-2, -1]);
    expect(queue.at(5)).toBe(5);
    for (let i = 0; i < 80; i++) expect(queue.shift()).toBe(i - 2);
    expect([queue.first, queue.end]).toEqual([78, 100]);
    expect([queue.at(77), queue.at(78), queue.at(99), queue.at(100)]).toEqual([undefined, 78, 99, undefined]);
    expect(queue.search((item) => item > 90)).toBe(91);
  });
});
