import assert from "node:assert/strict";
import { HOSTS, metal3Definitions } from "./metal3-definitions.js";
import { clusterObjects } from "./objects.js";
import { freePorts, until } from "./processes.js";
import type { ManagedObject } from "./providers.js";
import { FROM, listening, type Step } from "./step.js";
import type { World } from "./world.js";

const CAPI = "cluster.x-k8s.io/v1beta2";
const INFRASTRUCTURE = "infrastructure.cluster.x-k8s.io/v1beta2";
const HOST_API = `${HOSTS}/v1alpha1`;
const NAME = "metal";
const RACK = "rack.example.com";

/** Metal3's kinds, with a stand-in for its controllers. */
export const METAL3_STEPS: readonly Step[] = [
  {
    name: "a cluster on BareMetalHosts is made, and in good health",
    run: async (world) => {
      await prepare(world);
      const [port = 0] = await freePorts(1);
      for (const object of metal3Cluster(port)) await world.api.apply(object);
      await world.healthy(NAME, 2).catch((error: Error) => {
        throw new Error([error.message, ...world.metal3.troubles].join("\n  "));
      });
      const hosts = await hostsOf(world);
      const nodes = await (await world.workload(NAME)).list("v1", "Node");
      for (const machine of await world.machines(NAME)) {
        const node = nodes.find(({ metadata }) => metadata.name === machine.metadata.name);
        const host = hosts.find(({ spec }) => spec.consumerRef?.name === machine.spec.infrastructureRef.name);
        assert.ok(node && host, `a node and a host for ${machine.metadata.name}`);
        const providerID = `metal3://default/${host.metadata.name}/${machine.spec.infrastructureRef.name}`;
        assert.equal(node.spec.providerID, providerID);
        assert.equal(machine.spec.providerID, providerID);
        assert.equal(node.metadata.labels?.["metal3.io/uuid"], host.metadata.uid);
        assert.equal(node.metadata.labels?.[`${RACK}/place`], host.metadata.name);
        assert.equal(host.status.provisioning.state, "provisioned");
        assert.equal(host.status.poweredOn, true);
      }
      assert.deepEqual(
        hosts.map(({ status }) => status.provisioning.state).sort(),
        ["available", "provisioned", "provisioned"],
        "one host is left over",
      );
      assert.match(await world.describe(NAME), new RegExp(`^Cluster default/${NAME} `, "m"));
    },
  },
  {
    name: "it is deleted, and its hosts are given back",
    run: async (world) => {
      const { spec } = await world.api.get(CAPI, "Cluster", "default", NAME);
      await world.api.delete(CAPI, "Cluster", "default", NAME);
      await until("the end of the cluster", 300, async () => {
        const left = await world.api.list(CAPI, "Cluster");
        return left.some(({ metadata }) => metadata.name === NAME) ? undefined : true;
      });
      for (const kind of ["Metal3Machine", "Metal3Cluster"]) {
        assert.deepEqual(await world.api.list(INFRASTRUCTURE, kind), []);
      }
      for (const { metadata, spec, status } of await hostsOf(world)) {
        assert.deepEqual([spec.consumerRef, spec.image, spec.userData], [undefined, undefined, undefined]);
        assert.equal(status.provisioning.state, "available", metadata.name);
        assert.equal(metadata.labels?.["cluster.x-k8s.io/cluster-name"], undefined);
      }
      await until("a free port", 30, async () =>
        (await listening(spec.controlPlaneEndpoint.port)) ? undefined : true,
      );
    },
  },
];

/** Three hosts that anybody can have. */
async function prepare(world: World): Promise<void> {
  for (const definition of metal3Definitions()) await world.api.apply(definition);
  world.metal3.start();
  const objects = [0, 1, 2].map(
    (at): ManagedObject => ({
      apiVersion: HOST_API,
      kind: "BareMetalHost",
      metadata: { name: `host-${at}`, namespace: "default", labels: { [`${RACK}/place`]: `host-${at}`, fit: "yes" } },
      spec: {
        online: true,
        bootMACAddress: `00:60:2f:00:00:0${at}`,
        bmc: { address: `redfish://192.168.111.1/${at}`, credentialsName: `host-${at}-bmc` },
      },
    }),
  );
  // A CRD is served a moment after it is there.
  await until("the API of BareMetalHosts", 60, async () => world.api.list(HOST_API, "BareMetalHost"));
  for (const object of objects) await world.api.apply(object);
  await until("hosts that are available", 120, async () => {
    const hosts = await hostsOf(world);
    return hosts.every(({ status }) => status?.provisioning?.state === "available") ? true : undefined;
  });
}

function metal3Cluster(port: number): ManagedObject[] {
  return clusterObjects({
    name: NAME,
    version: FROM,
    controlPlanes: 1,
    workers: 1,
    etcd: "stacked",
    infrastructure: {
      prefix: "Metal3",
      cluster: {
        spec: { controlPlaneEndpoint: { host: "127.0.0.1", port } },
        annotations: { "metal3.io/metal3-label-sync-prefixes": RACK },
      },
      machine: {
        image: { url: "http://192.168.111.1/node.qcow2", checksum: "http://192.168.111.1/node.qcow2.sha256" },
        hostSelector: { matchLabels: { fit: "yes" } },
      },
      // As Metal3's templates have it: what only the machine knows is filled in there.
      nodeRegistration: {
        name: "{{ ds.meta_data.name }}",
        kubeletExtraArgs: [{ name: "node-labels", value: "metal3.io/uuid={{ ds.meta_data.uuid }}" }],
      },
    },
  });
}

function hostsOf(world: World): Promise<ManagedObject[]> {
  return world.api.list(HOST_API, "BareMetalHost", "default");
}
