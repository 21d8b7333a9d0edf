import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort, Line, Rig, SETTINGS } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

async function running(): Promise<void> {
  await rig.cluster("c1", await freePort());
  await rig.secrets("c1");
  await rig.machine("c1", "cp-1", { controlPlane: true });
  await rig.node("c1", "cp-1");
}

const uidOf = async (node: string) => (await rig.node("c1", node)).metadata.uid;

describe("a management API that is away", () => {
  it("is waited for, and what happened meanwhile is made up for", async () => {
    const { hostname: host, port } = rig.connection.server;
    const line = new Line({ host, port: Number(port) });
    await line.open();
    rig.loop({}, { ...rig.connection, server: new URL(`https://127.0.0.1:${line.port}`) });
    await running();
    await rig.machine("c1", "w-1");
    const uid = await uidOf("w-1");
    await line.cut();
    await rig.machine("c1", "w-2");
    await rig.delete("Machine", "w-1");
    expect(await uidOf("w-1")).toBe(uid); // the fleet goes on as it was
    await line.open();
    await rig.node("c1", "w-2");
    await rig.until(async () => expect(await rig.nodes("c1")).toEqual(["cp-1", "w-2"]));
    await line.cut();
  });

  it("at start is waited for, too", async () => {
    const { hostname: host, port } = rig.connection.server;
    const line = new Line({ host, port: Number(port) });
    await line.open();
    await line.cut();
    rig.loop({}, { ...rig.connection, server: new URL(`https://127.0.0.1:${line.port}`) });
    await line.open();
    await running();
    await line.cut();
  });
});

describe("a loop that starts again", () => {
  it("takes up what is there, and ends what has gone meanwhile", async () => {
    const first = rig.loop();
    await running();
    await rig.cluster("c2", await freePort());
    await rig.secrets("c2");
    await rig.machine("c1", "w-1");
    await rig.machine("c1", "w-2");
    const before = [await uidOf("cp-1"), await uidOf("w-2")];
    await rig.node("c1", "w-1");
    await rig.until(() => rig.fleet.cluster("default.c2"));
    await first.stop();
    await rig.delete("Machine", "w-1");
    await rig.delete("Cluster", "c2");
    await rig.fleet.create({ name: "own" });
    rig.loop();
    await rig.until(async () => {
      expect(await rig.nodes("c1")).toEqual(["cp-1", "w-2"]);
      expect([...rig.fleet.clusters.keys()]).toEqual(["default.c1", "own"]);
    });
    expect([await uidOf("cp-1"), await uidOf("w-2")]).toEqual(before);
  });

  it("knows a Cluster of the same name for another one", async () => {
    const first = rig.loop();
    await running();
    await first.stop();
    for (const kind of ["Machine", "StubMachine"]) await rig.delete(kind, "cp-1");
    for (const kind of ["Cluster", "KubeadmControlPlane"]) await rig.delete(kind, "c1");
    const authority = await rig.secrets("c1");
    await rig.cluster("c1", await freePort());
    rig.loop();
    await rig.until(async () => {
      const { authority: serving } = await rig.fleet.cluster("default.c1").identity();
      expect(serving.certificate).toBe(authority.certificate);
    });
    await rig.machine("c1", "cp-2", { controlPlane: true });
    await rig.node("c1", "cp-2");
    expect(await rig.nodes("c1")).toEqual(["cp-2"]);
  });

  it("plays again what a cluster has forgotten", async () => {
    rig.loop();
    await running();
    rig.fleet.reset("default.c1");
    await rig.machine("c1", "w-1"); // the next thing that happens
    await rig.node("c1", "w-1");
    expect(await rig.nodes("c1")).toEqual(["cp-1", "w-1"]);
  });
});

describe("of two loops", () => {
  const lease = { ...SETTINGS.lease, durationMs: 1_000, renewMs: 50 };
  const other = { lease: { ...lease, identity: "other" } };

  it("one acts, and the other when that ends", async () => {
    const first = rig.loop({ lease });
    await rig.until(() => expect(first.leads).toBe(true));
    const second = rig.loop(other);
    await running();
    await rig.until(async () => expect((await holder()) === "me" && !second.leads).toBe(true));
    await first.stop();
    await rig.until(() => expect(second.leads).toBe(true));
    expect(await holder()).toBe("other");
    await rig.machine("c1", "w-1");
    await rig.node("c1", "w-1");
  });

  it("one takes over from another that has died, and that one stops when it finds out", async () => {
    const { hostname: host, port } = rig.connection.server;
    const line = new Line({ host, port: Number(port) });
    await line.open();
    const cut = { ...rig.connection, server: new URL(`https://127.0.0.1:${line.port}`) };
    const first = rig.loop({ lease }, cut);
    await rig.until(() => expect(first.leads).toBe(true));
    await line.cut();
    const second = rig.loop(other);
    await rig.until(() => expect([first.leads, second.leads]).toEqual([false, true]));
    await line.open();
    await running();
    expect([first.leads, second.leads]).toEqual([false, true]);
    await line.cut();
  });

  async function holder(): Promise<unknown> {
    const { spec } = await rig.api.get("/apis/coordination.k8s.io/v1/namespaces/default/leases/fake-apiserver");
    return (spec as { holderIdentity: string }).holderIdentity;
  }
});

it("what is as it should be is not written", async () => {
  rig.loop({ resyncMs: 20, retryMs: 20, infrastructure: new Set(["StubCluster", "StubMachine"]) });
  await running();
  const client = await rig.client("c1");
  const state = async () => {
    const { items } = await rig.api.list("/apis/cluster.x-k8s.io/v1beta2/machines");
    const own = await client.list("/api/v1/nodes");
    const system = await client.get("/api/v1/namespaces/kube-system");
    return JSON.stringify([items, own, system, await client.list("/api/v1/pods"), await rig.events()]);
  };
  const before = await state();
  for (let round = 0; round < 3; round++) {
    await rig.patch("Cluster", "c1", { metadata: { annotations: { round: String(round) } } });
  }
  await rig.machine("c1", "later");
  await rig.node("c1", "later");
  await (await rig.client("c1")).delete("/api/v1/nodes/later");
  await rig.delete("Machine", "later");
  await rig.until(async () => expect(await state()).toBe(before));
});
