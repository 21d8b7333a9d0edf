import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HistoryBudget } from "../../src/store/history-budget.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { fill, withRevision } from "../../src/store/revision-slot.js";
import { SharedParts } from "../../src/store/shared-parts.js";
import { sharing } from "../../src/store/sharing-object.js";
import type { EncodedObject, StoredObject } from "../../src/store/store.js";

const LONG = "é".repeat(5000);

function long(text: string): EncodedObject {
  const tail = Buffer.from(`","when":"${text}"},"spec":"${LONG}","status":"${text}"}`);
  const from = tail.indexOf(',"spec"');
  return {
    index: { name: "a", namespace: "", uid: text, labels: undefined, fields: undefined },
    head: Buffer.from('{"metadata":{"name":"a","resourceVersion":"'),
    tail,
    common: [from, tail.indexOf(',"status"')],
  };
}

function put(store: MemoryStore, text: string): StoredObject {
  const expected = store.get("a")?.revision ?? 0;
  const result = store.commit({ key: "a", expected, object: long(text) });
  if (!result.ok) throw new Error("the commit was refused");
  return result.object;
}

/** Parts that are still held, by what they are. */
class Counted extends SharedParts {
  readonly given = new Set<Buffer>();

  override of(bytes: Buffer): Buffer {
    const part = super.of(bytes);
    this.given.add(part);
    return part;
  }
}

describe("parts that objects have in common", () => {
  test("are kept once for all stores and all revisions", () => {
    const shared = new Counted();
    const stores = Array.from({ length: 5 }, () => new MemoryStore({ shared }));
    for (const [i, store] of stores.entries()) for (const time of ["1", "2", "3"]) put(store, `${i}-${time}`);
    expect(shared.given.size).toBe(1);
    for (const [i, store] of stores.entries()) {
      const object = store.get("a")!;
      const parsed = JSON.parse(object.bytes.toString());
      expect(parsed).toEqual({
        metadata: { name: "a", resourceVersion: String(object.revision), when: `${i}-3` },
        spec: LONG,
        status: `${i}-3`,
      });
      expect(object.ownBytes).toBe(object.bytes.length - '"spec":""'.length - 1 - Buffer.byteLength(LONG));
    }
  });

  test("count once in the history, since what nobody else has is not shared", () => {
    const [plain, lean] = [new HistoryBudget(), new HistoryBudget()];
    const stores = [new MemoryStore({ budget: plain }), new MemoryStore({ budget: lean, shared: new SharedParts() })];
    for (const store of stores) for (const text of ["1", "2", "3"]) put(store, text);
    expect(plain.bytes - lean.bytes).toBe(Buffer.byteLength(LONG) + ',"spec":""'.length);
  });

  test("stay in what a watcher is told of a deletion", () => {
    const shared = new Counted();
    const store = new MemoryStore({ shared, start: 8 });
    const { revision } = put(store, "x");
    expect(revision).toBe(9);
    const watch = store.watch("", revision);
    store.commit({ key: "a", expected: revision, object: undefined });
    const event = watch.next()!;
    expect(event.type).toBe("delete");
    expect(event.object.ownBytes).toBeLessThan(200);
    const { head, tail } = long("x");
    expect(event.object.bytes.toString()).toBe(`${head}10${tail}`);
  });

  test("change no byte at any revision", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 30 }).map((each) => Buffer.from(each));
    const revision = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(text, text, text, text, fc.array(revision, { minLength: 1 }), (head, before, part, after, all) => {
        const [first, ...later] = all as [number, ...number[]];
        const tail = Buffer.concat([before, part, after]);
        const common = [before.length, before.length + part.length] as const;
        const object = { ...long(""), head, tail, common };
        let [plain, shared]: StoredObject[] = [fill("k", object, first, 1), sharing("k", object, part, first, 1)];
        for (const next of [first, ...later]) {
          [plain, shared] = [withRevision(plain!, next), withRevision(shared!, next)];
          expect(shared.bytes.equals(plain.bytes)).toBe(true);
          expect(shared.bytes.subarray(shared.slot).toString()).toBe(`${next}${tail}`);
          expect([shared.revision, shared.slot, shared.created]).toEqual([plain.revision, plain.slot, 1]);
        }
      }),
    );
  });
});
