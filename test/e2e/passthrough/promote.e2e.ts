import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/kube/json.js";
import { CertificateAuthority } from "../../../src/pki/authority.js";
import { prefixEnd } from "../../../src/proxy/etcd/keys.js";
import { freePorts, type ManagedEtcd, startManagedEtcd } from "../../../src/proxy/etcd/managed.js";
import { Tenancy, type Tenant } from "../../../src/proxy/etcd/tenancy.js";
import { controlPlanePki, writePki, writePrivate } from "../../../src/proxy/pki.js";
import { exportObjects, exportProblems } from "../../../src/proxy/promote/export.js";
import { importContent, readContent } from "../../../src/proxy/promote/import.js";
import { raiseRevision, writeObjects } from "../../../src/proxy/promote/write.js";
import { serverFlags } from "../../../src/proxy/runtime/flags.js";
import { Supervised } from "../../../src/proxy/supervised.js";
import { Client } from "../../helpers/client.js";
import { type Emulated, emulated, SERVICE_CIDR } from "./emulated.js";
import { folder, program, silent } from "./programs.js";

const now = Date.now;
const place = folder();
const authority = CertificateAuthority.create(now());
const closing: (() => Promise<void> | void)[] = [];
let etcd: ManagedEtcd;
let tenancy: Tenancy;

beforeAll(async () => {
  etcd = await startManagedEtcd({ binary: program("etcd"), dataDir: join(place.path, "etcd"), log: silent, now });
  tenancy = await Tenancy.open(etcd.connection, { ca: etcd.ca, now });
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

afterAll(async () => {
  tenancy.close();
  await etcd.stop();
  place.remove();
});

async function emulate(): Promise<Emulated> {
  const cluster = await emulated(authority);
  closing.push(() => cluster.close());
  return cluster;
}

/** A kube-apiserver over a tenant's keys, and an admin's client of it. */
async function realServer(tenant: Tenant): Promise<Client> {
  const dir = join(place.path, tenant.name);
  const options = { hosts: ["127.0.0.1"], serviceIp: "10.96.0.1", now: now() };
  const pki = await controlPlanePki({ name: tenant.name, authority }, options);
  const at = (name: string) => join(dir, name);
  const files = { ca: at("etcd-ca.crt"), certificate: at("etcd.crt"), key: at("etcd.key") };
  writePrivate(files.ca, tenant.ca);
  writePrivate(files.certificate, tenant.client.certificate);
  writePrivate(files.key, tenant.client.key);
  const [port = 0] = await freePorts(1);
  const client = new Client({
    host: "127.0.0.1",
    port,
    servername: undefined,
    ca: authority.certificate,
    cert: pki.admin.certificate,
    key: pki.admin.key,
  });
  const server = new Supervised({
    name: "kube-apiserver",
    command: program("kube-apiserver"),
    args: serverFlags(
      { port, tenant, etcd: files, pki: writePki(dir, pki) },
      {
        preset: "plain",
        serviceCidr: SERVICE_CIDR,
        authorizationMode: "RBAC",
        enabledAdmission: [],
        disabledAdmission: ["ServiceAccount"],
      },
    ),
    logFile: at("log"),
    log: silent,
    ready: async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        const ready = await client.send("GET", "/readyz").then(
          ({ status }) => status === 200,
          () => false,
        );
        if (ready) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    readyMs: 90_000,
  });
  closing.push(() => server.stop());
  await server.start();
  closing.push(() => client.close());
  return client;
}

const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", properties: { size: { type: "integer", default: 3 } } } },
          },
        },
        subresources: { status: {} },
        additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
      },
    ],
  },
};

