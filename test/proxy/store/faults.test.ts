import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CommitResult, Store, StoreEvent } from "../../../src/store/store.js";
import { FakeEtcd, type Past } from "./fake-etcd.js";
import { configMap, keyOf, Process } from "./rig.js";

const NAMES = ["a", "b", "c"];

interface Done {
  readonly name: string;
  /** What was to be written; undefined: nothing more is to be there. */
  readonly text: string | undefined;
  readonly expected: number;
  readonly result: CommitResult;
}

const step = fc.record({
  name: fc.constantFrom(...NAMES),
  remove: fc.boolean(),
  /** How many turns of the event loop pass before the next. */
  pause: fc.nat({ max: 3 }),
  fault: fc.constantFrom("unsent", "unanswered", undefined, undefined, undefined),
  travel: fc.nat({ max: 4 }),
  breaks: fc.boolean(),
});

async function loops(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}

function eventsOf(store: Store, from: number): StoreEvent[] {
  const cursor = store.watch("configmaps/", from);
  const out: StoreEvent[] = [];
  for (let event = cursor.next(); event; event = cursor.next()) out.push(event);
  return out;
}

/** The revision that a change has replaced; 0: there was nothing. */
function beforeOf(past: readonly Past[], key: string, revision: number): number {
  const last = past.findLast((each) => each.key === key && each.revision < revision);
  return last?.kv === undefined ? 0 : last.revision;
}

describe("whatever becomes of messages on their way to etcd and back", () => {
  test("each write is made once or not at all, as it was answered, and is seen in its order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        const etcd = new FakeEtcd();
        let at = 0;
        let begun = false;
        const now = () => steps[at++ % steps.length]!;
        let [failed, broken] = [false, false];
        const process = new Process(etcd, {
          // Never twice in a row: in the end something gets through.
          fault: () => {
            const fault = begun && !failed ? now().fault : undefined;
            failed = fault !== undefined;
            return fault;
          },
          travel: () => loops(now().travel),
          breaks: () => {
            broken = begun && !broken && now().breaks;
            return broken;
          },
        });
        const store = await process.open();
        while (store.revision < Number(etcd.get("/c/fake-apiserver/birth")!.modRevision)) await loops(1);
        const from = store.revision;
        begun = true;
        const done: Done[] = [];
        /** What would have been written of which nobody could say what became of them. */
        const unknown = new Set<string | undefined>();
        const writes = steps.map(async ({ name, remove, pause }, i) => {
          for (let k = 0; k < i; k++) await loops(pause % 2);
          const key = keyOf(name);
          const expected = store.get(key)?.revision ?? 0;
          const text = remove && expected > 0 ? undefined : `t${i}`;
          const object = text === undefined ? undefined : configMap(name, text);
          const writing = Promise.resolve(store.commit({ key, expected, object }));
          const result = await writing.catch((error: unknown) => {
            expect(error).toMatchObject({ status: { code: 504, reason: "Timeout" } });
            unknown.add(text ?? `${name} ${expected}`);
          });
          if (!result) return;
          // Whoever is answered sees what it has done, or what has kept it from being done.
          const seen = store.get(key);
          if (result.ok) expect(store.revision).toBeGreaterThanOrEqual(result.object.revision);
          else if (expected > 0) expect(seen?.revision ?? 0).not.toBe(expected);
          done.push({ name, text, expected, result });
        });
        await Promise.all(writes);
        begun = false;
        const past = etcd.past.filter(({ key, revision }) => key.startsWith("/c/configmaps/") && revision > from);
        while (store.revision < (past.at(-1)?.revision ?? 0)) await loops(1);
        // What etcd remembers is what those did who were told so.
        const told = done.flatMap(({ name, text, expected, result }) =>
          result.ok ? [{ revision: result.object.revision, name, text, before: expected }] : [],
        );
        const made = past.map(({ revision, key, kv }) => ({
          revision,
          before: beforeOf(past, key, revision),
          name: key.slice("/c/configmaps/ns/".length),
          text: kv && JSON.parse(Buffer.from(kv.value).toString()).data.text,
        }));
        expect(told.sort((a, b) => a.revision - b.revision)).toEqual(
          made.filter(
            ({ revision, name, text, before }) =>
              !unknown.has(text ?? `${name} ${before}`) || told.some((each) => each.revision === revision),
          ),
        );
        const texts = made.flatMap(({ text }) => text ?? []);
        expect(new Set(texts).size).toBe(texts.length);
        // And what watchers were told.
        const events = eventsOf(store, from).map(({ type, revision, object, previous }) => ({
          revision,
          before: previous?.revision ?? 0,
          name: object.index.name,
          text: type === "put" ? JSON.parse(object.bytes.toString()).data.text : undefined,
        }));
        expect(events).toEqual(made);
        await process.close();
      }),
      { numRuns: 25 },
    );
  });
});
