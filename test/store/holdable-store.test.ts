import { describe, expect, it } from "vitest";
import { HoldableStore } from "../../src/store/holdable-store.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import type { CommitResult, EncodedObject, Write } from "../../src/store/store.js";

const object: EncodedObject = {
  index: { name: "a", namespace: "", uid: "u", labels: undefined, fields: undefined },
  head: Buffer.from('{"metadata":{"resourceVersion":"'),
  tail: Buffer.from('"}}'),
};
const create = (key: string): Write => ({ key, expected: 0, object });
const late = () => new Error("late");
const HOUR = 3_600_000;

describe("a store whose writes are held", () => {
  it("shows what it had, and writes go on in their order when it is over", async () => {
    const store = new HoldableStore(new MemoryStore());
    await store.commit(create("a"));
    const { revision } = store;
    const hold = store.hold(HOUR, late);
    const waiting = [store.commit(create("b")), store.commit(create("c")), store.commit(create("b"))];
    await new Promise((resolve) => setImmediate(resolve));
    expect([store.revision, store.get("b")]).toEqual([revision, undefined]);
    expect(() => store.hold(HOUR, late)).toThrow("held already");
    hold.release();
    const results = (await Promise.all(waiting)) as CommitResult[];
    expect(results.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect([store.get("b")?.revision, store.get("c")?.revision]).toEqual([revision + 1, revision + 2]);
    expect(store.commit(create("d"))).not.toBeInstanceOf(Promise);
  });

  it("refuses those that wait and all others when it has been given up", async () => {
    const store = new HoldableStore(new MemoryStore());
    const hold = store.hold(HOUR, late);
    const waiting = Promise.resolve(store.commit(create("a")));
    hold.refuse(new Error("moved"));
    await expect(waiting).rejects.toThrow("moved");
    await expect(Promise.resolve(store.commit(create("a")))).rejects.toThrow("moved");
    expect(store.get("a")).toBeUndefined();
  });

  it("lets nobody wait for ever", async () => {
    const store = new HoldableStore(new MemoryStore());
    const hold = store.hold(1, late);
    await expect(Promise.resolve(store.commit(create("a")))).rejects.toThrow("late");
    hold.release();
    expect(store.get("a")).toBeUndefined();
  });
});
