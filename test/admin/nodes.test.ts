import { describe, expect, it } from "vitest";
import { expand } from "../../src/admin/node-template.js";
import { type Parsed, world } from "./support.js";

const PATH = "/v1/clusters/cluster-1/nodes";
const names = (body: Parsed) => body.nodes.map(({ name }: { name: string }) => name);

describe("nodes", () => {
  it("join by a template, healthy", async () => {
    const { call, fleet } = await world({}, { clusters: 1 });
    const template = {
      ...{ count: 2, name: "w-{{index}}", version: "1.33.1", labels: { "metal3.io/uuid": "{{cluster}}-{{index}}" } },
      ...{ providerID: "metal3://default/{{node}}", annotations: { a: "b" }, capacity: { cpu: "64" } },
    };
    const added = await call(`POST ${PATH}`, template);
    expect(added.status).toBe(201);
    const shown = (name: string) => ({
      ...{ name, role: "worker", version: "v1.33.1", ready: true },
      providerID: `metal3://default/${name}`,
    });
    expect(added.body).toEqual({ nodes: [shown("w-1"), shown("w-2")] });
    expect((await call(`GET ${PATH}`)).body).toEqual(added.body);
    const client = await fleet.cluster("cluster-1").localClient("test");
    expect(await client.get("/api/v1/nodes/w-2")).toMatchObject({
      metadata: { labels: { "metal3.io/uuid": "cluster-1-2" }, annotations: { a: "b" } },
      status: { capacity: { cpu: "64" } },
    });
    expect((await call("GET /v1/clusters/cluster-1")).body.nodes).toBe(2);
  });

  it("of the control plane bring what kubeadm leaves and run their pods", async () => {
    const { call, fleet } = await world({}, { clusters: 1 });
    const { body } = await call(`POST ${PATH}`, { role: "control-plane", etcd: "external" });
    expect(body.nodes).toMatchObject([
      { name: "cluster-1-control-plane-1", role: "control-plane", version: "v1.34.4" },
    ]);
    const client = await fleet.cluster("cluster-1").localClient("test");
    await client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config");
    const pods = await client.list("/api/v1/namespaces/kube-system/pods");
    expect(pods.map(({ metadata }) => metadata.name)).toEqual([
      "kube-apiserver-cluster-1-control-plane-1",
      "kube-controller-manager-cluster-1-control-plane-1",
      "kube-scheduler-cluster-1-control-plane-1",
    ]);
  });

  it("are added to those that are there, or updated where a start is given", async () => {
    const { call } = await world({}, { clusters: 1 });
    await call(`POST ${PATH}`, { count: 2 });
    const more = await call(`POST ${PATH}`, { count: 2 });
    expect(names(more.body)).toEqual(["cluster-1-worker-3", "cluster-1-worker-4"]);
    const again = await call(`POST ${PATH}`, { count: 2, start: 1, version: "v1.35.0" });
    expect(again.body.nodes.map(({ version }: { version: string }) => version)).toEqual(["v1.35.0", "v1.35.0"]);
    expect(names((await call(`GET ${PATH}`)).body)).toHaveLength(4);
  });

  it("fall silent, are heard of again, and go", async () => {
    const { call, fleet } = await world({}, { clusters: 1 });
    await call(`POST ${PATH}`, { name: "n", role: "control-plane" });
    expect((await call(`PATCH ${PATH}/n`, { ready: false })).body.ready).toBe(false);
    expect((await call(`PATCH ${PATH}/n`, { ready: true })).body).toMatchObject({ name: "n", ready: true });
    expect((await call(`DELETE ${PATH}/n`)).status).toBe(204);
    expect((await call(`GET ${PATH}`)).body).toEqual({ nodes: [] });
    const client = await fleet.cluster("cluster-1").localClient("test");
    expect(await client.list("/api/v1/namespaces/kube-system/pods", { fieldSelector: "spec.nodeName=n" })).toEqual([]);
    for (const gone of [`PATCH ${PATH}/n`, `DELETE ${PATH}/n`]) {
      const body = gone.startsWith("PATCH") ? { ready: true } : undefined;
      expect(await call(gone, body)).toMatchObject({
        status: 404,
        body: { error: { code: "unknown", field: "node" } },
      });
    }
  });

  it.each([
    [{ count: 0 }, "count"],
    [{ count: 5_001 }, "count"],
    [{ role: "master" }, "role"],
    [{ version: "latest" }, "version"],
    [{ count: 2, name: "n" }, "name"],
    [{ name: "{{nme}}-{{index}}" }, "name"],
    [{ labels: { a: "{{b}}" } }, "labels.a"],
    [{ labels: { a: 1 } }, "labels.a"],
    [{ kount: 1 }, "kount"],
  ])("of %j are refused", async (template, field) => {
    const { call } = await world({}, { clusters: 1 });
    expect(await call(`POST ${PATH}`, template)).toMatchObject({
      status: 400,
      body: { error: { code: "invalid", field } },
    });
    expect((await call(`GET ${PATH}`)).body).toEqual({ nodes: [] });
  });

  it("that the API server refuses are told in its words", async () => {
    const { call } = await world({}, { clusters: 1 });
    const reply = await call(`POST ${PATH}`, { name: "UPPER" });
    expect(reply).toMatchObject({ status: 422, body: { error: { code: "invalid" } } });
    expect(reply.body.error.message).toMatch(/^node UPPER: .*metadata\.name/);
  });
});

it("a template counts as many as it is to, past the names that are taken", () => {
  const template = { version: "v1.34.4", count: 3, name: "n{{index}}" };
  const made = (start: object, taken: string[]) =>
    expand({ ...template, ...start }, "c", new Set(taken)).map(({ name }) => name);
  expect(made({}, ["n2", "n4"])).toEqual(["n1", "n3", "n5"]);
  expect(made({ start: 2 }, ["n2"])).toEqual(["n2", "n3", "n4"]);
});
