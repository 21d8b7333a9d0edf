import type { ServerResponse } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import { fleetFamilies } from "../../src/cluster/metrics/fleet.js";
import type { RealState } from "../../src/cluster/real-server.js";
import type { PassthroughSpec, ProxyWay } from "../../src/cluster/spec.js";
import { ClusterTraffic, FleetTraffic } from "../../src/cluster/traffic.js";
import { StandIn } from "../proxy/stand-in.js";
import { admin, connectHttp2, connectTls, fetchFrom, request } from "../server/support.js";
import { world } from "./support.js";

/** "name{labels}" to value. */
function series(text: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.replace(/ \S+$/, ""), Number(/\S+$/.exec(line)![0])]));
}

async function mixed() {
  const standIn = await new StandIn().listen();
  onTestFinished(() => standIn.kill());
  const { fleet, call } = await world({ version: "1.2.3" }, { clusters: 2 });
  const { clusterCa, frontProxy, port } = standIn;
  const client = clusterCa.issueClient(Date.now(), { commonName: "admin", organizations: ["system:masters"] });
  const server = { server: `https://127.0.0.1:${port}`, ca: clusterCa.certificate, client, frontProxy };
  const behind = (proxy: ProxyWay) =>
    fleet.create({
      ...{ name: proxy, ca: clusterCa.pair },
      backend: { type: "passthrough", proxy, runtime: { type: "external", ...server } },
    });
  const clusters = { pipe: await behind("pipe"), terminate: await behind("terminate") };
  const read = async () => series((await call("GET /metrics")).text);
  return { fleet, call, read, standIn, emulated: fleet.cluster("cluster-1"), ...clusters };
}

const EMULATED = 'backend="emulated"';
const PIPE = 'backend="passthrough",proxy="pipe",runtime="external"';
const TERMINATE = 'backend="passthrough",proxy="terminate",runtime="external"';

describe("metrics of a fleet", () => {
  it("are read as Prometheus reads them", async () => {
    const { call } = await world({ version: "1.2.3" });
    const answer = await call("GET /metrics");
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(answer.text).toContain("# TYPE fake_apiserver_build_info gauge\n");
    expect(series(answer.text)).toMatchObject({
      'fake_apiserver_build_info{version="1.2.3",kubernetes_version="v1.34.4"}': 1,
      process_resident_memory_bytes: expect.toSatisfy((bytes: number) => bytes > 1e6),
    });
  });

  it("are for those who may call", async () => {
    const { call } = await world({ tokens: ["one"], closed: true });
    expect((await call("GET /metrics")).status).toBe(401);
    expect((await call("GET /metrics", undefined, { headers: { authorization: "Bearer one" } })).status).toBe(200);
  });

  it("tell what is behind the clusters, and in which state they are", async () => {
    const { read, emulated, fleet } = await mixed();
    await fetchFrom(emulated, "/api/v1/nodes", await admin(emulated));
    await fleet.create({ name: "late", caComesLater: true });
    expect(await read()).toMatchObject({
      [`fake_apiserver_clusters{${EMULATED},state="active"}`]: 1,
      [`fake_apiserver_clusters{${EMULATED},state="idle"}`]: 1,
      [`fake_apiserver_clusters{${EMULATED},state="waiting"}`]: 1,
      [`fake_apiserver_clusters{${PIPE},state="active"}`]: 1,
      [`fake_apiserver_clusters{${TERMINATE},state="active"}`]: 1,
    });
  });

  it("count requests by code where they are seen, and bytes where they are not", async () => {
    const { read, standIn, emulated, pipe, terminate } = await mixed();
    standIn.handle = (asked, response) => {
      (response as ServerResponse).writeHead(asked.url === "/no" ? 418 : 200);
      (response as ServerResponse).end(Buffer.alloc(10_000));
    };
    for (const cluster of [emulated, pipe, terminate]) {
      for (const path of ["/api/v1/nodes", "/no"]) await fetchFrom(cluster, path, await admin(cluster));
    }
    const got = await read();
    expect(got).toMatchObject({
      [`fake_apiserver_requests_total{${EMULATED},code="200"}`]: 1,
      [`fake_apiserver_requests_total{${EMULATED},code="404"}`]: 1,
      [`fake_apiserver_requests_total{${TERMINATE},code="200"}`]: 1,
      [`fake_apiserver_requests_total{${TERMINATE},code="418"}`]: 1,
      [`fake_apiserver_cluster_requests_total{cluster="cluster-1",${EMULATED}}`]: 2,
      [`fake_apiserver_cluster_requests_total{cluster="terminate",${TERMINATE}}`]: 2,
      [`fake_apiserver_connections_total{${PIPE}}`]: 2,
    });
    for (const name of ["fake_apiserver_pipe", "fake_apiserver_cluster_pipe"]) {
      const labels = name.includes("cluster") ? `cluster="pipe",${PIPE}` : PIPE;
      expect(got[`${name}_sent_bytes_total{${labels}}`]).toBeGreaterThan(20_000);
      expect(got[`${name}_received_bytes_total{${labels}}`]).toBeGreaterThan(200);
    }
    const ofPipe = Object.keys(got).filter((key) => key.includes("requests_total") && key.includes("pipe"));
    expect(ofPipe).toEqual([]);
    expect(Object.keys(got).filter((key) => key.includes("cluster-2"))).toEqual([]);
  });

  it("tell of clients that did not wait, and of a server that breaks off", async () => {
    const { read, standIn, terminate } = await mixed();
    const gone = (code: number) => `fake_apiserver_requests_total{${TERMINATE},code="${code}"}`;
    standIn.handle = (asked) => {
      if (asked.method === "POST") void standIn.kill();
      else session.destroy();
    };
    let session = connectHttp2(terminate, await admin(terminate));
    session.on("error", () => undefined);
    session.request({ ":path": "/slow" }).on("error", () => undefined);
    await expect.poll(async () => (await read())[gone(499)]).toBe(1);
    session = connectHttp2(terminate, await admin(terminate));
    await expect(request(session, "/x", { ":method": "POST" })).rejects.toThrow();
    session.destroy();
    expect((await read())[gone(0)]).toBe(1);
  });

  it("count connections while they are open", async () => {
    const { read, emulated, pipe } = await mixed();
    const open = [await connectTls(await admin(emulated)), await connectTls(await admin(pipe))];
    const key = (labels: string) => `fake_apiserver_connections{${labels}}`;
    expect(await read()).toMatchObject({
      ...{ [key(EMULATED)]: 1, [key(PIPE)]: 1 },
      [`fake_apiserver_cluster_connections{cluster="cluster-1",${EMULATED}}`]: 1,
    });
    for (const client of open) client.destroy();
    await expect.poll(read).toMatchObject({ [key(EMULATED)]: 0, [key(PIPE)]: 0 });
  });

  it("don't go back when a cluster is gone", async () => {
    const { read, fleet, emulated } = await mixed();
    await fetchFrom(emulated, "/version", await admin(emulated));
    await fleet.remove(emulated.name);
    const got = await read();
    expect(got[`fake_apiserver_requests_total{${EMULATED},code="200"}`]).toBe(1);
    expect(Object.keys(got).filter((key) => key.includes(emulated.name))).toEqual([]);
  });

  it("tell how real servers do", async () => {
    const { read, standIn, pipe } = await mixed();
    const phase = (name: string) => `fake_apiserver_real_server_phase{cluster="pipe",phase="${name}"}`;
    await expect.poll(read).toMatchObject({ [phase("ready")]: 1, [phase("stopped")]: 0, [phase("failed")]: 0 });
    await standIn.kill();
    await expect(connectTls(await admin(pipe))).rejects.toThrow();
    await expect.poll(read).toMatchObject({
      ...{ [phase("ready")]: 0, [phase("failed")]: 1 },
      'fake_apiserver_real_server_restarts_total{cluster="terminate"}': 0,
    });
  });
});

