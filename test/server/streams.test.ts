import { once } from "node:events";
import http2 from "node:http2";
import { afterEach, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import type { Answer, Handler, KubeRequest, StreamSink } from "../../src/kube/handler.js";
import { admin, connectHttp2, connectTls, echo, request, testFleet } from "./support.js";

let fleet: Fleet | undefined;
afterEach(() => fleet?.close());

async function cluster(...parts: Parameters<typeof testFleet>): Promise<Cluster> {
  fleet = await testFleet(...parts);
  return fleet.cluster("cluster-1");
}

const stream = (run: (sink: StreamSink) => Promise<void>): Answer => ({ status: 200, headers: {}, run });

const MIB = 1024 * 1024;
const CHUNK = Buffer.alloc(16 * 1024, "x");

/** A watch that never runs dry; `written` counts the bytes handed over, by path. */
function flood(written: Map<string, number>): Handler {
  return async ({ path }: KubeRequest) =>
    stream(async (sink) => {
      while (!sink.signal.aborted) {
        written.set(path, (written.get(path) ?? 0) + CHUNK.length);
        if (!sink.write(CHUNK)) await sink.drained();
        else await new Promise(setImmediate);
      }
    });
}

/** Reads until so many bytes have come, then lets go. */
function read(from: http2.ClientHttp2Stream, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let got = 0;
    from.on("end", () => reject(new Error(`ended after ${got} bytes`)));
    from.on("data", (chunk: Buffer) => {
      got += chunk.length;
      if (got < bytes) return;
      from.pause().removeAllListeners("end").close(http2.constants.NGHTTP2_CANCEL);
      resolve();
    });
  });
}

describe("a watcher that stops reading", () => {
  it("holds up neither memory nor another watcher, on its own connection or on the same", async () => {
    const written = new Map<string, number>();
    const c = await cluster(flood(written), { graceMs: 100 });
    const options = await admin(c);
    const [own, shared] = [connectHttp2(c, options), connectHttp2(c, options)];
    const slow = own.request({ ":path": "/slow" });
    const beside = shared.request({ ":path": "/beside" });
    const fast = shared.request({ ":path": "/fast" });
    await Promise.all([once(slow, "response"), once(beside, "response")]);
    const http1 = await connectTls({ ...options, ALPNProtocols: ["http/1.1"] });
    http1.pause();
    http1.write("GET /http1 HTTP/1.1\r\nHost: x\r\n\r\n");
    await read(fast, 48 * MIB);
    // What is in flight fills windows and the kernel's buffers, and then stops.
    for (const path of ["/slow", "/beside", "/http1"]) {
      expect(written.get(path), path).toBeGreaterThan(0);
      expect(written.get(path), path).toBeLessThan(16 * MIB);
    }
    const before = written.get("/slow");
    await read(shared.request({ ":path": "/fast" }), 8 * MIB);
    expect(written.get("/slow")).toBe(before);
    for (const session of [own, shared]) session.destroy();
    http1.destroy();
  });

  it("goes on where it was when it reads again", async () => {
    const c = await cluster(async () =>
      stream(async (sink) => {
        for (let i = 0; i < 2000; i++) {
          if (!sink.write(Buffer.from(`${i}\n`.padEnd(1000, ".")))) await sink.drained();
        }
      }),
    );
    const session = connectHttp2(c, await admin(c));
    const watch = session.request({ ":path": "/x" });
    await once(watch, "response");
    await request(session, "/healthz");
    let text = "";
    for await (const chunk of watch) text += String(chunk);
    expect(text.match(/\d+(?=\n)/g)).toEqual(Array.from({ length: 2000 }, (_, i) => String(i)));
    session.close();
  });
});

