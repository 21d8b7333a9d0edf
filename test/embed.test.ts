import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
  Watch,
} from "@kubernetes/client-node";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type EmbeddedCluster,
  type FakeApiserver,
  type FakeApiserverOptions,
  StartError,
  startFakeApiserver,
} from "../src/embed.js";

async function started(options: FakeApiserverOptions = {}): Promise<FakeApiserver> {
  const server = await startFakeApiserver(options);
  onTestFinished(() => server.stop());
  return server;
}

async function configOf(cluster: EmbeddedCluster): Promise<KubeConfig> {
  const config = new KubeConfig();
  config.loadFromString(await cluster.kubeconfig());
  return config;
}

async function core(cluster: EmbeddedCluster): Promise<CoreV1Api> {
  return (await configOf(cluster)).makeApiClient(CoreV1Api);
}

async function nodeNames(cluster: EmbeddedCluster): Promise<(string | undefined)[]> {
  return (await (await core(cluster)).listNode()).items.map(({ metadata }) => metadata?.name);
}

const node = (name: string) => ({ metadata: { name, labels: { zone: "a" } } });

describe("the official JavaScript client", () => {
  it("creates, lists, patches and deletes", async () => {
    const server = await started();
    const api = await core(server.clusters[0]!);
    const created = await api.createNode({ body: node("n1") });
    expect(created.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
    await api.createNode({ body: node("n2") });
    const listed = await api.listNode({ labelSelector: "zone in (a)", limit: 1 });
    expect(listed.items.map(({ metadata }) => metadata?.name)).toEqual(["n1"]);
    expect(listed.metadata?.remainingItemCount).toBeUndefined(); // as with any selector
    const rest = await api.listNode({ labelSelector: "zone in (a)", limit: 1, _continue: listed.metadata!._continue! });
    expect(rest.items.map(({ metadata }) => metadata?.name)).toEqual(["n2"]);

    const taint = { key: "k", effect: "NoSchedule" };
    const strategic = setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch);
    const tainted = await api.patchNode({ name: "n1", body: { spec: { taints: [taint] } } }, strategic);
    expect(tainted.spec?.taints).toEqual([taint]);
    const json = [{ op: "replace", path: "/metadata/labels/zone", value: "b" }];
    const moved = await api.patchNode({ name: "n1", body: json });
    expect(moved.metadata?.labels).toEqual({ zone: "b" });
    const ready = { status: { conditions: [{ type: "Ready", status: "True" }] } };
    const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
    const status = await api.patchNodeStatus({ name: "n1", body: ready }, merge);
    expect(status.status?.conditions?.[0]).toMatchObject({ type: "Ready", status: "True" });

    await api.deleteNode({ name: "n1" });
    const gone: unknown = await api.readNode({ name: "n1" }).catch((error: unknown) => error);
    expect(gone).toBeInstanceOf(ApiException);
    expect(gone).toMatchObject({ code: 404 });
    expect((gone as ApiException<string>).body).toContain('nodes \\"n1\\" not found');
  });

  it("watches", async () => {
    const server = await started();
    const config = await configOf(server.clusters[0]!);
    const api = config.makeApiClient(CoreV1Api);
    const { metadata } = await api.listNamespacedConfigMap({ namespace: "default" });
    const seen: string[] = [];
    const path = "/api/v1/namespaces/default/configmaps";
    await new Promise<void>((resolve, reject) => {
      const follow = new Watch(config).watch(
        path,
        { resourceVersion: metadata?.resourceVersion, fieldSelector: "metadata.name=watched" },
        (type: string, object: { data?: { k?: string } }) => {
          seen.push(`${type} ${object.data?.k}`);
          if (type === "DELETED") resolve();
        },
        (error: unknown) => (error ? reject(error as Error) : resolve()),
      );
      void (async () => {
        const controller = await follow;
        onTestFinished(() => controller.abort());
        const body = { metadata: { name: "watched" }, data: { k: "1" } };
        await api.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name: "other" } } });
        await api.createNamespacedConfigMap({ namespace: "default", body });
        const replaced = { ...body, data: { k: "2" } };
        await api.replaceNamespacedConfigMap({ namespace: "default", name: "watched", body: replaced });
        await api.deleteNamespacedConfigMap({ namespace: "default", name: "watched" });
      })().catch(reject);
    });
    expect(seen).toEqual(["ADDED 1", "MODIFIED 2", "DELETED 2"]);
  });

  it("works on objects of any kind, by discovery", async () => {
    const server = await started();
    const config = await configOf(server.clusters[0]!);
    const objects = KubernetesObjectApi.makeApiClient(config);
    const template = {
      metadata: { labels: { app: "a" } },
      spec: { containers: [{ name: "c", image: "registry.test/c:1" }] },
    };
    await objects.create({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d", namespace: "default" },
      spec: { selector: { matchLabels: { app: "a" } }, template },
    } as never);
    const found = await config.makeApiClient(AppsV1Api).readNamespacedDeployment({ name: "d", namespace: "default" });
    expect(found.spec?.strategy?.rollingUpdate?.maxSurge).toBe("25%");
  });
});

