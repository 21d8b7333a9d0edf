import { describe, expect, it } from "vitest";
import { EtcdClient } from "../../../src/proxy/etcd/client.js";
import { nextKey, prefixEnd } from "../../../src/proxy/etcd/keys.js";
import { error, FakeMember, rpcError, withMembers } from "./fake-members.js";

async function use<T>(client: EtcdClient, act: (client: EtcdClient) => Promise<T>): Promise<T> {
  try {
    return await act(client);
  } finally {
    client.close();
  }
}

const textOf = async (client: EtcdClient, limits = {}) =>
  Buffer.from((await client.get("x", limits))?.value ?? []).toString();

describe("EtcdClient", () => {
  it("reads and writes", async () => {
    await withMembers(["a"], async (connection) => {
      await use(new EtcdClient(connection), async (client) => {
        expect(await textOf(client)).toBe("a");
        expect(await client.put("x", "b")).toBe(7n);
        const { revision, count } = await client.range("x", { end: prefixEnd("x") });
        expect([revision, count]).toEqual([7n, 1n]);
      });
    });
  });

  it("goes to the next member when one has gone, for reads and writes, and stays there", async () => {
    await withMembers(["a", "b"], async (connection, [a, b]) => {
      await use(new EtcdClient(connection), async (client) => {
        expect(await textOf(client)).toBe("a");
        await a?.close();
        expect(await client.put("x", "1")).toBe(7n);
        expect(await textOf(client)).toBe("b");
        expect(b?.calls).toEqual(["put", "range"]);
      });
    });
  });

  it("waits for a single member to come back", async () => {
    const gone = new FakeMember("old");
    const endpoint = await gone.listen();
    const { port } = gone;
    await gone.close();
    const back = new FakeMember("back");
    await use(new EtcdClient({ endpoints: [endpoint] }), async (client) => {
      await expect(client.get("x", { timeoutMs: 200 })).rejects.toMatchObject({ code: "UNAVAILABLE" });
      const reading = textOf(client, { timeoutMs: 20_000 });
      await back.listen(port);
      expect(await reading).toBe("back");
    });
    await back.close();
  });

  it("repeats a read that a member does not answer, but no write", async () => {
    await withMembers(["a", "b"], async (connection, [a, b]) => {
      for (const member of [a, b]) {
        if (member) member.behaviour = () => (member === a ? error("UNAVAILABLE", "request timed out") : undefined);
      }
      await use(new EtcdClient(connection), async (client) => {
        await expect(client.put("x", "1")).rejects.toMatchObject({ code: "UNAVAILABLE" });
        expect(b?.calls).toEqual([]);
        expect(await textOf(client)).toBe("b");
      });
      if (a) a.behaviour = () => "hang";
      await use(new EtcdClient(connection), async (client) => {
        await expect(client.put("x", "1", { timeoutMs: 300 })).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
        expect(await textOf(client)).toBe("b");
      });
    });
  });

  it("gives up in time, and says why", async () => {
    const gone = new FakeMember("");
    const endpoint = await gone.listen();
    await gone.close();
    await use(new EtcdClient({ endpoints: [endpoint] }), async (client) => {
      const reading = client.get("x", { timeoutMs: 400 });
      await expect(reading).rejects.toMatchObject({ code: "UNAVAILABLE", message: /ECONNREFUSED/ });
    });
    await use(new EtcdClient({ endpoints: [endpoint] }), async (client) => {
      const over = AbortSignal.abort();
      await expect(client.get("x", { signal: over })).rejects.toMatchObject({ code: "CANCELLED" });
    });
  });

  it("shows a token, and gets another when it has run out", async () => {
    await withMembers(["a"], async (connection, [a]) => {
      await use(new EtcdClient({ ...connection, user: "root", password: "right" }), async (client) => {
        expect(await textOf(client)).toBe("a");
        const refused = [
          error("INVALID_ARGUMENT", "revision of auth store is old"),
          error("INVALID_ARGUMENT", "invalid auth token"),
          // As etcd 3.4.15 has it.
          rpcError("UNKNOWN", "auth: revision in header is old"),
        ];
        if (a) a.behaviour = (method) => (method === "range" ? refused.pop() : undefined);
        expect(await textOf(client)).toBe("a");
        expect(a?.calls).toEqual(
          "authenticate range range authenticate range authenticate range authenticate range".split(" "),
        );
        expect(refused).toEqual([]);
      });
      await use(new EtcdClient({ ...connection, user: "root", password: "wrong" }), async (client) => {
        await expect(client.get("x")).rejects.toMatchObject({
          code: "INVALID_ARGUMENT",
          message: "etcdserver: authentication failed, invalid user ID or password",
        });
        if (a)
          a.behaviour = (method) =>
            method === "authenticate" ? error("FAILED_PRECONDITION", "authentication is not enabled") : undefined;
        expect(await textOf(client)).toBe("a");
      });
    });
  });

  it("takes no connection without endpoints", () => {
    expect(() => new EtcdClient({ endpoints: [] })).toThrow("no endpoint");
  });
});

describe("keys", () => {
  it("end where their prefix does", () => {
    expect(Buffer.from(prefixEnd("/a/")).toString()).toBe("/a0");
    expect([...prefixEnd(Buffer.of(1, 0xff, 0xff))]).toEqual([2]);
    expect([...prefixEnd(Buffer.of(0xff))]).toEqual([0]);
    expect([...prefixEnd("")]).toEqual([0]);
    expect([...nextKey(Buffer.of(5))]).toEqual([5, 0]);
  });
});
