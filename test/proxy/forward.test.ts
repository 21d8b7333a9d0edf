import { type EventEmitter, once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClientHttp2Session } from "node:http2";
import { request as httpsRequest } from "node:https";
import type { ConnectionOptions } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { admin, anonymous, connectHttp2, connectTls, fetchFrom, rawHttp1, request } from "../server/support.js";
import { fleetOn, StandIn, valuesOf } from "./stand-in.js";

let standIn: StandIn;
let fleet: Fleet;
let cluster: Cluster;
const sessions: ClientHttp2Session[] = [];
beforeEach(async () => {
  standIn = await new StandIn().listen();
  ({ fleet, cluster } = await fleetOn(standIn, "terminate"));
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await standIn.kill();
  await fleet.close();
});

async function session(options?: ConnectionOptions): Promise<ClientHttp2Session> {
  const made = connectHttp2(cluster, options ?? (await admin(cluster)));
  made.on("error", () => undefined);
  sessions.push(made);
  return made;
}

async function as(
  commonName: string,
  organizations: string[] = [],
  ca = standIn.clusterCa,
): Promise<ConnectionOptions> {
  const { certificate: cert, key } = ca.issueClient(Date.now(), { commonName, organizations });
  return { ...(await anonymous(cluster)), cert, key };
}

/** Whatever it is that ends it. */
function closed(stream: EventEmitter): Promise<void> {
  stream.on("error", () => undefined);
  return new Promise((resolve) => stream.once("close", () => resolve()));
}

/** What an HTTP/1.1 client is answered. */
function http1(
  options: ConnectionOptions,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
) {
  const sent = httpsRequest({ ...options, agent: false, method, path, headers } as object);
  sent.end(body);
  return once(sent, "response") as Promise<[IncomingMessage]>;
}

describe("who a request is from", () => {
  it("is told of those whom a certificate names, on connections of the front proxy", async () => {
    await fetchFrom(cluster, "/api?x=%2F", await as("bob", ["devs", "ops"]));
    const [seen] = standIn.seen;
    expect(seen).toMatchObject({ method: "GET", url: "/api?x=%2F", version: "2.0", certificate: "front-proxy-client" });
    expect(valuesOf(seen!, "x-remote-user")).toEqual(["bob"]);
    expect(valuesOf(seen!, "x-remote-group")).toEqual(["devs", "ops", "system:authenticated"]);
    const [credential] = valuesOf(seen!, "x-remote-extra-authentication.kubernetes.io%2fcredential-id");
    expect(credential).toMatch(/^X509SHA256=[0-9a-f]{64}$/);
  });

  it.each([{}, { authorization: "Bearer secret" }])(
    "is left to the server with %j, on other connections",
    async (headers) => {
      await fetchFrom(cluster, "/api", await anonymous(cluster), headers);
      const [seen] = standIn.seen;
      expect(seen?.certificate).toBeUndefined();
      expect(valuesOf(seen!, "authorization")).toEqual(Object.values(headers));
      expect(seen?.headers.filter(([name]) => name.startsWith("x-remote"))).toEqual([]);
    },
  );

  it("is nobody's to say but ours; whom to act as is", async () => {
    const says = {
      "X-Remote-User": "root",
      "x-remote-group": ["system:masters"],
      "X-Remote-Extra-Scopes": "all",
      "X-Remote-Uid": "0",
      "Impersonate-User": "eve",
      "impersonate-group": ["a", "b, c"],
    };
    await fetchFrom(cluster, "/one", await as("bob"), says);
    await fetchFrom(cluster, "/two", await anonymous(cluster), says);
    const text =
      "GET /three HTTP/1.1\r\nHost: h\r\nX-rEmOTe-uSER: root\r\nImpersonate-Group: a\r\nImpersonate-Group: b, c\r\n";
    await rawHttp1(await as("bob"), `${text}Connection: close\r\n\r\n`);
    const [named, nameless, raw] = standIn.seen;
    expect([named, nameless, raw].map((seen) => valuesOf(seen!, "x-remote-user"))).toEqual([["bob"], [], ["bob"]]);
    for (const [seen, groups] of [
      [named!, ["system:authenticated"]],
      [nameless!, []],
    ] as const) {
      expect(valuesOf(seen, "x-remote-group")).toEqual(groups);
      expect(seen.headers.filter(([name]) => /^x-remote-(uid|extra-scopes)/.test(name))).toEqual([]);
      expect(valuesOf(seen, "impersonate-user")).toEqual(["eve"]);
    }
    for (const seen of [named!, nameless!, raw!]) expect(valuesOf(seen, "impersonate-group")).toEqual(["a", "b, c"]);
  });

  it("is refused for certificates of strangers, unless there is a token", async () => {
    const stranger = await as("bob", [], CertificateAuthority.create(Date.now()));
    const refused = await fetchFrom(cluster, "/api", stranger);
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([401, { kind: "Status", reason: "Unauthorized" }]);
    expect(standIn.seen).toEqual([]);
    expect((await fetchFrom(cluster, "/api", stranger, { authorization: "Bearer secret" })).status).toBe(200);
    expect(standIn.seen[0]?.certificate).toBeUndefined();
  });
});

