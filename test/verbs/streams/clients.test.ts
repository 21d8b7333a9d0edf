import { once } from "node:events";
import { type Duplex, PassThrough, type Readable, Writable } from "node:stream";
import { Attach, Exec, KubeConfig, Log, PortForward, Watch } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StreamHooks } from "../../../src/embed.js";
import { POD, type Served, serve, spdy, upgrade } from "./support.js";

/** What the hooks have been asked. */
const asked: string[] = [];

const hooks: StreamHooks = {
  serves: ({ name }) => name === "hooked",
  exec: ({ name, command, stdin, stdout, tty, resize }) => {
    if (name !== "hooked") return undefined;
    asked.push(`exec ${command.join(" ")}`);
    return (async () => {
      if (command[0] === "throw") throw new Error("no such thing");
      if (command[0] === "size" && tty) {
        for await (const { width, height } of resize) {
          stdout?.write(`${width}x${height}`);
          return 0;
        }
      }
      for await (const chunk of stdin ?? []) stdout?.write(String(chunk).toUpperCase());
      return 7;
    })();
  },
  attach: ({ name, stdout }) => {
    if (name !== "hooked") return undefined;
    stdout?.write("attached");
    return Promise.resolve(undefined);
  },
  portForward: ({ name, port, connection }) => {
    if (name !== "hooked") return undefined;
    connection.end(`port ${port}`);
    connection.resume();
    return once(connection, "finish").then(() => undefined);
  },
  log: ({ name, signal }) => {
    if (name !== "hooked") return undefined;
    return (async function* () {
      yield "first";
      if (!signal.aborted) await once(signal, "abort");
      asked.push("log ended");
    })();
  },
  proxy: ({ resource, name, path, method, body }) => {
    if (name !== "web") return undefined;
    if (path === "/upgraded") {
      const serve = async (connection: Duplex) => {
        for await (const chunk of connection) connection.write(`${chunk}!`);
      };
      return Promise.resolve({ headers: { "X-By": resource }, upgrade: serve });
    }
    return Promise.resolve({ status: 201, headers: { "X-By": resource }, body: `${method} ${path} ${body}` });
  },
};

let served: Served;
let config: KubeConfig;
beforeAll(async () => {
  const log = "2024-01-01T00:00:00Z one\n2024-01-02T00:00:00Z two\nthree";
  const exec = JSON.stringify([
    { command: ["cat"], echo: true },
    { command: ["no"], stderr: "no\n", exitCode: 2 },
  ]);
  const ports = JSON.stringify({ 80: "echo" });
  served = await serve(
    {
      scripted: { "fake-apiserver/log": log, "fake-apiserver/exec": exec, "fake-apiserver/ports": ports },
      hooked: {},
      plain: {},
      web: {},
    },
    { streams: hooks },
  );
  config = new KubeConfig();
  config.loadFromString(served.kubeconfig);
});
afterAll(() => served.server.stop());

