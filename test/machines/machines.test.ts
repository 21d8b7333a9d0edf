import pino from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Fleet } from "../../src/cluster/fleet.js";
import { startEmulatedFleet } from "../../src/compose.js";
import { objectsAt, stringAt } from "../../src/kube/access.js";
import type { KubeObject } from "../../src/kube/json.js";
import { LocalClient } from "../../src/kube/local-client.js";
import { initControlPlane, isInitialized } from "../../src/machines/control-plane.js";
import { joinNode, removeNode, startNode, stopNode, upgradeNode } from "../../src/machines/nodes.js";
import type { NodeSpec } from "../../src/machines/spec.js";

const SYSTEM = "/api/v1/namespaces/kube-system";
const NODE = "/api/v1/nodes/m-1";
const worker: NodeSpec = { name: "m-1", version: "v1.33.1" };
const controlPlane: NodeSpec = { ...worker, controlPlane: { etcd: "stacked" } };

let fleet: Fleet;
let client: LocalClient;
/** Requests that changed something or tried to. */
let writes: string[];

beforeEach(async () => {
  fleet = await startEmulatedFleet({ clusters: 1, basePort: 0, log: pino({ level: "silent" }) });
  const { handler } = await fleet.cluster("cluster-1").backend;
  writes = [];
  client = new LocalClient((request) => {
    if (request.method !== "GET") writes.push(`${request.method} ${request.path}`);
    return handler(request);
  }, "test");
});
afterEach(() => fleet.close());

const conditionsOf = (object: KubeObject) =>
  Object.fromEntries(objectsAt(object, "status", "conditions").map(({ type, status }) => [type, status]));
const staticPods = async () => {
  const pods = await client.list(`${SYSTEM}/pods`, { labelSelector: "tier=control-plane" });
  return pods.map(({ metadata }) => metadata.name).sort();
};

