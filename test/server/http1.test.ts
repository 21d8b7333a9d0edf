import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import type { KubeRequest } from "../../src/kube/handler.js";
import { admin, connectHttp2, connectTls, json, rawHttp1, request, testFleet } from "./support.js";

let fleet: Fleet;
let cluster: Cluster;

beforeAll(async () => {
  fleet = await testFleet(async ({ method, path, body, query }: KubeRequest) => {
    const size = Number(query.get("size") ?? 0);
    if (size > 0) return { status: 200, headers: {}, chunks: [Buffer.alloc(size, "x")] };
    return json({ method, path, body: body.toString() });
  });
  cluster = fleet.cluster("cluster-1");
});

afterAll(() => fleet.close());

const CLOSE = "Host: x\r\nConnection: close\r\n";
const ask = async (text: string) => rawHttp1(await admin(cluster), text);
/** What a request is answered with, and then one that ends the connection. */
const then = async (text: string) => (await ask(`${text}GET /next HTTP/1.1\r\n${CLOSE}\r\n`)).split(/(?=HTTP\/1\.1 )/);

/** What a real server answered to the same bytes. */
describe("heads that are refused", () => {
  const bad = "400 Bad Request";
  it.each([
    ["no host", "GET /x HTTP/1.1\r\n\r\n", "400 Bad Request: missing required Host header"],
    ["a host that is none", "GET /x HTTP/1.1\r\nHost: a b\r\n\r\n", "400 Bad Request: malformed Host header"],
    ["two hosts", "GET /x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", bad],
    [
      "another version",
      "GET /x HTTP/2.0\r\nHost: a\r\n\r\n",
      "505 HTTP Version Not Supported: unsupported protocol version",
    ],
    ["no version", "GET /x\r\n\r\n", bad],
    ["a URL that is none", "GET http://x:y/x HTTP/1.1\r\nHost: a\r\n\r\n", bad],
    ["a host to connect to that is none", "CONNECT %zz:1 HTTP/1.1\r\nHost: a\r\n\r\n", bad],
  ])("%s", async (_what, text, words) => {
    const head = "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";
    expect(await ask(text)).toBe(`HTTP/1.1 ${words}\r\n${head}${words}`);
  });

  it("an encoding that is not served", async () => {
    const text = await ask("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 501 Not Implemented\r\n[\s\S]*\r\n\r\nUnsupported transfer encoding$/);
  });

  it("an expectation that is unknown", async () => {
    const text = await ask("GET /x HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 417 Expectation Failed\r\nContent-Length: 0\r\n[\s\S]*\r\n\r\n$/);
  });
});

describe("connections that go on", () => {
  it.each([
    [
      "OPTIONS of the server",
      "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 0\r\n/,
    ],
    ["CONNECT", "CONNECT foo:443 HTTP/1.1\r\nHost: x\r\n\r\n", /"method":"CONNECT","path":""/],
    ["an upgrade of what has none", upgrade("GET", "/version"), /"method":"GET","path":"\/version"/],
    ["an upgrade with a body", upgrade("POST", "/x", "hello"), /"body":"hello"/],
    ["an upgrade that is refused", upgrade("GET", "/api/v1/namespaces/x/pods/p/exec"), /"path":"\/api\/v1\/.*\/exec"/],
    ["an expectation without a body", "GET /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n", /"path":"\/x"/],
  ])("after %s", async (_what, text, answer) => {
    const [first, next, ...more] = await then(text);
    expect(first).toMatch(answer);
    expect(first).not.toMatch(/^connection:/im);
    expect(next).toContain('"path":"/next"');
    expect(more).toEqual([]);
  });

  it("for several upgrades in a row, in their order", async () => {
    const paths = ["/a", "/api/v1/nodes/n/proxy", "/b"];
    const answers = await then(paths.map((path) => upgrade("GET", path)).join(""));
    expect(answers.map((each) => /"path":"([^"]*)"/.exec(each)?.[1])).toEqual([...paths, "/next"]);
  });

  it("but for a refused upgrade that asked to close", async () => {
    expect(await then(upgrade("GET", "/api/v1/nodes/n/proxy").replace("Upgrade\r", "Upgrade, close\r"))).toHaveLength(
      1,
    );
  });
});

function upgrade(method: string, path: string, body = ""): string {
  const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: foo\r\n${length}\r\n${body}`;
}

describe("bodies", () => {
  const post = (fields: string) => `POST /x HTTP/1.1\r\nHost: x\r\n${fields}\r\n\r\n`;

  it.each([
    ["zz\r\n", "invalid byte in chunk length"],
    ["1\r\nabc\r\n", "malformed chunked encoding"],
  ])("whose chunks are broken: %j", async (chunks, message) => {
    const text = await ask(`${post("Transfer-Encoding: chunked")}${chunks}`);
    expect(text).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n[\s\S]*^Connection: close\r$/m);
    expect(text).toContain(`"status":"Failure","message":"${message}","code":500}`);
  });

  it("that a client is told to send when somebody reads", async () => {
    const socket = await connectTls({ ...(await admin(cluster)), ALPNProtocols: ["http/1.1"] });
    socket.write(post("Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2"));
    let text = "";
    for await (const chunk of socket) {
      text += chunk;
      if (text.endsWith("HTTP/1.1 100 Continue\r\n\r\n")) socket.write("hi");
    }
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*"body":"hi"/);
  });

  it("that nobody reads are not asked for", async () => {
    const text = await ask("POST /livez HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*^Connection: close\r\n[\s\S]*\nok$/m);
  });
});

describe("the length of an answer", () => {
  it.each([
    [2048, true, true],
    [2049, false, true],
    [4096, false, true],
    [4097, false, false],
  ])("of %i bytes: told by HTTP/1.1 %s, by HTTP/2 %s", async (size, http1, http2) => {
    const text = await ask(`GET /x?size=${size} HTTP/1.1\r\n${CLOSE}\r\n`);
    expect(text.includes(`Content-Length: ${size}\r\n`)).toBe(http1);
    expect(text.includes("Transfer-Encoding: chunked\r\n")).toBe(!http1);
    const session = connectHttp2(cluster, await admin(cluster));
    const reply = await request(session, `/x?size=${size}`);
    session.close();
    expect(reply.headers["content-length"]).toBe(http2 ? String(size) : undefined);
    expect(reply.text).toHaveLength(size);
  });

  it("is not told to HEAD either where it is long", async () => {
    const head = await ask(`HEAD /x?size=3000 HTTP/1.1\r\n${CLOSE}\r\n`);
    expect(head).not.toMatch(/^(content-length|transfer-encoding):/im);
    expect(head.endsWith("\r\n\r\n")).toBe(true);
  });

  it("is kept from HTTP/1.0 by closing", async () => {
    const text = await ask("GET /x?size=3000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    expect(text).not.toMatch(/^(content-length|transfer-encoding):/im);
    expect(text.slice(text.indexOf("\r\n\r\n") + 4)).toHaveLength(3000);
  });
});

describe("HTTP/2", () => {
  it("answers OPTIONS of the server and CONNECT, and expects nothing", async () => {
    const session = connectHttp2(cluster, await admin(cluster));
    expect(await request(session, "*", { ":method": "OPTIONS" })).toMatchObject({
      ...{ status: 200, text: "" },
      headers: { "content-length": "0" },
    });
    expect((await request(session, "/x", { expect: "wonders" })).status).toBe(200);
    session.close();
  });
});