describe("an embedded fleet", () => {
  it("gives kubeconfigs as text and as an object that mean the same", async () => {
    const server = await started({ clusters: 2, namePrefix: "wl" });
    expect(server.clusters.map(({ name }) => name)).toEqual(["wl-1", "wl-2"]);
    const cluster = server.cluster("wl-2");
    const [text, object] = [new KubeConfig(), new KubeConfig()];
    text.loadFromString(await cluster.kubeconfig());
    object.loadFromString(JSON.stringify(await cluster.kubeconfigObject()));
    expect(object.exportConfig()).toBe(text.exportConfig());
    expect(object.getCurrentCluster()?.server).toBe(cluster.url);
    const namespaces = await object.makeApiClient(CoreV1Api).listNamespace();
    expect(namespaces.items.map(({ metadata }) => metadata?.name)).toContain("kube-system");
  });

  it("keeps clusters apart, and several fleets in one process", async () => {
    const [one, two] = await Promise.all([started({ clusters: 2 }), started()]);
    await (await core(one.cluster("cluster-1"))).createNode({ body: node("mine") });
    expect(await nodeNames(one.cluster("cluster-1"))).toEqual(["mine"]);
    expect(await nodeNames(one.cluster("cluster-2"))).toEqual([]);
    expect(await nodeNames(two.cluster("cluster-1"))).toEqual([]);
    await one.stop();
    expect(await nodeNames(two.cluster("cluster-1"))).toEqual([]);
  });

  it("adds, empties and ends clusters", async () => {
    const server = await started({ clusters: 1 });
    const [second, named] = [await server.create(), await server.create("extra")];
    expect(server.clusters.map(({ name }) => name)).toEqual(["cluster-1", "cluster-2", "extra"]);
    await expect(server.create("extra")).rejects.toThrow(
      new StartError('there is a cluster "extra" already', "conflict", "name"),
    );
    await expect(server.create("Big")).rejects.toThrow(StartError);
    expect(() => server.cluster("absent")).toThrow('there is no cluster "absent"');

    await (await core(named)).createNode({ body: node("n") });
    const api = await core(named); // from before the reset: endpoint and credentials stay
    named.reset();
    expect((await api.listNode()).items).toEqual([]);
    await api.createNode({ body: node("n") });

    await second.stop();
    expect(server.clusters.map(({ name }) => name)).toEqual(["cluster-1", "extra"]);
    await expect(nodeNames(second)).rejects.toThrow();
    expect(await nodeNames(named)).toEqual(["n"]);
  });

  it("ends watches when a cluster is emptied", async () => {
    const server = await started();
    const [cluster] = server.clusters;
    const config = await configOf(cluster!);
    const ended = new Promise<unknown>((resolve, reject) => {
      const options = { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: true };
      const follow = new Watch(config).watch("/api/v1/namespaces", options, () => cluster!.reset(), resolve);
      follow.catch(reject);
    });
    expect(await ended).toBeFalsy();
  });

  it("goes on with its revisions when it is emptied, so that clients learn what they missed", async () => {
    const server = await started();
    const [cluster] = server.clusters;
    const config = await configOf(cluster!);
    const api = config.makeApiClient(CoreV1Api);
    const { metadata } = await api.createNode({ body: node("n") });
    const before = Number(metadata?.resourceVersion);
    cluster!.reset();
    const after = await api.listNode();
    expect(Number(after.metadata?.resourceVersion)).toBeGreaterThan(before);
    const events: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      const options = { resourceVersion: String(before), timeoutSeconds: 5 };
      const seen = (type: string, status: { code?: number }) => events.push([type, status.code]);
      new Watch(config).watch("/api/v1/nodes", options, seen, () => resolve()).catch(reject);
    });
    expect(events).toEqual([["ERROR", 410]]);
  });

  it("gives every cluster the objects of `load`, filled in", async () => {
    const load = `
apiVersion: v1
kind: Node
metadata:
  name: "{{cluster}}-node"
spec:
  podCIDR: 10.{{ index }}.0.0/16
status:
  conditions: [{ type: Ready, status: "True" }]
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: { name: settings, namespace: kube-system }
  data: { cluster: "{{cluster}}" }
`;
    const server = await started({ clusters: 2, load });
    for (const [index, cluster] of server.clusters.entries()) {
      const api = await core(cluster);
      const loaded = await api.readNode({ name: `${cluster.name}-node` });
      expect(loaded.spec?.podCIDR).toBe(`10.${index + 1}.0.0/16`);
      expect(loaded.status?.conditions?.[0]?.status).toBe("True");
      const settings = await api.readNamespacedConfigMap({ name: "settings", namespace: "kube-system" });
      expect(settings.data).toEqual({ cluster: cluster.name });
    }
    server.clusters[0]!.reset();
    expect(await nodeNames(server.clusters[0]!)).toEqual(["cluster-1-node"]);
  });

  it.each([
    ["apiVersion: v1\nkind: Widget\nmetadata: {name: x}", /load#1: no resource of kind Widget in v1/],
    [
      "apiVersion: v1\nkind: Node\nmetadata: {name: Big}",
      /load#1: Node "Big" is invalid: metadata.name: Invalid value/,
    ],
    ["just text", /load#1: expected a Kubernetes object/],
  ])("refuses to start with objects that no server takes: %j", async (load, message) => {
    const refused: unknown = await startFakeApiserver({ load }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StartError);
    expect((refused as StartError).message).toMatch(message);
  });

  it("refuses objects that fit the first cluster and not the last", async () => {
    const load = "apiVersion: v1\nkind: Node\nmetadata: {name: n}\nspec: {podCIDR: '10.{{index}}.0.0/16'}";
    const server = await started({ clusters: 2, load });
    await server.stop();
    const refused: unknown = await startFakeApiserver({ clusters: 300, load }).catch((error: unknown) => error);
    expect((refused as StartError).message).toMatch(/^--load: load#1: Node "n" is invalid: .*\(in cluster-300\)$/);
  });

  it("repeats uids and generated names for the same seed", async () => {
    const identities = async () => {
      const server = await started({ seed: "s" });
      const api = await core(server.clusters[0]!);
      const made = await api.createNamespacedConfigMap({
        namespace: "default",
        body: { metadata: { generateName: "g-" } },
      });
      const system = await api.readNamespace({ name: "kube-system" });
      return [made.metadata?.name, made.metadata?.uid, system.metadata?.uid];
    };
    expect(await identities()).toEqual(await identities());
  });

  it("shares a port by server name", async () => {
    const server = await started({ clusters: 2, sni: { domain: "clusters.test" } });
    const [first, second] = server.clusters;
    expect(first!.url).toBe(second!.url);
    await (await core(first!)).createNode({ body: node("mine") });
    expect(await nodeNames(first!)).toEqual(["mine"]);
    expect(await nodeNames(second!)).toEqual([]);
  });

  it("writes a folder when given one, and refuses one that is in use", async () => {
    const out = mkdtempSync(join(tmpdir(), "fake-apiserver-embed-"));
    onTestFinished(() => rmSync(out, { recursive: true, force: true }));
    const first = await startFakeApiserver({ out });
    const kubeconfig = readFileSync(join(out, "cluster-1.kubeconfig"), "utf8");
    expect(kubeconfig).toBe(await first.cluster("cluster-1").kubeconfig());
    await expect(startFakeApiserver({ out })).rejects.toThrow(/a fleet runs on the folder .* already/);
    await first.stop();
    await started({ out });
  });
});
