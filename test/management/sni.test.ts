import { connect } from "node:tls";
import { afterEach, beforeEach, expect, it } from "vitest";
import { valueAt } from "../../src/kube/access.js";
import { ownership } from "../../src/management/follow.js";
import { freePort, Rig } from "./rig.js";

const DOMAIN = "fleet.test";

let rig: Rig;
let port: number;
beforeEach(async () => {
  port = await freePort();
  rig = await Rig.start("v1beta2", { sni: { domain: DOMAIN, port } });
});
afterEach(() => rig.stop());

function follow(...infrastructure: string[]) {
  const owns = ownership({ host: "127.0.0.1", domain: DOMAIN, hosts: [] });
  return rig.loop({ owns, byServerName: true, infrastructure: new Set(infrastructure) });
}

/** The CA behind a server name, as clients of that name find it. Rejects where nobody answers to it. */
function authorityAt(servername: string, ca: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername, ca }, () => {
      resolve(socket.authorized);
      socket.destroy();
    }).on("error", reject);
  });
}

it("Clusters share a port, each under the host in its endpoint and with its own CA", async () => {
  follow();
  const certificates: Record<string, string> = {};
  for (const name of ["c1", "c2"]) {
    await rig.cluster(name, port, {}, `${name}.${DOMAIN}`);
    certificates[name] = (await rig.secrets(name)).certificate;
    await rig.machine(name, `${name}-cp`, { controlPlane: true });
  }
  for (const name of ["c1", "c2"]) {
    await rig.node(name, `${name}-cp`);
    const host = `${name}.${DOMAIN}`;
    expect(rig.fleet.cluster(`default.${name}`).endpoint).toEqual({ host, port, serverName: host });
    expect(await authorityAt(host, certificates[name]!)).toBe(true);
    expect(await rig.fleet.cluster(`default.${name}`).kubeconfigText()).toContain(`server: https://${host}:${port}`);
  }
  await expect(authorityAt(`c1.${DOMAIN}`, certificates.c2!)).rejects.toThrow();
  await rig.delete("Machine", "c1-cp");
  await rig.delete("Cluster", "c1");
  await rig.until(() => expect([...rig.fleet.clusters.keys()]).toEqual(["default.c2"]));
  expect(await authorityAt(`c2.${DOMAIN}`, certificates.c2!)).toBe(true);
  await expect(authorityAt(`c1.${DOMAIN}`, certificates.c1!)).rejects.toThrow();
});

it("a host that another Cluster has is told of, and taken over when that goes", async () => {
  follow();
  const host = `shared.${DOMAIN}`;
  await rig.cluster("c1", port, {}, host);
  await rig.secrets("c1");
  await rig.until(() => rig.fleet.cluster("default.c1"));
  await rig.cluster("c2", port, {}, host);
  const { certificate } = await rig.secrets("c2");
  await rig.until(async () =>
    expect(await rig.events()).toEqual([expect.stringMatching(`^Warning EndpointTaken Cluster/c2 .*${host}`)]),
  );
  await rig.delete("Cluster", "c1");
  await rig.until(async () => expect(await authorityAt(host, certificate)).toBe(true));
});

it("a Cluster that asks for another port gets that one alone", async () => {
  follow();
  const own = await freePort();
  await rig.cluster("c1", own, {}, `c1.${DOMAIN}`);
  await rig.secrets("c1");
  const cluster = await rig.until(() => rig.fleet.cluster("default.c1"));
  expect(cluster.endpoint).toMatchObject({ host: `c1.${DOMAIN}`, port: own });
});

it("infrastructure that is made here has the shared port and a name of its own", async () => {
  follow("StubCluster");
  for (const name of ["c1", "c2"]) {
    const owner = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Cluster", name, uid: "u" };
    const labels = { "cluster.x-k8s.io/cluster-name": name };
    await rig.create("KubeadmControlPlane", name, { spec: {} });
    await rig.create("Cluster", name, {
      spec: {
        controlPlaneRef: rig.reference("KubeadmControlPlane", name),
        infrastructureRef: rig.reference("StubCluster", name),
      },
    });
    await rig.create("StubCluster", name, { spec: {} }, { ownerReferences: [owner], labels });
    const endpoint = await rig.until(async () => {
      const found = valueAt(await rig.get("StubCluster", name), "spec", "controlPlaneEndpoint");
      expect(found).toEqual({ host: `default.${name}.${DOMAIN}`, port });
      return found as { host: string; port: number };
    });
    await rig.patch("Cluster", name, { spec: { controlPlaneEndpoint: endpoint } });
    const { certificate } = await rig.secrets(name);
    await rig.until(async () => expect(await authorityAt(endpoint.host, certificate)).toBe(true));
    expect(rig.fleet.cluster(`default.${name}`).endpoint).toMatchObject({ serverName: endpoint.host });
  }
  expect(await rig.events()).toEqual([]);
});