/** One of everything that is kept in a way of its own, and many of what there are many of. */
async function fill({ api }: Emulated, count: number): Promise<void> {
  await api.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } });
  for (let at = 0; at < count; at++) {
    const node = `node-${at}`;
    await api.create("/api/v1/nodes", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: node, labels: { at: String(at) } },
    });
    await api.create("/api/v1/namespaces/team/pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `pod-${at}` },
      spec: {
        nodeName: node,
        containers: [{ name: "c", image: "image", resources: { limits: { cpu: "1500m", memory: "1Gi" } } }],
      },
    });
  }
  await api.patch("/api/v1/nodes/node-0/status", "merge", {
    status: { conditions: [{ type: "Ready", status: "True" }] },
  });
  await api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", DEFINITION);
  const widget = {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "w", finalizers: ["example.com/f"] },
    spec: {},
  };
  await api.create("/apis/example.com/v1/namespaces/team/widgets", widget);
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "image" }] } };
  const others: readonly (readonly [string, string, object])[] = [
    [
      "/api/v1/namespaces/team/configmaps",
      "v1 ConfigMap",
      { data: { a: "1", text: "<&>" }, binaryData: { b: "AAEC" } },
    ],
    ["/api/v1/namespaces/team/secrets", "v1 Secret", { stringData: { password: "p" } }],
    ["/api/v1/namespaces/team/serviceaccounts", "v1 ServiceAccount", {}],
    ["/api/v1/namespaces/team/services", "v1 Service", { spec: { ports: [{ port: 80 }], clusterIP: "10.96.7.7" } }],
    [
      "/api/v1/namespaces/team/endpoints",
      "v1 Endpoints",
      { subsets: [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 1 }] }] },
    ],
    [
      "/apis/apps/v1/namespaces/team/deployments",
      "apps/v1 Deployment",
      { spec: { replicas: 2, selector: { matchLabels: { a: "b" } }, template } },
    ],
    [
      "/apis/autoscaling/v1/namespaces/team/horizontalpodautoscalers",
      "autoscaling/v1 HorizontalPodAutoscaler",
      {
        spec: {
          maxReplicas: 3,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" },
          targetCPUUtilizationPercentage: 50,
        },
      },
    ],
    [
      "/apis/coordination.k8s.io/v1/namespaces/team/leases",
      "coordination.k8s.io/v1 Lease",
      { spec: { renewTime: "2024-01-01T00:00:00.000001Z" } },
    ],
    [
      "/apis/networking.k8s.io/v1/namespaces/team/ingresses",
      "networking.k8s.io/v1 Ingress",
      { spec: { defaultBackend: { service: { name: "x", port: { number: 1 } } } } },
    ],
    ["/apis/resource.k8s.io/v1/deviceclasses", "resource.k8s.io/v1 DeviceClass", { spec: {} }],
    [
      "/apis/storage.k8s.io/v1/volumeattributesclasses",
      "storage.k8s.io/v1 VolumeAttributesClass",
      { driverName: "d", parameters: { a: "b" } },
    ],
    ["/apis/storage.k8s.io/v1/storageclasses", "storage.k8s.io/v1 StorageClass", { provisioner: "p" }],
    [
      "/apis/rbac.authorization.k8s.io/v1/clusterroles",
      "rbac.authorization.k8s.io/v1 ClusterRole",
      { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
    ],
  ];
  for (const [path, type, rest] of others) {
    const [apiVersion = "", kind = ""] = type.split(" ");
    await api.create(path, { apiVersion, kind, metadata: { name: "one" }, ...rest });
  }
}

/** Collections of which real and emulated are compared. */
const COLLECTIONS = [
  ..."namespaces nodes pods configmaps secrets serviceaccounts services endpoints"
    .split(" ")
    .map((name) => `/api/v1/${name}`),
  "/apis/apps/v1/deployments",
  "/apis/autoscaling/v2/horizontalpodautoscalers",
  "/apis/autoscaling/v1/horizontalpodautoscalers",
  "/apis/coordination.k8s.io/v1/leases",
  "/apis/networking.k8s.io/v1/ingresses",
  "/apis/networking.k8s.io/v1/ipaddresses",
  "/apis/networking.k8s.io/v1/servicecidrs",
  "/apis/resource.k8s.io/v1/deviceclasses",
  "/apis/storage.k8s.io/v1/volumeattributesclasses",
  "/apis/storage.k8s.io/v1/storageclasses",
  "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
  "/apis/scheduling.k8s.io/v1/priorityclasses",
  "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  "/apis/example.com/v1/widgets",
];

interface List {
  readonly items: readonly KubeObject[];
}

const SERVERS_OWN: ReadonlySet<string> = new Set([
  "extension-apiserver-authentication",
  "kube-apiserver-legacy-service-account-token-tracking",
]);

/** By namespace and name, without what each server has for itself. */
function comparable({ items }: List): Record<string, unknown> {
  const own = (object: KubeObject) => object.metadata.labels?.["apiserver.kubernetes.io/identity"] !== undefined;
  return Object.fromEntries(
    items
      .filter((object) => !own(object))
      // Who the front proxy is, and when a server began to look for old tokens, each server writes for itself.
      .filter(({ metadata }) => !SERVERS_OWN.has(metadata.name ?? ""))
      .map(({ metadata: { resourceVersion: _, ...metadata }, ...rest }) => [
        `${metadata.namespace ?? ""}/${metadata.name}`,
        { metadata, ...rest },
      ]),
  );
}

