import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { objectsAt, stringAt, valueAt } from "../../src/kube/access.js";
import { freePort, Rig } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

const LABELS = { "cluster.x-k8s.io/cluster-name": "c1" };

/** A Machine, its Metal3Machine, and a host that is consumed by that. */
async function metal3(name: string, state: string): Promise<string> {
  await rig.machine("c1", name, { controlPlane: true, infrastructure: "Metal3Machine" });
  await rig.create("Metal3Machine", name, { spec: {} }, { labels: LABELS });
  const consumerRef = { ...rig.reference("Metal3Machine", name), namespace: "default" };
  const apiVersion = "infrastructure.cluster.x-k8s.io/v1beta2";
  const host = await rig.create("BareMetalHost", `host-${name}`, {
    spec: { online: true, consumerRef: { ...consumerRef, apiVersion } },
    status: {
      poweredOn: true,
      provisioning: { state },
      hardware: { nics: [{ ip: "192.168.111.20" }, { mac: "00:00" }] },
    },
  });
  return host.metadata.uid ?? "";
}

const readyOf = async (node: string) => {
  const found = await (await rig.client("c1")).get(`/api/v1/nodes/${node}`);
  return objectsAt(found, "status", "conditions").find(({ type }) => type === "Ready")?.status;
};

describe("a machine on a BareMetalHost", () => {
  beforeEach(async () => {
    await rig.cluster("c1", await freePort());
    await rig.secrets("c1");
    rig.loop();
    await rig.until(() => rig.fleet.cluster("default.c1"));
  });

  it("joins when that is provisioned, with its uuid, and CAPM3 sets the providerID", async () => {
    const uuid = await metal3("m-1", "provisioning");
    await metal3("m-2", "provisioned");
    await rig.node("c1", "m-2");
    expect(await rig.nodes("c1")).toEqual(["m-2"]);
    await rig.status("BareMetalHost", "host-m-1", { provisioning: { state: "provisioned" } });
    const node = await rig.node("c1", "m-1");
    expect(node.metadata.labels).toMatchObject({ "metal3.io/uuid": uuid });
    expect(valueAt(node, "spec", "providerID")).toBeUndefined();
    expect(objectsAt(node, "status", "addresses")).toEqual([
      { type: "InternalIP", address: "192.168.111.20" },
      { type: "Hostname", address: "m-1" },
    ]);
    // what CAPM3 does then changes nothing here
    await (await rig.client("c1")).patch("/api/v1/nodes/m-1", "merge", { spec: { providerID: "metal3://a/b/c" } });
    await rig.patch("Metal3Machine", "m-1", { spec: { providerID: "metal3://a/b/c" } });
    await rig.patch("Machine", "m-1", { spec: { version: "v1.34.4" } });
    await rig.until(async () => {
      const now = await rig.node("c1", "m-1");
      expect(stringAt(now, "status", "nodeInfo", "kubeletVersion")).toBe("v1.34.4");
      expect(stringAt(now, "spec", "providerID")).toBe("metal3://a/b/c");
    });
  });

  it("is left to CAPM3 even where its providerID is known already", async () => {
    await metal3("m-1", "provisioning");
    await rig.patch("Metal3Machine", "m-1", { spec: { providerID: "metal3://a/b/c" } });
    await rig.status("BareMetalHost", "host-m-1", { provisioning: { state: "provisioned" } });
    expect(valueAt(await rig.node("c1", "m-1"), "spec", "providerID")).toBeUndefined();
  });

  it("falls silent when that is switched off, and comes back with it, also when its node was deleted", async () => {
    await metal3("m-1", "provisioned");
    await rig.node("c1", "m-1");
    await rig.status("BareMetalHost", "host-m-1", { poweredOn: false });
    await rig.until(async () => expect(await readyOf("m-1")).toBe("Unknown"));
    await rig.status("BareMetalHost", "host-m-1", { poweredOn: true });
    await rig.until(async () => expect(await readyOf("m-1")).toBe("True"));
    await rig.status("BareMetalHost", "host-m-1", { poweredOn: false });
    await rig.until(async () => expect(await readyOf("m-1")).toBe("Unknown"));
    await (await rig.client("c1")).delete("/api/v1/nodes/m-1");
    await rig.status("BareMetalHost", "host-m-1", { poweredOn: true });
    await rig.node("c1", "m-1");
    expect(await readyOf("m-1")).toBe("True");
  });
});
