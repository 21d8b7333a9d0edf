import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ClusterSecrets, type FkasOptions, startFkas } from "../../src/admin/fkas.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { rsaCa, rsaKey } from "../pki/support.js";
import { ask, emulated, silent } from "./support.js";

const now = Date.now();
const WHERE = { cluster: "c1", namespace: "metal3" };
const NODE = {
  ...WHERE,
  ...{ uuid: "u-1", nodeName: "node-1", providerID: "metal3://metal3/h/m", k8sversion: "v1.33.2", labels: { a: "b" } },
};
const CONTROL_PLANE = { ...NODE, labels: { "cluster.x-k8s.io/control-plane": "", a: "b" } };

async function world(options: Partial<FkasOptions> = {}) {
  const fleet = await emulated();
  const fkas = await startFkas({
    ...{ fleet, host: "127.0.0.1", port: 0, kubernetesVersion: "v1.34.4", log: silent },
    ...options,
  });
  onTestFinished(() => fkas.close());
  const url = `http://127.0.0.1:${fkas.port}`;
  return { fleet, fkas, call: (call: string, body?: unknown, headers = {}) => ask(url, call, body, { headers }) };
}

describe("registering", () => {
  it("makes an endpoint, and answers with it", async () => {
    const { call, fleet } = await world();
    const reply = await call("POST /register", WHERE);
    const { host, port } = fleet.cluster("metal3.c1").endpoint;
    expect(reply.status).toBe(200);
    expect(reply.headers["content-type"]).toBe("application/json");
    expect(reply.text).toBe(JSON.stringify({ ResourceName: "metal3/c1", Host: host, Port: port }));
    expect((await call("POST /register", WHERE)).text).toBe(reply.text);
    expect(fleet.clusters.size).toBe(1);
  });

  it("reads JSON as Go does", async () => {
    const { call } = await world();
    const reply = await call("POST /register", '{"Cluster":"c1","NAMESPACE":"metal3","more":1}', {
      "content-type": "",
    });
    expect(reply).toMatchObject({ status: 200, body: { ResourceName: "metal3/c1" } });
  });

  it.each([
    ["POST /register", "{", 400, "Invalid JSON\n"],
    ["POST /register", '{"cluster":1}', 400, "Invalid JSON\n"],
    ["POST /register", "[]", 400, "Invalid JSON\n"],
    ["POST /register", '{"namespace":"x"}', 400, "cluster is missing\n"],
    ["POST /register", '{"namespace":"x","cluster":"A"}', 400, /can't name a cluster/],
    ["PUT /register", "{}", 405, "Method not allowed\n"],
    ["GET /register", undefined, 405, "Method not allowed\n"],
    ["POST /updateNode", "{}", 405, "Method not allowed\n"],
    ["PUT /updateNode", "x", 400, "Invalid JSON\n"],
    ["PUT /updateNode", JSON.stringify({ ...NODE, labels: [] }), 400, "Invalid JSON\n"],
    ["PUT /updateNode", JSON.stringify(NODE), 500, "Workload Cluster does not exist\n"],
    ["GET /", undefined, 404, "404 page not found\n"],
  ])("%s of %j is %d", async (call, body, status, text) => {
    const { call: asked, fleet } = await world();
    const reply = await asked(call, body);
    expect(reply.status).toBe(status);
    expect(reply.headers["content-type"]).toBe("text/plain; charset=utf-8");
    if (typeof text === "string") expect(reply.text).toBe(text);
    else expect(reply.text).toMatch(text);
    expect(fleet.clusters.size).toBe(0);
  });

  it("is not for web sites, nor for bodies without end", async () => {
    const { call } = await world();
    expect((await call("POST /register", WHERE, { origin: "http://evil.test" })).status).toBe(403);
    expect((await call("POST /register", { ...WHERE, more: "x".repeat(1024 * 1024) })).status).toBe(413);
  });

  it("on a port that somebody has says so", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    await expect(world({ port })).rejects.toThrow(`can't listen on 127.0.0.1 for registrations: port ${port} already`);
  });
});

