import { expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { startFkas } from "../../src/admin/fkas.js";
import { objectsAt, stringAt, stringMapAt } from "../../src/kube/access.js";
import type { KubeObject } from "../../src/kube/json.js";
import { ask, emulated, silent } from "./support.js";

/**
 * Metal3's rigs as they are: their scripts register with curl, and the reconciler beside Metal3's fake API server tells
 * of machines. Upstream: cluster-api-provider-metal3/hack/fake-apiserver, README.md and cmd/metal3-fkas-reconciler.
 */
async function rig() {
  const fleet = await emulated();
  const options = { fleet, host: "127.0.0.1", port: 0, kubernetesVersion: "v1.34.4", log: silent };
  const fkas = await startFkas(options);
  onTestFinished(() => fkas.close());
  const url = `http://127.0.0.1:${fkas.port}`;
  return {
    fleet,
    register: (namespace: string, cluster: string) => {
      const headers = { "user-agent": "curl/8.5.0", accept: "*/*" };
      return ask(url, "POST /register", `{\n  "cluster": "${cluster}",\n  "namespace": "${namespace}"\n}`, { headers });
    },
    reconcile: (machine: Machine) => {
      const headers = { "user-agent": "Go-http-client/1.1", "accept-encoding": "gzip" };
      return ask(url, "PUT /updateNode", requestOf(machine), { headers });
    },
  };
}

interface Machine {
  readonly name: string;
  readonly host: string;
  readonly controlPlane: boolean;
  readonly version?: string;
  /** What has been decided of the Metal3Machine. */
  readonly providerID?: string | null;
}

/** Go writes a map's keys in order, and nothing at the end. */
function requestOf({ name, host, controlPlane, version = "v1.34.1", providerID }: Machine): string {
  const role = controlPlane
    ? { "cluster.x-k8s.io/control-plane": "", "cluster.x-k8s.io/control-plane-name": "test1" }
    : { "cluster.x-k8s.io/deployment-name": "test1-md-0", "machine-template-hash": "1234-abcd" };
  return JSON.stringify({
    cluster: "test1",
    k8sversion: version,
    labels: { "cluster.x-k8s.io/cluster-name": "test1", ...role },
    namespace: "metal3",
    nodeName: name,
    providerID: providerID === undefined ? `metal3://metal3/${host}/${name}` : providerID,
    uuid: `uid-of-${host}`,
  });
}

const FIRST: Machine = { name: "test1-cp-a", host: "node-0", controlPlane: true };
const WORKER: Machine = { name: "test1-md-0-x", host: "node-3", controlPlane: false };

it("a script gets an endpoint with the fields that it reads, the same each time, another for each cluster", async () => {
  const { register } = await rig();
  const first = await register("metal3", "test1");
  expect([first.status, first.headers["content-type"]]).toEqual([200, "application/json"]);
  expect(Object.keys(first.body)).toEqual(["ResourceName", "Host", "Port"]);
  expect(first.body).toMatchObject({ ResourceName: "metal3/test1", Host: "127.0.0.1", Port: expect.any(Number) });
  expect((await register("metal3", "test1")).text).toBe(first.text);
  const others = [await register("metal3", "test2"), await register("other", "test1")].map(({ body }) => body);
  expect(others.map(({ ResourceName }) => ResourceName)).toEqual(["metal3/test2", "other/test1"]);
  expect(new Set([first.body, ...others].map(({ Port }) => Port)).size).toBe(3);
});

it("the reconciler is told to come again until there is a cluster with a control plane", async () => {
  const { register, reconcile } = await rig();
  const refusal = { status: 500, headers: { "content-type": "text/plain; charset=utf-8" } };
  expect(await reconcile(FIRST)).toMatchObject({ ...refusal, text: "Workload Cluster does not exist\n" });
  await register("metal3", "test1");
  expect(await reconcile(WORKER)).toMatchObject({ ...refusal, text: "Workload Cluster has not been activated\n" });
  for (const machine of [FIRST, WORKER]) {
    expect(await reconcile(machine)).toMatchObject({ status: 200, text: "", headers: { "content-length": "0" } });
  }
});

it("machines become what Cluster API's controllers call healthy", async () => {
  const { register, reconcile, fleet } = await rig();
  await register("metal3", "test1");
  const second = { ...FIRST, name: "test1-cp-b", host: "node-1" };
  for (const machine of [FIRST, second, WORKER]) await reconcile(machine);
  const client = await fleet.cluster("metal3.test1").localClient("test");
  const nodes = await client.list("/api/v1/nodes");
  expect(nodes.map(seen)).toEqual([
    { name: "test1-cp-a", uuid: "uid-of-node-0", providerID: "metal3://metal3/node-0/test1-cp-a", ...CONTROL_PLANE },
    { name: "test1-cp-b", uuid: "uid-of-node-1", providerID: "metal3://metal3/node-1/test1-cp-b", ...CONTROL_PLANE },
    { name: "test1-md-0-x", uuid: "uid-of-node-3", providerID: "metal3://metal3/node-3/test1-md-0-x", ...PLAIN },
  ]);
  const components = "component in (kube-apiserver,kube-controller-manager,kube-scheduler,etcd),tier=control-plane";
  const pods = await client.list("/api/v1/namespaces/kube-system/pods", { labelSelector: components });
  expect(pods.map(({ metadata }) => metadata.name)).toEqual(
    ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].flatMap((component) =>
      ["a", "b"].map((machine) => `${component}-test1-cp-${machine}`),
    ),
  );
  for (const pod of pods)
    expect([stringAt(pod, "status", "phase"), conditions(pod).Ready]).toEqual(["Running", "True"]);
  const config = await client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config");
  expect(parse(stringAt(config, "data", "ClusterConfiguration"))).toMatchObject({
    ...{ kind: "ClusterConfiguration", clusterName: "test1", kubernetesVersion: "v1.34.1" },
  });
});

