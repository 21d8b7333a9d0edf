import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import { admin, connectTls, fetchFrom } from "../server/support.js";
import { fleetOn, StandIn, valuesOf } from "./stand-in.js";

let standIn: StandIn;
let fleet: Fleet;
let cluster: Cluster;
beforeEach(async () => {
  standIn = await new StandIn().listen();
  ({ fleet, cluster } = await fleetOn(standIn, "pipe"));
});
afterEach(async () => {
  await standIn.kill();
  await fleet.close();
});

describe("a connection that is led to the real server", () => {
  it("is TLS with that server itself, who sees the client's own certificate", async () => {
    standIn.handle = (_request, response) => (response as ServerResponse).end("itself");
    const answer = await fetchFrom(cluster, "/x", await admin(cluster), { "x-remote-user": "root" });
    expect([answer.status, answer.text]).toEqual([200, "itself"]);
    expect(standIn.seen[0]?.certificate).toBe("kubernetes-admin");
    expect(valuesOf(standIn.seen[0]!, "x-remote-user")).toEqual(["root"]);
  });

  it("is counted, by bytes", async () => {
    standIn.handle = (_request, response) => (response as ServerResponse).end(Buffer.alloc(100_000));
    await fetchFrom(cluster, "/x", await admin(cluster));
    const { traffic } = cluster;
    expect(traffic.connectionsTotal).toBe(1);
    expect(traffic.sent).toBeGreaterThan(100_000);
    expect(traffic.received).toBeGreaterThan(100);
  });

  it("ends when either side does", async () => {
    const client = await connectTls({ ...(await admin(cluster)), ALPNProtocols: ["http/1.1"] });
    client.on("error", () => undefined);
    const before = standIn.connections;
    expect(before).toBeGreaterThan(0);
    const ended = new Promise((resolve) => client.once("close", resolve));
    await standIn.kill();
    await ended;
  });

  it("is reset where nobody is", async () => {
    await standIn.kill();
    await expect(connectTls(await admin(cluster))).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("ends with its cluster", async () => {
    const client = await connectTls(await admin(cluster));
    client.on("error", () => undefined);
    const ended = new Promise((resolve) => client.once("close", resolve));
    await fleet.stop(cluster.name);
    await ended;
  });
});