describe("nodes", () => {
  it("join; the first of the control plane brings the rest", async () => {
    const { call, fleet } = await world();
    await call("POST /register", WHERE);
    expect(await call("PUT /updateNode", NODE)).toMatchObject({
      ...{ status: 500, text: "Workload Cluster has not been activated\n" },
    });
    expect(await call("PUT /updateNode", CONTROL_PLANE)).toMatchObject({ status: 200, text: "" });
    const client = await fleet.cluster("metal3.c1").localClient("test");
    expect(await client.get("/api/v1/nodes/node-1")).toMatchObject({
      metadata: {
        labels: {
          ...{ a: "b", "metal3.io/uuid": "u-1", "cluster.x-k8s.io/control-plane": "" },
          "node-role.kubernetes.io/control-plane": "",
        },
      },
      spec: {
        providerID: "metal3://metal3/h/m",
        taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
      },
      status: { nodeInfo: { kubeletVersion: "v1.33.2" } },
    });
    for (const pod of ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
      await client.get(`/api/v1/namespaces/kube-system/pods/${pod}-node-1`);
    }
    await client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config");
    const worker = { ...NODE, nodeName: "node-2", uuid: "u-2", labels: undefined, k8sversion: undefined };
    expect((await call("PUT /updateNode", worker)).status).toBe(200);
    expect(await client.get("/api/v1/nodes/node-2")).toMatchObject({
      metadata: { labels: { "metal3.io/uuid": "u-2" } },
      status: { nodeInfo: { kubeletVersion: "v1.34.4" } },
    });
  });

  it("are updated when they come again", async () => {
    const { call, fleet } = await world();
    await call("POST /register", WHERE);
    await call("PUT /updateNode", { ...CONTROL_PLANE, providerID: "" });
    const again = { ...CONTROL_PLANE, k8sversion: "v1.34.0", labels: { ...CONTROL_PLANE.labels, c: "d" } };
    expect((await call("PUT /updateNode", again)).status).toBe(200);
    const client = await fleet.cluster("metal3.c1").localClient("test");
    expect(await client.get("/api/v1/nodes/node-1")).toMatchObject({
      metadata: { labels: { c: "d" } },
      spec: { providerID: CONTROL_PLANE.providerID },
      status: { nodeInfo: { kubeletVersion: "v1.34.0" } },
    });
  });

  it("that can't be are told of", async () => {
    const { call } = await world();
    await call("POST /register", WHERE);
    const reply = await call("PUT /updateNode", { ...CONTROL_PLANE, nodeName: "UPPER" });
    expect(reply.status).toBe(500);
    expect(reply.text).toMatch(/^Error adding node: UPPER .*metadata\.name/);
  });
});

describe("with a management cluster", () => {
  const etcdCa = CertificateAuthority.create(now).pair;
  const found: ClusterSecrets = { ca: rsaCa(now), etcdCa, serviceAccountKey: rsaKey() };

  it("the endpoint is there before the CA, which the first control-plane node brings", async () => {
    let secrets: ClusterSecrets | undefined;
    const asked: string[] = [];
    const { call, fleet } = await world({
      secrets: async (namespace, cluster) => {
        asked.push(`${namespace}/${cluster}`);
        return secrets;
      },
    });
    const first = await call("POST /register", WHERE);
    expect(fleet.cluster("metal3.c1").awaitsAuthority).toBe(true);
    expect((await call("PUT /updateNode", NODE)).text).toBe("Workload Cluster has not been activated\n");
    expect(await call("PUT /updateNode", CONTROL_PLANE)).toMatchObject({
      ...{ status: 500, text: "Error adding node: node-1\n" },
    });
    secrets = found;
    expect((await call("PUT /updateNode", CONTROL_PLANE)).status).toBe(200);
    const cluster = fleet.cluster("metal3.c1");
    expect((await cluster.identity()).authority.certificate).toBe(found.ca.certificate);
    expect((await cluster.etcdAuthority()).certificate).toBe(etcdCa.certificate);
    expect(cluster.tokenKey.made?.pem).toBe(found.serviceAccountKey);
    expect((await call("POST /register", WHERE)).text).toBe(first.text);
    expect(asked).toEqual(["metal3/c1", "metal3/c1"]);
  });

  it("that keeps etcd's key to itself there is no member on the node", async () => {
    const { ca } = found;
    const { call, fleet } = await world({ secrets: async () => ({ ca }) });
    await call("POST /register", WHERE);
    expect((await call("PUT /updateNode", CONTROL_PLANE)).status).toBe(200);
    const client = await fleet.cluster("metal3.c1").localClient("test");
    expect(await client.find("/api/v1/namespaces/kube-system/pods/etcd-node-1")).toBeUndefined();
  });

  it("garbage in Secrets is an error until it is mended", async () => {
    let secrets: ClusterSecrets = { ...found, ca: { ...found.ca, key: etcdCa.key } };
    const { call } = await world({ secrets: async () => secrets });
    await call("POST /register", WHERE);
    expect((await call("PUT /updateNode", CONTROL_PLANE)).status).toBe(500);
    secrets = found;
    expect((await call("PUT /updateNode", CONTROL_PLANE)).status).toBe(200);
  });
});
