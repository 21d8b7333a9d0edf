import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/store/memory-store.js";
import { withRevision } from "../../src/store/revision-slot.js";
import { CompactedError } from "../../src/store/store.js";
import { content, encoded, keysOf, put, remove } from "./model.js";

describe("commits", () => {
  test("write when the key is as expected, and tell what is there when it isn't", () => {
    const store = new MemoryStore();
    const created = store.commit({ key: "a/x", expected: 0, object: encoded("x", "1") });
    expect(created).toMatchObject({ ok: true, object: { key: "a/x", revision: 2, created: 2 } });
    const again = store.commit({ key: "a/x", expected: 0, object: encoded("x", "2") });
    expect(again).toEqual({ ok: false, current: store.get("a/x") });
    const updated = store.commit({ key: "a/x", expected: 2, object: encoded("x", "3") });
    expect(updated).toMatchObject({ ok: true, object: { revision: 3, created: 2 } });
    expect(content(store.get("a/x")!)).toEqual({ resourceVersion: 3, name: "x", data: "3" });
    expect(store.revision).toBe(3);
  });

  test("a refused one changes nothing", () => {
    const store = new MemoryStore();
    expect(store.commit({ key: "a", expected: 5, object: encoded("a") })).toEqual({ ok: false, current: undefined });
    expect(store.commit({ key: "a", expected: 0, object: undefined })).toEqual({ ok: false, current: undefined });
    expect(store.revision).toBe(1);
  });

  test("a delete answers with the last content under the revision of the deletion", () => {
    const store = new MemoryStore({ start: 98 });
    put(store, "a", "last");
    expect(store.get("a")!.revision).toBe(99);
    const gone = remove(store, "a");
    expect(gone.revision).toBe(100);
    expect(content(gone)).toEqual({ resourceVersion: 100, name: "a", data: "last" });
    expect(gone.created).toBe(99);
    expect(store.get("a")).toBeUndefined();
  });

  test("a revision with more digits makes the bytes longer and nothing else", () => {
    const object = put(new MemoryStore({ start: 8 }), "a", "text");
    const later = withRevision(object, 12345);
    expect(content(object).resourceVersion).toBe(9);
    expect(content(later)).toEqual({ resourceVersion: 12345, name: "a", data: "text" });
    expect(withRevision(later, 7).bytes.toString()).toBe(withRevision(object, 7).bytes.toString());
  });
});

describe("snapshots", () => {
  test("order keys by their bytes and stop at the prefix", () => {
    const store = new MemoryStore();
    for (const key of ["p/ns/x", "p/ns-a/x", "p2/a", "p/\u{1f600}", "p/\uff61", "o/z"]) put(store, key);
    const snapshot = store.snapshot()!;
    expect(keysOf(snapshot.range("p/"))).toEqual(["p/ns-a/x", "p/ns/x", "p/\uff61", "p/\u{1f600}"]);
    expect(keysOf(snapshot.range("p/", "p/ns/"))).toEqual(["p/ns/x", "p/\uff61", "p/\u{1f600}"]);
    expect(keysOf(snapshot.range("p/", "a"))).toHaveLength(4);
    expect(keysOf(snapshot.range("p/", "q"))).toEqual([]);
    expect(snapshot.count("p/")).toBe(4);
    expect(snapshot.count("p/", "p/ns/")).toBe(3);
    expect(snapshot.count("p/", "q")).toBe(0);
    expect(snapshot.count("")).toBe(6);
  });

  test("keep what was there, at any revision since the start", () => {
    const store = new MemoryStore({ start: 10 });
    put(store, "a", "1");
    const held = store.snapshot()!;
    for (let i = 0; i < 50; i++) put(store, "a", `n${i}`);
    remove(store, "a");
    expect(held.get("a")!.bytes.toString()).toContain('"data":"1"');
    expect(store.snapshot(10)!.get("a")).toBeUndefined();
    for (let i = 0; i < 50; i++) expect(content(store.snapshot(12 + i)!.get("a")!).data).toBe(`n${i}`);
    expect(store.snapshot(9)).toBeUndefined();
    expect(() => store.snapshot(store.revision + 1)).toThrow(RangeError);
  });
});

describe("a raised revision", () => {
  test("is the oldest that can be read or resumed", () => {
    const store = new MemoryStore();
    put(store, "a");
    store.advance(1000);
    expect(store.revision).toBe(1000);
    expect(store.snapshot(1000)!.get("a")!.revision).toBe(2);
    expect(store.snapshot(999)).toBeUndefined();
    expect(() => store.watch("", 999)).toThrow(CompactedError);
    const cursor = store.watch("", 1000);
    expect(put(store, "b").revision).toBe(1001);
    expect(cursor.next()).toMatchObject({ revision: 1001, key: "b" });
  });

  test("is never a lower one", () => {
    const store = new MemoryStore({ start: 50 });
    store.advance(20);
    expect(store.revision).toBe(50);
  });

  test("leaves readers that have seen everything in place, and the others behind", () => {
    const store = new MemoryStore();
    const [current, lagging] = [store.watch("", 1), store.watch("", 1)];
    put(store, "a");
    expect(current.next()).toMatchObject({ key: "a" });
    store.advance(100);
    put(store, "b");
    expect(current.next()).toMatchObject({ key: "b", revision: 101 });
    expect(() => lagging.next()).toThrow(CompactedError);
  });
});
