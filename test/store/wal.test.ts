import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BaseLayer } from "../../src/store/base-layer.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { SharedParts } from "../../src/store/shared-parts.js";
import type { EncodedObject, Store } from "../../src/store/store.js";
import { ClusterLog } from "../../src/store/wal/cluster-log.js";
import { DamagedLogError } from "../../src/store/wal/frames.js";
import { OpenFiles } from "../../src/store/wal/open-files.js";
import { Syncer } from "../../src/store/wal/syncer.js";

let dir = "";
let files = new OpenFiles();
let reported: unknown[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wal-"));
  files = new OpenFiles();
  reported = [];
});
afterEach(() => {
  files.closeAll();
  rmSync(dir, { recursive: true });
});

const BIRTH = { seed: "s", created: 5, floor: 0 };
const KEYS = ["a/1", "a/2", "b/ü", "base/kept", "base/other"];

function encoded(name: string, text: string, common = false): EncodedObject {
  const index = { name, namespace: "", uid: `uid-${text}`, labels: { l: text }, fields: undefined };
  const tail = Buffer.from(`","text":"${text}"}`);
  return {
    ...{ index, head: Buffer.from(`{"name":"${name}","resourceVersion":"`), tail },
    ...(common ? { common: [2, tail.length - 2] as const } : {}),
  };
}

const layer = new BaseLayer(
  ["base/kept", "base/other"].map((key) => ({ key, object: encoded(key, "base") })),
  {},
);

interface Reopened {
  readonly log: ClusterLog;
  readonly store: Store;
}

function open(file: string, boot = "boot-1"): Reopened {
  const shared = new SharedParts();
  const report = (error: unknown) => reported.push(error);
  const log = new ClusterLog({ file, files, syncer: new Syncer(report), shared, boot, report });
  if (log.birth === undefined) {
    log.begin(BIRTH);
    log.ready();
  }
  const base = layer.tenant({ seed: "s", cluster: "c", created: "" });
  return { log, store: new MemoryStore({ base, shared, journal: log }) };
}

/** Everything that readers can see. */
function content(store: Store): unknown {
  const objects = [...store.snapshot()!.range("")].map(({ key, revision, created, index, bytes, slot }) => {
    return { key, revision, created, index, text: bytes.toString(), slot };
  });
  return { revision: store.revision, objects };
}

const change = fc.record({
  key: fc.constantFrom(...KEYS),
  text: fc.string({ maxLength: 60 }),
  kind: fc.constantFrom("put", "put", "common", "delete"),
});
type Step = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(store: Store, { key, text, kind }: Step): void {
  const expected = store.get(key)?.revision ?? 0;
  const object = kind === "delete" ? undefined : encoded(key, JSON.stringify(text).slice(1, -1), kind === "common");
  void store.commit({ key, expected, object });
}

