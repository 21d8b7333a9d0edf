import { createPublicKey } from "node:crypto";
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { rsaCa, rsaKey } from "../pki/support.js";
import { admin as adminOf, fetchFrom } from "../server/support.js";
import { temporary, world } from "./support.js";

const now = Date.now();
const [one, other] = [CertificateAuthority.create(now).pair, CertificateAuthority.create(now).pair];

async function takenPort(): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

describe("clusters", () => {
  it("are made, shown, used and ended", async () => {
    const { call, fleet } = await world();
    const spec = { name: "team.prod", ca: rsaCa(now), etcdCa: other, serviceAccountKey: rsaKey() };
    const made = await call("POST /v1/clusters", spec);
    expect(made).toMatchObject({
      status: 201,
      headers: { location: "/v1/clusters/team.prod", "cache-control": "no-store" },
      body: { name: "team.prod", state: "idle", server: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/) },
    });
    expect(made.body).not.toHaveProperty("objects");
    const cluster = fleet.cluster("team.prod");
    expect((await fetchFrom(cluster, "/api/v1/namespaces", await adminOf(cluster))).status).toBe(200);
    const shown = (await call("GET /v1/clusters/team.prod")).body;
    expect(shown).toMatchObject({ state: "active", nodes: 0 });
    expect(shown.objects).toBeGreaterThan(100);
    expect(Date.parse(shown.lastActivity)).toBeGreaterThanOrEqual(now);
    expect((await call("GET /v1/clusters")).body.clusters).toEqual([shown]);
    expect((await call("POST /v1/clusters/team.prod/reset")).status).toBe(204);
    expect((await call("GET /v1/clusters/team.prod")).body).toMatchObject({ state: "idle" });
    expect(await call("DELETE /v1/clusters/team.prod")).toMatchObject({ status: 204, text: "" });
    expect(await call("GET /v1/clusters/team.prod")).toMatchObject({
      status: 404,
      body: { error: { code: "unknown", message: 'there is no cluster "team.prod"', field: "name" } },
    });
    expect((await call("DELETE /v1/clusters/team.prod")).status).toBe(404);
    expect((await call("GET /v1/clusters")).body).toEqual({ clusters: [] });
  });

  it("asked for twice are there once, and are another only where nothing is at odds", async () => {
    const { call } = await world();
    expect((await call("POST /v1/clusters", { name: "a", ca: one })).status).toBe(201);
    const again = await call("POST /v1/clusters", { name: "a", ca: one });
    expect(again.status).toBe(200);
    expect((await call("POST /v1/clusters", { name: "a", etcdCa: other })).status).toBe(200);
    expect(await call("POST /v1/clusters", { name: "a", ca: other })).toMatchObject({
      status: 409,
      body: { error: { code: "conflict", message: 'cluster "a" is there with another CA', field: "ca" } },
    });
    expect((await call("GET /v1/clusters/a/credentials")).body).toMatchObject({
      ca: { certificate: one.certificate },
      etcdCa: { certificate: other.certificate },
    });
  });

  it("without a name are the next of the row", async () => {
    const { call } = await world();
    expect((await call("POST /v1/clusters")).body.name).toBe("cluster-1");
    expect((await call("POST /v1/clusters", {})).body.name).toBe("cluster-2");
  });

  it("whose CA comes later wait for it", async () => {
    const { call } = await world();
    expect((await call("POST /v1/clusters", { name: "a", caComesLater: true })).body.state).toBe("waiting");
    expect(await call("GET /v1/clusters/a/kubeconfig")).toMatchObject({
      status: 409,
      body: { error: { field: "ca" } },
    });
    expect((await call("POST /v1/clusters", { name: "a", ca: one })).body.state).toBe("idle");
    expect((await call("GET /v1/clusters/a/kubeconfig")).status).toBe(200);
  });

  it("may be ended and come back as who they were", async () => {
    const { call } = await world({}, { out: temporary() });
    await call("POST /v1/clusters", { name: "a", ca: one });
    expect((await call("DELETE /v1/clusters/a?keepIdentity=true")).status).toBe(204);
    await call("POST /v1/clusters", { name: "a" });
    expect((await call("GET /v1/clusters/a/credentials")).body.ca.certificate).toBe(one.certificate);
    await call("DELETE /v1/clusters/a");
    await call("POST /v1/clusters", { name: "a" });
    expect((await call("GET /v1/clusters/a/credentials")).body.ca.certificate).not.toBe(one.certificate);
  });

  const wrong: [string, unknown, string, RegExp][] = [
    ["an unknown field", { nam: "x" }, "nam", /^nam is not known here$/],
    ["an unknown field within", { endpoint: { hots: "x" } }, "endpoint.hots", /not known/],
    ["a missing field", { ca: { certificate: one.certificate } }, "ca.key", /^ca\.key is missing$/],
    ["a wrong type", { name: 1 }, "name", /must be string/],
    ["a port beyond the last", { endpoint: { port: 70_000 } }, "endpoint.port", /must be <= 65535/],
    ["a name", { name: "no/name" }, "name", /can't name a cluster/],
    ["another's key", { ca: { ...one, key: other.key } }, "ca.key", /does not belong/],
    ["bad PEM", { etcdCa: { certificate: "x", key: one.key } }, "etcdCa.certificate", /not PEM/],
  ];
  it.each(wrong)("with %s are refused, and nothing is changed", async (_what, spec, field, message) => {
    const { call, fleet } = await world();
    const { status, body } = await call("POST /v1/clusters", spec);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: "invalid", field });
    expect(body.error.message).toMatch(message);
    expect(fleet.clusters.size).toBe(0);
  });

  it("on ports that others have are refused", async () => {
    const { call, fleet } = await world();
    const port = await takenPort();
    expect(await call("POST /v1/clusters", { name: "a", endpoint: { port } })).toMatchObject({
      status: 409,
      body: { error: { code: "conflict", field: "endpoint.port", message: expect.stringContaining(`port ${port}`) } },
    });
    const { endpoint } = await fleet.create({ name: "b" });
    expect((await call("POST /v1/clusters", { name: "c", endpoint: { port: endpoint.port } })).status).toBe(409);
    expect([...fleet.clusters.keys()]).toEqual(["b"]);
  });
});

