import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { CertificateAuthority } from "../../../src/pki/authority.js";
import { ailments } from "./conditions.js";
import { type ClusterShape, caSecret, clusterObjects, lonelyWorker } from "./objects.js";
import { until } from "./processes.js";
import type { ManagedObject } from "./providers.js";
import { FROM, type Step } from "./step.js";
import type { Belongings, World } from "./world.js";

const CAPI = "cluster.x-k8s.io/v1beta2";
const KCP = "controlplane.cluster.x-k8s.io/v1beta2";
const PLAIN = "infrastructure.cluster.x-k8s.io/v1beta2";
const PAUSED = "cluster.x-k8s.io/paused";

/** How long the management API is away, in seconds. */
const AWAY = Number(process.env.AWAY ?? 60);

const one: ClusterShape = { name: "one", version: FROM, controlPlanes: 1, workers: 2, etcd: "stacked" };
const first: ClusterShape = { ...one, name: "first", workers: 0 };
const second: ClusterShape = { ...first, name: "second" };

/** What goes wrong is told, does no harm to others, and passes when it is mended. */
export const FAULT_STEPS: readonly Step[] = [
  {
    name: `the management API is away for ${AWAY} seconds`,
    run: async (world) => {
      await world.present(one);
      const before = await world.belongings(await world.names());
      const workload = await world.workload("one");
      const seen = readFileSync(world.processes.log("fleet"), "utf8").length;
      await world.workers("one", 3); // is under way when the API goes
      await world.management.server.kill();
      const end = Date.now() + AWAY * 1000;
      while (Date.now() < end) {
        const nodes = await workload.list("v1", "Node");
        const names = nodes.filter(isReady).map(({ metadata }) => metadata.name);
        assert.ok(names.length >= 3, `all nodes are ready all the while, not only ${names}`);
        await new Promise((wake) => setTimeout(wake, 2000));
      }
      await world.management.server.start();
      await world.healthy("one", 4);
      await unharmed(world, before);
      await world.workers("one", 2);
      await world.healthy("one", 3);
      const log = readFileSync(world.processes.log("fleet"), "utf8").slice(seen);
      assert.match(log, /can't be followed for now/);
      assert.match(log, /acting on the management cluster/);
    },
  },
  {
    name: "Secrets come late, and with garbage in them",
    run: async (world) => {
      await world.present(one);
      const before = await world.belongings(await world.names());
      for (const object of clusterObjects(first)) {
        // Who makes the Secrets is held up.
        if (object.kind === "KubeadmControlPlane") object.metadata.annotations = { [PAUSED]: "" };
        await world.api.apply(object);
      }
      assert.match(await world.told("first", "Warning", "SecretMissing"), /first-ca/);
      await world.api.apply(caSecret("first", { certificate: "garbage", key: "garbage" }));
      await resume(world, "first");
      assert.match(await world.told("first", "Warning", "InvalidSecret"), /first-ca/);
      await world.api.apply(caSecret("first", CertificateAuthority.create(Date.now(), "kubernetes").pair));
      await resume(world, "first");
      await world.healthy("first", 1);
      assert.match(await world.told("first", "Normal", "SecretMissing"), /^Mended/);
      assert.match(await world.told("first", "Normal", "InvalidSecret"), /^Mended/);
      await unharmed(world, before);
    },
  },
  {
    name: "two Clusters claim one port, and the second has it when the first has gone",
    run: async (world) => {
      await world.present(first);
      const before = await world.belongings(await world.names());
      const { spec } = await world.api.get(CAPI, "Cluster", "default", "first");
      const controlPlaneEndpoint = spec.controlPlaneEndpoint;
      const infrastructure = { prefix: "Plain", cluster: { spec: { controlPlaneEndpoint } } };
      for (const object of clusterObjects({ ...second, infrastructure })) await world.api.apply(object);
      const message = await world.told("second", "Warning", "EndpointTaken");
      assert.match(message, new RegExp(`:${controlPlaneEndpoint.port}.*default\\.first`));
      await unharmed(world, before);
      await world.healthy("first", 1);
      await world.api.delete(CAPI, "Cluster", "default", "first");
      await world.healthy("second", 1);
      assert.match(await world.told("second", "Normal", "EndpointTaken"), /^Mended/);
      delete before.first;
      await unharmed(world, before);
    },
  },
  {
    name: "a Machine goes on under another name, on the same infrastructure",
    run: async (world) => {
      await world.present(second);
      const before = await world.belongings(await world.names());
      const old = lonelyWorker("second", "old", FROM);
      for (const object of old) await world.api.apply(object);
      await machineHealthy(world, "old");
      // A copy, which can't have what the other has.
      const renamed = lonelyWorker("second", "new", FROM, "old").filter(({ kind }) => kind === "Machine");
      for (const object of renamed) await world.api.apply(object);
      assert.match(await world.told("second", "Warning", "MachineConflict"), /new waits.*old/);
      await unharmed(world, before);
      // The old name goes, and takes nothing with it.
      await world.api.merge(CAPI, "Cluster", "default", "second", { spec: { paused: true } });
      await until("a Machine that is left alone", 60, async () => {
        const { status } = await world.api.get(CAPI, "Machine", "default", "old");
        const paused = status.conditions.find(({ type }: { type: string }) => type === "Paused");
        return paused?.status === "True" ? true : undefined;
      });
      await world.api.merge(CAPI, "Machine", "default", "old", { metadata: { finalizers: null } });
      await world.api.delete(CAPI, "Machine", "default", "old");
      await world.api.merge(PLAIN, "PlainMachine", "default", "old", { metadata: { ownerReferences: null } });
      await world.api.merge(CAPI, "Cluster", "default", "second", { spec: { paused: null } });
      assert.match(await world.told("second", "Normal", "MachineConflict"), /^Mended/);
      await machineHealthy(world, "new");
      await world.api.delete(CAPI, "Machine", "default", "new");
      await until("the machine's end", 180, async () =>
        (await world.machines("second")).length === 1 ? true : undefined,
      );
      // Cluster API does not look at a Cluster for the sake of a Machine that nobody looks after.
      await poke(world, CAPI, "Cluster", "second");
      await world.healthy("second", 1);
      await unharmed(world, before);
    },
  },
  {
    name: "a CA is rotated under a running cluster, and put back",
    run: async (world) => {
      await world.present(second);
      const before = await world.belongings(await world.names());
      const { data } = await world.api.get("v1", "Secret", "default", "second-ca");
      await world.api.apply(caSecret("second", CertificateAuthority.create(Date.now(), "kubernetes").pair));
      await world.workers("second", 1);
      const message = await world.told("second", "Warning", "CertificateAuthorityChanged");
      assert.match(message, /second-ca.*recreate the Cluster/);
      // What the API server runs with is what its clients have.
      await world.healthy("second", 2);
      await world.api.merge("v1", "Secret", "default", "second-ca", { data });
      assert.match(await world.told("second", "Normal", "CertificateAuthorityChanged"), /^Mended/);
      await world.workers("second", 0);
      await world.healthy("second", 1);
      await unharmed(world, before);
    },
  },
];

/** A Machine alone, with a node of its name: its Cluster's conditions need not follow it. */
async function machineHealthy(world: World, name: string): Promise<void> {
  let last: string[] = [];
  await until(`Machine ${name} in good health`, 300, async () => {
    const machine = await world.api.get(CAPI, "Machine", "default", name);
    last = ailments(machine);
    // There are few conditions at first, and they are True.
    return last.length === 0 && machine.status.nodeRef?.name === name ? true : undefined;
  }).catch((error: Error) => {
    throw new Error([error.message, ...last].join("\n  "));
  });
}

/** Has a KubeadmControlPlane go on, if it was held up, at once. */
function resume(world: World, cluster: string): Promise<void> {
  return poke(world, KCP, "KubeadmControlPlane", cluster);
}

async function poke(world: World, apiVersion: string, kind: string, name: string): Promise<void> {
  const annotations = { [PAUSED]: null, "e2e/looked-at": String(Date.now()) };
  await world.api.merge(apiVersion, kind, "default", name, { metadata: { annotations } });
}

/** What was there still is, as it was. */
async function unharmed(world: World, before: Readonly<Record<string, Belongings>>): Promise<void> {
  const now = await world.belongings(Object.keys(before));
  for (const [cluster, { endpoint, uids }] of Object.entries(before)) {
    assert.deepEqual(now[cluster]?.endpoint, endpoint, cluster);
    assert.deepEqual({ ...now[cluster]?.uids, ...uids }, now[cluster]?.uids, cluster);
  }
}

function isReady(node: ManagedObject): boolean {
  const conditions = node.status.conditions as { type: string; status: string }[];
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
