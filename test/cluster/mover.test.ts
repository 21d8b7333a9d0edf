import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Fleet } from "../../src/cluster/fleet.js";
import type { PassthroughSpec } from "../../src/cluster/spec.js";
import { admin, connectHttp2, fetchFrom, request } from "../server/support.js";
import { FakeReals, movable } from "./mover-support.js";

const KIND: PassthroughSpec = { type: "passthrough", proxy: "terminate", runtime: { type: "process" } };
const NAME = "cluster-1";
const MAPS = "/api/v1/namespaces/default/configmaps";
const JSON_TYPE = { "content-type": "application/json", ":method": "POST" };

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "mover-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function get(fleet: Fleet, path: string) {
  const cluster = fleet.cluster(NAME);
  const { status, headers, text } = await fetchFrom(cluster, path, await admin(cluster));
  return { status, headers, body: JSON.parse(text) };
}

async function create(fleet: Fleet, name: string) {
  const cluster = fleet.cluster(NAME);
  const body = JSON.stringify({ metadata: { name } });
  const { status, headers, text } = await fetchFrom(cluster, MAPS, await admin(cluster), JSON_TYPE, body);
  return { status, headers, body: JSON.parse(text) };
}

async function uids(fleet: Fleet): Promise<Record<string, string>> {
  const { body } = await get(fleet, MAPS);
  return Object.fromEntries(
    body.items.map(({ metadata }: { metadata: { name: string; uid: string } }) => [metadata.name, metadata.uid]),
  );
}

