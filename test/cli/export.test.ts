import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { type ExportFlags, exportCluster, writeFolder } from "../../src/cli/export.js";
import { splitManifests } from "../../src/cluster/manifests.js";
import { emulated, temporary } from "../admin/support.js";
import { Client, endpointOf } from "../helpers/client.js";
import { runProgram, serving } from "./support.js";

interface Found {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

async function world(load = "") {
  const out = temporary();
  const manifests = load === "" ? [] : splitManifests("load", load);
  const fleet = await emulated({ clusters: 1, out, manifests });
  const client = new Client(endpointOf(await fleet.cluster("cluster-1").kubeconfig()));
  const told: string[] = [];
  const write = (flags: ExportFlags = {}) => exportCluster(out, "cluster-1", flags, (line) => told.push(line));
  return {
    ...{ out, told, write },
    post: (path: string, object: object) => client.json<Found>("POST", path, object),
    send: (method: string, path: string, object?: object, type?: string) =>
      client.json<Found>(method, path, object, type),
    list: async (path: string) => (await client.json<{ items: Found[] }>("GET", path)).items,
    text: async (flags?: ExportFlags) => [...(await write(flags))].map(({ text }) => text).join(""),
  };
}

type World = Awaited<ReturnType<typeof world>>;

const objectsOf = (text: string) =>
  (parseAllDocuments(text) as { toJS(): unknown }[]).map((document) => document.toJS() as Found);
const namesOf = (text: string) => objectsOf(text).map(({ kind, metadata: { name } }) => `${kind} ${name}`);

const DEFAULT = "/api/v1/namespaces/default";
const JOBS = "/apis/batch/v1/namespaces/default/jobs";
const POD_SPEC = { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "1500m" } } }] };
const DEFINITION = {
  metadata: { name: "zebras.zoo.test" },
  spec: {
    group: "zoo.test",
    names: { plural: "zebras", singular: "zebra", kind: "Zebra", listKind: "ZebraList" },
    scope: "Namespaced",
    versions: [
      {
        ...{ name: "v1", served: true, storage: true, subresources: { status: {} } },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

/** Of many kinds, in no order in which they could be made. */
async function fill({ post, send }: World): Promise<void> {
  await post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", DEFINITION);
  await post("/api/v1/namespaces", { metadata: { name: "shop" } });
  const map = await post(`${DEFAULT}/configmaps`, {
    metadata: { name: "texts" },
    data: { template: "{{ .Values.x }}\n", yes: "no", octal: "0o17", lines: "a\n---\nb" },
    binaryData: { b: "AAEC" },
  });
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "texts", uid: map.metadata.uid }];
  await post(`${DEFAULT}/secrets`, { metadata: { name: "s", ownerReferences }, stringData: { password: "hunter2" } });
  await post(`${DEFAULT}/services`, { metadata: { name: "web" }, spec: { type: "NodePort", ports: [{ port: 80 }] } });
  await post("/apis/zoo.test/v1/namespaces/shop/zebras", {
    ...{ apiVersion: "zoo.test/v1", kind: "Zebra", metadata: { name: "z" } },
    spec: { stripes: "0x1f", many: 9007199254740991 },
  });
  await send(
    "PATCH",
    "/apis/zoo.test/v1/namespaces/shop/zebras/z/status",
    { status: { seen: true } },
    "application/merge-patch+json",
  );
  await post("/api/v1/nodes", { metadata: { name: "n" } });
  await post(`${DEFAULT}/pods`, { metadata: { name: "p" }, spec: { ...POD_SPEC, nodeName: "n" } });
  await send("PATCH", `${DEFAULT}/pods/p/status`, { status: { phase: "Running" } }, "application/merge-patch+json");
  await post(JOBS, { metadata: { name: "j" }, spec: { template: { spec: { ...POD_SPEC, restartPolicy: "Never" } } } });
  await post("/api/v1/persistentvolumes", {
    metadata: { name: "pv" },
    spec: {
      ...{ capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } },
      claimRef: { namespace: "default", name: "claim", uid: "old" },
    },
  });
  await post(`${DEFAULT}/resourcequotas`, { metadata: { name: "q" }, spec: { hard: { "count/configmaps": "1" } } });
  await post("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "high" }, value: 7 });
}

const PATHS = [
  ...[
    "/api/v1/namespaces",
    "/api/v1/configmaps",
    "/api/v1/secrets",
    "/api/v1/services",
    "/api/v1/pods",
    "/api/v1/nodes",
  ],
  ...["/api/v1/persistentvolumes", "/api/v1/resourcequotas", "/apis/scheduling.k8s.io/v1/priorityclasses"],
  "/apis/zoo.test/v1/zebras",
  ...["/apis/batch/v1/jobs", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"],
];

/** What two clusters can have in common. */
function comparable({ metadata, spec, status, ...rest }: Found) {
  const text = JSON.stringify({ ...rest, name: metadata.name, namespace: metadata.namespace, spec, status });
  return JSON.parse(
    text
      .replace(',"uid":"old"', "")
      .replaceAll(/"[0-9a-f]{8}-[0-9a-f-]{27}"/g, '"uid"')
      .replaceAll(/"\d{4}-\d\d-\d\dT[\d:]+Z"/g, '"time"'),
  );
}

describe("export", () => {
  it("writes what --load makes the same of in a new cluster", async () => {
    const source = await world();
    await fill(source);
    const text = await source.text();
    const copy = await world(text);
    for (const path of PATHS) {
      const [wanted, found] = [await source.list(path), await copy.list(path)];
      const own = ({ metadata: { name } }: Found) =>
        !["extension-apiserver-authentication", "kubernetes"].includes(name);
      expect(found.filter(own).map(comparable), path).toEqual(wanted.filter(own).map(comparable));
      expect(wanted.filter(own), path).not.toEqual([]);
    }
    expect(await copy.text()).toBe(text);
  });

  it("writes first what others need, and last what would stand in their way", async () => {
    const source = await world();
    await fill(source);
    expect(namesOf(await source.text({ exclude: ["leases"] }))).toEqual([
      ...["CustomResourceDefinition zebras.zoo.test", "Namespace shop", "PriorityClass high"],
      ...["ConfigMap texts", "Secret s", "Node n", "PersistentVolume pv", "Service web", "Job j", "Pod p", "Zebra z"],
      "ResourceQuota q",
    ]);
  });

  it("leaves out what servers give, or with --full nothing", async () => {
    const { post, send, text, told, list } = await world();
    const finalizers = ["zoo.test/keep"];
    await post(`${DEFAULT}/configmaps`, { metadata: { name: "ending", finalizers } });
    await send("DELETE", `${DEFAULT}/configmaps/ending`);
    const { metadata } = await post(`${DEFAULT}/configmaps`, { metadata: { name: "a", labels: { b: "c" } } });
    await post(`${DEFAULT}/events`, { metadata: { name: "e" }, involvedObject: { namespace: "default" } });
    const [only, ...more] = objectsOf(await text());
    expect(only).toEqual({
      ...{ apiVersion: "v1", kind: "ConfigMap" },
      metadata: { name: "a", namespace: "default", labels: { b: "c" } },
    });
    expect(more).toEqual([]);
    expect(told).toEqual(["left out: ConfigMap default/ending: it is being deleted"]);
    const all = objectsOf(await text({ full: true }));
    const maps = all.filter(({ kind }) => kind === "ConfigMap");
    expect(maps.map((map) => map.metadata.uid).sort()).toEqual(
      (await list("/api/v1/configmaps")).map((map) => map.metadata.uid).sort(),
    );
    expect(maps.find((map) => map.metadata.name === "a")?.metadata).toMatchObject(metadata);
    expect(all.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["Event", "ClusterRole", "APIService", "Lease"]),
    );
  });

  it("writes what is chosen, without status or secrets if that is wanted", async () => {
    const source = await world();
    await fill(source);
    expect(namesOf(await source.text({ resources: ["zebras"] }))).toEqual([
      ...["CustomResourceDefinition zebras.zoo.test", "Namespace shop", "Zebra z"],
    ]);
    expect(await source.text({ resources: ["zebras"], status: false })).not.toContain("status:\n  seen");
    expect(await source.text({ resources: ["zebras"] })).toContain("status:\n  seen");
    const hidden = await source.text({ redactSecrets: true, full: true });
    expect(hidden).not.toContain(Buffer.from("hunter2").toString("base64"));
    expect(hidden).toContain(`password: ${Buffer.from("REDACTED").toString("base64")}`);
    await expect(source.text({ resources: ["lions"] })).rejects.toThrow('no resource "lions"');
  });

  it("writes a file for each kind, for its owner only, into a folder of its own", async () => {
    const source = await world();
    await fill(source);
    const dir = join(source.out, "made", "here");
    writeFolder(dir, await source.write({ resources: ["configmaps", "zebras"] }));
    expect(readdirSync(dir).sort()).toEqual([
      ...["001-customresourcedefinition.apiextensions.k8s.io.yaml", "002-namespace.yaml", "003-configmap.yaml"],
      "004-zebra.zoo.test.yaml",
    ]);
    expect(statSync(join(dir, "003-configmap.yaml")).mode & 0o777).toBe(0o600);
    expect(namesOf(readFileSync(join(dir, "003-configmap.yaml"), "utf8"))).toContain("ConfigMap texts");
    expect(() => writeFolder(dir, [])).toThrow("is not empty");
    mkdirSync(join(source.out, "other"));
    writeFileSync(join(source.out, "other", "file"), "");
    expect(() => writeFolder(join(source.out, "other", "file"), [])).toThrow(/^--output: .*file: /);
  });

  it("is a command", async () => {
    const out = temporary();
    const load = join(out, "load.yaml");
    writeFileSync(load, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n");
    await serving(out, "--load", load);
    const { code, stdout, stderr } = await runProgram(["export", "cluster-2", "--out", out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe("---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: default\n");
    const folder = join(out, "files");
    const toFolder = await runProgram(["export", "cluster-1", "-o", folder, "--out", out]);
    expect(toFolder).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(readdirSync(folder)).toEqual(["001-configmap.yaml"]);
    const unknown = await runProgram(["export", "nobody", "--out", out]);
    expect(unknown).toMatchObject({ code: 1, stderr: 'fake-apiserver: there is no cluster "nobody"\n' });
  }, 60_000);
});
