import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_WINDOW, INITIAL_WINDOW_SIZE, ping, settings, windowUpdate } from "../../../src/streams/spdy/frames.js";
import { type Served, serve, spdy } from "./support.js";

const EXEC = JSON.stringify([
  { command: ["echo", "hi"], stdout: "hi\n" },
  { command: ["fail", "*"], stderr: "no\n", exitCode: 3 },
  { command: ["cat"], echo: true },
]);
const PORTS = JSON.stringify({ 80: "echo", 81: { send: "hello" } });

let served: Served;
beforeAll(async () => {
  served = await serve({ p: { "fake-apiserver/exec": EXEC, "fake-apiserver/ports": PORTS } });
});
afterAll(() => served.server.stop());

const V4 = "v4.channel.k8s.io";
const FORWARD = "portforward.k8s.io";

async function command(words: string[], protocol = V4) {
  const query = words.map((word) => `command=${word}`).join("&");
  const { client } = await spdy(served, `p/exec?${query}&stdout=1&stderr=1`, protocol);
  const error = await client.open({ streamtype: "error" });
  const stdout = await client.open({ streamtype: "stdout" });
  const stderr = await client.open({ streamtype: "stderr" });
  await client.untilEnded();
  return { stdout: client.text(stdout), stderr: client.text(stderr), error: client.text(error) };
}

describe("exec over SPDY", () => {
  it("brings output, then a status, then the end", async () => {
    const ok = '{"metadata":{},"status":"Success"}';
    expect(await command(["echo", "hi"])).toEqual({ stdout: "hi\n", stderr: "", error: ok });
    const failed = await command(["fail", "now"]);
    expect(failed.stderr).toBe("no\n");
    expect(JSON.parse(failed.error)).toEqual({
      metadata: {},
      status: "Failure",
      message: "command terminated with non-zero exit code: error executing command [fail now], exit code 3",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "3" }] },
    });
  });

  it("has an exit code for commands that nobody has an answer for", async () => {
    const { stderr, error } = await command(["what"]);
    expect(stderr).toContain('no answer for ["what"]');
    expect(JSON.parse(error).details.causes).toEqual([{ reason: "ExitCode", message: "127" }]);
  });

  it("tells failures as text in older protocols", async () => {
    expect((await command(["echo", "hi"], "v2.channel.k8s.io")).error).toBe("");
    expect((await command(["fail"], "channel.k8s.io")).error).toContain("exit code 3");
  });

  it("picks the client's first protocol that is served, and refuses others", async () => {
    const { head, socket } = await spdy(
      served,
      "p/exec?command=cat&stdin=1",
      `v9.channel.k8s.io, v3.channel.k8s.io, ${V4}`,
    );
    expect(head).toContain("X-Stream-Protocol-Version: v3.channel.k8s.io\r\n");
    socket.destroy();
    const none = await spdy(served, "p/exec?command=cat&stdin=1", "v9.channel.k8s.io");
    expect(none.head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    none.socket.destroy();
  });

  it("ends when the client is gone, whoever waits for it", async () => {
    const { client, socket } = await spdy(served, "p/exec?command=cat&stdin=1&stdout=1", V4);
    const error = await client.open({ streamtype: "error" });
    const stdin = await client.open({ streamtype: "stdin" });
    const stdout = await client.open({ streamtype: "stdout" });
    client.send(stdin, "abc");
    await client.until(() => client.text(stdout) === "abc");
    expect(client.text(error)).toBe("");
    socket.end();
    await client.untilEnded();
  });

  it("answers pings, and ends a connection that is no SPDY", async () => {
    const { client } = await spdy(served, "p/exec?command=cat&stdin=1", V4);
    client.raw(ping(7));
    await client.until(() => client.has((frame) => frame.type === "ping" && frame.id === 7));
    client.raw(Buffer.from([0x80, 9, 0, 1, 0, 0, 0, 0]));
    await client.untilEnded();
    expect(client.has((frame) => frame.type === "goaway" && frame.status === 1)).toBe(true);
  });
});

describe("port-forward over SPDY", () => {
  async function open(client: Awaited<ReturnType<typeof spdy>>["client"], port: number, request: number) {
    const headers = { port: String(port), requestid: String(request) };
    const error = await client.open({ ...headers, streamtype: "error" });
    const data = await client.open({ ...headers, streamtype: "data" });
    return { error, data };
  }

  it("serves a thousand connections at once", async () => {
    const { client, socket } = await spdy(served, "p/portforward", FORWARD);
    const pairs: { readonly data: number; readonly error: number }[] = [];
    for (let index = 0; index < 1000; index++) pairs.push(await open(client, 80, index));
    for (const [index, { data, error }] of pairs.entries()) {
      client.send(data, `connection ${index}`, true);
      client.send(error, "", true);
    }
    await client.until(() => pairs.every(({ data }) => client.finished(data)));
    expect(pairs.map(({ data }) => client.text(data))).toEqual(pairs.map((_, index) => `connection ${index}`));
    socket.destroy();
  });

  it("moves much more than a window without anybody saying so", async () => {
    const { client, socket } = await spdy(served, "p/portforward", FORWARD);
    const { data } = await open(client, 80, 0);
    const sent = Buffer.alloc(8 << 20, "0123456789");
    for (let at = 0; at < sent.length; at += 1 << 16) client.send(data, sent.subarray(at, at + (1 << 16)));
    client.send(data, "", true);
    await client.until(() => client.finished(data));
    expect(client.bytes(data).equals(sent)).toBe(true);
    socket.destroy();
  });

  it("keeps to the window of a client that counts", async () => {
    const { client, socket } = await spdy(served, "p/portforward", FORWARD);
    client.raw(settings(new Map([[INITIAL_WINDOW_SIZE, 100]])));
    const { data } = await open(client, 80, 0);
    client.send(data, Buffer.alloc(1000, "x"), true);
    client.raw(ping(1));
    await client.until(() => client.text(data).length >= 100);
    expect(client.text(data).length).toBe(100);
    client.raw(windowUpdate(data, 300));
    await client.until(() => client.text(data).length >= 400);
    expect(client.text(data).length).toBe(400);
    client.raw(windowUpdate(data, DEFAULT_WINDOW));
    await client.until(() => client.finished(data));
    expect(client.text(data).length).toBe(1000);
    const granted = client.frames.flatMap((each) => (each.type === "window_update" ? [each.delta] : []));
    expect(granted.reduce((sum, delta) => sum + delta, 0)).toBe(1000);
    socket.destroy();
  });

  it("tells on the error stream what is wrong, port by port", async () => {
    const { client, socket } = await spdy(served, "p/portforward", FORWARD);
    const [refused, fine] = [await open(client, 99, 1), await open(client, 81, 2)];
    await client.until(() => client.finished(refused.error) && client.finished(fine.data));
    expect(client.text(refused.error)).toMatch(
      /^error forwarding port 99 to pod p_default, uid [0-9a-f-]{36}: dial tcp4 127\.0\.0\.1:99: connect: connection refused$/,
    );
    expect(client.text(fine.data)).toBe("hello");
    socket.destroy();
  });

  it("resets streams that are for no port", async () => {
    const { client, socket } = await spdy(served, "p/portforward", FORWARD);
    const odd = [
      await client.open({ streamtype: "data" }),
      await client.open({ streamtype: "data", port: "0" }),
      await client.open({ streamtype: "data", port: "70000" }),
      await client.open({ streamtype: "other", port: "80" }),
    ];
    await client.until(() => odd.every((id) => client.has((each) => each.type === "rst_stream" && each.stream === id)));
    socket.destroy();
  });
});