describe("an answer", () => {
  it("comes as it is: status, repeated fields, and the body of its HTTP version", async () => {
    standIn.handle = (_request, response) => {
      (response as ServerResponse).writeHead(418, { Warning: ["299 - a", "299 - b"], "Content-Type": "text/x" });
      (response as ServerResponse).end("short and stout");
    };
    const two = await fetchFrom(cluster, "/x", await admin(cluster));
    expect(two).toMatchObject({ status: 418, text: "short and stout", headers: { "content-type": "text/x" } });
    const [one] = await http1(await admin(cluster), "GET", "/x", {});
    expect([one.statusCode, one.rawHeaders.filter((_, at) => one.rawHeaders[at - 1] === "Warning")]).toEqual([
      418,
      ["299 - a", "299 - b"],
    ]);
    one.resume();
    expect(standIn.seen.map(({ version }) => version)).toEqual(["2.0", "1.1"]);
  });

  it("is handed on piece by piece, and given up when its client is", async () => {
    let closed = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    standIn.handle = (request, response) => {
      (response as ServerResponse).write("first");
      request.once("close", closed);
    };
    const stream = (await session()).request({ ":path": "/api/v1/pods?watch=true" });
    const [chunk] = (await once(stream, "data")) as [Buffer];
    expect(chunk.toString()).toBe("first");
    stream.close(8);
    await gone;
  });

  it("does not look whole when it breaks off", async () => {
    standIn.handle = (_request, response) => (response as ServerResponse).write("part");
    const stream = (await session()).request({ ":path": "/x" });
    await once(stream, "data");
    const [one] = await http1(await admin(cluster), "GET", "/x", {});
    await once(one, "data");
    const failures = Promise.all([closed(stream), closed(one)]);
    await standIn.kill();
    await failures;
    expect([stream.rstCode, one.complete]).toEqual([2, false]);
  });

  it("waits for a client that does not read", async () => {
    let written = 0;
    let full = () => {};
    const stuck = new Promise<void>((resolve) => {
      full = resolve;
    });
    const chunk = Buffer.alloc(64 * 1024);
    standIn.handle = (_request, response) => {
      const out = response as ServerResponse;
      const more = () => {
        for (; written < 256 * 1024 * 1024; written += chunk.length) if (!out.write(chunk)) break;
      };
      out.on("drain", more);
      more();
      let before = -1;
      const idle = setInterval(() => {
        if (written !== before) before = written;
        else {
          clearInterval(idle);
          full();
        }
      }, 500);
    };
    const stream = (await session()).request({ ":path": "/x" });
    stream.pause();
    await once(stream, "response");
    await stuck;
    expect(written).toBeLessThan(16 * 1024 * 1024);
    stream.close(8);
  });

  it("brings its trailers", async () => {
    standIn.handle = (_request, response) => {
      const out = response as ServerResponse;
      out.writeHead(200, { Trailer: "X-Sum" });
      out.write("body");
      out.addTrailers({ "X-Sum": "42" });
      out.end();
    };
    const stream = (await session()).request({ ":path": "/x" });
    const trailers = once(stream, "trailers") as Promise<[Record<string, string>]>;
    stream.resume();
    expect((await trailers)[0]["x-sum"]).toBe("42");
    const [one] = await http1(await admin(cluster), "GET", "/x", {});
    await once(one.resume(), "end");
    expect(one.trailers["x-sum"]).toBe("42");
  });
});

