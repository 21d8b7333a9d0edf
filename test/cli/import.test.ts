import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ImportFlags, importCluster } from "../../src/cli/import.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import { emulated, open, temporary } from "../admin/support.js";
import { Client, endpointOf } from "../helpers/client.js";
import { runProgram, serving } from "./support.js";
import { standIn, status } from "./transfer/stand-in.js";

interface Found {
  readonly metadata: Record<string, unknown> & { readonly name: string; readonly uid: string };
  readonly [key: string]: unknown;
}

class Cluster {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  get(path: string): Promise<Found> {
    return this.#client.json("GET", path);
  }

  post(path: string, object: object): Promise<Found> {
    return this.#client.json("POST", path, object);
  }

  async list(path: string): Promise<readonly Found[]> {
    return ((await this.get(path)) as unknown as { items: Found[] }).items;
  }

  send(method: string, path: string, body?: object) {
    return this.#client.json<Found>(method, path, body);
  }
}

async function clusterOf(fleet: Fleet, name: string): Promise<Cluster> {
  return new Cluster(new Client(endpointOf(await fleet.cluster(name).kubeconfig())));
}

/** A fleet with one cluster to import from, and the commands' way to it. */
async function world() {
  const out = temporary();
  const tokens = new Map([["some", { name: "somebody", groups: [] }]]);
  const fleet = await emulated({ clusters: 1, out, tokens });
  fleet.announceAdmin((await open(fleet)).url);
  const kubeconfig = join(out, "cluster-1.kubeconfig");
  const told: string[] = [];
  return {
    ...{ out, fleet, kubeconfig, told, source: await clusterOf(fleet, "cluster-1") },
    copy: (flags: Partial<ImportFlags> = {}) =>
      importCluster(out, { kubeconfig, name: "copy", ...flags }, (line) => told.push(line)),
    /** Of somebody who may do what is bound to "somebody". */
    restricted: async () => {
      const config = await fleet.cluster("cluster-1").kubeconfig();
      const path = join(out, "restricted");
      const exec = { command: "echo", args: ['{"status":{"token":"some"}}'] };
      writeFileSync(path, JSON.stringify({ ...config, users: [{ ...config.users[0], user: { exec } }] }));
      return path;
    },
  };
}

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, rest: object = {}) => ({ metadata: { name, ...rest } });

const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "zebras.zoo.test" },
  spec: {
    group: "zoo.test",
    names: { plural: "zebras", singular: "zebra", kind: "Zebra", listKind: "ZebraList", shortNames: ["zb"] },
    scope: "Namespaced",
    versions: ["v1", "v2"].map((name) => ({
      ...{ name, served: true, storage: name === "v1" },
      schema: {
        openAPIV3Schema: { type: "object", properties: { stripes: { type: "integer", format: "int64" } } },
      },
    })),
  },
};
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const ZEBRAS = "/apis/zoo.test/v1/namespaces/default/zebras";
const zebra = { apiVersion: "zoo.test/v1", kind: "Zebra", metadata: { name: "z" } };

/** All that can be told from afar, but for the revision. */
function same({ metadata: { resourceVersion: _, ...metadata }, ...rest }: Found) {
  return { ...rest, metadata };
}

async function allOf(cluster: Cluster, path: string) {
  return (await cluster.list(path)).map(same).sort((a, b) => (a.metadata.uid < b.metadata.uid ? -1 : 1));
}

