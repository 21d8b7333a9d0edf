import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Admin, startAdmin } from "../../../src/admin/server.js";
import { exportCluster, writeFolder } from "../../../src/cli/export.js";
import { importCluster } from "../../../src/cli/import.js";
import type { Fleet } from "../../../src/cluster/fleet.js";
import { startEmulatedFleet } from "../../../src/compose.js";
import type { KubeObject } from "../../../src/kube/json.js";
import { folder, program, silent } from "./programs.js";

const run = promisify(execFile);
const place = folder();
const out = join(place.path, "out");
const REAL = "cluster-2";
const told: string[] = [];
const tell = (line: string) => told.push(line);
let fleet: Fleet;
let admin: Admin;

/** kubectl on a cluster of the fleet; with JSON a manifest is applied. */
async function kubectl(name: string, ...args: string[]): Promise<string> {
  const flags = ["--kubeconfig", join(out, `${name}.kubeconfig`), ...args];
  const { stdout } = await run("kubectl", flags, { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

async function apply(name: string, ...objects: object[]): Promise<void> {
  const file = join(place.path, "manifest.json");
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  await kubectl(name, "apply", "-f", file);
}

/** As JSON, but for the revision, by "namespace/name". */
async function all(name: string, resource: string): Promise<Map<string, KubeObject>> {
  const { items } = JSON.parse(await kubectl(name, "get", resource, "-A", "-o", "json")) as { items: KubeObject[] };
  for (const { metadata } of items) delete metadata.resourceVersion;
  return new Map(items.map((item) => [`${item.metadata.namespace ?? ""}/${item.metadata.name}`, item]));
}

const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "zebras.zoo.test" },
  spec: {
    group: "zoo.test",
    names: { plural: "zebras", singular: "zebra", kind: "Zebra", listKind: "ZebraList" },
    scope: "Namespaced",
    versions: ["v2", "v1"].map((name) => ({
      ...{ name, served: true, storage: name === "v1" },
      schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
    })),
  },
};

const OWN = ["/kubernetes", "kube-system/extension-apiserver-authentication", "default/kubernetes"];

beforeAll(async () => {
  fleet = await startEmulatedFleet({
    ...{ clusters: 1, basePort: 0, out, log: silent },
    passthrough: {
      ...{ clusters: 1, proxy: "terminate", binary: program("kube-apiserver") },
      etcd: { managed: true, binary: program("etcd") },
    },
  });
  admin = await startAdmin({
    ...{ fleet, host: "127.0.0.1", port: 0, version: "0.0.0", kubernetesVersion: "v1.34.4", log: silent },
  });
  fleet.announceAdmin(admin.url);
  await (await fleet.cluster(REAL).real)?.ready();
  const shop = { namespace: "shop" };
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
  await apply(REAL, DEFINITION, { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  await kubectl(REAL, "wait", "--for=condition=Established", "crd/zebras.zoo.test");
  await apply(
    REAL,
    { apiVersion: "v1", kind: "Node", metadata: { name: "n" } },
    { apiVersion: "zoo.test/v2", kind: "Zebra", metadata: { name: "z", ...shop }, stripes: Number.MAX_SAFE_INTEGER },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "s", ...shop }, stringData: { password: "hunter2" } },
    { apiVersion: "v1", kind: "Service", metadata: { name: "web", ...shop }, spec: { ports: [{ port: 80 }] } },
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", ...shop } },
      spec: { replicas: 3, selector: { matchLabels: { a: "b" } }, template },
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "keep", ...shop, finalizers: ["zoo.test/keep"] } },
    {
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "texts", ...shop } },
      data: { yes: "no", template: "{{ .Values.x }}\n", octal: "0o17", hex: "0x1f" },
    },
  );
  for (let i = 0; i < 3; i++) await kubectl(REAL, "label", "-n", "shop", "cm/texts", `round=${i}`, "--overwrite");
  await kubectl(REAL, "delete", "-n", "shop", "cm/keep", "--wait=false");
});

