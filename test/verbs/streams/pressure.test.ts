import { once } from "node:events";
import type { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StreamHooks } from "../../../src/embed.js";
import type { Wheel } from "../../../src/kube/wheel.js";
import { IDLE_MS, whileLively } from "../../../src/verbs/streams/clock.js";
import { POD, type Served, serve, spdy, upgrade } from "./support.js";

const WEBSOCKET = {
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol": "v5.channel.k8s.io",
};

/** Bytes that a talkative command could write, by its name. */
const written = new Map<string, number>();
const gone = new Set<string>();

/** Writes for as long as it can, and waits where it can't. */
async function talk(name: string, stdout: Writable, signal: AbortSignal): Promise<void> {
  const piece = Buffer.alloc(64 * 1024, "x");
  const aborted = once(signal, "abort");
  while (!signal.aborted) {
    written.set(name, (written.get(name) ?? 0) + piece.length);
    if (stdout.write(piece)) continue;
    await Promise.race([once(stdout, "drain").catch(() => undefined), aborted]);
  }
  gone.add(name);
}

const hooks: StreamHooks = {
  serves: () => true,
  exec: async ({ command, stdout, signal }) => {
    await talk(command[0]!, stdout!, signal);
    return 0;
  },
};

let served: Served;
beforeAll(async () => {
  served = await serve({ p: {} }, { streams: hooks });
});
afterAll(() => served.server.stop());

/** Resolves when a command has written nothing for a while: its client's buffers are full, too. */
async function untilHeldUp(name: string): Promise<number> {
  for (let last = -1; ; ) {
    const now = written.get(name) ?? 0;
    if (now > 0 && now === last) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function untilGone(name: string): Promise<void> {
  while (!gone.has(name)) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a client that does not read", () => {
  it("holds up a command over SPDY, until it reads or is gone", async () => {
    const { client, socket } = await spdy(served, "p/exec?command=spdy&stdout=1", "v4.channel.k8s.io");
    await client.open({ streamtype: "error" });
    await client.open({ streamtype: "stdout" });
    await client.until(() => client.has((frame) => frame.type === "data"));
    socket.pause();
    const before = await untilHeldUp("spdy");
    expect(before).toBeLessThan(64 << 20);
    socket.resume();
    while (written.get("spdy") === before) await new Promise((resolve) => setTimeout(resolve, 5));
    socket.destroy();
    await untilGone("spdy");
  });

  it("holds up a command over a WebSocket, until it is gone", async () => {
    const { socket } = await upgrade(served, "GET", `${POD}/p/exec?command=ws&stdout=1`, WEBSOCKET);
    socket.pause();
    expect(await untilHeldUp("ws")).toBeLessThan(64 << 20);
    socket.destroy();
    await untilGone("ws");
  });

  it("leaves others alone", async () => {
    const { socket } = await upgrade(served, "GET", `${POD}/p/exec?command=slow&stdout=1`, WEBSOCKET);
    socket.pause();
    await untilHeldUp("slow");
    const { client, socket: other } = await spdy(served, "p/exec?command=fast&stdout=1", "v4.channel.k8s.io");
    await client.open({ streamtype: "error" });
    const stdout = await client.open({ streamtype: "stdout" });
    await client.until(() => client.bytes(stdout).length > 1 << 20);
    for (const each of [socket, other]) each.destroy();
    await Promise.all([untilGone("slow"), untilGone("fast")]);
  });
});

describe("a connection on which nothing moves", () => {
  it("is ended after four hours, and not before", async () => {
    let now = 0;
    const pending: { at: number; run: () => void }[] = [];
    const wheel = {
      after: (ms: number, run: () => void) => {
        const entry = { at: now + ms, run };
        pending.push(entry);
        return () => {
          pending.splice(pending.indexOf(entry), 1);
        };
      },
    } as unknown as Wheel;
    const pass = (ms: number) => {
      now += ms;
      for (const entry of pending.filter(({ at }) => at <= now)) {
        pending.splice(pending.indexOf(entry), 1);
        entry.run();
      }
    };
    const sources = { now: () => now, uid: () => "", suffix: () => "" };
    let ended = false;
    const over = whileLively({ wheel, sources }, new AbortController().signal, async (clock, signal) => {
      pass(IDLE_MS - 1);
      clock.touch();
      pass(2);
      expect(signal.aborted).toBe(false);
      pass(IDLE_MS - 2);
      expect(signal.aborted).toBe(true);
      ended = true;
    });
    await over;
    expect([ended, pending]).toEqual([true, []]);
  });
});