/** A promise, and what settles it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe("a cluster that is promoted", () => {
  it("has a real server with all that was acknowledged, and comes back with it at the same endpoint", async () => {
    const reals = new FakeReals();
    const dir = folder();
    const fleet = await movable(reals, dir);
    const cluster = fleet.cluster(NAME);
    const { url } = cluster;
    await create(fleet, "a");
    const before = await uids(fleet);
    const options = await admin(cluster);
    const session = connectHttp2(cluster, options);
    const closed = new Promise((resolve) => session.once("close", resolve));
    const watch = session.request({ ":path": `${MAPS}?watch=1` });
    const watched = new Promise((resolve) => watch.resume().once("close", resolve));

    // A write that comes while its objects are on their way is not lost: its client is asked to repeat it.
    const [written, goOn] = [gate(), gate()];
    reals.before = async (step) => {
      if (step !== "write") return;
      written.open();
      await goOn.opened;
    };
    const promoting = fleet.promote(NAME, KIND);
    await written.opened;
    expect(cluster.move).toEqual({ to: "passthrough", step: "writing its objects to etcd" });
    expect(() => fleet.reset(NAME)).toThrow("cluster cluster-1 is being moved");
    const held = request(session, MAPS, JSON_TYPE, JSON.stringify({ metadata: { name: "held" } }));
    expect((await get(fleet, MAPS)).status).toBe(200);
    goOn.open();
    await promoting;
    const refused = await held;
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "1"]);
    expect(JSON.parse(refused.text)).toMatchObject({ reason: "ServiceUnavailable", details: { retryAfterSeconds: 1 } });
    await Promise.all([watched, closed]);
    expect(reals.etcd.get(NAME)?.map(({ key }) => key)).toContain("configmaps/default/a");
    expect(reals.etcd.get(NAME)?.map(({ key }) => key)).not.toContain("configmaps/default/held");
    expect([cluster.kind, cluster.url, cluster.move]).toEqual([KIND, url, undefined]);
    expect((await get(fleet, MAPS)).body).toEqual({ real: reals.etcd.get(NAME)?.length });
    expect(readdirSync(join(dir, "objects"))).toEqual([]);
    await fleet.promote(NAME, KIND); // it is so already

    await fleet.demote(NAME);
    expect([cluster.kind, cluster.url]).toEqual([{ type: "emulated" }, url]);
    expect(await uids(fleet)).toEqual(before);
    expect(Number((await get(fleet, MAPS)).body.metadata.resourceVersion)).toBeGreaterThan(Number(reals.revision));
    expect(reals.done.slice(-4)).toEqual(["end", "give", "import", "clear"]);
    expect([reals.etcd.has(NAME), cluster.leftovers]).toEqual([false, false]);
    const stale = await fetchFrom(cluster, `${MAPS}?watch=1&resourceVersion=${reals.revision}`, options);
    expect(stale.text).toContain('"code":410');
  });

  it.each(["check", "take", "write", "create", "ready"])("goes on as it was when %s fails", async (step) => {
    const reals = new FakeReals();
    const fleet = await movable(reals, folder());
    await create(fleet, "a");
    let held: Promise<unknown> = Promise.resolve();
    reals.before = async (next) => {
      if (next === "write") held = create(fleet, "held");
      if (next === step) throw new Error("no luck");
    };
    await expect(fleet.promote(NAME, KIND)).rejects.toThrow("no luck");
    await held;
    const cluster = fleet.cluster(NAME);
    expect([cluster.kind.type, cluster.move, cluster.leftovers]).toEqual(["emulated", undefined, false]);
    const reached = ["write", "create", "ready"].includes(step);
    expect(Object.keys(await uids(fleet)).filter((name) => /^(a|held)$/.test(name))).toEqual(
      reached ? ["a", "held"] : ["a"],
    );
    expect(reals.etcd.has(NAME)).toBe(false);
    expect(reals.done.includes("clear")).toBe(step !== "check");
    reals.before = () => undefined;
    await fleet.promote(NAME, KIND);
    expect(cluster.kind).toEqual(KIND);
  });

  it("is emulated when the process has ended half-way, and etcd is cleared when it is there", async () => {
    const dir = folder();
    const reals = new FakeReals();
    const fleet = await movable(reals, dir);
    await create(fleet, "a");
    reals.before = (step) => {
      if (step === "ready" || step === "clear") throw new Error("etcd is away");
    };
    await expect(fleet.promote(NAME, KIND)).rejects.toThrow("cluster cluster-1 stays emulated: etcd is away");
    expect(fleet.cluster(NAME).leftovers).toBe(true);
    await fleet.close();
    const cleared = gate();
    const later = new FakeReals();
    later.etcd.set(NAME, []);
    later.before = (step) => {
      if (step === "clear") cleared.open();
    };
    const again = await movable(later, dir);
    expect(Object.keys(await uids(again))).toContain("a");
    await cleared.opened;
    await expect.poll(() => again.cluster(NAME).leftovers).toBe(false);
    expect(later.etcd.has(NAME)).toBe(false);
  });

  it("is given up when the fleet ends", async () => {
    const reals = new FakeReals();
    const dir = folder();
    const fleet = await movable(reals, dir);
    await create(fleet, "a");
    let closing: Promise<void> | undefined;
    reals.before = async (step) => {
      if (step !== "ready") return;
      closing = fleet.close();
      await new Promise(() => undefined); // a server that never comes up
    };
    await expect(fleet.promote(NAME, KIND)).rejects.toThrow("the fleet is ending");
    await closing;
    const again = await movable(new FakeReals(), dir);
    expect(again.cluster(NAME).kind.type).toBe("emulated");
    expect(Object.keys(await uids(again))).toContain("a");
  });
});

describe("a cluster that is demoted", () => {
  it.each(["give", "import"])("keeps its real server when %s fails", async (step) => {
    const reals = new FakeReals();
    const dir = folder();
    const fleet = await movable(reals, dir);
    await create(fleet, "a");
    await fleet.promote(NAME, KIND);
    const asked: Promise<{ status: number; headers: object }>[] = [];
    reals.before = (next) => {
      if (next === step) asked.push(get(fleet, MAPS));
      if (next === step) throw new Error("a value is encrypted");
    };
    const demoting = fleet.demote(NAME);
    await expect(demoting).rejects.toThrow("cluster cluster-1 keeps its real server: a value is encrypted");
    reals.before = () => undefined;
    expect(fleet.cluster(NAME).kind).toEqual(KIND);
    expect((await get(fleet, MAPS)).body.real).toBeGreaterThan(0);
    expect(readdirSync(join(dir, "objects"))).toEqual([]);
    await Promise.all(asked);
    await fleet.demote(NAME);
    expect(Object.keys(await uids(fleet))).toContain("a");
  });

  it("has clients repeat what they ask while nobody answers", async () => {
    const reals = new FakeReals();
    const fleet = await movable(reals);
    await fleet.promote(NAME, KIND);
    const [reading, goOn] = [gate(), gate()];
    reals.before = async (step) => {
      if (step !== "give") return;
      reading.open();
      await goOn.opened;
    };
    const demoting = fleet.demote(NAME);
    await reading.opened;
    const { status, headers } = await create(fleet, "early");
    expect([status, headers["retry-after"]]).toEqual([503, "1"]);
    goOn.open();
    await demoting;
    expect((await create(fleet, "late")).status).toBe(201);
    expect(Object.keys(await uids(fleet))).not.toContain("early");
  });

  it("is what it has been written down to be after a restart, whichever way it went", async () => {
    const dir = folder();
    const reals = new FakeReals();
    const fleet = await movable(reals, dir);
    await create(fleet, "a");
    await fleet.promote(NAME, { ...KIND, runtime: { type: "process", start: "demand" } });
    await fleet.close();
    const real = await movable(reals, dir);
    expect(real.cluster(NAME).kind).toMatchObject({ type: "passthrough" });
    expect((await get(real, MAPS)).body.real).toBeGreaterThan(0);
    await real.demote(NAME);
    await create(real, "b");
    await real.close();
    const emulated = await movable(reals, dir);
    expect(emulated.cluster(NAME).kind.type).toBe("emulated");
    expect(Object.keys(await uids(emulated))).toEqual(expect.arrayContaining(["a", "b"]));
  });
});

describe("a move that can't be made", () => {
  it("is refused with what is in its way", async () => {
    const reals = new FakeReals();
    const fleet = await movable(reals);
    const external: PassthroughSpec = {
      ...{ type: "passthrough", proxy: "pipe" },
      runtime: { type: "external", server: "https://192.0.2.1:6443", ca: fleet.cluster(NAME).name },
    };
    await expect(fleet.promote(NAME, external)).rejects.toThrow(/ca/);
    const { authority } = await fleet.cluster(NAME).identity();
    const runtime = { ...external.runtime, ca: authority.certificate } as PassthroughSpec["runtime"];
    await expect(fleet.promote(NAME, { ...external, runtime })).rejects.toThrow("add a cluster for it");
    const bad: PassthroughSpec = { ...KIND, runtime: { type: "process", flags: ["v=4"] } };
    await expect(fleet.promote(NAME, bad)).rejects.toThrow("is no flag");
    expect(() => fleet.promote("none", KIND)).toThrow("there is no cluster");
    await fleet.create({ name: "theirs", backend: { ...external, runtime } });
    await expect(fleet.demote("theirs")).rejects.toThrow("export its objects and import them");
    await expect(fleet.promote("theirs", KIND)).rejects.toThrow("somebody else runs");
    await fleet.demote(NAME); // it is emulated
    await fleet.promote(NAME, KIND);
    await expect(fleet.promote(NAME, { ...KIND, proxy: "pipe" })).rejects.toThrow("of another kind");
    expect(reals.done.filter((step) => step === "take")).toHaveLength(1);
  });
});