function sink(): { readonly stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

async function run(pod: string, command: string[], stdin?: Readable) {
  const [out, err] = [sink(), sink()];
  const status = await new Promise<{ status?: string; message?: string; details?: unknown }>((resolve, reject) => {
    new Exec(config)
      .exec("default", pod, "c", command, out.stream, err.stream, stdin ?? null, false, resolve)
      .catch(reject);
  });
  return { out: out.text(), err: err.text(), status };
}

describe("the JavaScript client", () => {
  it("runs scripted commands", async () => {
    const stdin = new PassThrough();
    stdin.end("some input");
    expect(await run("scripted", ["cat"], stdin)).toMatchObject({ out: "some input", status: { status: "Success" } });
    const failed = await run("scripted", ["no"]);
    expect(failed.err).toBe("no\n");
    expect(failed.status.details).toEqual({ causes: [{ reason: "ExitCode", message: "2" }] });
  });

  it("runs hooked commands, on a pod without annotations", async () => {
    const stdin = new PassThrough();
    stdin.end("abc");
    const { out, status } = await run("hooked", ["anything"], stdin);
    expect([out, status.message]).toEqual(["ABC", expect.stringContaining("exit code 7")]);
    expect(asked).toContain("exec anything");
    expect((await run("hooked", ["throw"])).status.message).toContain("no such thing");
  });

  it("attaches", async () => {
    const out = sink();
    const socket = await new Attach(config).attach("default", "hooked", "c", out.stream, null, null, false);
    await new Promise((resolve) => {
      socket.onclose = resolve;
    });
    expect(out.text()).toBe("attached");
  });

  it("forwards ports", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const forward = new PortForward(config);
    const socket = await forward.portForward("default", "scripted", [80], output, null, input);
    input.write("over and out");
    const [chunk] = (await once(output, "data")) as [Buffer];
    expect(String(chunk)).toBe("over and out");
    (socket as { close(): void }).close();
  });

  it("reads logs", async () => {
    const read = async (options: object) => {
      const stream = new PassThrough();
      await new Log(config).log("default", "scripted", "c", stream, options);
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString();
    };
    expect(await read({})).toBe("one\ntwo\nthree\n");
    expect(await read({ tailLines: 1 })).toBe("three\n");
    expect(await read({ limitBytes: 5 })).toBe("one\nt");
    expect(await read({ timestamps: true, tailLines: 2 })).toMatch(/^2024-01-02T00:00:00Z two\n20\S+Z three\n$/);
  });
});