describe("an emulated cluster's objects", () => {
  it("are what a real kube-apiserver then serves, and come back with what it has made of them", async () => {
    const cluster = await emulate();
    await fill(cluster, 40);
    cluster.store.advance(3_000);
    await cluster.api.create("/api/v1/namespaces/team/configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "late" },
    });
    const last = BigInt(cluster.store.revision);
    const tenant = await tenancy.ensure("promoted");
    const snapshot = cluster.store.snapshot()!;
    expect(exportProblems(snapshot)).toEqual([]);
    expect(await raiseRevision(tenancy.client, last)).toBeGreaterThanOrEqual(last);
    const objects = [...exportObjects(snapshot, tenant.prefix)];
    await writeObjects(tenancy.client, tenant.prefix, objects);
    const real = await realServer(tenant);
    for (const path of COLLECTIONS) {
      const [ours, theirs] = [(await cluster.api.get(path)) as unknown as List, await real.json<List>("GET", path)];
      expect(comparable(theirs), path).toEqual(comparable(ours));
      for (const { metadata } of theirs.items) expect(BigInt(metadata.resourceVersion ?? 0)).toBeGreaterThan(last);
    }
    const revisionOf = new Map(
      (await real.json<List>("GET", "/api/v1/nodes")).items.map(({ metadata }) => [
        metadata.name,
        metadata.resourceVersion,
      ]),
    );
    const nodes = await cluster.api.list("/api/v1/nodes");
    const inOrder = nodes.sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
    const revisions = inOrder.map(({ metadata }) => Number(revisionOf.get(metadata.name)));
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(revisions).size).toBeGreaterThan(1);
    const stale = await real.send("GET", `/api/v1/pods?watch=1&resourceVersion=5&timeoutSeconds=2`);
    expect(stale.body.toString()).toContain('"code":410');

    // The real one goes on: what it writes is protobuf, and definitions are in their older version.
    await real.json(
      "PATCH",
      "/api/v1/nodes/node-1",
      { metadata: { labels: { changed: "yes" } } },
      "application/merge-patch+json",
    );
    await real.json(
      "PATCH",
      "/apis/example.com/v1/namespaces/team/widgets/w",
      { spec: { size: 5 } },
      "application/merge-patch+json",
    );
    for (const path of [
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com",
      "/apis/resource.k8s.io/v1/deviceclasses/one",
      "/apis/storage.k8s.io/v1/volumeattributesclasses/one",
      "/apis/autoscaling/v2/namespaces/team/horizontalpodautoscalers/one",
      "/api/v1/namespaces/team/secrets/one",
    ]) {
      await real.json("PATCH", path, { metadata: { annotations: { touched: "yes" } } }, "application/merge-patch+json");
    }
    await real.json("DELETE", "/api/v1/namespaces/team/pods/pod-7?gracePeriodSeconds=0");
    await real.json("DELETE", "/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical").catch(() => undefined);
    await real.json("POST", "/api/v1/namespaces/team/configmaps", {
      metadata: { name: "from-real" },
      data: { x: "y" },
    });

    const content = await readContent(tenancy.client, tenant.prefix);
    const back = await emulate();
    await importContent(content, back);
    expect(BigInt(back.store.revision)).toBeGreaterThan(content.revision);
    for (const path of COLLECTIONS) {
      const [ours, theirs] = [(await back.api.get(path)) as unknown as List, await real.json<List>("GET", path)];
      expect(comparable(ours), path).toEqual(comparable(theirs));
      for (const { metadata } of ours.items) {
        const own = metadata.labels?.["apiserver.kubernetes.io/identity"] !== undefined;
        if (!own) expect(BigInt(metadata.resourceVersion ?? 0)).toBeGreaterThan(content.revision);
      }
    }
    expect(await back.api.find("/api/v1/namespaces/team/pods/pod-7")).toBeUndefined();
  });

  it("are refused where they can't be carried over, with nothing written", async () => {
    const cluster = await emulate();
    const tenant = await tenancy.ensure("refused");
    const { client } = tenancy;
    const { revision } = await client.status();
    await expect(raiseRevision(client, revision + 1_000n, 10n)).rejects.toThrow("more than 10 writes would be needed");
    expect((await client.status()).revision).toBe(revision);
    await client.put("/refused/minions/n", "in the way");
    const objects = () => exportObjects(cluster.store.snapshot()!, tenant.prefix);
    await expect(writeObjects(client, tenant.prefix, objects())).rejects.toThrow(
      "etcd has 1 keys below /refused/ already",
    );
    await writeObjects(client, tenant.prefix, objects(), { replace: true });
    const { count } = await client.range(tenant.prefix, { end: prefixEnd(tenant.prefix), countOnly: true });
    expect(count).toBe(BigInt([...objects()].length));
    for (const [value, why] of [
      ["k8s:enc:aescbc:v1:key1:…", "it is encrypted"],
      ['{"apiVersion":"none.example.com/v1","kind":"X","metadata":{}}', "none.example.com/v1 X is not served"],
      ["k8s\0\x01", "can't be carried over"],
    ] as const) {
      await client.put("/refused/odd/x", value);
      await expect(importContent(await readContent(client, tenant.prefix), await emulate())).rejects.toThrow(why);
    }
  });
});