describe("a machine that joins", () => {
  it("is a healthy node of its version, with a lease", async () => {
    await joinNode(client, { ...worker, labels: { "metal3.io/uuid": "u-1" } });
    const node = await client.get(NODE);
    expect(conditionsOf(node)).toEqual({
      Ready: "True",
      MemoryPressure: "False",
      DiskPressure: "False",
      PIDPressure: "False",
    });
    expect(stringAt(node, "status", "nodeInfo", "kubeletVersion")).toBe("v1.33.1");
    expect(node.metadata.labels).toMatchObject({ "kubernetes.io/hostname": "m-1", "metal3.io/uuid": "u-1" });
    expect(node.spec).toEqual({}); // no taints, and its providerID is somebody else's
    expect(objectsAt(node, "status", "addresses").map(({ type }) => type)).toEqual(["InternalIP", "Hostname"]);
    const lease = await client.get("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/m-1");
    expect(lease.metadata.ownerReferences?.[0]?.uid).toBe(node.metadata.uid);
    expect(await staticPods()).toEqual([]);
  });

  it("as a control plane has the role, its taint and running mirror pods", async () => {
    await joinNode(client, controlPlane);
    const node = await client.get(NODE);
    expect(node.metadata.labels).toMatchObject({ "node-role.kubernetes.io/control-plane": "" });
    expect(objectsAt(node, "spec", "taints")).toEqual([
      { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
    ]);
    const names = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
    expect(await staticPods()).toEqual(names.map((name) => `${name}-m-1`));
    for (const name of names) {
      const pod = await client.get(`${SYSTEM}/pods/${name}-m-1`);
      expect(pod.metadata.labels).toEqual({ component: name, tier: "control-plane" });
      expect(pod.metadata.annotations).toHaveProperty(["kubernetes.io/config.mirror"]);
      expect(stringAt(pod, "status", "phase")).toBe("Running");
      expect(conditionsOf(pod)).toMatchObject({ Ready: "True", ContainersReady: "True" });
      expect(stringAt(pod, "spec", "nodeName")).toBe("m-1");
    }
  });

  it("has no etcd of its own where that is external, and the taints it was told", async () => {
    const taints = [{ key: "own", effect: "NoExecute" }];
    await joinNode(client, { ...worker, controlPlane: { etcd: "external" }, taints, providerID: "p://1" });
    expect(await staticPods()).not.toContain("etcd-m-1");
    expect((await client.get(NODE)).spec).toEqual({ providerID: "p://1", taints });
  });

  it("again writes nothing", async () => {
    await joinNode(client, controlPlane);
    writes = [];
    await joinNode(client, controlPlane);
    expect(writes).toEqual([]);
  });

  it("again keeps what others made of the node", async () => {
    await joinNode(client, { ...worker, providerID: "p://1" });
    const changed = { metadata: { labels: { theirs: "1" } }, spec: { unschedulable: true, providerID: "p://1" } };
    await client.patch(NODE, "merge", changed);
    await joinNode(client, { ...worker, providerID: "p://2", labels: { ours: "2" } });
    const node = await client.get(NODE);
    expect(node.metadata.labels).toMatchObject({ theirs: "1", ours: "2" });
    expect(node.spec).toMatchObject({ unschedulable: true, providerID: "p://1" });
  });
});

describe("a machine's life", () => {
  it("upgrades: the kubelet's version follows, static pods are made anew", async () => {
    await joinNode(client, controlPlane);
    const before = await client.get(`${SYSTEM}/pods/kube-apiserver-m-1`);
    await upgradeNode(client, { ...controlPlane, version: "v1.34.4" });
    expect(stringAt(await client.get(NODE), "status", "nodeInfo", "kubeletVersion")).toBe("v1.34.4");
    const after = await client.get(`${SYSTEM}/pods/kube-apiserver-m-1`);
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(objectsAt(after, "spec", "containers")[0]?.image).toBe("registry.k8s.io/kube-apiserver:v1.34.4");
    expect(conditionsOf(after).Ready).toBe("True");
  });

  it("switched off, its node's state is unknown until it runs again", async () => {
    await joinNode(client, worker);
    await stopNode(client, "m-1");
    expect(conditionsOf(await client.get(NODE))).toMatchObject({ Ready: "Unknown", MemoryPressure: "Unknown" });
    writes = [];
    await stopNode(client, "m-1");
    expect(writes).toEqual([]);
    await startNode(client, "m-1");
    expect(conditionsOf(await client.get(NODE))).toMatchObject({ Ready: "True", MemoryPressure: "False" });
    await stopNode(client, "absent"); // no error
  });

  it("ends with node, lease and all pods on it, and those alone", async () => {
    await joinNode(client, controlPlane);
    await joinNode(client, { ...controlPlane, name: "m-2" });
    const pod = { metadata: { name: "own" }, spec: { nodeName: "m-1", containers: [{ name: "c", image: "i" }] } };
    await client.create("/api/v1/namespaces/default/pods", pod);
    await removeNode(client, "m-1");
    expect(await client.find(NODE)).toBeUndefined();
    const left = await client.list("/api/v1/pods");
    expect(left.map((each) => stringAt(each, "spec", "nodeName"))).toEqual(["m-2", "m-2", "m-2", "m-2"]);
    const leases = await client.list("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases");
    expect(leases.map(({ metadata }) => metadata.name)).toEqual(["m-2"]);
    await removeNode(client, "m-1"); // no error
  });
});

describe("an initialized control plane", () => {
  const spec = {
    clusterName: "c",
    version: "v1.33.1",
    endpoint: "10.0.0.1:6443",
    caCertificate: "PEM",
    podSubnet: "10.244.0.0/16",
    dns: { imageTag: "v1.9.9" },
  };
  const dataOf = async (name: string, key: string, namespace = "kube-system") =>
    stringAt(await client.get(`/api/v1/namespaces/${namespace}/configmaps/${name}`), "data", key);

  it("has kubeadm's and the kubelets' configuration", async () => {
    expect(await isInitialized(client)).toBe(false);
    await initControlPlane(client, spec);
    expect(await isInitialized(client)).toBe(true);
    expect(parse(await dataOf("kubeadm-config", "ClusterConfiguration"))).toMatchObject({
      apiVersion: "kubeadm.k8s.io/v1beta4",
      kind: "ClusterConfiguration",
      clusterName: "c",
      controlPlaneEndpoint: "10.0.0.1:6443",
      kubernetesVersion: "v1.33.1",
      networking: { dnsDomain: "cluster.local", podSubnet: "10.244.0.0/16" },
      etcd: { local: {} },
    });
    expect(parse(await dataOf("kubelet-config", "kubelet"))).toMatchObject({ clusterDNS: ["10.96.0.10"] });
    expect(parse(await dataOf("cluster-info", "kubeconfig", "kube-public"))).toMatchObject({
      clusters: [{ cluster: { server: "https://10.0.0.1:6443" } }],
    });
  });

  it("has its addons in the versions that go with it", async () => {
    await initControlPlane(client, spec);
    const image = async (path: string) =>
      objectsAt(await client.get(path), "spec", "template", "spec", "containers")[0]?.image;
    const apps = "/apis/apps/v1/namespaces/kube-system";
    expect(await image(`${apps}/daemonsets/kube-proxy`)).toBe("registry.k8s.io/kube-proxy:v1.33.1");
    expect(await image(`${apps}/deployments/coredns`)).toBe("registry.k8s.io/coredns/coredns:v1.9.9");
    expect(await dataOf("coredns", "Corefile")).toContain("kubernetes cluster.local in-addr.arpa ip6.arpa {");
    const service = await client.get(`${SYSTEM}/services/kube-dns`);
    expect(stringAt(service, "spec", "clusterIP")).toBe("10.96.0.10");
  });

  it("lets those who join read what they need", async () => {
    await initControlPlane(client, spec);
    const roles = "/apis/rbac.authorization.k8s.io/v1";
    for (const name of ["kubeadm:cluster-admins", "kubeadm:kubelet-bootstrap", "kubeadm:node-proxier"]) {
      expect((await client.get(`${roles}/clusterrolebindings/${name}`)).metadata.name).toBe(name);
    }
    const role = await client.get(`${roles}/namespaces/kube-system/roles/kubeadm:nodes-kubeadm-config`);
    expect(objectsAt(role, "rules")[0]?.resourceNames).toEqual(["kubeadm-config"]);
  });

  it("is left alone the second time", async () => {
    await initControlPlane(client, spec);
    writes = [];
    await initControlPlane(client, { ...spec, version: "v1.34.4" });
    expect(writes).toEqual([]);
  });
});