describe("a body", () => {
  it("is handed on piece by piece", async () => {
    standIn.handle = (asked, response) => {
      asked.once("data", (chunk: Buffer) => {
        (response as ServerResponse).write(`got ${chunk}`);
        asked.once("data", (next: Buffer) => (response as ServerResponse).end(`, then ${next}`));
      });
    };
    const stream = (await session()).request({ ":path": "/x", ":method": "POST" }, { endStream: false });
    stream.write("one");
    const [first] = (await once(stream, "data")) as [Buffer];
    stream.end("two");
    const [second] = (await once(stream, "data")) as [Buffer];
    expect(`${first}${second}`).toBe("got one, then two");
  });

  it.each([{ "Content-Length": "4" }, { "Transfer-Encoding": "chunked" }])(
    "of HTTP/1.1 arrives with %j",
    async (headers) => {
      standIn.handle = (asked, response) => {
        asked.on("data", (chunk: Buffer) => (response as ServerResponse).write(chunk));
        asked.once("end", () => (response as ServerResponse).end("!"));
      };
      const [answer] = await http1(await admin(cluster), "PUT", "/x", { ...headers }, "body");
      expect((await answer.toArray()).join("")).toBe("body!");
    },
  );

  it("is asked for by the server where its client waits for a word", async () => {
    standIn.handle = (asked, response) => {
      if (asked.url === "/refused") (response as ServerResponse).writeHead(413, { Connection: "close" }).end();
      else {
        (response as ServerResponse).writeContinue();
        asked.resume().once("end", () => (response as ServerResponse).end("done"));
      }
    };
    const options = await admin(cluster);
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
    expect(await rawHttp1(options, head("/refused"))).toMatch(/^HTTP\/1.1 413 /);
    const socket = await connectTls({ ...options, ALPNProtocols: ["http/1.1"] });
    socket.write(head("/taken"));
    const [word] = (await once(socket, "data")) as [Buffer];
    expect(word.toString()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    socket.write("body");
    expect((await socket.toArray()).join("")).toMatch(/^HTTP\/1.1 200 OK\r\n.*done/s);
  });
});

describe("leaving HTTP", () => {
  const EXEC = "/api/v1/namespaces/ns/pods/p/exec?command=sh";
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4\r\n\r\n`;

  it("gives bytes both ways, and the end of either", async () => {
    standIn.onUpgrade = (_request, socket) => {
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-A: b\r\n\r\nhello",
      );
      socket.on("data", (chunk: Buffer) => socket.end(`<${chunk}>`));
    };
    const socket = await connectTls({ ...(await as("bob")), ALPNProtocols: ["http/1.1"] });
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk;
      if (text.endsWith("hello")) socket.write("ping");
    });
    socket.write(head(EXEC));
    await once(socket, "close");
    expect(text).toBe(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-A: b\r\n\r\nhello<ping>",
    );
    expect([valuesOf(standIn.seen[0]!, "upgrade"), valuesOf(standIn.seen[0]!, "x-remote-user")]).toEqual([
      ["SPDY/3.1"],
      ["bob"],
    ]);
  });

  it("takes no body along, which would be made of what the next client sends", async () => {
    standIn.onUpgrade = (_request, socket) => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    const upgrade = { connection: "Upgrade", upgrade: "SPDY/3.1", "content-length": "50", expect: "100-continue" };
    const [refused] = await http1(await admin(cluster), "POST", EXEC, upgrade);
    expect(refused.statusCode).toBe(400);
    expect(valuesOf(standIn.seen[0]!, "content-length")).toEqual([]);
    expect(valuesOf(standIn.seen[0]!, "expect")).toEqual([]);
  });

  it("can be refused in HTTP", async () => {
    standIn.onUpgrade = (_request, socket) => socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    const socket = await connectTls({ ...(await admin(cluster)), ALPNProtocols: ["http/1.1"] });
    socket.write(head(EXEC));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/);
    socket.destroy();
  });
});

describe("a server that is not there", () => {
  it("is told of as a Status that asks for another try, and found again", async () => {
    await standIn.kill();
    const client = await session();
    for (const options of [{}, { ":method": "POST" }]) {
      const answer = await request(client, "/api", options);
      expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "1"]);
      expect(JSON.parse(answer.text)).toMatchObject({
        kind: "Status",
        reason: "ServiceUnavailable",
        message: expect.stringMatching(/^cluster cluster-1: kube-apiserver can't be reached: .*ECONNREFUSED/),
        details: { retryAfterSeconds: 1 },
      });
    }
    await standIn.listen(standIn.lastPort);
    expect((await request(client, "/api")).status).toBe(200);
  });

  it("has perhaps done what it was asked: only what reads is asked again", async () => {
    let asked = 0;
    standIn.handle = (each) => {
      asked++;
      ("stream" in each ? each.stream.session : each.socket)?.destroy();
    };
    const client = await session();
    const post = client.request({ ":path": "/x", ":method": "POST" }, { endStream: false });
    post.end("{}");
    await closed(post);
    expect([asked, post.rstCode]).toEqual([1, 2]);
    expect((await request(client, "/x")).status).toBe(503);
    expect(asked).toBe(4);
  });
});
