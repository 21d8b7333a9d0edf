import { describe, expect, it } from "vitest";
import { Client, endpointOf } from "../helpers/client.js";
import { temporary, world } from "./support.js";

type World = Awaited<ReturnType<typeof world>>;

const TYPE = { "content-type": "application/x-ndjson" };

function meta(name: string, rest: object = {}) {
  return { name, uid: `uid-of-${name}`, creationTimestamp: "2020-01-02T03:04:05Z", ...rest };
}

function configMap(name: string, rest: object = {}, data: object = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: meta(name, { namespace: "default", ...rest }), data };
}

const lines = (...objects: object[]) => objects.map((object) => `${JSON.stringify(object)}\n`).join("");

function post({ call }: World, query: string, body: string) {
  return call(`POST /v1/import${query}`, body, { headers: TYPE });
}

/** Reads as the cluster's admin, over TLS. */
async function read({ fleet }: World, cluster: string, path: string) {
  const client = new Client(endpointOf(await fleet.cluster(cluster).kubeconfig()));
  try {
    const { status, body } = await client.send("GET", path);
    return { status, ...JSON.parse(body.toString()) };
  } finally {
    client.close();
  }
}

const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: meta("zebras.zoo.test"),
  spec: {
    group: "zoo.test",
    names: { plural: "zebras", singular: "zebra", kind: "Zebra", listKind: "ZebraList" },
    scope: "Namespaced",
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

describe("POST /v1/import", () => {
  it("adds a cluster that holds the objects as they were", async () => {
    const at = await world();
    const old = configMap("old", {
      generation: 3,
      finalizers: ["zoo.test/keep"],
      deletionTimestamp: "2021-01-02T03:04:05Z",
      deletionGracePeriodSeconds: 0,
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "uid-of-p" }],
      managedFields: [
        { manager: "m", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { "f:data": {} } },
      ],
    });
    const space = { apiVersion: "v1", kind: "Namespace", metadata: meta("default"), status: { phase: "Active" } };
    const made = await post(at, "?name=copy&revision=5000", lines(space, old, configMap("new", {}, { a: "b" })));
    expect(made).toMatchObject({ status: 201, headers: { location: "/v1/clusters/copy" } });
    expect(made.body).toMatchObject({ imported: 3, own: [], unknownFields: [], cluster: { name: "copy" } });
    const got = await read(at, "copy", "/api/v1/namespaces/default/configmaps/old");
    expect(got.metadata).toEqual({ ...old.metadata, resourceVersion: expect.stringMatching(/^500\d$/) });
    expect((await read(at, "copy", "/api/v1/namespaces/default")).metadata).toMatchObject(space.metadata);
    expect(await read(at, "copy", "/api/v1/namespaces/kube-system")).toMatchObject({ status: { phase: "Active" } });
    const { items, metadata } = await read(at, "copy", "/api/v1/configmaps?labelSelector=");
    expect(items.map(({ metadata: { name } }: { metadata: { name: string } }) => name)).toContain("new");
    expect(Number(metadata.resourceVersion)).toBeGreaterThan(5000);
  });

  it("serves custom resources whose definition is not established yet where it comes from", async () => {
    const at = await world();
    const zebra = { apiVersion: "zoo.test/v1", kind: "Zebra", metadata: meta("z", { namespace: "default" }) };
    expect((await post(at, "?name=a", lines(DEFINITION))).status).toBe(201);
    expect(await read(at, "a", "/apis/zoo.test/v1/zebras")).toMatchObject({ kind: "ZebraList", items: [] });
    const status = {
      acceptedNames: DEFINITION.spec.names,
      storedVersions: ["v1"],
      conditions: ["NamesAccepted", "Established"].map((type) => ({ type, status: "True" })),
    };
    expect((await post(at, "?name=b", lines({ ...DEFINITION, status }, zebra))).body).toMatchObject({ imported: 2 });
    expect(await read(at, "b", "/apis/zoo.test/v1/namespaces/default/zebras/z")).toMatchObject({
      metadata: { uid: "uid-of-z", creationTimestamp: "2020-01-02T03:04:05Z" },
    });
  });

  it("leaves its own in place of what only the other server has a use for", async () => {
    const at = await world();
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: meta("apiserver-x", {
        namespace: "kube-system",
        labels: { "apiserver.kubernetes.io/identity": "kube-apiserver" },
      }),
    };
    const endpoints = { apiVersion: "v1", kind: "Endpoints", metadata: meta("kubernetes", { namespace: "default" }) };
    const apiService = (name: string, version: string, service?: object) => ({
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: meta(name),
      spec: { group: name.slice(version.length + 1), version, groupPriorityMinimum: 1, versionPriority: 1, service },
    });
    const sent = [
      lease,
      endpoints,
      apiService("v1beta9.batch", "v1beta9"),
      apiService("v1.apps", "v1"),
      apiService("v1beta1.metrics.k8s.io", "v1beta1", { name: "m", namespace: "kube-system", port: 443 }),
    ];
    const { body } = await post(at, "", lines(...sent));
    expect(body).toMatchObject({
      imported: 2,
      own: [
        "leases.coordination.k8s.io kube-system/apiserver-x",
        "endpoints default/kubernetes",
        "apiservices.apiregistration.k8s.io v1beta9.batch",
      ],
    });
    const { name } = body.cluster;
    const own = await read(at, name, "/api/v1/namespaces/default/endpoints/kubernetes");
    expect(own.metadata.uid).not.toBe("uid-of-kubernetes");
    expect(own.subsets).toHaveLength(1);
  });

  it("tells of fields that are lost, and of another range of services", async () => {
    const at = await world();
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: meta("p", { namespace: "default" }),
      spec: { containers: [{ name: "a", image: "b", fromTheFuture: 1 }] },
    };
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: meta("kubernetes", { namespace: "default" }),
      spec: { clusterIP: "10.43.0.1", clusterIPs: ["10.43.0.1"], ports: [{ port: 443 }] },
    };
    const { body } = await post(at, "?name=x", lines(pod, service));
    expect(body).toMatchObject({
      unknownFields: ["v1 Pod: spec.containers[].fromTheFuture"],
      otherServiceRange: "10.43.0.1",
    });
    const { items } = await read(at, "x", "/apis/networking.k8s.io/v1/ipaddresses");
    expect(items).toEqual([]);
  });

  it.each([
    ["a kind that is not there", { apiVersion: "zoo.test/v1", kind: "Lion" }, "zoo.test/v1 Lion: this version has no"],
    ["no JSON", undefined, "line 2: couldn't get version/kind"],
    ["no uid", configMap("x", { uid: "" }), "configmaps default/x: it has no uid"],
    ["no name", configMap(""), "configmaps default/: it has no name"],
    ["a name that is a path", configMap("a/b"), "its name may not contain '/'"],
    ["no namespace", configMap("x", { namespace: "" }), "configmaps x: it is in no namespace"],
    ["the same name twice", configMap("first", { uid: "another" }), "configmaps default/first is there twice"],
  ])("adds nothing for %s", async (_what, object, message) => {
    const dir = temporary();
    const at = await world({}, { out: dir, dataDir: `${dir}/data` });
    const body = `${lines(configMap("first"))}${object === undefined ? "{\n" : lines(object)}`;
    const refused = await post(at, "?name=copy", body);
    expect(refused).toMatchObject({ status: 400, body: { error: { code: "invalid" } } });
    expect(refused.body.error.message).toContain(message);
    expect(at.fleet.clusters.has("copy")).toBe(false);
    // Nothing is kept of it: what comes next under that name begins anew.
    expect((await post(at, "?name=copy", lines(configMap("second")))).status).toBe(201);
    expect((await read(at, "copy", "/api/v1/namespaces/default/configmaps/first")).status).toBe("Failure");
  });

  it("refuses names that are taken, revisions that are none, and bodies of another kind", async () => {
    const at = await world();
    const body = lines(configMap("x"));
    expect((await post(at, "?name=a", body)).status).toBe(201);
    expect(await post(at, "?name=a", body)).toMatchObject({ status: 409, body: { error: { code: "conflict" } } });
    expect((await post(at, "?revision=9999999999999999", body)).status).toBe(400);
    expect((await post(at, "?revision=-1", body)).status).toBe(400);
    expect((await at.call("POST /v1/import", {})).status).toBe(415);
    expect((await at.call("POST /v1/clusters", body, { headers: TYPE })).status).toBe(415);
    expect([...at.fleet.clusters.keys()]).toEqual(["a"]);
  });

  it("keeps what came where there is a data folder", async () => {
    const dir = temporary();
    const before = await world({}, { dataDir: dir });
    await post(before, "?name=a", lines(configMap("x")));
    await before.admin.close();
    await before.fleet.close();
    const after = await world({}, { dataDir: dir });
    expect(await read(after, "a", "/api/v1/namespaces/default/configmaps/x")).toMatchObject({
      metadata: { uid: "uid-of-x" },
    });
  });

  it("begins as every cluster does after a reset", async () => {
    const at = await world();
    await post(at, "?name=a", lines(configMap("x")));
    expect((await at.call("POST /v1/clusters/a/reset")).status).toBe(204);
    expect((await read(at, "a", "/api/v1/namespaces/default/configmaps/x")).status).toBe("Failure");
  });
});