describe("import", () => {
  it("makes a cluster in which everything is as it was in the other", async () => {
    const { source, copy, fleet, told } = await world();
    await source.post("/api/v1/namespaces", { metadata: { name: "shop", finalizers: ["zoo.test/keep"] } });
    const owner = await source.post(CONFIG_MAPS, configMap("owner", { labels: { a: "b" } }));
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata.uid }];
    await source.post(CONFIG_MAPS, configMap("owned", { ownerReferences, finalizers: ["zoo.test/keep"] }));
    await source.send("DELETE", `${CONFIG_MAPS}/owned`);
    await source.post("/api/v1/namespaces/default/secrets", { ...configMap("s"), stringData: { password: "hunter2" } });
    await source.post(DEFINITIONS, DEFINITION);
    await source.post(ZEBRAS, { ...zebra, stripes: 7 });
    await source.post("/api/v1/namespaces/default/events", {
      ...configMap("e"),
      involvedObject: { namespace: "default" },
      reason: "Tested",
    });
    expect(await copy()).toMatch(/^copy {3}https:\/\/127\.0\.0\.1:\d+ {3}\d+ objects\n$/);
    const made = await clusterOf(fleet, "copy");
    for (const path of [
      ...["/api/v1/namespaces", "/api/v1/configmaps", "/api/v1/secrets", "/api/v1/services", "/api/v1/events"],
      ...[DEFINITIONS, "/apis/zoo.test/v2/zebras", "/apis/apiregistration.k8s.io/v1/apiservices"],
      ...["/apis/rbac.authorization.k8s.io/v1/clusterroles", "/apis/networking.k8s.io/v1/ipaddresses"],
      ...["/apis/events.k8s.io/v1/events", "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"],
    ]) {
      const [wanted, found] = [await allOf(source, path), await allOf(made, path)];
      expect(wanted.length, path).toBeGreaterThan(0);
      const own = (object: { metadata: { name: string } }) =>
        object.metadata.name !== "extension-apiserver-authentication";
      expect(found.filter(own), path).toEqual(wanted.filter(own));
    }
    expect([...told].sort()).toEqual([
      "left out: configmaps kube-system/extension-apiserver-authentication: the server's own",
      "left out: endpoints default/kubernetes: the server's own",
      "left out: endpointslices.discovery.k8s.io default/kubernetes: the server's own",
      "left out: leases.coordination.k8s.io kube-system/apiserver-fake: the server's own",
    ]);
    // It lives on: what was being deleted goes with its last finalizer, watches begin above the source's revision.
    const { resourceVersion } = (await source.get(`${CONFIG_MAPS}/owned`)).metadata;
    const { metadata } = await made.get(CONFIG_MAPS);
    expect(Number(metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
    const { metadata: owned, ...rest } = await made.get(`${CONFIG_MAPS}/owned`);
    await made.send("PUT", `${CONFIG_MAPS}/owned`, { ...rest, metadata: { ...owned, finalizers: [] } });
    await expect(made.get(`${CONFIG_MAPS}/owned`)).rejects.toThrow("404");
    await expect(made.post("/api/v1/namespaces/shop/configmaps", configMap("new"))).resolves.toBeDefined();
  });

  it("keeps integers and their order over several pages", async () => {
    const { source, copy, fleet } = await world();
    await source.post(DEFINITIONS, DEFINITION);
    const client = new Client(endpointOf(await fleet.cluster("cluster-1").kubeconfig()));
    const body = JSON.stringify({ ...zebra, stripes: 0 }).replace(":0}", ":9223372036854775807}");
    await client.send("POST", ZEBRAS, { body, headers: { "content-type": "application/json" } });
    const names = Array.from({ length: 1100 }, (_, i) => `c-${(i * 7919) % 1100}`);
    for (const name of names) await source.post(CONFIG_MAPS, configMap(name));
    await copy();
    const reading = new Client(endpointOf(await fleet.cluster("copy").kubeconfig()));
    expect((await reading.send("GET", `${ZEBRAS}/z`)).body.toString()).toContain('"stripes":9223372036854775807');
    const found = [...(await (await clusterOf(fleet, "copy")).list(CONFIG_MAPS))]
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ metadata }) => metadata.name);
    expect(found).toEqual(names);
    client.close();
    reading.close();
  });

  it("takes what is chosen, and what that is in and defined by", async () => {
    const { source, copy, fleet, told } = await world();
    for (const name of ["a", "b"]) {
      await source.post("/api/v1/namespaces", { metadata: { name } });
      for (const zoo of ["x", "y"]) {
        await source.post(`/api/v1/namespaces/${name}/configmaps`, configMap(zoo, { labels: { zoo } }));
      }
    }
    await source.post(DEFINITIONS, DEFINITION);
    await source.post(ZEBRAS, zebra);
    const uids = async (name: string, path: string) =>
      (await (await clusterOf(fleet, name)).list(path)).map(({ metadata }) => metadata.uid).sort();
    const uid = async (path: string) => (await source.get(path)).metadata.uid;

    await copy({ name: "maps", resources: ["cm"], namespace: ["a"], selector: "zoo in (y)" });
    expect(await uids("maps", "/api/v1/namespaces/a/configmaps")).toEqual([
      await uid("/api/v1/namespaces/a/configmaps/y"),
    ]);
    expect(await uids("maps", "/api/v1/namespaces")).toContain(await uid("/api/v1/namespaces/a"));
    expect(await uids("maps", "/api/v1/namespaces")).toHaveLength(5);
    expect(await uids("maps", DEFINITIONS)).toEqual([]);

    await copy({ name: "zoo", resources: ["zb"] });
    expect(await uids("zoo", ZEBRAS)).toEqual([await uid(`${ZEBRAS}/z`)]);
    expect(await uids("zoo", DEFINITIONS)).toEqual([await uid(`${DEFINITIONS}/zebras.zoo.test`)]);

    told.splice(0);
    await copy({ name: "rest", exclude: ["configmaps", "zebras.zoo.test"], namespace: ["a", "default"] });
    expect(await uids("rest", "/api/v1/configmaps")).toHaveLength(2); // its own
    expect(await uids("rest", ZEBRAS)).toEqual([]);
    expect(told.join()).not.toContain("configmaps");

    await expect(copy({ name: "x", resources: ["lions"] })).rejects.toThrow('the server has no resource "lions"');
    await expect(copy({ name: "x", namespace: ["c"] })).rejects.toThrow('there is no namespace "c"');
  });

  it("refuses to leave out what it may not read, unless it is told to", async () => {
    const { source, copy, fleet, told, restricted } = await world();
    const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["list", "get"] }];
    const all = {
      ...configMap("all-but"),
      rules: rules.map((rule) => ({ ...rule, apiGroups: ["apps", "apiextensions.k8s.io", "apiregistration.k8s.io"] })),
    };
    const core = {
      ...configMap("core"),
      rules: [{ ...rules[0], apiGroups: [""], resources: ["configmaps", "namespaces"] }],
    };
    for (const role of [all, core]) {
      await source.post("/apis/rbac.authorization.k8s.io/v1/clusterroles", role);
      await source.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        ...configMap(role.metadata.name),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "somebody" }],
      });
    }
    await source.post(CONFIG_MAPS, configMap("mine"));
    const kubeconfig = await restricted();
    const refused = copy({ kubeconfig });
    await expect(refused).rejects.toThrow(
      /go on without with --skip-unreadable.*\n {2}\w+: \w+ is forbidden: User "somebody"/,
    );
    await expect(refused).rejects.toThrow(/\n {2}and \d+ more$/);
    expect([...fleet.clusters.keys()]).toEqual(["cluster-1"]);
    await expect(copy({ kubeconfig, resources: ["configmaps"] })).resolves.toMatch(/^copy/);
    await copy({ kubeconfig, name: "some", skipUnreadable: true });
    expect(told).toContainEqual(expect.stringMatching(/^left out: secrets: secrets is forbidden/));
    expect(await (await clusterOf(fleet, "some")).get(`${CONFIG_MAPS}/mine`)).toBeDefined();
  });

  it("leaves the values of Secrets behind where that is wanted", async () => {
    const { source, copy, fleet } = await world();
    const secrets = "/api/v1/namespaces/default/secrets";
    const last = JSON.stringify({ apiVersion: "v1", kind: "Secret", stringData: { password: "hunter2" } });
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": `${last}\n` };
    await source.post(secrets, { ...configMap("s", { annotations }), stringData: { password: "hunter2" } });
    await source.post(secrets, {
      ...configMap("pull"),
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": '{"auths":{"x":{"auth":"aHVudGVyMg=="}}}' },
    });
    await copy({ redactSecrets: true });
    const made = await clusterOf(fleet, "copy");
    const text = JSON.stringify(await made.list("/api/v1/secrets"));
    for (const value of ["hunter2", Buffer.from("hunter2").toString("base64"), "YXV0aH"]) {
      expect(text).not.toContain(value);
    }
    const secret = await made.get(`${secrets}/s`);
    expect(secret).toMatchObject({ data: { password: Buffer.from("REDACTED").toString("base64") } });
    expect(secret.metadata.uid).toBe((await source.get(`${secrets}/s`)).metadata.uid);
    // They can still be written.
    const pull = await made.get(`${secrets}/pull`);
    await made.send("PUT", `${secrets}/pull`, { ...pull, metadata: { ...pull.metadata, labels: { a: "b" } } });
  });

  it("tells what others serve from what the fleet does not have", async () => {
    const { copy, told, out } = await world();
    const rows = (...resources: object[]) => ({ body: { kind: "APIResourceList", resources } });
    const row = (name: string, kind: string) => ({ name, kind, namespaced: false, verbs: ["list"] });
    const group = (name: string, version: string) => ({
      name,
      versions: [{ groupVersion: `${name}/${version}`, version }],
    });
    const list = (...items: object[]) => ({ body: { metadata: { resourceVersion: "1" }, items } });
    const service = {
      metadata: { name: "x", uid: "x" },
      spec: { group: "metrics.k8s.io", version: "v1", service: { namespace: "n", name: "m" } },
    };
    const away = {
      metadata: { name: "y", uid: "y" },
      spec: { group: "away.test", version: "v1", service: { namespace: "n", name: "a" } },
    };
    const { kubeconfig: text } = await standIn((path) => {
      if (path === "/api") return { body: { versions: ["v1"] } };
      if (path === "/api/v1") return rows(row("nodes", "Node"), { ...row("pods", "Pod"), verbs: ["get"] });
      if (path === "/apis") {
        const names = ["metrics.k8s.io", "away.test", "new.k8s.io", "apiregistration.k8s.io"];
        return { body: { groups: names.map((name) => group(name, "v1")) } };
      }
      if (path === "/apis/metrics.k8s.io/v1") return rows(row("nodes", "NodeMetrics"));
      if (path === "/apis/new.k8s.io/v1") return rows(row("wonders", "Wonder"));
      if (path === "/apis/apiregistration.k8s.io/v1") return rows(row("apiservices", "APIService"));
      if (path.endsWith("/apiservices")) return list(service, away);
      if (path === "/api/v1/nodes") return list({ metadata: { name: "n", uid: "u" } });
      return status(503, "away");
    });
    const kubeconfig = join(out, "stand-in");
    writeFileSync(kubeconfig, text);
    await expect(copy({ kubeconfig })).rejects.toThrow(
      /:\n {2}wonders\.new\.k8s\.io: the version that the fleet emulates has no such resource$/,
    );
    expect(await copy({ kubeconfig, exclude: ["wonders"] })).toMatch(/ 3 objects\n$/);
    expect(told).toEqual(["left out: nodes.metrics.k8s.io: it is served by the Service n/m, not by the API server"]);
  });

  it("says in one line why nothing can be read", async () => {
    const { copy, out, fleet } = await world();
    await expect(copy({ name: "cluster-1" })).rejects.toThrow('there is a cluster "cluster-1" already');
    await expect(copy({ kubeconfig: join(out, "none") })).rejects.toThrow(/^--kubeconfig: .*there is no such file$/);
    await expect(copy({ context: "other" })).rejects.toThrow('there is no context "other"');
    const { kubeconfig: text } = await standIn(() => status(401, "Unauthorized"));
    const path = join(out, "unauthorized");
    writeFileSync(path, text);
    await expect(copy({ kubeconfig: path })).rejects.toThrow(/^http:\/\/127\.0\.0\.1:\d+: it refuses: Unauthorized$/);
    writeFileSync(path, text.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1"));
    await expect(copy({ kubeconfig: path })).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/);
    expect([...fleet.clusters.keys()]).toEqual(["cluster-1"]);
  });

  it("is a command", async () => {
    const out = temporary();
    await serving(out);
    const kubeconfig = join(out, "kubeconfig");
    const flags = ["--kubeconfig", kubeconfig, "--context", "cluster-2", "--resources", "namespaces,nodes"];
    const [made, refused] = await Promise.all([
      runProgram(["import", ...flags, "--resources", "cm", "--out", out]),
      runProgram(["import", "--out", out]),
    ]);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^cluster-3 {3}https:\S+ {3}5 objects\n$/) });
    expect(made.stderr).toBe("left out: configmaps kube-system/extension-apiserver-authentication: the server's own\n");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--kubeconfig <FILE>") });
  }, 60_000);
});
