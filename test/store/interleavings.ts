import fc from "fast-check";
import { expect } from "vitest";
import { HistoryBudget } from "../../src/store/history-budget.js";
import { CompactedError, type Store, type StoreEvent, type WatchCursor } from "../../src/store/store.js";
import { content, encoded, turns } from "./model.js";

const KEYS = ["a/1", "a/2", "a/n/1", "b/1", "b-x/1", "c"];
const PREFIXES = ["", "a/", "a/n/", "b/", "c", "a/1"];
const LIMITS = { maxBytes: 40_000, floorBytes: 3000, maxAgeMs: 100 };

type State = ReadonlyMap<string, { readonly revision: number; readonly created: number; readonly data: string }>;

interface Past {
  readonly revision: number;
  readonly type: "put" | "delete";
  readonly key: string;
  readonly data: string;
  readonly before: string | undefined;
}

/** A reader, and what the model says it has still to see. */
interface Reader {
  readonly cursor: WatchCursor;
  readonly prefix: string;
  readonly seen: Past[];
  readonly start: number;
  lost: boolean;
}

/** What a store must do, told without any of its cleverness: it remembers everything. */
class Model {
  readonly past: Past[] = [];
  readonly states = new Map<number, State>();
  state: State = new Map();
  revision: number;

  /** Empty from one revision to another. */
  constructor(from: number, to: number) {
    this.states.set(from, this.state);
    this.revision = to;
  }

  apply(revision: number, type: "put" | "delete", key: string, data: string): void {
    const before = this.state.get(key);
    expect(revision).toBeGreaterThan(this.revision);
    this.revision = revision;
    const next = new Map(this.state);
    if (type === "put") next.set(key, { revision: this.revision, created: before?.created ?? this.revision, data });
    else next.delete(key);
    this.past.push({
      revision: this.revision,
      type,
      key,
      data: before && type === "delete" ? before.data : data,
      before: before?.data,
    });
    this.state = next;
    this.states.set(this.revision, next);
  }

  /** Events lie between states, so the state at a revision is the newest one up to it. */
  stateAt(revision: number): State {
    for (let r = revision; ; r--) {
      const state = this.states.get(r);
      if (state) return state;
    }
  }

  expected(reader: Reader): Past[] {
    return this.past.filter(({ revision, key }) => revision > reader.start && key.startsWith(reader.prefix));
  }
}

class Subject {
  readonly model: Model;
  readonly readers: Reader[] = [];
  readonly followers: Reader[] = [];

  constructor(readonly store: Store) {
    this.model = new Model(store.compacted + 1, store.revision);
  }

  async write(key: string, data: string): Promise<void> {
    const expected = this.model.state.get(key)?.revision ?? 0;
    await this.refuse(key, expected);
    const result = await this.store.commit({ key, expected, object: encoded(key, data) });
    expect(result.ok).toBe(true);
    if (result.ok) this.model.apply(result.object.revision, "put", key, data);
  }

  /** Whoever expects anything else is refused: older, newer, none, or some where there is none. */
  async refuse(key: string, expected: number): Promise<void> {
    const others = [0, 1, expected - 1, expected + 1, this.store.revision, this.store.revision + 1000];
    for (const other of others.filter((each) => each >= 0 && each !== expected)) {
      expect((await this.store.commit({ key, expected: other, object: encoded(key) })).ok).toBe(false);
      expect((await this.store.commit({ key, expected: other, object: undefined })).ok).toBe(false);
    }
  }

  async remove(key: string): Promise<void> {
    const expected = this.model.state.get(key)?.revision;
    await this.refuse(key, expected ?? 0);
    const result = await this.store.commit({ key, expected: expected ?? 0, object: undefined });
    expect(result.ok).toBe(expected !== undefined);
    if (result.ok) this.model.apply(result.object.revision, "delete", key, "");
  }

  advance(by: number): void {
    this.store.advance(this.store.revision + by);
    this.model.revision = this.store.revision;
    this.model.states.set(this.model.revision, this.model.state);
  }

  open(prefix: string, back: number, follows: boolean): void {
    const start = Math.max(0, this.store.revision - back);
    if (start <= this.store.compacted) {
      expect(() => this.store.watch(prefix, start)).toThrow(CompactedError);
      return;
    }
    const reader: Reader = { cursor: this.store.watch(prefix, start), prefix, seen: [], start, lost: false };
    (follows ? this.followers : this.readers).push(reader);
    if (follows) this.follow(reader);
  }

  follow(reader: Reader): void {
    reader.cursor.onReady(() => {
      this.read(reader, Number.POSITIVE_INFINITY);
      if (!reader.lost) this.follow(reader);
    });
  }

