import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fleet } from "../../src/cluster/fleet.js";
import { type EmulatedFleetOptions, startEmulatedFleet } from "../../src/compose.js";
import { startFakeApiserver } from "../../src/embed.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { nameIn } from "../../src/proxy/store/etcd-stores.js";

let dir = "";
let running: Fleet | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "data-"));
});
afterEach(async () => {
  await running?.close();
  rmSync(dir, { recursive: true });
});

async function restart(options: Partial<EmulatedFleetOptions> = {}): Promise<Fleet> {
  await running?.close();
  running = undefined;
  running = await startEmulatedFleet({
    ...{ basePort: 0, clusters: 2, dataDir: dir, log: pino({ level: "silent" }) },
    ...options,
  });
  return running;
}

const MAPS = "/api/v1/namespaces/default/configmaps";

async function client(fleet: Fleet, name: string) {
  return fleet.cluster(name).localClient("tester");
}

async function create(fleet: Fleet, cluster: string, name: string): Promise<{ uid: string; revision: number }> {
  const { metadata } = await (await client(fleet, cluster)).create(MAPS, { metadata: { name } });
  return { uid: metadata.uid!, revision: Number(metadata.resourceVersion) };
}

async function names(fleet: Fleet, cluster: string): Promise<(string | undefined)[]> {
  return (await (await client(fleet, cluster)).list(MAPS)).map(({ metadata }) => metadata.name);
}

const where = (fleet: Fleet) => new Map(Array.from(fleet.clusters.values(), ({ name, endpoint }) => [name, endpoint]));

const pair = (name: string) => CertificateAuthority.create(Date.now(), name).pair;

describe("a fleet with a data folder", () => {
  it("comes back with clusters that were added, where they were, with what they were given", async () => {
    const first = await restart();
    const [ca, etcdCa] = [pair("ca"), pair("etcd")];
    await first.ensure({ name: "ns.given", ca, etcdCa, endpoint: { host: "example.test" } });
    await first.create();
    await create(first, "ns.given", "kept");
    const before = where(first);
    const key = (await first.cluster("ns.given").identity()).admin.key;
    const second = await restart();
    expect(where(second)).toEqual(before);
    const again = second.cluster("ns.given");
    const { authority, admin } = await again.identity();
    expect([authority.certificate, admin.key]).toEqual([ca.certificate, key]);
    expect((await again.etcdAuthority()).certificate).toBe(etcdCa.certificate);
    expect(await names(second, "ns.given")).toEqual(["kept"]);
    await expect(second.ensure({ name: "ns.given", ca: pair("other") })).rejects.toThrow("is there with another CA");
  });

  it("comes back without clusters that were removed, and without their objects", async () => {
    const first = await restart();
    await first.create({ name: "other" });
    await create(first, "other", "old");
    await create(first, "cluster-2", "old");
    await first.remove("other");
    await first.remove("cluster-2");
    const second = await restart();
    expect([...second.clusters.keys()]).toEqual(["cluster-1"]);
    await second.create({ name: "other" });
    expect(await names(second, "other")).toEqual([]);
    const third = await restart({ clusters: 3 });
    expect([...third.clusters.keys()].sort()).toEqual(["cluster-1", "cluster-3", "other"]);
  });

  it("still waits for CAs that were to come later, and keeps them once they have come", async () => {
    const first = await restart();
    await first.ensure({ name: "late", caComesLater: true });
    const second = await restart();
    expect(second.cluster("late").awaitsAuthority).toBe(true);
    const ca = pair("late");
    await second.ensure({ name: "late", ca });
    const third = await restart();
    expect((await third.cluster("late").identity()).authority.certificate).toBe(ca.certificate);
  });

  it("shares the same port by server name again", async () => {
    const sni = { domain: "test", port: 0 };
    const before = where(await restart({ sni }));
    expect(where(await restart({ sni, clusters: 3 })).get("cluster-1")).toEqual(before.get("cluster-1"));
  });

  it("makes no file for a cluster that nobody asks", async () => {
    const fleet = await restart();
    await create(fleet, "cluster-2", "x");
    expect(readdirSync(join(dir, "objects"))).toEqual(["cluster-2.wal"]);
  });

  it("stays empty when a cluster was emptied, at higher revisions", async () => {
    const first = await restart();
    const { revision } = await create(first, "cluster-1", "old");
    first.reset("cluster-1");
    const second = await restart();
    expect(await names(second, "cluster-1")).toEqual([]);
    expect((await create(second, "cluster-1", "new")).revision).toBeGreaterThan(revision);
    const third = await restart();
    third.reset("cluster-1"); // before anybody has asked
    expect(await names(third, "cluster-1")).toEqual([]);
    expect((await create(third, "cluster-1", "newer")).revision).toBeGreaterThan(revision + 1);
  });

  it("loads manifests once, and uses no uid of a seed twice", async () => {
    const load = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: loaded, namespace: default}";
    const options = { dataDir: dir, load, seed: "s" };
    const uids: (string | undefined)[] = [];
    for (const name of ["first", "second"]) {
      const server = await startFakeApiserver(options);
      try {
        const config = new KubeConfig();
        config.loadFromString(await server.clusters[0]!.kubeconfig());
        const api = config.makeApiClient(CoreV1Api);
        await api.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name } } });
        const { items } = await api.listNamespacedConfigMap({ namespace: "default" });
        uids.push(...items.map(({ metadata }) => metadata!.uid));
        expect(readdirSync(dir)).toContain("cluster-1.kubeconfig");
      } finally {
        await server.stop();
      }
    }
    expect(uids).toHaveLength(5);
    expect(new Set(uids).size).toBe(3);
  });

  it("begins anew when it is told to", async () => {
    const first = await restart();
    await first.create({ name: "other" });
    await create(first, "cluster-1", "old");
    const second = await restart({ fresh: true });
    expect([...second.clusters.keys()]).toEqual(["cluster-1", "cluster-2"]);
    expect(await names(second, "cluster-1")).toEqual([]);
  });

  it("says which file is damaged", async () => {
    await restart();
    await running!.close();
    const file = join(dir, "fleet.wal");
    const bytes = readFileSync(file);
    bytes[14]! ^= 1;
    writeFileSync(file, bytes);
    await expect(restart()).rejects.toThrow(`can't use the data folder ${dir}: ${file} is damaged at byte 0`);
  });

  it("has every change on the disk before its answer, for those who want that", async () => {
    const first = await restart({ dataSync: "always" });
    await create(first, "cluster-1", "kept");
    expect(await names(await restart(), "cluster-1")).toEqual(["kept"]);
  });

  it("is not taken for another place of its clusters' objects", async () => {
    const nobody = { endpoints: ["https://127.0.0.1:1"], ca: "" };
    const etcd = { connection: nobody, ca: CertificateAuthority.create(Date.now(), "etcd-ca") };
    const inEtcd = { store: "etcd", passthrough: { etcd } } as const;
    await create(await restart(), "cluster-1", "one");
    await expect(restart(inEtcd)).rejects.toThrow(/has objects of clusters, which would not be seen in etcd/);
    await restart(); // which has its folder again
    await running?.close();
    running = undefined;
    rmSync(join(dir, "objects", "cluster-1.wal"));
    await restart(inEtcd);
    nameIn(join(dir, "etcd-objects", "fleet")); // as the first cluster that is used there does
    await restart(inEtcd);
    await expect(restart()).rejects.toThrow(/have their objects in etcd, .* start it with --store etcd/);
  });
});
