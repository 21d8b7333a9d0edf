import { afterEach, describe, expect, test } from "vitest";
import { ApiError } from "../../../src/kube/status.js";
import { CompactedError, type Store } from "../../../src/store/store.js";
import { FakeEtcd, type Fault } from "./fake-etcd.js";
import { configMap, keyOf, Process } from "./rig.js";

let etcd = new FakeEtcd();
const processes: Process[] = [];

function started(...args: Parameters<typeof processOf>): Process {
  const made = processOf(...args);
  processes.push(made);
  return made;
}

const processOf = (weather?: ConstructorParameters<typeof Process>[1], fleet?: string) =>
  new Process(etcd, weather, fleet);

afterEach(async () => {
  etcd.start();
  await Promise.all(processes.splice(0).map((process) => process.close()));
  etcd = new FakeEtcd();
});

async function put(store: Store, name: string, text = "", expected = store.get(keyOf(name))?.revision ?? 0) {
  return store.commit({ key: keyOf(name), expected, object: configMap(name, text) });
}

async function removed(store: Store, name: string) {
  return store.commit({ key: keyOf(name), expected: store.get(keyOf(name))!.revision, object: undefined });
}

function texts(store: Store): Record<string, string> {
  const objects = [...store.snapshot()!.range("configmaps/")];
  return Object.fromEntries(
    objects.map(({ index, bytes, revision }) => {
      const object = JSON.parse(bytes.toString());
      expect(object.metadata.resourceVersion).toBe(String(revision));
      return [index.name, object.data.text];
    }),
  );
}

async function refusal(work: Promise<unknown>): Promise<ApiError["status"]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw error ?? new Error("it was done");
  return error.status;
}

describe("a store on etcd", () => {
  test("keeps objects as kube-apiserver reads them, at etcd's revisions", async () => {
    const store = await started().open();
    const made = await put(store, "a", "one");
    const kv = etcd.get("/c/configmaps/ns/a")!;
    expect(Buffer.from(kv.value).toString()).toBe(
      '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"ns","uid":"uid-a",' +
        '"creationTimestamp":"2026-01-01T00:00:00Z"},"data":{"text":"one"}}',
    );
    expect(made).toMatchObject({
      ok: true,
      object: { revision: Number(kv.modRevision), created: Number(kv.createRevision) },
    });
    expect(store.get(keyOf("a"))!.revision).toBe(etcd.revision);
  });

  test("refuses what was changed by another in between, and tells what is there", async () => {
    const store = await started().open();
    await put(store, "a", "one");
    const [first, second] = await Promise.all([put(store, "a", "two"), put(store, "a", "three")]);
    expect([first.ok, second.ok]).toEqual([true, false]);
    expect(second).toEqual({ ok: false, current: store.get(keyOf("a")) });
    expect(texts(store)).toEqual({ a: "two" });
    const [gone, again] = await Promise.all([removed(store, "a"), removed(store, "a")]);
    expect([gone.ok, again.ok]).toEqual([true, false]);
    expect(gone).toMatchObject({ object: { revision: etcd.revision } });
  });

  test("takes up everything where another process has left it", async () => {
    const first = started();
    const before = await first.open();
    expect(before.isNew).toBe(true);
    for (const name of ["a", "b", "c"]) await put(before, name, `${name}1`);
    await removed(before, "c");
    await put(before, "a", "a2");
    const seen = [...before.snapshot()!.range("")];
    await first.close();
    etcd.put("/other/x", "");
    const store = await started().open();
    expect(store.isNew).toBe(false);
    expect([...store.snapshot()!.range("")]).toEqual(seen);
    expect(store.revision).toBeGreaterThan(before.revision);
    expect((await put(store, "c", "new")).ok).toBe(true);
  });

  test("lets watches go on over a restart, as long as they have seen the last change", async () => {
    const first = started();
    const before = await first.open();
    await put(before, "a");
    await put(before, "b");
    const early = before.revision;
    await removed(before, "b");
    const last = before.revision;
    await first.close();
    for (let i = 0; i < 5; i++) etcd.put("/other/x", "");
    const second = started();
    const store = await second.open();
    expect(() => store.watch("", early)).toThrow(CompactedError);
    const cursor = store.watch("configmaps/", last);
    expect(cursor.next()).toBeUndefined();
    await put(store, "d");
    expect(cursor.next()).toMatchObject({ type: "put", key: keyOf("d"), revision: etcd.revision });
    await second.close();
    // What etcd does not know any more, nobody can go on from.
    const now = store.revision;
    etcd.compact();
    const third = await started().open();
    expect(() => third.watch("", now)).toThrow(CompactedError);
    expect(texts(third)).toEqual({ a: "", d: "" });
  });

  test("tells what strangers write, and goes on", async () => {
    const store = await started().open();
    await put(store, "a", "one");
    const cursor = store.watch("", store.revision);
    const value = Buffer.from(etcd.get("/c/configmaps/ns/a")!.value).toString().replace("one", "theirs");
    const at = etcd.put("/c/configmaps/ns/a", value);
    expect(await put(store, "a", "two")).toMatchObject({ ok: false, current: { revision: at } });
    expect(cursor.next()).toMatchObject({ type: "put", revision: at });
    expect(texts(store)).toEqual({ a: "theirs" });
    expect((await put(store, "a", "two")).ok).toBe(true);
  });

  test("has readers read anew when strangers change several objects at one revision", async () => {
    const store = await started().open();
    await put(store, "a", "one");
    await put(store, "b", "one");
    const before = store.revision;
    const { revision } = etcd.txn({ success: [{ delete: "/c/configmaps/", end: "/c/configmaps0" }] });
    while (store.revision < revision) await new Promise(setImmediate);
    expect(texts(store)).toEqual({});
    expect(() => store.watch("", before)).toThrow(CompactedError);
  });

  test("is taken up anew, and says what is wrong, when there is what it can't read", async () => {
    const process = started();
    const store = await process.open();
    etcd.put("/c/configmaps/ns/x", "nonsense");
    while (process.lost.length === 0) await new Promise(setImmediate);
    expect(await refusal(put(store, "a"))).toMatchObject({ code: 500 });
    process.stop();
    const why = await refusal(process.open());
    expect(why).toMatchObject({ code: 500, reason: "InternalError" });
    expect(why.message).toContain("/c/configmaps/ns/x can't be");
    etcd.txn({ success: [{ delete: "/c/configmaps/ns/x" }] });
    process.stop();
    expect(texts(await process.open())).toEqual({});
  });

  test("does not say that revisions are higher than etcd's", async () => {
    const store = await started().open();
    expect(() => store.advance(store.revision)).not.toThrow();
    expect(() => store.advance(store.revision + 1)).toThrow(/etcd has lost what it had/);
  });
});