afterAll(async () => {
  await admin?.close();
  await fleet?.close();
  place.remove();
});

describe("a real cluster", () => {
  it("is imported as it is, and goes on as an emulated one", async () => {
    const kubeconfig = join(out, `${REAL}.kubeconfig`);
    expect(await importCluster(out, { kubeconfig, name: "copy" }, tell)).toMatch(/^copy .* objects\n$/);
    expect(told.filter((line) => !line.endsWith("the server's own"))).toEqual([]);
    const listed = await kubectl(REAL, "api-resources", "--verbs=list", "-o", "name");
    const resources = listed.split("\n").filter((name) => name !== "" && name !== "componentstatuses");
    expect(resources.length).toBeGreaterThan(40);
    for (const resource of resources) {
      const [wanted, found] = [await all(REAL, resource), await all("copy", resource)];
      for (const both of [wanted, found]) {
        for (const [key, { kind, metadata }] of both) {
          const identity = metadata.labels?.["apiserver.kubernetes.io/identity"] !== undefined;
          if (identity || (/^(Endpoint|ConfigMap)/.test(kind) && OWN.includes(key))) both.delete(key);
        }
      }
      expect([...found.values()], resource).toEqual([...wanted.values()]);
    }
    const keep = JSON.parse(await kubectl("copy", "get", "-n", "shop", "cm/keep", "-o", "json")) as KubeObject;
    expect(keep.metadata.deletionTimestamp).toBeDefined();
    await kubectl("copy", "patch", "-n", "shop", "cm/keep", "-p", '{"metadata":{"finalizers":null}}');
    await expect(kubectl("copy", "get", "-n", "shop", "cm/keep")).rejects.toThrow("NotFound");
    expect(await kubectl("copy", "scale", "-n", "shop", "deploy/web", "--replicas=5")).toContain("scaled");
    await apply("copy", { apiVersion: "zoo.test/v1", kind: "Zebra", metadata: { name: "y", namespace: "shop" } });
    expect(await kubectl("copy", "get", "zebras.v2.zoo.test", "-n", "shop", "-o", "name")).toBe(
      "zebra.zoo.test/y\nzebra.zoo.test/z\n",
    );
  });

  it("is imported without the values of its Secrets", async () => {
    const kubeconfig = join(out, `${REAL}.kubeconfig`);
    await importCluster(out, { kubeconfig, name: "safe", redactSecrets: true, resources: ["secrets"] }, tell);
    const secret = await kubectl("safe", "get", "secrets", "-A", "-o", "yaml", "--show-managed-fields");
    expect(secret).toContain("f:password");
    for (const value of ["hunter2", Buffer.from("hunter2").toString("base64")]) expect(secret).not.toContain(value);
  });

  it("is exported to what kubectl applies elsewhere", async () => {
    const dir = join(place.path, "export");
    writeFolder(dir, await exportCluster(out, REAL, {}, tell));
    // kubectl looks for all kinds before it makes any object.
    await kubectl("cluster-1", "apply", "-f", join(dir, "001-customresourcedefinition.apiextensions.k8s.io.yaml"));
    await kubectl("cluster-1", "apply", "-f", dir);
    for (const resource of ["cm", "secrets", "deploy", "zebras", "nodes", "ns", "crd"]) {
      const [wanted, found] = [await all(REAL, resource), await all("cluster-1", resource)];
      const names = (objects: Map<string, KubeObject>) =>
        [...objects.keys()].filter((key) => key !== "shop/keep").sort();
      expect(names(found), resource).toEqual(names(wanted));
    }
    const data = async (name: string) => (await all(name, "cm")).get("shop/texts")?.data;
    expect(await data("cluster-1")).toEqual(await data(REAL));
    expect((await all("cluster-1", "zebras")).get("shop/z")).toMatchObject({ stripes: Number.MAX_SAFE_INTEGER });
  });
});