describe("answers that nobody reads", () => {
  it("leave a GET on the same connection answered, though they are two LISTs of 6 MB", async () => {
    const list = Array.from({ length: 6000 }, () => Buffer.alloc(1000, "i"));
    const c = await cluster(async (kube: KubeRequest) =>
      kube.path === "/list" ? { status: 200, headers: {}, chunks: list } : echo(kube),
    );
    const session = connectHttp2(c, await admin(c));
    const stalled = [1, 2].map(() => session.request({ ":path": "/list" }));
    await Promise.all(stalled.map((one) => once(one, "response")));
    for (let i = 0; i < 20; i++) expect((await request(session, "/small")).status).toBe(200);
    expect((await request(session, "/readyz")).text).toBe("ok");
    for (const one of stalled) await read(one, 6_000_000);
    session.close();
  });

  it("leave it answered with a hundred stalled streams, too", async () => {
    const chunks = [Buffer.alloc(MIB)];
    const c = await cluster(async (kube: KubeRequest) =>
      kube.path === "/list" ? { status: 200, headers: {}, chunks } : echo(kube),
    );
    const session = connectHttp2(c, await admin(c));
    const stalled = Array.from({ length: 99 }, () => session.request({ ":path": "/list" }));
    await Promise.all(stalled.map((one) => once(one, "response")));
    expect((await request(session, "/small")).status).toBe(200);
    session.destroy();
  });
});

describe("a drain", () => {
  const watchUntilAborted: Handler = async ({ signal }: KubeRequest) =>
    stream(async (sink) => {
      sink.write(Buffer.from("first\n"));
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      sink.write(Buffer.from("last\n"));
    });

  it("ends watches as if they were complete, over HTTP/2 with a GOAWAY", async () => {
    const c = await cluster(watchUntilAborted);
    const session = connectHttp2(c, await admin(c));
    const watch = session.request({ ":path": "/x" });
    const goaway = once(session, "goaway");
    await once(watch, "data");
    const closed = fleet!.close();
    let rest = "";
    for await (const chunk of watch) rest += String(chunk);
    expect([rest, watch.rstCode]).toEqual(["last\n", http2.constants.NGHTTP2_NO_ERROR]);
    expect((await goaway)[0]).toBe(http2.constants.NGHTTP2_NO_ERROR);
    await closed;
  });

  it("ends watches as if they were complete, over HTTP/1.1 with the last chunk", async () => {
    const c = await cluster(watchUntilAborted);
    const socket = await connectTls({ ...(await admin(c)), ALPNProtocols: ["http/1.1"] });
    socket.write("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    let text = String((await once(socket, "data"))[0]);
    const closed = fleet!.close();
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/\r\n6\r\nfirst\n\r\n5\r\nlast\n\r\n0\r\n\r\n$/);
    await closed;
  });

  it("lets running requests finish and takes no new connections", async () => {
    let release = () => {};
    let entered = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const c = await cluster(async (kube: KubeRequest) => {
      entered();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return echo(kube);
    });
    const options = await admin(c);
    const session = connectHttp2(c, options);
    const running = request(session, "/x");
    await inside;
    const closed = fleet!.close();
    await expect(connectTls(options)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    release();
    expect((await running).status).toBe(200);
    await closed;
  });

  it("does not wait for ever", async () => {
    const c = await cluster(async () => stream(() => new Promise(() => {})), { graceMs: 50 });
    const session = connectHttp2(c, await admin(c));
    session.on("error", () => {});
    const watch = session.request({ ":path": "/x" });
    watch.on("error", () => {});
    await once(watch, "response");
    const idle = await connectTls({ ...(await admin(c)), ALPNProtocols: ["http/1.1"] });
    const ended = once(idle, "close");
    idle.resume();
    await fleet!.close();
    await ended;
  });

  it("of one cluster leaves the others alone", async () => {
    await cluster(watchUntilAborted, { clusters: 2 });
    const [a, b] = [fleet!.cluster("cluster-1"), fleet!.cluster("cluster-2")];
    const sessions = [connectHttp2(a, await admin(a)), connectHttp2(b, await admin(b))] as const;
    const [watchA, watchB] = sessions.map((session) => session.request({ ":path": "/x" }));
    await Promise.all([once(watchA!, "data"), once(watchB!, "data")]);
    const ended = once(watchA!.resume(), "end");
    await fleet!.stop("cluster-1");
    await ended;
    expect((await request(sessions[1], "/healthz")).text).toBe("ok");
    expect(watchB!.closed).toBe(false);
    sessions[1].destroy();
  });
});
