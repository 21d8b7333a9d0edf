import assert from "node:assert/strict";
import { CertificateAuthority } from "../../../src/pki/authority.js";
import type { Api } from "./management.js";
import { clusterObjects, etcdSecrets, healthCheck } from "./objects.js";
import { until } from "./processes.js";
import { FROM, listening, type Step, TO } from "./step.js";
import type { World } from "./world.js";

const CAPI = "cluster.x-k8s.io/v1beta2";
const APPS = "apps/v1";

/** The life of three clusters. one: one control plane, two workers; three: three control planes; outside: etcd is somewhere else. */
export const LIFE_STEPS: readonly Step[] = [
  {
    name: "three clusters are made, and in good health",
    run: async (world) => {
      const ca = CertificateAuthority.create(Date.now(), "etcd-ca");
      const client = ca.issueClient(Date.now(), { commonName: "apiserver-etcd-client" });
      for (const secret of etcdSecrets("outside", "default", ca.certificate, client)) await world.api.apply(secret);
      const objects = [
        ...clusterObjects({ name: "one", version: FROM, controlPlanes: 1, workers: 2, etcd: "stacked" }),
        ...clusterObjects({ name: "three", version: FROM, controlPlanes: 3, workers: 2, etcd: "stacked" }),
        ...clusterObjects({ name: "outside", version: FROM, controlPlanes: 1, workers: 1, etcd: "external" }),
      ];
      for (const object of objects) await world.api.apply(object);
      await world.healthy("one", 3);
      await world.healthy("three", 5);
      await world.healthy("outside", 2);
    },
  },
  {
    name: "clusterctl describes them",
    run: async (world) => {
      for (const cluster of ["one", "three", "outside"]) {
        const text = await world.describe(cluster);
        assert.match(text, new RegExp(`^Cluster(?: default)?/${cluster} `, "m"));
        assert.match(text, /─Available +True +Available/);
        assert.doesNotMatch(text, /─(Ready|Available|NodeHealthy) +(False|Unknown)/);
      }
    },
  },
  {
    name: "the control plane of one grows to three and shrinks to one",
    run: async (world) => {
      await world.scale("one", 3);
      await world.healthy("one", 5);
      assert.equal((await etcdPods(world, "one")).length, 3);
      const before = new Set((await etcdPods(world, "one")).map(({ metadata }) => metadata.name));
      await world.scale("one", 1);
      await world.healthy("one", 3);
      const left = await etcdPods(world, "one");
      assert.equal(left.length, 1);
      assert.ok(before.has(left[0]!.metadata.name), "the control plane that is left is one of the three");
    },
  },
  {
    name: "one is upgraded by a minor version",
    run: async (world) => {
      await world.upgrade("one", TO);
      await until("machines of the new version", 300, async () => {
        const machines = await world.machines("one");
        return machines.length === 3 && machines.every(({ spec }) => spec.version === TO) ? true : undefined;
      });
      await world.healthy("one", 3);
      const nodes = await (await world.workload("one")).list("v1", "Node");
      assert.deepEqual(
        nodes.map(({ status }) => status.nodeInfo.kubeletVersion),
        [TO, TO, TO],
      );
    },
  },
  {
    name: "a worker with a disruption budget in its way is drained when the budget allows it",
    run: async (world) => {
      const workload = await world.workload("one");
      const labels = { app: "guarded" };
      const container = { name: "c", image: "guarded" };
      await workload.apply({
        apiVersion: APPS,
        kind: "Deployment",
        metadata: { name: "guarded", namespace: "default" },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [container] } },
        },
      });
      await workload.apply({
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "guarded", namespace: "default" },
        spec: { minAvailable: 2, selector: { matchLabels: labels } },
      });
      const pod = await until("a guarded pod on a worker", 60, async () =>
        (await workload.list("v1", "Pod", "default")).find(
          ({ spec, status }) => spec.nodeName && status.phase === "Running",
        ),
      );
      const machines = await world.machines("one");
      const machine = machines.find(({ status }) => status.nodeRef?.name === pod.spec.nodeName);
      assert.ok(machine, `a machine for ${pod.spec.nodeName}`);
      await world.api.delete(CAPI, "Machine", "default", machine.metadata.name);
      await until("a drain that has to wait", 60, async () => {
        const { status } = await world.api.get(CAPI, "Machine", "default", machine.metadata.name);
        const deleting = status.conditions.find(({ type }: { type: string }) => type === "Deleting");
        return deleting?.reason === "DrainingNode" ? true : undefined;
      });
      await workload.get("v1", "Pod", "default", pod.metadata.name);
      await workload.delete("policy/v1", "PodDisruptionBudget", "default", "guarded");
      await until("the machine's end", 120, async () => {
        const left = await world.machines("one");
        return left.some(({ metadata }) => metadata.name === machine.metadata.name) ? undefined : true;
      });
      await world.healthy("one", 3);
    },
  },
  {
    name: "a machine whose node is not ready is replaced",
    run: async (world) => {
      await world.api.apply(healthCheck("three", "default"));
      const machines = await world.machines("three");
      const worker = machines.find(({ metadata }) => metadata.labels?.["cluster.x-k8s.io/deployment-name"]);
      assert.ok(worker, "a worker");
      const workload = await world.workload("three");
      const node = worker.status.nodeRef.name as string;
      await workload.merge("v1", "Node", undefined, node, {
        metadata: { annotations: { "fake-apiserver/ready": "False" } },
      });
      await until("the machine's end", 180, async () => {
        const left = await world.machines("three");
        return left.some(({ metadata }) => metadata.name === worker.metadata.name) ? undefined : true;
      });
      await world.healthy("three", 5);
    },
  },
  {
    name: "the program is killed and started again, and nobody minds",
    run: async (world) => {
      const sizes = { one: 3, three: 5, outside: 2 };
      const endpoints = await endpointsOf(world);
      const uids = new Map<string, string>();
      for (const cluster of Object.keys(sizes)) uids.set(cluster, await leaveMark(await world.workload(cluster)));
      await world.processes.stop("fleet", "SIGKILL");
      world.startFleet();
      for (const [cluster, machines] of Object.entries(sizes)) {
        const mark = await until(`${cluster} after the restart`, 60, async () =>
          (await world.workload(cluster)).get("v1", "ConfigMap", "default", "mark"),
        );
        assert.equal(mark.metadata.uid, uids.get(cluster));
        await world.healthy(cluster, machines, 120);
      }
      assert.deepEqual(await endpointsOf(world), endpoints);
    },
  },
];

