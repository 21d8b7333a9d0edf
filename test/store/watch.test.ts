import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/store/memory-store.js";
import type { WatchCursor } from "../../src/store/store.js";
import { content, put, remove, turns } from "./model.js";

function drain(cursor: WatchCursor): string[] {
  const out: string[] = [];
  for (let event = cursor.next(); event; event = cursor.next())
    out.push(`${event.type} ${event.key} ${event.revision}`);
  return out;
}

describe("cursors", () => {
  test("yield what happens under their prefix, from their revision on", () => {
    const store = new MemoryStore();
    put(store, "pods/a/x");
    put(store, "nodes/n");
    put(store, "pods/b/y");
    remove(store, "pods/a/x");
    expect(drain(store.watch("pods/", 1))).toEqual(["put pods/a/x 2", "put pods/b/y 4", "delete pods/a/x 5"]);
    expect(drain(store.watch("pods/a/", 2))).toEqual(["delete pods/a/x 5"]);
    expect(drain(store.watch("nodes/n", 1))).toEqual(["put nodes/n 3"]);
    expect(drain(store.watch("", 3))).toEqual(["put pods/b/y 4", "delete pods/a/x 5"]);
    expect(drain(store.watch("pod", 1))).toHaveLength(3);
    expect(drain(store.watch("secrets/", 1))).toEqual([]);
  });

  test("carry the content before, and for a delete the last one under the event's revision", () => {
    const store = new MemoryStore();
    put(store, "a", "1");
    put(store, "a", "2");
    remove(store, "a");
    const cursor = store.watch("", 1);
    const [create, update, gone] = [cursor.next()!, cursor.next()!, cursor.next()!];
    expect(create.previous).toBeUndefined();
    expect(content(update.previous!)).toMatchObject({ data: "1", resourceVersion: 2 });
    expect(content(gone.object)).toMatchObject({ data: "2", resourceVersion: 4 });
    expect(gone.previous).toBe(update.object);
  });

  test("know up to where they have seen everything, whatever happens elsewhere", () => {
    const store = new MemoryStore();
    const cursor = store.watch("nodes/", 1);
    for (let i = 0; i < 5; i++) put(store, "pods/x");
    expect(cursor.revision).toBe(6);
    put(store, "nodes/n");
    put(store, "pods/x");
    expect(cursor.revision).toBe(6);
    cursor.next();
    expect(cursor.revision).toBe(8);
  });

  test("of a future revision skip what comes before it", () => {
    const store = new MemoryStore();
    const cursor = store.watch("", 4);
    for (let i = 0; i < 5; i++) put(store, "a");
    expect(drain(cursor)).toEqual(["put a 5", "put a 6"]);
  });

  test("that join later see the same events as those before them", () => {
    const store = new MemoryStore();
    for (let i = 0; i < 10; i++) put(store, `a/${i}`);
    const late = store.watch("a/", 8);
    const early = store.watch("a/", 3);
    for (let i = 0; i < 3; i++) put(store, `a/${i}`);
    const all = drain(early);
    expect(all).toHaveLength(11);
    expect(drain(late)).toEqual(all.slice(5));
  });

  test("yield nothing once closed", async () => {
    const store = new MemoryStore();
    const cursor = store.watch("", 1);
    let woken = 0;
    cursor.onReady(() => woken++);
    cursor.close();
    cursor.close();
    put(store, "a");
    await turns();
    expect(cursor.next()).toBeUndefined();
    expect(woken).toBe(0);
  });
});

describe("wake-ups", () => {
  test("come once for all that happens in a turn", async () => {
    const store = new MemoryStore();
    const cursor = store.watch("a/", 1);
    let woken = 0;
    cursor.onReady(() => woken++);
    for (let i = 0; i < 10; i++) put(store, `a/${i}`);
    expect(woken).toBe(0);
    await turns();
    expect(woken).toBe(1);
    put(store, "a/x");
    await turns();
    expect(woken).toBe(1);
    expect(drain(cursor)).toHaveLength(11);
  });

  test("come for the cursor's resource only", async () => {
    const store = new MemoryStore();
    const cursor = store.watch("nodes/", 1);
    let woken = 0;
    cursor.onReady(() => woken++);
    put(store, "pods/a");
    await turns();
    expect(woken).toBe(0);
    put(store, "nodes/a");
    await turns();
    expect(woken).toBe(1);
  });

  test("come soon when something is there already", async () => {
    const store = new MemoryStore();
    put(store, "a");
    const cursor = store.watch("", 1);
    let woken = 0;
    cursor.onReady(() => woken++);
    await turns();
    expect(woken).toBe(1);
  });

  test("that are under way go to a callback given meanwhile", async () => {
    const store = new MemoryStore();
    const cursor = store.watch("", 1);
    const calls: string[] = [];
    cursor.onReady(() => calls.push("replaced"));
    put(store, "a");
    cursor.onReady(() => calls.push("last"));
    await turns();
    expect(calls).toEqual(["last"]);
  });

  test("go to the last callback given, and to none of a closed cursor", async () => {
    const store = new MemoryStore();
    const [first, second] = [store.watch("", 1), store.watch("", 1)];
    const calls: string[] = [];
    first.onReady(() => calls.push("replaced"));
    first.onReady(() => {
      calls.push("first");
      second.close();
    });
    second.onReady(() => calls.push("second"));
    put(store, "a");
    await turns();
    expect(calls).toEqual(["first"]);
  });
});
