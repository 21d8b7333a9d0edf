import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { objectsAt, stringAt, valueAt } from "../../src/kube/access.js";
import { freePort, Rig } from "./rig.js";

let rig: Rig;
let port: number;

beforeEach(async () => {
  rig = await Rig.start();
  port = await freePort();
});
afterEach(() => rig.stop());

/** c1 with a control-plane node cp-1. */
async function running(): Promise<void> {
  await rig.cluster("c1", port);
  await rig.secrets("c1");
  await rig.machine("c1", "cp-1", { controlPlane: true });
  await rig.node("c1", "cp-1");
}

const version = async (node: string) =>
  stringAt(await (await rig.client("c1")).get(`/api/v1/nodes/${node}`), "status", "nodeInfo", "kubeletVersion");

function refused(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at, "127.0.0.1", () => resolve(false)).on("error", () => resolve(true));
    socket.on("connect", () => socket.destroy());
  });
}

describe("a Cluster", () => {
  it("is reached where it asks to be, with the CA of its Secret, once that appears", async () => {
    rig.loop();
    await rig.cluster("c1", port);
    const authority = await rig.secrets("c1");
    const cluster = await rig.until(() => rig.fleet.cluster("default.c1"));
    expect(cluster.endpoint).toMatchObject({ host: "127.0.0.1", port });
    expect((await cluster.identity()).authority.certificate).toBe(authority.certificate);
  });

  it("waits for the Secrets that its control plane will make", async () => {
    const loop = rig.loop();
    await rig.cluster("c1", port);
    await rig.until(() => expect(loop.leads).toBe(true));
    await rig.secrets("c1");
    await rig.machine("c1", "cp-1", { controlPlane: true });
    await rig.node("c1", "cp-1");
    expect(await rig.events()).toEqual([]); // to wait is no trouble
  });

  it("that is reached elsewhere is left alone", async () => {
    await rig.cluster("other", port);
    await rig.patch("Cluster", "other", { spec: { controlPlaneEndpoint: { host: "10.0.0.1" } } });
    await rig.secrets("other");
    rig.loop();
    await running();
    expect([...rig.fleet.clusters.keys()]).toEqual(["default.c1"]);
  });

  it("leaves nothing when it goes, not even its port", async () => {
    rig.loop();
    await running();
    await rig.delete("Machine", "cp-1");
    await rig.delete("Cluster", "c1");
    await rig.until(() => expect(rig.fleet.clusters.size).toBe(0));
    expect(await refused(port)).toBe(true);
  });

  it("runs on when it is moved to another management cluster", async () => {
    rig.loop();
    await running();
    await rig.cluster("c2", await freePort());
    await rig.secrets("c2");
    await rig.until(() => rig.fleet.cluster("default.c2"));
    const annotations = { "clusterctl.cluster.x-k8s.io/delete-for-move": "" };
    await rig.patch("Cluster", "c1", { metadata: { annotations } });
    await rig.delete("Cluster", "c1");
    await rig.delete("Cluster", "c2");
    await rig.until(() => expect([...rig.fleet.clusters.keys()]).toEqual(["default.c1"]));
  });
});

