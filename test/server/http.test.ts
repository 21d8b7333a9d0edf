import http2 from "node:http2";
import { afterEach, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import { unknownResource } from "../../src/kube/errors.js";
import type { KubeRequest } from "../../src/kube/handler.js";
import { pageNotFound } from "../../src/kube/plain-text-error.js";
import { admin, anonymous, connectHttp2, echo, fetchFrom, json, rawHttp1, request, testFleet } from "./support.js";

let fleet: Fleet | undefined;
afterEach(() => fleet?.close());

async function cluster(...parts: Parameters<typeof testFleet>): Promise<Cluster> {
  fleet = await testFleet(...parts);
  return fleet.cluster("cluster-1");
}

const status = (fields: object) => ({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", ...fields });

/** The header and the body of a raw answer. */
function split(text: string): { head: string; body: string } {
  const [head = "", ...body] = text.split("\r\n\r\n");
  return { head, body: body.join("\r\n\r\n") };
}

/** A body's chunks, put together. */
function unchunked(text: string): string {
  const [, size = "", rest = ""] = /^([0-9a-f]+)\r\n([\s\S]*)$/.exec(text) ?? [];
  const length = Number.parseInt(size, 16);
  return length > 0 ? rest.slice(0, length) + unchunked(rest.slice(length + 2)) : "";
}

describe("anonymous requests", () => {
  it.each(["/healthz", "/livez", "/readyz", "/version", "/version/"])("may get %s", async (path) => {
    const c = await cluster();
    expect((await fetchFrom(c, path, await anonymous(c))).status).toBe(200);
  });

  it.each([
    ["GET", "/", 'forbidden: User "system:anonymous" cannot get path "/"', {}],
    ["POST", "/healthz", 'forbidden: User "system:anonymous" cannot post path "/healthz"', {}],
    ["GET", "/livez/ping", 'forbidden: User "system:anonymous" cannot get path "/livez/ping"', {}],
    ["GET", "/a<b", 'forbidden: User "system:anonymous" cannot get path "/a&lt;b"', {}],
    [
      "GET",
      "/api/v1/namespaces/x/pods",
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "x"',
      { kind: "pods" },
    ],
    [
      "GET",
      "/apis/apps/v1/namespaces/x/deployments/d/scale",
      'deployments.apps "d" is forbidden: User "system:anonymous" cannot get resource "deployments/scale" in API group "apps" in the namespace "x"',
      { name: "d", group: "apps", kind: "deployments" },
    ],
    [
      "DELETE",
      "/api/v1/nodes",
      'nodes is forbidden: User "system:anonymous" cannot deletecollection resource "nodes" in API group "" at the cluster scope',
      { kind: "nodes" },
    ],
  ])("may not %s %s", async (method, path, message, details) => {
    const c = await cluster();
    const reply = await fetchFrom(c, path, await anonymous(c), { ":method": method });
    expect(JSON.parse(reply.text)).toEqual(status({ message, reason: "Forbidden", details, code: 403 }));
    expect(reply.headers).toMatchObject({ ":status": 403, "x-content-type-options": "nosniff" });
  });

  it("with a token are refused everywhere, since no token is right", async () => {
    const c = await cluster();
    for (const path of ["/healthz", "/api/v1/pods"]) {
      expect((await fetchFrom(c, path, await anonymous(c), { authorization: "Bearer x" })).status).toBe(401);
    }
    expect((await fetchFrom(c, "/healthz", await anonymous(c), { authorization: "Basic x" })).status).toBe(200);
    expect((await fetchFrom(c, "/x", await admin(c), { authorization: "Bearer x" })).status).toBe(200);
  });

  it("don't get their bodies read", async () => {
    const c = await cluster(async () => {
      throw new Error("reached");
    });
    const body = Buffer.alloc(200_000);
    expect((await fetchFrom(c, "/api/v1/pods", await anonymous(c), { ":method": "POST" }, body)).status).toBe(403);
  });
});

describe("answers", () => {
  it("carry the headers of a real server", async () => {
    const c = await cluster(undefined, {}, { flow: () => ({ schema: "schema-uid", level: "level-uid" }) });
    const { headers } = await fetchFrom(c, "/api/v1/nodes", await admin(c));
    expect(Object.fromEntries(Object.entries(headers))).toEqual({
      ":status": 200,
      "audit-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "cache-control": "no-cache, private",
      "content-type": "application/json",
      "x-kubernetes-pf-flowschema-uid": "schema-uid",
      "x-kubernetes-pf-prioritylevel-uid": "level-uid",
      "content-length": expect.any(String),
      date: expect.any(String),
    });
  });

  it("echo an audit id, carry several warnings, and let the handler's headers win", async () => {
    const warnings = ['299 - "one"', '299 - "two"'];
    const c = await cluster(async () => ({
      ...{ status: 200, chunks: [Buffer.from("x")] },
      headers: { Warning: warnings, "Cache-Control": "public" },
    }));
    const { headers } = await fetchFrom(c, "/x", await admin(c), { "audit-id": "mine" });
    expect(headers).toMatchObject({ "audit-id": "mine", "cache-control": "public", warning: warnings.join(", ") });
    const raw = await rawHttp1(await admin(c), "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(raw).toContain('Warning: 299 - "one"\r\nWarning: 299 - "two"\r\n');
  });

  it("over HTTP/1.1 keep the connection without saying so", async () => {
    const c = await cluster();
    const get = (more: string) => `GET /x HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const raw = await rawHttp1(await admin(c), get("") + get("Connection: close\r\n"));
    const [first, second] = raw.split(/(?=HTTP\/1\.1 )/);
    expect(first).not.toMatch(/^(connection|keep-alive):/im);
    expect(second).toMatch(/^Connection: close\r$/m);
    expect(first).toMatch(/^Audit-Id: /m);
  });

  it("to HEAD have the length and no body", async () => {
    const c = await cluster();
    const session = connectHttp2(c, await admin(c));
    expect(await request(session, "/readyz", { ":method": "HEAD" })).toMatchObject({
      ...{ status: 200, text: "" },
      headers: { "content-length": "2" },
    });
    session.close();
    const raw = await rawHttp1(await admin(c), "HEAD /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(split(raw)).toMatchObject({ head: expect.stringContaining("Content-Length: 2"), body: "" });
  });

  it("of many small pieces and of large ones arrive whole", async () => {
    const small = Array.from({ length: 5000 }, (_, i) => Buffer.from(`${i},`));
    const large = [Buffer.alloc(300_000, "a"), Buffer.alloc(0), Buffer.alloc(70_001, "b")];
    const c = await cluster(async ({ path }: KubeRequest) => ({
      ...{ status: 200, headers: {} },
      chunks: path === "/small" ? small : large,
    }));
    const options = await admin(c);
    expect((await fetchFrom(c, "/small", options)).text).toBe(Buffer.concat(small).toString());
    expect((await fetchFrom(c, "/large", options)).text).toBe(Buffer.concat(large).toString());
    const raw = await rawHttp1(options, "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(unchunked(split(raw).body) === Buffer.concat(large).toString()).toBe(true);
  });
});

describe("refusals", () => {
  it("become Statuses, texts and 500s in one place, in the client's format", async () => {
    const c = await cluster(async ({ path }: KubeRequest) => {
      if (path === "/status") throw unknownResource();
      if (path === "/text") throw pageNotFound();
      throw new Error("surprise");
    });
    const options = await admin(c);
    const refused = await fetchFrom(c, "/status", options);
    expect([refused.status, refused.headers["content-type"]]).toEqual([404, "application/json"]);
    const yaml = await fetchFrom(c, "/status", options, { accept: "application/yaml" });
    expect([yaml.headers["content-type"], yaml.text]).toEqual([
      "application/yaml",
      expect.stringContaining("\ncode: 404\n"),
    ]);
    const text = await fetchFrom(c, "/text", options);
    expect(text).toMatchObject({
      ...{ status: 404, text: "404 page not found\n" },
      headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
    });
    const fault = await fetchFrom(c, "/boom", options);
    expect(JSON.parse(fault.text)).toMatchObject({ code: 500, reason: "InternalError" });
  });

  it("of an impersonated user are that user's", async () => {
    const c = await cluster();
    const options = await admin(c);
    const bob = await fetchFrom(c, "/x", options, { "impersonate-user": "bob" });
    expect(JSON.parse(bob.text).user).toBe("bob");
    const nobody = await fetchFrom(c, "/metrics", options, { "impersonate-user": "system:anonymous" });
    expect([nobody.status, JSON.parse(nobody.text).message]).toEqual([
      403,
      'forbidden: User "system:anonymous" cannot get path "/metrics"',
    ]);
    const stranger = await fetchFrom(c, "/version", await anonymous(c), { "impersonate-user": "bob" });
    expect(JSON.parse(stranger.text)).toMatchObject({
      message:
        'users "bob" is forbidden: User "system:anonymous" cannot impersonate resource "users" in API group "" at the cluster scope',
      details: { name: "bob", kind: "users" },
    });
    const headless = await fetchFrom(c, "/api/v1/pods?a=b", options, { "impersonate-group": "g" });
    expect([headless.status, headless.text]).toEqual([
      500,
      'Internal Server Error: "/api/v1/pods?a=b": requested [{Group  g    }] without impersonating a user\n',
    ]);
  });
});

describe("bodies", () => {
  const measure = async (request: KubeRequest) => {
    if (request.path === "/ignore") throw unknownResource();
    return json({ length: request.body.length });
  };
  const LIMIT = 3 * 1024 * 1024;

  it("are taken up to 3 MiB, and refused beyond by whoever reads them", async () => {
    const c = await cluster(measure);
    const session = connectHttp2(c, await admin(c));
    const send = (path: string, length: number) => request(session, path, { ":method": "POST" }, Buffer.alloc(length));
    expect(JSON.parse((await send("/x", LIMIT)).text)).toEqual({ length: LIMIT });
    const refused = await send("/x", LIMIT + 1);
    const message = "Request entity too large: limit is 3145728";
    expect(JSON.parse(refused.text)).toEqual(status({ message, reason: "RequestEntityTooLarge", code: 413 }));
    expect((await send("/ignore", LIMIT + 1)).status).toBe(404);
    session.close();
  });

  it("over HTTP/1.1 may be of unknown length", async () => {
    const c = await cluster(measure);
    const post = (fields: string, body: string) =>
      `POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}\r\n\r\n${body}`;
    const options = await admin(c);
    const chunked = await rawHttp1(options, post("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n"));
    expect(JSON.parse(split(chunked).body)).toEqual({ length: 3 });
    const large = await rawHttp1(options, post(`Content-Length: ${LIMIT + 1}`, "x".repeat(LIMIT + 1)));
    expect(large).toMatch(/^HTTP\/1\.1 413 Request Entity Too Large\r\n/);
  });

  it("of a GET are ignored", async () => {
    const c = await cluster(measure);
    const reply = await fetchFrom(c, "/x", await admin(c), { ":method": "GET" }, "body");
    expect(JSON.parse(reply.text)).toEqual({ length: 0 });
  });
});

describe("odd requests", () => {
  it("in methods that Node does not know reach the handler", async () => {
    const c = await cluster();
    const options = await admin(c);
    expect(JSON.parse((await fetchFrom(c, "/x", options, { ":method": "BREW" })).text).method).toBe("BREW");
    const raw = await rawHttp1(options, "BREW /x?a=b HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(JSON.parse(split(raw).body)).toEqual({ method: "BREW", path: "/x", user: "kubernetes-admin" });
  });

  it("that are none get Go's 400, and 431 for endless headers", async () => {
    const c = await cluster();
    const options = await admin(c);
    const bad =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request";
    expect(await rawHttp1(options, "nonsense\r\n\r\n")).toBe(bad);
    expect(await rawHttp1(options, "GET /api/%zz HTTP/1.1\r\nHost: x\r\n\r\n")).toBe(bad);
    const large = `GET / HTTP/1.1\r\nHost: x\r\nBig: ${"x".repeat(1_100_000)}\r\n\r\n`;
    expect(await rawHttp1(options, large)).toMatch(/^HTTP\/1\.1 431 /);
    const fits = `GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nBig: ${"x".repeat(100_000)}\r\n\r\n`;
    expect(await rawHttp1(options, fits)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("with a path that can't be decoded end their HTTP/2 stream only", async () => {
    const c = await cluster();
    const session = connectHttp2(c, await admin(c));
    await expect(request(session, "/api/%zz")).rejects.toThrow(/PROTOCOL_ERROR/);
    expect((await request(session, "/x")).status).toBe(200);
    session.close();
  });

  it("leave the client's going away to the handler's signal", async () => {
    let seen: AbortSignal | undefined;
    let entered = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const c = await cluster(async (kube: KubeRequest) => {
      seen = kube.signal;
      entered();
      await new Promise((resolve) => kube.signal.addEventListener("abort", resolve));
      return echo(kube);
    });
    const session = connectHttp2(c, await admin(c));
    const stream = session.request({ ":path": "/x" });
    await inside;
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await new Promise((resolve) => seen!.addEventListener("abort", resolve));
    expect(seen!.aborted).toBe(true);
    session.close();
  });
});