describe("the log of a cluster", () => {
  it("cut at any byte gives back what had been kept before that byte", () => {
    const file = join(dir, "log");
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 8 }), (steps, places) => {
        rmSync(file, { force: true });
        files.closeAll();
        const { store, log } = open(file);
        const states = [{ size: statSync(file).size, is: content(store) }];
        for (const step of steps) {
          apply(store, step);
          states.push({ size: statSync(file).size, is: content(store) });
        }
        log.close();
        const whole = readFileSync(file);
        const from = states[0]!.size;
        const anywhere = places.map((place) => from + (place % (whole.length - from + 1)));
        for (const cut of [...anywhere, ...states.map(({ size }) => size)]) {
          writeFileSync(file, whole.subarray(0, cut));
          const again = open(file);
          expect(content(again.store)).toEqual(states.findLast(({ size }) => size <= cut)!.is);
          again.log.close();
        }
      }),
      { numRuns: 40 },
    );
  });

  it("goes on after a torn end as if that had never been", () => {
    const file = join(dir, "log");
    const first = open(file);
    apply(first.store, { key: "a/1", text: "one", kind: "put" });
    const before = content(first.store);
    apply(first.store, { key: "a/2", text: "a long text that is torn", kind: "put" });
    first.log.close();
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    const second = open(file);
    expect(content(second.store)).toEqual(before);
    apply(second.store, { key: "a/2", text: "x", kind: "put" });
    second.log.close();
    expect(content(open(file).store)).toEqual(content(second.store));
  });

  it("with a damaged byte is refused with file and place, or is one of those that it was before", () => {
    const file = join(dir, "log");
    const { store, log } = open(file);
    const states = [content(store)];
    for (const text of ["one", "two", "three"]) {
      apply(store, { key: "a/1", text, kind: "put" });
      states.push(content(store));
    }
    log.close();
    const whole = readFileSync(file);
    let last = 0;
    for (let at = 0; at < whole.length; at += 3) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0x10;
      writeFileSync(file, bytes);
      try {
        const again = open(file);
        expect(content(again.store)).toEqual(states.at(-2));
        again.log.close();
        last++;
      } catch (error) {
        expect(error).toBeInstanceOf(DamagedLogError);
        expect((error as DamagedLogError).message).toContain(`${file} is damaged at byte `);
        expect((error as DamagedLogError).offset).toBeLessThanOrEqual(at);
      }
    }
    expect(last).toBeGreaterThan(0);
    expect(last).toBeLessThan(whole.length / 9);
  });

  it("is written anew when most of it has been overwritten, with everything that counts", () => {
    const file = join(dir, "log");
    const { store, log } = open(file);
    apply(store, { key: "base/other", text: "", kind: "delete" });
    const text = "x".repeat(50_000);
    let largest = 0;
    for (let i = 0; i < 200; i++) {
      apply(store, { key: KEYS[i % 3]!, text: text + i, kind: i % 2 ? "put" : "common" });
      largest = Math.max(largest, statSync(file).size);
    }
    apply(store, { key: "a/1", text: "", kind: "delete" });
    expect(largest).toBeLessThan(2_000_000);
    log.close();
    expect(existsSync(`${file}.tmp`)).toBe(false);
    expect(content(open(file).store)).toEqual(content(store));
  });

  it("lets watchers of the last revision go on, and has others begin anew", () => {
    const file = join(dir, "log");
    const first = open(file);
    apply(first.store, { key: "a/1", text: "one", kind: "put" });
    const seen = first.store.revision;
    first.log.close();
    const { store } = open(file);
    const cursor = store.watch("a/", seen);
    expect(() => store.watch("a/", seen - 1)).toThrow("compacted");
    apply(store, { key: "a/2", text: "two", kind: "put" });
    expect(cursor.next()).toMatchObject({ key: "a/2", revision: seen + 1 });
  });

  it("goes far above the revisions that it knows when the machine has been started anew", () => {
    const file = join(dir, "log");
    const first = open(file);
    apply(first.store, { key: "a/1", text: "one", kind: "put" });
    first.log.close();
    const second = open(file, "boot-2");
    expect(second.store.revision).toBe(first.store.revision + 1_000_000);
    expect(second.store.get("a/1")).toMatchObject({ revision: first.store.revision });
    second.log.close();
    expect(open(file, "boot-2").store.revision).toBe(second.store.revision);
  });

  it("does not count before a new cluster is ready", () => {
    const file = join(dir, "log");
    const options = { file, files, syncer: undefined, boot: "b", report: () => {} };
    const log = new ClusterLog(options);
    log.begin({ ...BIRTH, floor: 70 });
    log.append({ type: "delete", key: "a/1", revision: 71, object: undefined as never, previous: undefined });
    log.close();
    const again = new ClusterLog(options);
    expect([again.birth, again.takeKept(), again.revision]).toEqual([undefined, undefined, 71]);
  });
});

describe("a disk that is full", () => {
  it("refuses changes that nobody sees then, and takes others when there is room", () => {
    const file = join(dir, "log");
    const { store, log } = open(file);
    apply(store, { key: "a/1", text: "one", kind: "put" });
    const before = content(store);
    log.close();
    const whole = readFileSync(file);
    rmSync(file);
    symlinkSync("/dev/full", file);
    expect(() => apply(store, { key: "a/1", text: "two", kind: "put" })).toThrow(/can't be kept: ENOSPC/);
    expect(() => store.advance(900)).toThrow(/can't be kept/);
    expect(content(store)).toEqual(before);
    expect(reported).toHaveLength(2);
    log.close();
    rmSync(file);
    writeFileSync(file, whole);
    apply(store, { key: "a/1", text: "three", kind: "put" });
    log.close();
    expect(content(open(file).store)).toEqual(content(store));
  });
});