/** What every run ends with. */
export const END_STEPS: readonly Step[] = [
  {
    name: "all is deleted and nothing is left",
    run: async (world) => {
      const endpoints = await endpointsOf(world);
      for (const cluster of await world.names()) await world.api.delete(CAPI, "Cluster", "default", cluster);
      await until("no clusters", 420, async () =>
        (await world.api.list(CAPI, "Cluster")).length === 0 ? true : undefined,
      );
      assert.deepEqual(await world.api.list(CAPI, "Machine"), []);
      await until("free ports", 60, async () => {
        const taken = await Promise.all(endpoints.map(({ port }) => listening(port)));
        return taken.includes(true) ? undefined : true;
      });
    },
  },
];

/** The uid of an object that is there to be found again. */
async function leaveMark(workload: Api): Promise<string> {
  const mark = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mark", namespace: "default" } };
  return (await workload.apply(mark)).metadata.uid as string;
}

async function etcdPods(world: World, cluster: string) {
  return (await world.workload(cluster)).list("v1", "Pod", "kube-system", "?labelSelector=component%3Detcd");
}

async function endpointsOf(world: World): Promise<{ host: string; port: number }[]> {
  const clusters = await world.api.list(CAPI, "Cluster");
  return clusters.map(({ spec }) => spec.controlPlaneEndpoint);
}