/** A cluster whose server is this process. */
function ofThisProcess(traffic: FleetTraffic, state: RealState): Cluster {
  const kind: PassthroughSpec = { type: "passthrough", proxy: "pipe", runtime: { type: "process" } };
  const real = { state };
  const shown = { name: "c", kind, real, listening: true, touched: true, awaitsAuthority: false };
  return { ...shown, traffic: new ClusterTraffic(traffic, () => kind) } as unknown as Cluster;
}

async function samplesOf(cluster: Cluster, traffic: FleetTraffic, name: string) {
  const families = await fleetFamilies({ clusters: [cluster], traffic, version: "", kubernetesVersion: "" });
  return [...families.find((family) => family.name === name)!.samples].map(([, , value]) => value);
}

describe("a real server's process", () => {
  it("is told of as far as it takes something", async () => {
    const traffic = new FleetTraffic();
    const ask = (pid: number | undefined, name: string) => {
      const state: RealState = { phase: "ready", restarts: 3, ...(pid === undefined ? {} : { pid }) };
      return samplesOf(ofThisProcess(traffic, state), traffic, `fake_apiserver_real_server_${name}`);
    };
    expect(await ask(process.pid, "restarts_total")).toEqual([3]);
    const [resident] = await ask(process.pid, "resident_memory_bytes");
    expect(resident! / process.memoryUsage.rss()).toBeGreaterThan(0.5);
    expect(resident! / process.memoryUsage.rss()).toBeLessThan(2);
    const [seconds] = await ask(process.pid, "cpu_seconds_total");
    const { user, system } = process.cpuUsage();
    expect(seconds! / ((user + system) / 1e6)).toBeGreaterThan(0.5);
    expect(seconds! / ((user + system) / 1e6)).toBeLessThan(2);
    for (const pid of [undefined, 2 ** 22 + 1]) expect(await ask(pid, "resident_memory_bytes")).toEqual([]);
  });
});

describe("traffic", () => {
  it("is of what is behind the endpoint at that time", () => {
    const fleet = new FleetTraffic();
    const kinds = [{ type: "emulated" }, { type: "passthrough", proxy: "pipe", runtime: { type: "process" } }] as const;
    let at = 0;
    const cluster = new ClusterTraffic(fleet, () => kinds[at]!);
    const disconnected = cluster.connected();
    cluster.answered(200);
    at = 1;
    cluster.cameIn(5);
    disconnected();
    const [before, after] = [...fleet.backends];
    expect(before).toMatchObject({ backend: "emulated", connections: 0, connectionsTotal: 1, received: 0 });
    expect([...before!.requests]).toEqual([[200, 1]]);
    expect(after).toMatchObject({ backend: "passthrough", proxy: "pipe", connections: 0, received: 5 });
  });

  it("takes a series for each kind and code, however many clusters there are", async () => {
    const fleet = new FleetTraffic();
    for (let i = 0; i < 1000; i++) new ClusterTraffic(fleet, () => ({ type: "emulated" })).answered(200);
    expect([...fleet.backends]).toHaveLength(1);
  });
});
