import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { KubeClient } from "../../../src/client/client.js";
import { type Connection, parseKubeconfig } from "../../../src/client/connection.js";
import { portForward } from "../../../src/client/port-forward.js";
import type { Cluster } from "../../../src/cluster/cluster.js";
import type { Fleet } from "../../../src/cluster/fleet.js";
import { type PassthroughOptions, startEmulatedFleet } from "../../../src/compose.js";
import { objectAt, objectsAt, stringAt } from "../../../src/kube/access.js";
import type { KubeObject } from "../../../src/kube/json.js";
import { CertificateAuthority } from "../../../src/pki/authority.js";
import type { BackingSettings } from "../../../src/proxy/backing/backing-cluster.js";
import type { BackingChoice } from "../../../src/proxy/backing/backings.js";
import type { StreamHooks } from "../../../src/streams/hooks.js";
import { Kubelet } from "./kubelet.js";
import { Node } from "./node.js";
import { folder, program, silent } from "./programs.js";

const run = promisify(execFile);
const article = fileURLToPath(new URL("../article.sh", import.meta.url));
const place = folder();
const IMAGE = "example/kube-apiserver:v1.34.4";
const namespace = "servers";
/** Several servers start, one after the other. */
const LONG_MS = 300_000;
let fleet: Fleet | undefined;
let node: Node | undefined;

afterEach(async () => {
  await fleet?.close();
  fleet = undefined;
  await node?.stop();
  node = undefined;
});
afterAll(() => place.remove());

/** A fleet whose real servers are in the backing clusters. */
async function fleetIn(out: string, clusters: number, backings: BackingChoice, etcd?: PassthroughOptions["etcd"]) {
  fleet = await startEmulatedFleet({
    ...{ clusters: 0, basePort: 0, out: join(place.path, out), log: silent },
    passthrough: {
      ...{ clusters, proxy: "terminate", runtime: "kubernetes", backings },
      ...(etcd === undefined ? {} : { etcd }),
    },
  });
  return fleet;
}

async function ready(cluster: Cluster): Promise<void> {
  const real = (await cluster.real)!;
  while (real.state.phase !== "ready") {
    await real.ready().catch(() => undefined);
    await sleep(100);
  }
}

async function kubectl(out: string, name: string, ...args: string[]): Promise<string> {
  const kubeconfig = join(place.path, out, `${name}.kubeconfig`);
  const { stdout } = await run("kubectl", ["--kubeconfig", kubeconfig, ...args], { timeout: 60_000 });
  return stdout;
}

/** In a namespace of the strictest standard for pods. */
async function create(api: KubeClient): Promise<void> {
  const metadata = { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } };
  await api.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
}

