import { describe, expect, test } from "vitest";
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

  test("is given back by a closed store", () => {
    const { budget, stores } = setup({}, 2);
    for (const store of stores) put(store, "a");
    const before = budget.bytes;
    stores[0]!.close();
    expect(budget.bytes).toBe(before / 2);
  });
});