  /** Reads on, and holds each event against the model: none missed, none twice, none out of order. */
  read(reader: Reader, most: number): void {
    for (let i = 0; i < most && !reader.lost; i++) {
      const due = this.model.expected(reader)[reader.seen.length];
      let event: StoreEvent | undefined;
      try {
        event = reader.cursor.next();
      } catch (error) {
        expect(error).toBeInstanceOf(CompactedError);
        reader.lost = true;
        this.expectLoss(reader);
        return;
      }
      expect(event && plain(event)).toEqual(due);
      if (!due) {
        expect(reader.cursor.revision).toBe(Math.max(this.store.revision, reader.start));
        return;
      }
      reader.seen.push(due);
      expect(reader.cursor.revision).toBeGreaterThanOrEqual(due.revision);
    }
  }

  /** An event that the reader had still to pass has been dropped; its own, where its prefix is a directory. */
  expectLoss(reader: Reader): void {
    const directory = reader.prefix.slice(0, reader.prefix.lastIndexOf("/") + 1);
    const last = reader.seen.at(-1)?.revision ?? reader.start;
    const dropped = this.model.past.filter(
      ({ revision, key }) => revision > last && revision <= this.store.compacted + 1 && key.startsWith(directory),
    );
    expect(dropped.length).toBeGreaterThan(0);
  }

  checkSnapshots(revisions: readonly number[]): void {
    expect(this.store.revision).toBe(this.model.revision);
    expect(this.store.compacted).toBeLessThan(this.store.revision);
    for (const back of revisions) {
      const revision = Math.max(1, this.store.revision - back);
      const snapshot = this.store.snapshot(revision);
      expect(snapshot === undefined).toBe(revision <= this.store.compacted);
      if (!snapshot) continue;
      const found = [...snapshot.range("")].map((o) => [
        o.key,
        { revision: o.revision, created: o.created, data: content(o).data },
      ]);
      const expected = [...this.model.stateAt(revision)].sort(([x], [y]) => (x < y ? -1 : 1));
      expect(found).toEqual(expected);
      for (const prefix of PREFIXES) {
        expect(snapshot.count(prefix)).toBe(expected.filter(([key]) => key.startsWith(prefix)).length);
      }
    }
  }
}

function plain(event: StoreEvent): Past {
  const object = content(event.object);
  expect(object.resourceVersion).toBe(event.revision);
  expect(event.object.key).toBe(event.key);
  const before = event.previous && content(event.previous).data;
  return { revision: event.revision, type: event.type, key: event.key, data: object.data, before };
}

const which = fc.nat({ max: 1 });
const key = fc.constantFrom(...KEYS);
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("write" as const), which, key, size: fc.nat({ max: 1500 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("remove" as const), which, key }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      which,
      prefix: fc.constantFrom(...PREFIXES),
      back: fc.integer({ min: -5, max: 40 }),
      follows: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("read" as const), which, nth: fc.nat(), most: fc.nat({ max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), which, nth: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("snapshots" as const),
      which,
      back: fc.array(fc.nat({ max: 60 }), { maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 120 }), sweep: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("advance" as const), which, by: fc.nat({ max: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("turn" as const) }) },
);

export interface Kind {
  /** Two stores, apart from each other. */
  readonly make: (budget: HistoryBudget) => Promise<readonly [Store, Store]>;
  /** Whether revisions can be raised without a change. */
  readonly advances: boolean;
  readonly runs: number;
}

/** Any interleaving of writers, readers and compaction agrees with a model that remembers everything. */
export async function interleave({ make, advances, runs }: Kind): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 250, size: "max" }), async (steps) => {
      let now = 0;
      const budget = new HistoryBudget(LIMITS, () => now);
      const subjects = (await make(budget)).map((store) => new Subject(store));
      for (const [i, action] of steps.entries()) {
        const subject = subjects["which" in action ? action.which : 0]!;
        const readers = subject.readers;
        switch (action.do) {
          case "write":
            await subject.write(action.key, `${i}-${"x".repeat(action.size)}`);
            break;
          case "remove":
            await subject.remove(action.key);
            break;
          case "open":
            subject.open(action.prefix, action.back, action.follows);
            break;
          case "read":
            if (readers.length > 0) subject.read(readers[action.nth % readers.length]!, action.most);
            break;
          case "close":
            if (readers.length > 0) readers.splice(action.nth % readers.length, 1)[0]!.cursor.close();
            break;
          case "snapshots":
            subject.checkSnapshots(action.back);
            break;
          case "wait":
            now += action.ms;
            if (action.sweep) budget.sweep();
            break;
          case "advance":
            if (advances) subject.advance(action.by);
            break;
          case "turn":
            await turns(1);
        }
        const floors = subjects.length * LIMITS.floorBytes;
        expect(budget.bytes).toBeLessThanOrEqual(Math.max(LIMITS.maxBytes, floors + LIMITS.maxBytes / 16));
      }
      await turns();
      for (const subject of subjects) {
        subject.checkSnapshots([0, 1, 2, 3, 5, 8, 13, 21, 34]);
        for (const reader of subject.readers) subject.read(reader, Number.POSITIVE_INFINITY);
        for (const reader of subject.followers) {
          if (!reader.lost) expect(reader.seen).toEqual(subject.model.expected(reader));
        }
        subject.store.close();
      }
    }),
    { numRuns: runs },
  );
}