describe("a write without an answer", () => {
  const failing = (...faults: Fault[]) => {
    let active = false;
    const process = started({ fault: () => (active ? faults.shift() : undefined) });
    return { process, begin: () => (active = true) };
  };

  test.each([["unsent"], ["unanswered"]] as const)("is made once: %s", async (fault) => {
    const { process, begin } = failing(fault, fault);
    const store = await process.open();
    await put(store, "a", "one");
    await put(store, "b");
    begin();
    const writes = etcd.past.length;
    expect(await put(store, "a", "two")).toMatchObject({ ok: true });
    expect(etcd.past.length).toBe(writes + 1);
    expect(await removed(store, "b")).toMatchObject({ ok: true });
    expect(etcd.past.length).toBe(writes + 2);
    expect(texts(store)).toEqual({ a: "two" });
  });

  test("that creates is not repeated, as it could be made twice then; what it has made is seen", async () => {
    const { process, begin } = failing("unanswered", "unsent");
    const store = await process.open();
    begin();
    expect(await put(store, "a", "one")).toMatchObject({ ok: true });
    expect(await refusal(put(store, "b", "one"))).toMatchObject({ code: 504, reason: "Timeout" });
    expect(texts(store)).toEqual({ a: "one" });
  });

  test("does not pass for another's", async () => {
    const { process, begin } = failing("unsent");
    const store = await process.open();
    await put(store, "a", "one");
    begin();
    const mine = put(store, "a", "mine");
    const others = put(store, "a", "other");
    expect([(await mine).ok, (await others).ok]).toEqual([false, true]);
    expect(texts(store)).toEqual({ a: "other" });
  });
});

describe("a cluster has one process at a time", () => {
  test("another is told which, until that one stops", async () => {
    const [one, two] = [started(), started()];
    const store = await one.open();
    await put(store, "a", "one");
    const why = await refusal(two.open());
    expect(why).toMatchObject({ code: 503, reason: "ServiceUnavailable", details: { retryAfterSeconds: 1 } });
    expect(why.message).toMatch(/^cluster c is served by another process \(\d+ on /);
    expect((await put(store, "a", "two")).ok).toBe(true);
    one.stop();
    await one.close();
    expect(texts(await two.open())).toEqual({ a: "two" });
  });

  test("one that has not been heard of loses it, and can't write any more", async () => {
    const [one, two] = [started(), started()];
    const store = await one.open();
    await put(store, "a", "one");
    etcd.expire(etcd.leases[0]!);
    // It does not know yet: what it has in its memory is not what counts.
    const other = await two.open();
    await put(other, "a", "theirs");
    expect(await refusal(put(store, "a", "mine"))).toMatchObject({ code: 503 });
    expect(await refusal(put(store, "b", "mine"))).toMatchObject({ code: 503 });
    expect(one.lost).toEqual(["c"]);
    expect(texts(other)).toEqual({ a: "theirs" });
    one.stop();
    expect(await refusal(one.open())).toMatchObject({ code: 503 });
    await two.close();
    expect(texts(await one.open())).toEqual({ a: "theirs" });
  });

  test("one that was killed in the middle of a birth leaves nothing behind", async () => {
    const one = started();
    const stop = new AbortController();
    const keeper = await one.stores.open("c", stop.signal, () => undefined);
    await keeper.begin({ seed: "early", created: 0, floor: 0 });
    await put(await keeper.store({}), "half");
    one.kill();
    etcd.expire(etcd.leases[0]!);
    const store = await started().open();
    expect(store.isNew).toBe(true);
    expect(texts(store)).toEqual({});
  });

  test("keys that no emulated cluster has made are left alone", async () => {
    etcd.put("/c/configmaps/ns/x", "a real server's");
    expect((await refusal(started().open())).message).toContain("1 keys below /c/ already, not made by us");
    etcd.put("fake-apiserver/tenants/d", "some fleet");
    expect((await refusal(started().open("d"))).message).toContain("a cluster with a real server");
  });

  test("what is reset or removed is new", async () => {
    const process = started();
    await put(await process.open(), "a");
    process.stop();
    await process.stores.reset("c");
    const store = await process.open();
    expect(store.isNew).toBe(true);
    await put(store, "b");
    process.stop();
    await process.stores.forget("c");
    expect(etcd.get("fake-apiserver/tenants/c")).toBeUndefined();
    expect(etcd.range("/c/", { end: "/c0" }).count).toBe(0n);
  });

  test("what could not be removed goes before there is another of the name", async () => {
    const one = started();
    await put(await one.open(), "a");
    one.stop();
    one.left.add("c"); // as a process does that can't reach etcd
    const store = await one.open();
    expect(store.isNew).toBe(true);
    expect(one.left.names.size).toBe(0);
  });
});