describe("a backing cluster with a real kube-apiserver, and nodes that are played", () => {
  let backing: Fleet;
  let connection: Connection;
  let api: KubeClient;
  beforeAll(async () => {
    backing = await startEmulatedFleet({
      ...{ clusters: 0, basePort: 0, out: join(place.path, "backing"), log: silent },
      passthrough: {
        ...{ clusters: 1, binary: program("kube-apiserver") },
        etcd: { managed: true, binary: program("etcd") },
      },
    });
    const cluster = backing.cluster("cluster-1");
    await ready(cluster);
    // Past our endpoint: to the real one itself.
    const { url = "" } = (await cluster.real)!.state;
    connection = { ...parseKubeconfig(await backing.kubeconfig("cluster-1")), server: new URL(url) };
    api = new KubeClient(connection);
    await create(api);
  });
  afterAll(async () => {
    api?.close();
    await backing?.close();
  });

  /** The etcd that the backing cluster's own server is on has room for more. */
  function sharedEtcd(): PassthroughOptions["etcd"] {
    const file = (name: string) => readFileSync(join(place.path, "backing/etcd", name), "utf8");
    const ports = JSON.parse(file("ports.json")) as Record<string, { client: number }>;
    const ca = CertificateAuthority.load({ certificate: file("pki/ca.crt"), key: file("pki/ca.key") });
    const client = { certificate: file("pki/root.crt"), key: file("pki/root.key") };
    const endpoints = Object.values(ports).map(({ client: port }) => `https://127.0.0.1:${port}`);
    return { connection: { endpoints, ca: ca.certificate, client }, ca };
  }

  /** Tries a pod of its template, as a controller would make it. */
  async function admitted(workload: KubeObject): Promise<void> {
    const core = `/api/v1/namespaces/${namespace}`;
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
    if ((await api.find(`${core}/serviceaccounts/default`)) === undefined)
      await api.create(`${core}/serviceaccounts`, account);
    const spec = objectAt(workload, "spec", "template", "spec")!;
    const claims = objectsAt(workload, "spec", "volumeClaimTemplates");
    const claimed = claims.map((claim) => ({ name: stringAt(claim, "metadata", "name"), emptyDir: {} }));
    const volumes = [...objectsAt(spec, "volumes"), ...claimed];
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { generateName: "x-" }, spec: { ...spec, volumes } };
    await api.create(`${core}/pods?dryRun=All`, pod);
  }

  /** How often what we apply has been applied in the backing cluster. */
  async function applications(): Promise<number> {
    const rows = (await api.text("/metrics")).matchAll(/^apiserver_request_total\{(.*)\} (\d+)$/gm);
    return [...rows]
      .filter(
        ([, labels = ""]) => /verb="APPLY"/.test(labels) && /resource="(secrets|services|deployments)"/.test(labels),
      )
      .reduce((sum, [, , count]) => sum + Number(count), 0);
  }

  it(
    "takes what is applied as it is, and servers that run by it answer kubectl both ways",
    async () => {
      node = new Node(api, { namespace, dir: join(place.path, "node-1"), pods: false });
      const settings: BackingSettings = {
        ...{ name: "one", connection, namespace },
        reach: "node-port",
        host: "127.0.0.1",
      };
      const made = await fleetIn("out-1", 0, { clusters: [settings], image: IMAGE }, sharedEtcd());
      const runtime = { type: "kubernetes" } as const;
      for (const proxy of ["terminate", "pipe"] as const) {
        const cluster = await made.create({ name: proxy, backend: { type: "passthrough", proxy, runtime } });
        await ready(cluster);
        await run("bash", [article, join(place.path, "out-1", `${proxy}.kubeconfig`)], { timeout: 100_000 });
        expect(await kubectl("out-1", proxy, "auth", "whoami")).toMatch(/kubernetes-admin/);
      }
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/kube-apiserver-pipe`;
      const deployment = await api.get(path);
      await admitted(deployment);
      const { metadata } = deployment;
      const applied = await applications();
      expect(applied).toBe(2 * 4);
      await made.close();
      const next = await fleetIn("out-1", 0, { clusters: [settings], image: IMAGE }, sharedEtcd());
      const backend = { type: "passthrough", proxy: "pipe", runtime } as const;
      await ready(await next.create({ name: "pipe", backend }));
      // What a real server adds to what was applied is not taken for a difference.
      expect(await applications()).toBe(applied);
      const found = await api.get(path);
      expect([found.metadata.uid, found.metadata.generation]).toEqual([metadata.uid, metadata.generation]);
      await next.remove("pipe");
      expect(await api.find(path)).toBeUndefined();
    },
    LONG_MS,
  );

  it("has a kubelet forward ports in the way that we ask for", async () => {
    const kubelet = await Kubelet.start();
    const core = "/api/v1/namespaces/default";
    try {
      const metadata = { name: "played" };
      await api.create("/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata });
      const addresses = [{ type: "InternalIP", address: "127.0.0.1" }];
      const daemonEndpoints = { kubeletEndpoint: { Port: kubelet.port } };
      await api.patch("/api/v1/nodes/played/status", { status: { addresses, daemonEndpoints } });
      const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
      await api.create(`${core}/serviceaccounts`, account);
      const spec = { nodeName: "played", containers: [{ name: "c", image: "i" }] };
      await api.create(`${core}/pods`, { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec });
      const port = portForward(connection, { namespace: "default", pod: "p", port: 6443 });
      const sent = Buffer.alloc(300_000, "0123456789");
      port.write(sent);
      const back: Buffer[] = [];
      for await (const chunk of port) {
        back.push(chunk as Buffer);
        if (Buffer.concat(back).length >= sent.length) break;
      }
      expect(Buffer.concat(back).equals(sent)).toBe(true);
      expect(kubelet.asked).toEqual(["/portForward/default/p?port=6443 v4.channel.k8s.io"]);
      const absent = portForward(connection, { namespace: "default", pod: "absent", port: 1 });
      const [error] = (await once(absent, "error")) as [Error];
      expect(error.message).toBe('port 1 of pod default/absent: pods "absent" not found');
    } finally {
      await kubelet.stop();
    }
  });

  it("takes an etcd's objects, too", async () => {
    const settings: BackingSettings = { name: "one", connection, namespace };
    const etcd = { image: "example/etcd:3.6", storage: "1Gi" };
    await fleetIn("out-2", 1, { clusters: [settings], image: IMAGE, etcd });
    const sets = async () => (await api.list(`/apis/apps/v1/namespaces/${namespace}/statefulsets`)).items;
    while ((await sets()).length === 0) await sleep(100);
    const [set] = await sets();
    expect(stringAt(set, "spec", "serviceName")).toMatch(/^etcd-[0-9a-f]{8}-peers$/);
    await admitted(set!);
    const { message } = (await fleet!.cluster("cluster-1").real)!.state;
    expect(message).toMatch(/etcd in backing cluster one is not ready: no pod has been made yet/);
  });
});

describe("a backing cluster with pods whose ports can be forwarded", () => {
  it(
    "holds etcd and kube-apiserver, and all connections to them",
    async () => {
      const streams: StreamHooks = {
        serves: () => true,
        portForward: ({ pod, port, connection }) => node?.forward(pod, port, connection),
      };
      const backing = await startEmulatedFleet({ clusters: 1, basePort: 0, log: silent, streams: [streams] });
      try {
        const connection = parseKubeconfig(await backing.kubeconfig("cluster-1"));
        const api = new KubeClient(connection);
        await create(api);
        node = new Node(api, { namespace, dir: join(place.path, "node-3"), pods: true });
        const clusters = [{ name: "one", connection, namespace }];
        const made = await fleetIn("out-3", 1, { clusters, image: IMAGE, etcd: { image: "example/etcd:3.6" } });
        const cluster = made.cluster("cluster-1");
        await ready(cluster);
        await run("bash", [article, join(place.path, "out-3", "cluster-1.kubeconfig")], { timeout: 100_000 });
        const backend = { type: "passthrough", proxy: "pipe", runtime: { type: "kubernetes" } } as const;
        await ready(await made.create({ name: "piped", backend }));
        await kubectl("out-3", "cluster-1", "create", "configmap", "mine");
        await expect(kubectl("out-3", "piped", "get", "configmap", "mine")).rejects.toThrow(/NotFound/);
        await made.remove("piped");
        expect((await api.list(`/apis/apps/v1/namespaces/${namespace}/deployments`)).items).toHaveLength(1);
        api.close();
      } finally {
        await fleet?.close();
        await node?.stop();
        await backing.close();
      }
    },
    LONG_MS,
  );
});
