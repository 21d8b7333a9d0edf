import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EtcdError } from "../../../src/proxy/etcd/error.js";
import type { StoreClient } from "../../../src/proxy/store/layout.js";
import { Session } from "../../../src/proxy/store/session.js";
import { log } from "./rig.js";

const TTL = 15;
let now = 0;
/** What etcd answers to who keeps a lease alive. */
let left: number | "silent" = TTL;
let revoked = 0;

const client = {
  closed: false,
  leases: {
    grant: async () => ({ id: 1n, ttl: TTL }),
    keepAlive: async () => {
      if (left === "silent") throw new EtcdError("UNAVAILABLE", "down");
      return left;
    },
    revoke: async () => {
      revoked++;
    },
  },
} as unknown as StoreClient;

beforeEach(() => {
  vi.useFakeTimers();
  [now, left, revoked] = [0, TTL, 0];
});

afterEach(() => {
  vi.useRealTimers();
});

async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds * 10; i++) {
    now += 100;
    await vi.advanceTimersByTimeAsync(100);
  }
}

const opened = () => Session.open(client, { ttl: TTL, log, clock: () => now });

test("lasts as long as etcd hears of it", async () => {
  const session = await opened();
  await pass(100);
  expect(session.held).toBe(true);
  await session.close();
  expect([session.held, revoked]).toEqual([false, 1]);
});

test("is uncertain before it may have ended, and goes on when etcd says so", async () => {
  const session = await opened();
  await pass(5);
  left = "silent";
  await pass(13);
  expect(session.held).toBe(true);
  await pass(1.5);
  expect([session.held, session.ended]).toEqual([false, false]);
  let served = false;
  const waiting = session.whenHeld(34_000).then(() => {
    served = true;
  });
  await pass(20);
  expect(served).toBe(false);
  left = TTL;
  await pass(1);
  await waiting;
  expect(session.held).toBe(true);
  await session.close();
});

test("answers as kube-apiserver does when nobody can say for long", async () => {
  const session = await opened();
  left = "silent";
  await pass(20);
  const refused = session.whenHeld(34_000).catch((error: unknown) => error);
  await pass(35);
  expect(await refused).toMatchObject({
    status: {
      code: 504,
      reason: "Timeout",
      message: "Timeout: request did not complete within requested timeout - context deadline exceeded",
    },
  });
  await session.close();
});

test("ends when etcd knows nothing of it any more", async () => {
  const session = await opened();
  let ended = 0;
  session.onEnd(() => ended++);
  left = "silent";
  await pass(20);
  const refused = session.whenHeld(34_000).catch((error: unknown) => error);
  left = 0;
  await pass(1);
  expect(await refused).toMatchObject({ status: { code: 503 } });
  expect([session.ended, ended]).toEqual([true, 1]);
  await session.close();
  expect(revoked).toBe(0);
});