describe("credentials", () => {
  it("are kubeconfigs that work, as YAML or JSON", async () => {
    const { call, fleet } = await world({}, { clusters: 1 });
    const yaml = await call("GET /v1/clusters/cluster-1/kubeconfig");
    expect(yaml.headers["content-type"]).toBe("application/yaml");
    const json = await call("GET /v1/clusters/cluster-1/kubeconfig", undefined, {
      headers: { accept: "application/json" },
    });
    expect(parse(yaml.text)).toEqual(json.body);
    expect(json.body).toEqual(JSON.parse(JSON.stringify(await fleet.cluster("cluster-1").kubeconfig())));
  });

  it("have private keys for those only who have shown who they are", async () => {
    const { call, fleet } = await world({ tokens: ["secret"] }, { clusters: 1 });
    const cluster = fleet.cluster("cluster-1");
    const path = "GET /v1/clusters/cluster-1/credentials";
    const plain = await call(path);
    expect(plain.text).not.toContain("PRIVATE KEY");
    const key = createPublicKey(plain.body.serviceAccount.publicKey).export({ type: "spki", format: "pem" });
    expect(key).toBe(createPublicKey((await cluster.tokenKey.make()).pem).export({ type: "spki", format: "pem" }));
    expect(await call(`${path}?keys=true`)).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    const full = await call(`${path}?keys=true`, undefined, { headers: { authorization: "Bearer secret" } });
    expect(full.body).toEqual({
      ca: (await cluster.identity()).authority.pair,
      etcdCa: (await cluster.etcdAuthority()).pair,
      serviceAccount: { publicKey: plain.body.serviceAccount.publicKey, key: (await cluster.tokenKey.make()).pem },
    });
  });
});