it("a machine is told of again with each change of its host: what is new counts, what CAPM3 has written stays", async () => {
  const { register, reconcile, fleet } = await rig();
  await register("metal3", "test1");
  expect((await reconcile({ ...FIRST, providerID: null })).status).toBe(200);
  const client = await fleet.cluster("metal3.test1").localClient("test");
  const path = "/api/v1/nodes/test1-cp-a";
  expect(stringAt(await client.get(path), "spec", "providerID")).toBe("");
  await client.patch(path, "strategic", { spec: { providerID: "metal3://written-by-capm3" } });
  await client.patch(path, "merge", { metadata: { annotations: { mine: "" } } });
  const again = { ...FIRST, version: "v1.34.2", providerID: null };
  for (const _ of [1, 2]) expect(await reconcile(again)).toMatchObject({ status: 200, text: "" });
  const node = await client.get(path);
  expect(stringAt(node, "spec", "providerID")).toBe("metal3://written-by-capm3");
  expect(stringAt(node, "status", "nodeInfo", "kubeletVersion")).toBe("v1.34.2");
  expect(stringMapAt(node, "metadata", "annotations")).toHaveProperty("mine");
  expect(await client.list("/api/v1/nodes")).toHaveLength(1);
});

const CONTROL_PLANE = { controlPlane: true, version: "v1.34.1", conditions: healthy() };
const PLAIN = { ...CONTROL_PLANE, controlPlane: false };

function healthy() {
  return { Ready: "True", MemoryPressure: "False", DiskPressure: "False", PIDPressure: "False" };
}

function seen(node: KubeObject) {
  const labels = stringMapAt(node, "metadata", "labels");
  const role = "node-role.kubernetes.io/control-plane";
  const tainted = objectsAt(node, "spec", "taints").some(({ key, effect }) => key === role && effect === "NoSchedule");
  expect(tainted).toBe(role in labels);
  return {
    name: node.metadata.name,
    uuid: labels["metal3.io/uuid"],
    providerID: stringAt(node, "spec", "providerID"),
    controlPlane: role in labels,
    version: stringAt(node, "status", "nodeInfo", "kubeletVersion"),
    conditions: conditions(node),
  };
}

function conditions(object: KubeObject): Record<string, string> {
  return Object.fromEntries(
    objectsAt(object, "status", "conditions").map(({ type, status }) => [String(type), String(status)]),
  );
}
