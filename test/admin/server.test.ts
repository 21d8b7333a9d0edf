import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { isLoopback } from "../../src/kube/loopback.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { ask, emulated, open, type Parsed, world } from "./support.js";

const now = Date.now();

describe("who may call:", () => {
  it("everybody on this machine, where nothing else is said", async () => {
    const { call } = await world();
    expect(await call("GET /v1/fleet")).toMatchObject({
      status: 200,
      body: { clusters: 0, kubernetesVersion: "v1.34.4", pid: process.pid, memoryMiB: expect.any(Number) },
    });
  });

  it("those with a token, where there are tokens", async () => {
    const { call } = await world({ tokens: ["one", "two"], closed: true });
    const asked = (authorization?: string) =>
      call("GET /v1/clusters", undefined, { headers: authorization === undefined ? {} : { authorization } });
    expect(await asked()).toMatchObject({
      ...{ status: 401, headers: { "www-authenticate": "Bearer" } },
      body: { error: { code: "unauthorized" } },
    });
    for (const wrong of ["Bearer three", "Bearer ", "Basic one", "one", "Bearer one two"]) {
      expect((await asked(wrong)).status, wrong).toBe(401);
    }
    for (const right of ["Bearer one", "bearer two"]) expect((await asked(right)).status).toBe(200);
    expect((await call("GET /openapi.json")).status).toBe(401);
    expect((await call("GET /nothing")).status).toBe(401);
  });

  it("nobody with a wrong token, even on this machine", async () => {
    const { call } = await world();
    const headers = { authorization: "Bearer guessed" };
    expect((await call("GET /v1/clusters", undefined, { headers })).status).toBe(401);
  });

  it("those with a certificate of the right CA, over TLS", async () => {
    const [own, clients, others] = [1, 2, 3].map(() => CertificateAuthority.create(now));
    const tls = { ...own!.issueServing(now, ["127.0.0.1"]), clientCa: clients!.certificate };
    const { call, admin } = await world({ tls, closed: true });
    expect(admin.url).toMatch(/^https:/);
    const asked = async (client?: CertificateAuthority) => {
      const pair = client?.issueClient(now, { commonName: "somebody" });
      const credential = pair === undefined ? {} : { cert: pair.certificate, key: pair.key };
      return (await call("GET /v1/clusters", undefined, { tls: { ca: own!.certificate, ...credential } })).status;
    };
    expect(await asked(clients)).toBe(200);
    expect(await asked()).toBe(401);
    expect(await asked(others)).toBe(401);
    await expect(ask(admin.url, "GET /v1/clusters")).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|SELF|VERIFY/),
    });
  });

  it("no web site, by its own name or by one that leads here", async () => {
    const { call, admin, fleet } = await world();
    const asked = (headers: Record<string, string>) => call("POST /v1/clusters", {}, { headers });
    const { host } = new URL(admin.url);
    const refused = [
      { origin: "https://evil.test" },
      { origin: "null" },
      { host: "evil.test" },
      { host: "127.evil.test" },
    ];
    for (const headers of refused) {
      expect(await asked(headers as Record<string, string>), JSON.stringify(headers)).toMatchObject({
        status: 403,
        body: { error: { code: "forbidden" } },
      });
    }
    expect((await asked({ host: `evil.test:${new URL(admin.url).port}` })).status).toBe(403);
    expect(fleet.clusters.size).toBe(0);
    for (const headers of [{ host }, { host: "localhost:1" }, { host: "[::1]:80" }, { origin: admin.url }]) {
      expect((await asked(headers as Record<string, string>)).status, JSON.stringify(headers)).toBe(201);
    }
    const form = { headers: { "content-type": "text/plain" } };
    expect(await call("POST /v1/clusters", "{}", form)).toMatchObject({
      status: 415,
      body: { error: { code: "unsupported-media-type" } },
    });
  });

  it("nobody beyond this machine without TLS", async () => {
    const fleet = await emulated();
    await expect(open(fleet, { host: "0.0.0.0", tokens: ["x"] })).rejects.toThrow("needs TLS");
  });
});

it.each([
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["127.0.0.1.evil.test", false],
])("whether %s is this machine", (host, is) => {
  expect(isLoopback(host)).toBe(is);
});

describe("requests that fit nothing", () => {
  it.each([
    ["GET /", 404, "unknown"],
    ["GET /v1/clusters/a/b", 404, "unknown"],
    ["PUT /v1/clusters", 405, "method-not-allowed"],
    ["POST /v1/clusters/cluster-1", 405, "method-not-allowed"],
    ["GET /v1/clusters?x=1", 400, "invalid"],
    ["DELETE /v1/clusters/cluster-1?keepIdentity=perhaps", 400, "invalid"],
  ])("%s is %d", async (call, status, code) => {
    const { call: asked, fleet } = await world({}, { clusters: 1 });
    const reply = await asked(call);
    expect(reply.status).toBe(status);
    expect(reply.body).toEqual({ error: expect.objectContaining({ code, message: expect.stringMatching(/./) }) });
    expect(fleet.clusters.size).toBe(1);
  });

  it("or are no JSON, or too much of it, are told so", async () => {
    const { call } = await world();
    expect(await call("POST /v1/clusters", "{")).toMatchObject({ status: 400, body: { error: { code: "invalid" } } });
    expect(await call("POST /v1/clusters", "[]")).toMatchObject({ status: 400, body: { error: { code: "invalid" } } });
    const much = { name: "x".repeat(1024 * 1024) };
    expect(await call("POST /v1/clusters", much)).toMatchObject({
      status: 413,
      body: { error: { code: "too-large" } },
    });
  });
});

it("describes itself: every route, with answers as they are", async () => {
  const { call } = await world({}, { clusters: 1 });
  const { body } = await call("GET /openapi.json");
  expect(body.openapi).toBe("3.1.0");
  const operations = Object.values(body.paths as Record<string, Record<string, Parsed>>).flatMap((each) =>
    Object.values(each),
  );
  expect(operations.length).toBeGreaterThan(10);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const name of [...JSON.stringify(body).matchAll(/#\/components\/schemas\/(\w+)/g)].map((found) => found[1]!)) {
    expect(body.components.schemas).toHaveProperty(name);
  }
  for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, Parsed>>)) {
    if (methods.get === undefined) continue;
    const reply = await call(`GET ${path.replace("{name}", "cluster-1")}`);
    expect(reply.status, path).toBe(200);
    const type = String(reply.headers["content-type"]).split(";")[0]!;
    const { schema } = methods.get.responses[200].content[type];
    const known = Object.keys(body.components.schemas[schema.$ref?.split("/").pop()]?.properties ?? reply.body);
    expect(known, path).toEqual(expect.arrayContaining(Object.keys(reply.body)));
  }
});

describe("its port", () => {
  it("that somebody has is named", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    await expect(open(await emulated(), { port })).rejects.toMatchObject({
      name: "StartError",
      message: `can't listen on 127.0.0.1 for the admin API: port ${port} already in use`,
    });
  });

  it("is free again when it has ended", async () => {
    const { admin, fleet } = await world();
    await admin.close();
    await expect(ask(admin.url, "GET /v1/fleet")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await open(fleet, { port: Number(new URL(admin.url).port) });
  });
});
