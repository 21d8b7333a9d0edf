import { afterEach, describe, expect, it } from "vitest";
import { NO_DELAYS } from "../../src/config/delays.js";
import { objectsAt, stringAt, valueAt } from "../../src/kube/access.js";
import type { JsonObject } from "../../src/kube/json.js";
import type { Contract } from "./definitions.js";
import { freePort, Rig } from "./rig.js";

let rig: Rig;
afterEach(() => rig.stop());

const LABELS = { "cluster.x-k8s.io/cluster-name": "c1" };
const owner = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: "cluster.x-k8s.io/v1beta2", kind, name, uid: "u" }],
  labels: kind === "Cluster" ? { "cluster.x-k8s.io/cluster-name": name } : LABELS,
});

/** What users and Cluster API's core make: nothing is ready, and the core has not seen an endpoint. */
async function unready(kind: string): Promise<void> {
  await rig.create("KubeadmControlPlane", "c1", { spec: {} });
  await rig.create("Cluster", "c1", {
    spec: {
      controlPlaneRef: rig.reference("KubeadmControlPlane", "c1"),
      infrastructureRef: rig.reference(`${kind}Cluster`, "c1"),
    },
  });
  await rig.create(`${kind}Cluster`, "c1", { spec: {} }, owner("Cluster", "c1"));
}

async function machine(kind: string, name: string, bootstrap: JsonObject): Promise<void> {
  await rig.create(
    "Machine",
    name,
    {
      spec: {
        clusterName: "c1",
        version: "v1.33.1",
        bootstrap,
        infrastructureRef: rig.reference(`${kind}Machine`, name),
      },
    },
    { labels: { ...LABELS, "cluster.x-k8s.io/control-plane": "" } },
  );
  await rig.create(`${kind}Machine`, name, { spec: {} }, owner("Machine", name));
}

const READY = {
  ready: true,
  initialization: { provisioned: true },
  conditions: [{ type: "Ready", status: "True" }],
};

/** As Cluster API's core does once the infrastructure is ready. */
async function takeEndpoint(kind: string): Promise<{ host: string; port: number }> {
  const endpoint = await rig.until(async () => {
    const object = await rig.get(`${kind}Cluster`, "c1");
    expect(object.status).toMatchObject(READY);
    return valueAt(object, "spec", "controlPlaneEndpoint") as { host: string; port: number };
  });
  await rig.patch("Cluster", "c1", { spec: { controlPlaneEndpoint: endpoint } });
  return endpoint;
}

describe.each([
  ["v1beta2", "Stub", "fake://default/cp-1"],
  ["v1beta1", "Stub", "fake://default/cp-1"],
  ["v1beta2", "Metal3", "metal3://default/cp-1/cp-1"],
] as const)("infrastructure of contract %s, %s", (contract, kind, providerID) => {
  it("is ready by itself", async () => {
    rig = await Rig.start(contract as Contract);
    rig.loop({ infrastructure: new Set([`${kind}Cluster`, `${kind}Machine`]) });
    await unready(kind);
    const endpoint = await takeEndpoint(kind);
    expect(endpoint.host).toBe("127.0.0.1");
    await rig.secrets("c1");
    await machine(kind, "cp-1", {});
    await rig.until(() => expect(rig.fleet.cluster("default.c1").awaitsAuthority).toBe(false));
    expect(rig.fleet.cluster("default.c1").endpoint).toMatchObject(endpoint);
    expect(valueAt(await rig.get(`${kind}Machine`, "cp-1"), "spec", "providerID")).toBeUndefined(); // no data yet
    await rig.patch("Machine", "cp-1", { spec: { bootstrap: { dataSecretName: "data" } } });
    const node = await rig.node("c1", "cp-1");
    expect(stringAt(node, "spec", "providerID")).toBe(providerID);
    const made = await rig.get(`${kind}Machine`, "cp-1");
    expect(made.status).toMatchObject(READY);
    expect(stringAt(made, "spec", "providerID")).toBe(providerID);
    expect(objectsAt(made, "status", "addresses").map(({ type }) => type)).toEqual(["InternalIP", "Hostname"]);
  });
});

it("whichever kind is referred to is made ready, if that is asked for, unless it is paused or nobody's", async () => {
  rig = await Rig.start();
  rig.loop({ infrastructure: new Set(["all"]) });
  await unready("Stub");
  await takeEndpoint("Stub");
  await rig.create("Cluster", "c2", { spec: { paused: true, infrastructureRef: rig.reference("StubCluster", "c2") } });
  await rig.create("StubCluster", "c2", { spec: {} }, owner("Cluster", "c2"));
  await rig.create("Cluster", "c3", { spec: { infrastructureRef: rig.reference("StubCluster", "c3") } });
  await rig.create("StubCluster", "c3", { spec: {} });
  await rig.create("Cluster", "c4", { spec: { infrastructureRef: rig.reference("StubCluster", "c4") } });
  await rig.create("StubCluster", "c4", { spec: {} }, owner("Cluster", "c4"));
  await rig.until(async () => expect((await rig.get("StubCluster", "c4")).status).toMatchObject(READY));
  expect((await rig.get("StubCluster", "c2")).status).toBeUndefined();
  expect((await rig.get("StubCluster", "c3")).status).toBeUndefined();
});

it("an endpoint that was chosen is kept, and no other infrastructure is touched", async () => {
  rig = await Rig.start();
  rig.loop({ infrastructure: new Set(["StubCluster"]) });
  await unready("Stub");
  const port = await freePort();
  await rig.patch("StubCluster", "c1", { spec: { controlPlaneEndpoint: { host: "127.0.0.1", port } } });
  expect(await takeEndpoint("Stub")).toMatchObject({ host: "127.0.0.1" });
  await rig.secrets("c1");
  await rig.until(() => expect(rig.fleet.cluster("default.c1").awaitsAuthority).toBe(false));
  await machine("Stub", "cp-1", { dataSecretName: "data" });
  await machine("Stub", "cp-2", { dataSecretName: "data" });
  await rig.patch("StubMachine", "cp-2", { spec: { providerID: "own://2" } });
  await rig.node("c1", "cp-2");
  expect(await rig.nodes("c1")).toEqual(["cp-2"]);
  expect((await rig.get("StubMachine", "cp-1")).spec).toEqual({});
});

it("machines take their time where that is asked for", async () => {
  rig = await Rig.start();
  const hour = { minMs: 3_600_000, maxMs: 7_200_000 };
  const moment = { minMs: 1, maxMs: 20 };
  const infrastructure = new Set(["StubCluster", "StubMachine"]);
  const slow = rig.loop({ infrastructure, delays: { ...NO_DELAYS, provisioning: moment, boot: hour } });
  await unready("Stub");
  await takeEndpoint("Stub");
  await rig.secrets("c1");
  await machine("Stub", "cp-1", { dataSecretName: "data" });
  await rig.until(async () => expect((await rig.get("StubMachine", "cp-1")).status).toMatchObject(READY));
  await rig.until(() => expect(rig.fleet.cluster("default.c1").awaitsAuthority).toBe(false));
  expect(await rig.nodes("c1")).toEqual([]);
  await slow.stop();
  const slower = rig.loop({ infrastructure, delays: { ...NO_DELAYS, provisioning: hour, boot: moment, join: moment } });
  await rig.node("c1", "cp-1");
  await machine("Stub", "cp-2", { dataSecretName: "data" });
  await slower.stop();
  expect((await rig.get("StubMachine", "cp-2")).status).toBeUndefined();
});