describe("logs that are followed", () => {
  it("go on with lines that come, and end with the pod", async () => {
    const { client } = served;
    const annotate = (log: string) =>
      client.send("PATCH", `${POD}/plain`, {
        headers: { "Content-Type": "application/merge-patch+json" },
        body: JSON.stringify({ metadata: { annotations: { "fake-apiserver/log": log } } }),
      });
    const reply = await client.open("GET", `${POD}/plain/log?follow=true`);
    const lines: string[] = [];
    const body = reply.body[Symbol.asyncIterator]();
    const next = async () => lines.push(String((await body.next()).value));
    await annotate("a");
    await next();
    await annotate("a\nb");
    await next();
    expect(lines).toEqual(["a\n", "b\n"]);
    await client.send("DELETE", `${POD}/plain?gracePeriodSeconds=0`);
    expect((await body.next()).done).toBe(true);
  });

  it("tell their source when nobody reads any more", async () => {
    const reply = await served.client.open("GET", `${POD}/hooked/log?follow=true`);
    await once(reply.body, "readable");
    reply.close();
    while (!asked.includes("log ended")) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});

describe("proxies", () => {
  it("are answered by hooks, and by nobody else", async () => {
    const reply = await served.client.send("PUT", `${POD}/web:80/proxy/a/b`, { body: "hello" });
    expect([reply.status, reply.headers["x-by"], String(reply.body)]).toEqual([201, ["pods"], "PUT /a/b hello"]);
    const asked = await served.client.send("GET", `${POD}/web/proxy/upgraded`);
    expect(asked.status).toBe(500);
    const node = await served.client.send("GET", "/api/v1/nodes/node/proxy/stats");
    expect([node.status, JSON.parse(String(node.body)).reason]).toEqual([503, "ServiceUnavailable"]);
    const bare = await served.client.send("GET", "/api/v1/nodes/node/proxy");
    expect([bare.status, bare.headers.location]).toEqual([301, ["/api/v1/nodes/node/proxy/"]]);
  });
});

describe("upgrades through a proxy", () => {
  it("hand the connection to the hook", async () => {
    const { head, socket } = await upgrade(served, "GET", `${POD}/web/proxy/upgraded`, { Upgrade: "foo" });
    expect(head).toBe("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\nX-By: pods\r\n\r\n");
    socket.write("hello");
    const [echo] = (await once(socket, "data")) as [Buffer];
    expect(String(echo)).toBe("hello!");
    socket.destroy();
  });

  it.each([
    [`${POD}/none/proxy/x`, 404],
    ["/api/v1/nodes/node/proxy", 503],
  ])("to %s are refused as requests are", async (path, status) => {
    const { head, socket } = await upgrade(served, "GET", path, { Upgrade: "foo" });
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    socket.destroy();
  });
});

const WEBSOCKET = {
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

describe("watches over WebSockets", () => {
  it("send each event as a message and end with a close", async () => {
    const path = `${POD}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name=web`;
    const { head, socket } = await upgrade(served, "GET", path, { ...WEBSOCKET, Origin: "http://localhost" });
    expect(head).toBe(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    );
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    expect([...bytes.subarray(0, 2)]).toEqual([0x81, 126]);
    const size = bytes.readUInt16BE(2);
    expect(JSON.parse(bytes.toString("utf8", 4, 4 + size))).toMatchObject({ type: "ADDED" });
    expect([...bytes.subarray(4 + size)]).toEqual([0x88, 2, 0x03, 0xe8]);
  });

  it("in protobuf are binary, without lengths", async () => {
    const path = `${POD}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name=web`;
    const headers = { ...WEBSOCKET, Origin: "http://x", Accept: "application/vnd.kubernetes.protobuf" };
    const { socket } = await upgrade(served, "GET", path, headers);
    const [first] = (await once(socket, "data")) as [Buffer];
    expect([first[0], first.toString("latin1", 4, 11)]).toEqual([0x82, "\n\x05ADDED"]);
    socket.destroy();
  });

  it.each([
    ["says goodbye", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]],
    ["says goodbye with another code", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]],
    ["says goodbye without a code", [0x88, 0x80, 0, 0, 0, 0]],
    ["sends what it may not", [0x83, 0x80, 0, 0, 0, 0]],
  ])("end with the same code when the client %s", async (_what, frame) => {
    const path = `${POD}?watch=true&fieldSelector=metadata.name=none`;
    const { socket } = await upgrade(served, "GET", path, { ...WEBSOCKET, Origin: "http://localhost" });
    socket.write(Buffer.from(frame));
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect([...Buffer.concat(chunks)]).toEqual([0x88, 2, 0x03, 0xe8]);
  });

  it("leave watches over HTTP as they are", async () => {
    const found = await new Promise<string>((resolve, reject) => {
      const watch = new Watch(config);
      void watch
        .watch(`${POD}`, {}, (type) => resolve(type), reject)
        .then((controller) => {
          setTimeout(() => controller.abort(), 2_000).unref();
        });
    });
    expect(found).toBe("ADDED");
  });
});

describe("streams", () => {
  it("are for those who may", async () => {
    const { cert: _cert, key: _key, ...nobody } = served.endpoint;
    const { head, socket } = await spdy({ endpoint: nobody }, "scripted/exec?command=cat&stdin=1", "v4.channel.k8s.io");
    expect(head).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    socket.destroy();
    const headers = { ...WEBSOCKET, Authorization: "Bearer wrong" };
    const wrong = await upgrade({ endpoint: nobody }, "GET", `${POD}/scripted/attach?stdin=1`, headers);
    expect(wrong.head).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    wrong.socket.destroy();
  });

  it("end when the server does", async () => {
    const other = await serve({ p: { "fake-apiserver/exec": '[{"command":["cat"],"echo":true}]' } });
    const { client } = await spdy(other, "p/exec?command=cat&stdin=1&stdout=1", "v4.channel.k8s.io");
    for (const streamtype of ["error", "stdin", "stdout"]) await client.open({ streamtype });
    await client.until(() => client.has((frame) => frame.type === "syn_reply"));
    const path = `${POD}/p/exec?command=cat&stdin=1`;
    const webSocket = await upgrade(other, "GET", path, {
      ...WEBSOCKET,
      "Sec-WebSocket-Protocol": "v5.channel.k8s.io",
    });
    webSocket.socket.resume();
    await Promise.all([other.server.stop(), client.untilEnded(), once(webSocket.socket, "end")]);
    expect(client.has((frame) => frame.type === "goaway")).toBe(true);
  });
});
