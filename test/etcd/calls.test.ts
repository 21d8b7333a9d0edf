import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import {
  AlarmRequest,
  AlarmResponse,
  Empty,
  HeaderOnly,
  MemberAddRequest,
  MemberAddResponse,
  MemberIdRequest,
  MemberListRequest,
  MembersResponse,
  MoveLeaderRequest,
  StatusResponse,
} from "../../src/etcd/wire/messages.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { type Caller, PODS, Rig, SYSTEM } from "./support.js";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

const status = (client: Caller) => client.call("Maintenance/Status", Empty, StatusResponse, {});
const list = async (client: Caller) =>
  (await client.call("Cluster/MemberList", MemberListRequest, MembersResponse, { linearizable: true })).members;
const idOf = async (client: Caller, name: string) => (await list(client)).find((member) => member.name === name)!.id;
const move = (client: Caller, targetId: bigint) =>
  client.call("Maintenance/MoveLeader", MoveLeaderRequest, HeaderOnly, { targetId });
const remove = (client: Caller, id: bigint) =>
  client.call("Cluster/MemberRemove", MemberIdRequest, MembersResponse, { id });

describe("etcd", () => {
  it("moves its leader and keeps that in the cluster's objects", async () => {
    rig = await Rig.start("a", "b");
    const a = await rig.client("a");
    const before = await status(a);
    expect(before).toMatchObject({ version: "3.6.5", storageVersion: "3.6.0", errors: [], leader: await idOf(a, "a") });
    await expect(move(a, 42n)).rejects.toThrow("9 etcdserver: bad leader transferee");
    await move(a, await idOf(a, "b"));
    await expect(move(a, await idOf(a, "b"))).rejects.toThrow("9 etcdserver: not leader");
    const after = await status(a);
    expect(after.leader).toBe(await idOf(a, "b"));
    expect(after.raftTerm).toBe(before.raftTerm + 1n);
    expect(after.raftIndex).toBeGreaterThan(before.raftIndex);
    expect((await rig.api.get(SYSTEM)).metadata.annotations).toMatchObject({ "fake-apiserver/etcd-leader": "b" });
    // Another that leads is elected once, and stays when the first is back.
    await rig.add("c");
    await rig.annotate("b", { "fake-apiserver/etcd-member": "stopped" });
    expect((await status(a)).leader).toBe(await idOf(a, "a"));
    await rig.annotate("b", { "fake-apiserver/etcd-member": null });
    expect(await status(a)).toMatchObject({ leader: await idOf(a, "a"), raftTerm: after.raftTerm + 1n });
  });

  it("follows the pods, and lets members be removed while their pods are there", async () => {
    rig = await Rig.start("a", "b");
    const a = await rig.client("a");
    await rig.add("c");
    expect((await list(a)).map(({ name }) => name).sort()).toEqual(["a", "b", "c"]);
    await rig.api.delete(`${PODS}/etcd-c`, { gracePeriodSeconds: 0 });
    expect((await list(a)).map(({ name }) => name).sort()).toEqual(["a", "b"]);
    const b = await rig.client("b");
    expect((await remove(a, await idOf(a, "b"))).members.map(({ name }) => name)).toEqual(["a"]);
    await expect(list(b)).rejects.toThrow("14 etcdserver: server stopped");
    expect((await rig.api.get(`${PODS}/etcd-b`)).metadata.annotations).toMatchObject({
      "fake-apiserver/etcd-member": "removed",
    });
    await expect(remove(a, await idOf(a, "a"))).rejects.toThrow("9 etcdserver: re-configuration failed");
  });

  it("raises and takes back alarms", async () => {
    rig = await Rig.start("a");
    const a = await rig.client("a");
    const alarm = (action: number, memberId: bigint, kind: number) =>
      a.call("Maintenance/Alarm", AlarmRequest, AlarmResponse, { action, memberId, alarm: kind });
    const id = await idOf(a, "a");
    expect((await alarm(1, id, 2)).alarms).toEqual([{ memberId: id, alarm: 2 }]);
    expect((await status(a)).errors).toEqual([`memberID:${id} alarm:CORRUPT `]);
    expect((await alarm(0, 0n, 1)).alarms).toEqual([]);
    expect((await alarm(0, 0n, 0)).alarms).toHaveLength(1);
    await alarm(2, id, 2);
    expect((await alarm(0, 0n, 0)).alarms).toEqual([]);
    await expect(alarm(1, 42n, 1)).rejects.toThrow("12 ");
  });

  it("answers no more than it can without a majority", async () => {
    rig = await Rig.start("a");
    const a = await rig.client("a");
    const add = { peerUrls: ["https://192.0.2.50:2380"] };
    const { member } = await a.call("Cluster/MemberAdd", MemberAddRequest, MemberAddResponse, add);
    expect(await status(a)).toMatchObject({ leader: 0n, errors: ["etcdserver: no leader"] });
    await expect(list(a)).rejects.toThrow("14 etcdserver: request timed out");
    const local = await a.call("Cluster/MemberList", MemberListRequest, MembersResponse, {});
    expect(local.members.map(({ id }) => id)).toContain(member!.id);
  });

  it("does one thing after the other", async () => {
    rig = await Rig.start("a", "b", "c");
    const a = await rig.client("a");
    const [b, c] = [await idOf(a, "b"), await idOf(a, "c")];
    const twice = await Promise.allSettled([remove(a, b), remove(a, b), remove(a, c), remove(a, c)]);
    expect(twice.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
  });
});

describe("what is not etcd's protocol", () => {
  it("is answered with gRPC's errors", async () => {
    rig = await Rig.start("a");
    const a = await rig.client("a");
    const [good, path] = [Buffer.from([0, 0, 0, 0, 0]), "/etcdserverpb.Maintenance/Status"];
    const outcome = async (to: string, bytes: Buffer, headers = {}) => {
      const { code, message } = await a.raw(to, bytes, headers);
      return `${code} ${message}`;
    };
    expect(await outcome("/etcdserverpb.Lease/LeaseGrant", good)).toBe("12 unknown service etcdserverpb.Lease");
    expect(await outcome("/etcdserverpb.Cluster/constructor", good)).toBe(
      "12 unknown method constructor for service etcdserverpb.Cluster",
    );
    expect(await outcome("/", good)).toBe('12 malformed method name: "/"');
    expect(await outcome(path, good.subarray(0, 3))).toBe("13 unexpected EOF");
    expect(await outcome(path, Buffer.alloc(0))).toBe("13 unexpected EOF");
    expect(await outcome(path, Buffer.from([0, 0, 0, 0, 9, 1]))).toBe("13 unexpected EOF");
    expect(await outcome(path, Buffer.from([1, 0, 0, 0, 0]))).toContain("13 grpc: compressed flag set");
    expect(await outcome(path, good, { "grpc-encoding": "gzip" })).toContain("12 grpc: Decompressor is not installed");
    expect(await outcome(path, Buffer.concat([good, good]))).toContain("13 cardinality violation");
    const huge = Buffer.concat([Buffer.from([0, 0x7f, 0, 0, 0]), Buffer.alloc(1 << 20)]);
    expect(await outcome(path, huge)).toContain("8 grpc: received message larger than max");
    const broken = Buffer.from([0, 0, 0, 0, 3, 0x08, 0xff, 0xff]);
    expect(await outcome("/etcdserverpb.Cluster/MemberRemove", broken)).toContain(
      "13 grpc: error unmarshalling request",
    );
    expect(await outcome(path, good, { "content-type": "text/plain" })).toBe("-1 ");
    expect((await status(a)).version).toBe("3.6.5");
  });

  it("ends a connection, and only that", async () => {
    rig = await Rig.start("a");
    const port = await rig.listen("a");
    for (const bytes of [
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.alloc(100_000, 7),
      Buffer.from([22, 3, 1, 9, 9]),
    ]) {
      const socket = connectTcp(port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.end(bytes);
      socket.resume();
      await new Promise((resolve) => socket.once("close", resolve));
    }
    expect((await status(await rig.client("a"))).version).toBe("3.6.5");
  });

  it("leaves nothing behind when a client goes in the middle", async () => {
    rig = await Rig.start("a");
    for (let n = 0; n < 20; n++) {
      const client = await rig.client("a");
      const pending = status(client).catch(() => undefined);
      if (n % 2 === 0) await pending;
      client.session.destroy();
      await pending;
    }
    await expect.poll(() => rig?.serving).toBe(0);
  });

  it("includes clients of another CA", async () => {
    rig = await Rig.start("a");
    const session = await rig.session("a", CertificateAuthority.create(Date.now(), "etcd-ca"));
    await once(session, "close");
    expect((await status(await rig.client("a"))).errors).toEqual([]);
  });
});