describe("a Machine", () => {
  it("becomes a node once its infrastructure has a providerID", async () => {
    rig.loop();
    await running();
    const node = await rig.node("c1", "cp-1");
    expect(stringAt(node, "spec", "providerID")).toBe("stub://cp-1");
    expect(stringAt(node, "status", "nodeInfo", "kubeletVersion")).toBe("v1.33.1");
    await rig.machine("c1", "w-1", { providerID: "" });
    await rig.machine("c1", "w-2");
    await rig.node("c1", "w-2");
    expect(await rig.nodes("c1")).toEqual(["cp-1", "w-2"]);
    await rig.patch("StubMachine", "w-1", { spec: { providerID: "stub://w-1" } });
    const worker = await rig.node("c1", "w-1");
    expect(objectsAt(worker, "spec", "taints").map(({ key }) => key)).toEqual(["node.cluster.x-k8s.io/uninitialized"]);
  });

  it("initializes the control plane if it is the first, and only then others join", async () => {
    rig.loop();
    await rig.cluster("c1", port);
    await rig.secrets("c1");
    await rig.machine("c1", "a-worker");
    await rig.machine("c1", "cp-1", { controlPlane: true, providerID: "" });
    await rig.until(() => rig.fleet.cluster("default.c1"));
    expect(await rig.nodes("c1")).toEqual([]);
    await rig.patch("StubMachine", "cp-1", { spec: { providerID: "stub://cp-1" } });
    await rig.node("c1", "a-worker");
    const client = await rig.client("c1");
    const config = await client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config");
    const text = stringAt(config, "data", "ClusterConfiguration");
    expect(text).toContain("clusterName: c1");
    expect(text).toContain(`controlPlaneEndpoint: 127.0.0.1:${port}`);
    expect(text).toContain("kubernetesVersion: v1.33.1");
    expect(text).toContain("podSubnet: 10.244.0.0/16");
    const pods = await client.list("/api/v1/namespaces/kube-system/pods", { labelSelector: "component=etcd" });
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(["etcd-cp-1"]);
  });

  it("has no etcd where that is external", async () => {
    const external = { endpoints: ["https://e:2379"], caFile: "ca", certFile: "c", keyFile: "k" };
    rig.loop();
    await rig.cluster("c1", port, { clusterConfiguration: { etcd: { external } } });
    await rig.secrets("c1");
    await rig.machine("c1", "cp-1", { controlPlane: true });
    await rig.machine("c1", "w-1");
    await rig.node("c1", "w-1");
    const client = await rig.client("c1");
    expect(await client.find("/api/v1/namespaces/kube-system/pods/etcd-cp-1")).toBeUndefined();
    const config = await client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config");
    expect(stringAt(config, "data", "ClusterConfiguration")).toContain("https://e:2379");
  });

  it("registers as its KubeadmConfig says", async () => {
    rig.loop();
    await running();
    await rig.machine("c1", "w-1", {
      config: {
        joinConfiguration: {
          nodeRegistration: {
            name: "{{ ds.meta_data.local_hostname }}",
            kubeletExtraArgs: [
              { name: "node-labels", value: "zone=a,own={{ ds.meta_data.name }},x={{ ds.meta_data.y }}" },
            ],
            taints: [{ key: "gpu", effect: "NoSchedule" }],
          },
        },
      },
    });
    const node = await rig.node("c1", "w-1");
    expect(node.metadata.labels).toMatchObject({ zone: "a", own: "w-1" });
    expect(node.metadata.labels).not.toHaveProperty("x");
    expect(objectsAt(node, "spec", "taints").map(({ key }) => key)).toContain("gpu");
  });

  it("that goes takes its node along; a node alone that goes stays away", async () => {
    rig.loop();
    await running();
    await rig.machine("c1", "w-1");
    await rig.machine("c1", "w-2");
    await rig.node("c1", "w-1");
    await rig.node("c1", "w-2");
    await (await rig.client("c1")).delete("/api/v1/nodes/w-2");
    await rig.delete("Machine", "w-1");
    await rig.until(async () => expect(await rig.nodes("c1")).toEqual(["cp-1"]));
    await rig.machine("c1", "w-3");
    await rig.node("c1", "w-3");
    expect(await rig.nodes("c1")).toEqual(["cp-1", "w-3"]);
  });

  it("is upgraded when its version changes", async () => {
    rig.loop();
    await running();
    await rig.patch("Machine", "cp-1", { spec: { version: "v1.34.4" } });
    await rig.until(async () => expect(await version("cp-1")).toBe("v1.34.4"));
    const pod = await (await rig.client("c1")).get("/api/v1/namespaces/kube-system/pods/kube-apiserver-cp-1");
    expect(valueAt(objectsAt(pod, "spec", "containers")[0], "image")).toBe("registry.k8s.io/kube-apiserver:v1.34.4");
  });

  it("that is replaced by another on the same infrastructure gives way to it", async () => {
    rig.loop();
    await running();
    await rig.machine("c1", "old");
    await rig.node("c1", "old");
    const labels = { "cluster.x-k8s.io/cluster-name": "c1" };
    const infrastructureRef = rig.reference("StubMachine", "old");
    await rig.create(
      "Machine",
      "new",
      { spec: { clusterName: "c1", version: "v1.33.1", infrastructureRef } },
      { labels },
    );
    await rig.until(async () => {
      expect(await rig.events()).toEqual([
        "Warning MachineConflict Cluster/c1 Machine new waits: Machine old has its StubMachine/default/old",
      ]);
    });
    await rig.delete("Machine", "old");
    await rig.until(async () => expect(await rig.nodes("c1")).toEqual(["cp-1", "new"]));
    await rig.until(async () =>
      expect((await rig.events())[1]).toMatch(/^Normal MachineConflict Cluster\/c1 Mended: /),
    );
  });

  it("whose node is refused is told of, and the others are not kept waiting", async () => {
    rig.loop();
    await running();
    await rig.machine("c1", "bad", {
      config: { joinConfiguration: { nodeRegistration: { kubeletExtraArgs: { "node-labels": "a/b/c=d" } } } },
    });
    await rig.machine("c1", "good");
    await rig.node("c1", "good");
    await rig.until(async () =>
      expect((await rig.events())[0]).toMatch(/^Warning NodeRejected Cluster\/c1 Machine bad /),
    );
    await rig.patch("KubeadmConfig", "bad", { spec: { joinConfiguration: null } });
    await rig.node("c1", "bad");
    await rig.until(async () => expect((await rig.events())[1]).toMatch(/^Normal NodeRejected /));
  });
});
