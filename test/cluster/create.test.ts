import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Fleet } from "../../src/cluster/fleet.js";
import { Output } from "../../src/cluster/output.js";
import { managedName } from "../../src/cluster/spec.js";
import type { FleetOptions } from "../../src/main.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { rsaCa, rsaKey } from "../pki/support.js";
import { admin, connectTls, echo, fetchFrom, OPEN, silent, testFleet } from "../server/support.js";

const now = Date.now();
const [one, other] = [CertificateAuthority.create(now).pair, CertificateAuthority.create(now).pair];
let dir = "";
let fleets: Fleet[] = [];
let servers: Server[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "create-"));
});
afterEach(async () => {
  await Promise.all(fleets.map((fleet) => fleet.close()));
  for (const server of servers) server.close();
  [fleets, servers] = [[], []];
  rmSync(dir, { recursive: true });
});

async function start(options: Partial<FleetOptions> = {}): Promise<Fleet> {
  const fleet = await testFleet(undefined, { clusters: 0, out: dir, ...options });
  fleets.push(fleet);
  return fleet;
}

/** A port that somebody else has until the test ends. */
async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

/** Free a moment ago. */
async function freePort(): Promise<number> {
  const port = await takenPort();
  await new Promise((resolve) => servers.pop()!.close(resolve));
  return port;
}

async function answers(fleet: Fleet, name: string): Promise<number> {
  const cluster = fleet.cluster(name);
  return (await fetchFrom(cluster, "/x", await admin(cluster))).status;
}

describe("a cluster may be given", () => {
  it("a name with a namespace, by which everything of it is called", async () => {
    const fleet = await start({ sni: { domain: "fleet.test", port: 0 } });
    const cluster = await fleet.create({ name: managedName("team-a", "prod") });
    expect(cluster.endpoint.serverName).toBe("team-a.prod.fleet.test");
    expect(await answers(fleet, "team-a.prod")).toBe(200);
    expect(readdirSync(dir)).toContain("team-a.prod.kubeconfig");
    expect(readdirSync(join(dir, "pki"))).toEqual(["team-a.prod.json"]);
  });

  it("its CA, RSA or EC, that of etcd and the key of tokens, which a restart takes up again", async () => {
    const etcdCa = rsaCa(now);
    const serviceAccountKey = rsaKey();
    const first = await start();
    await first.create({ name: "a", ca: one, etcdCa, serviceAccountKey });
    const text = await first.kubeconfig("a");
    expect(await answers(first, "a")).toBe(200);
    await first.close();
    const second = await start();
    const again = await second.create({ name: "a" });
    expect((await again.identity()).authority.pair).toEqual(one);
    expect((await again.etcdAuthority()).certificate.trim()).toBe(etcdCa.certificate.trim());
    expect(again.tokenKey.made?.pem).toBe(serviceAccountKey);
    expect(parse(await second.kubeconfig("a")).users).toEqual(parse(text).users);
  });

  it("a CA in the place of the one that has been kept", async () => {
    const fleet = await start();
    await fleet.create({ name: "a" });
    await fleet.stop("a");
    const cluster = await fleet.create({ name: "a", ca: rsaCa(now) });
    expect(new X509Certificate((await cluster.identity()).authority.certificate).publicKey.asymmetricKeyType).toBe(
      "rsa",
    );
    expect(await answers(fleet, "a")).toBe(200);
  });

  it("host, port and server name", async () => {
    const fleet = await start();
    const port = await freePort();
    const endpoint = { host: "a.example", port, serverName: "b.example" };
    const cluster = await fleet.create({ name: "a", endpoint });
    expect(cluster.endpoint).toEqual(endpoint);
    const options = { ...(await admin(cluster)), host: "127.0.0.1" };
    expect((await fetchFrom({ url: `https://127.0.0.1:${port}` } as never, "/x", options)).status).toBe(200);
  });

  it("a port of its own, where others share one", async () => {
    const fleet = await start({ sni: { domain: "fleet.test", port: 0 }, clusters: 1 });
    const shared = fleet.cluster("cluster-1").endpoint.port;
    const port = await freePort();
    const alone = await fleet.create({ name: "alone", endpoint: { port } });
    expect(alone.endpoint).toEqual({ host: "127.0.0.1", port });
    const together = await fleet.create({ name: "b", endpoint: { port: shared, serverName: "x.test" } });
    expect(together.endpoint).toEqual({ host: "127.0.0.1", port: shared, serverName: "x.test" });
    for (const name of ["cluster-1", "alone", "b"]) expect(await answers(fleet, name)).toBe(200);
    await expect(fleet.create({ name: "c", endpoint: { serverName: "x.test" } })).rejects.toMatchObject({
      message: "the server name x.test is cluster b's",
      problem: "conflict",
      field: "endpoint.serverName",
    });
    await fleet.stop("b");
    await fleet.create({ name: "c", endpoint: { serverName: "x.test" } });
    expect(await answers(fleet, "c")).toBe(200);
  });
});

describe("what can't be used is told, and nothing is changed:", () => {
  const expired = CertificateAuthority.create(now - 11 * 365 * 86_400_000).pair;
  const leaf = CertificateAuthority.create(now).issueServing(now, ["x"]);
  const wrong: [string, Parameters<Fleet["create"]>[0] & object, string, string][] = [
    ["a name", { name: "A" }, "name", "can't name a cluster"],
    ["a name with an empty part", { name: "a..b" }, "name", "can't name a cluster"],
    ["no PEM", { ca: { ...one, certificate: "x" } }, "ca.certificate", "not PEM"],
    ["a key that is none", { ca: { ...one, key: "x" } }, "ca.key", "the key is not PEM"],
    ["a damaged key", { etcdCa: { ...one, key: one.key.replace(/\n.{20}/, "\n") } }, "etcdCa.key", "damaged"],
    ["another's key", { ca: { ...one, key: other.key } }, "ca.key", "does not belong"],
    ["no CA", { etcdCa: leaf }, "etcdCa.certificate", "not a CA's"],
    ["a CA that has ended", { ca: expired }, "ca.certificate", "expired on"],
    ["a key for tokens", { serviceAccountKey: one.certificate }, "serviceAccountKey", "not the PEM of a private key"],
    ["a host", { endpoint: { host: "a b" } }, "endpoint.host", "no address"],
    ["a host with a port", { endpoint: { host: "a:1" } }, "endpoint.host", "no address"],
    ["a port", { endpoint: { port: 0 } }, "endpoint.port", "from 1 to 65535"],
    ["a server name", { endpoint: { serverName: "A" } }, "endpoint.serverName", "no DNS name"],
  ];

  it.each(wrong)("%s", async (_what, spec, field, message) => {
    const fleet = await start();
    await expect(fleet.create({ name: "a", ...spec })).rejects.toMatchObject({
      ...{ name: "StartError", problem: "invalid", field },
      message: expect.stringContaining(message),
    });
    expect(fleet.clusters.size).toBe(0);
    expect(readdirSync(join(dir, "pki"))).toEqual([]);
  });

  it("a key of another curve for tokens", async () => {
    const fleet = await start();
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
    const serviceAccountKey = createPrivateKey(privateKey.export({ type: "sec1", format: "pem" })).export({
      type: "sec1",
      format: "pem",
    }) as string;
    await expect(fleet.create({ serviceAccountKey })).rejects.toThrow("RSA or EC P-256");
  });

  it("ports that others have", async () => {
    const fleet = await start();
    const port = await freePort();
    await fleet.create({ name: "a", endpoint: { port } });
    await expect(fleet.create({ name: "b", ca: one, endpoint: { port } })).rejects.toMatchObject({
      message: `port ${port} is cluster a's`,
      problem: "conflict",
      field: "endpoint.port",
    });
    const taken = await takenPort();
    await expect(fleet.create({ name: "b", ca: one, endpoint: { port: taken } })).rejects.toMatchObject({
      message: `can't listen on 127.0.0.1: port ${taken} already in use`,
      problem: "conflict",
      field: "endpoint.port",
    });
    expect([...fleet.clusters.keys()]).toEqual(["a"]);
    expect(readdirSync(join(dir, "pki"))).toEqual(["a.json"]);
    expect(new Output(dir).readRecord()?.clusters.map(({ name }) => name)).toEqual(["a"]);
  });
});

describe("ports of the row", () => {
  it("that somebody has are passed over for clusters with names of their own", async () => {
    const taken = await takenPort();
    const fleet = await start({ basePort: taken - 1 });
    expect((await fleet.create({ name: "a" })).endpoint.port).toBeGreaterThan(taken);
  });

  it("that a cluster has asked for are passed over", async () => {
    const base = (await freePort()) - 1;
    const fleet = await start({ basePort: base });
    await fleet.create({ name: "a", endpoint: { port: base + 1 } });
    const next = await fleet.create();
    expect(next.endpoint.port).toBe(base + next.index);
    expect(next.index).toBeGreaterThan(1);
  });

  it("come again after the last", async () => {
    const opened: number[] = [];
    const fleet = new Fleet(
      { namePrefix: "row", clusters: 0, eager: false, fresh: false, graceMs: 0 },
      {
        door: {
          room: (index) => (index > 2 ? "beyond" : "free"),
          open: async (clusters) => {
            for (const cluster of clusters) {
              opened.push(cluster.index);
              cluster.endpoint = { host: "127.0.0.1", port: cluster.index };
            }
          },
          close: async () => {},
          renew: async () => undefined,
          closeAll: async () => {},
        },
        ...{ output: undefined, now: Date.now, log: silent },
        createBackend: () => ({ handler: echo, access: OPEN }),
      },
    );
    await fleet.create({ name: "a" });
    await fleet.create();
    await expect(fleet.create({ name: "c" })).rejects.toMatchObject({
      message: "all ports are taken: remove clusters, lower --base-port or use --sni",
      problem: "conflict",
    });
    await fleet.stop("a");
    await fleet.create({ name: "c" });
    expect(opened).toEqual([1, 2, 1]);
    expect([...fleet.clusters.keys()]).toEqual(["row-2", "c"]);
  });
});

describe("ensuring a cluster", () => {
  it("twice, or many times at once, is having it once", async () => {
    const fleet = await start();
    const spec = {
      name: "a",
      ca: one,
      etcdCa: other,
      serviceAccountKey: rsaKey(),
      endpoint: { port: await freePort() },
    };
    const all = await Promise.all([fleet.ensure(spec), fleet.ensure(spec), fleet.ensure({ name: "a" })]);
    expect(new Set([...all, await fleet.ensure(spec)]).size).toBe(1);
    expect(await answers(fleet, "a")).toBe(200);
  });

  it("gives it what comes later", async () => {
    const fleet = await start();
    const cluster = await fleet.ensure({ name: "a" });
    const serviceAccountKey = rsaKey();
    await fleet.ensure({ name: "a", etcdCa: other, serviceAccountKey });
    expect((await cluster.etcdAuthority()).certificate).toBe(other.certificate);
    expect((await cluster.tokenKey.make()).pem).toBe(serviceAccountKey);
    expect(readdirSync(join(dir, "pki")).sort()).toEqual(["a.etcd.pem", "a.json", "a.sa.key"]);
  });

  it("that is there as another is a conflict, and nothing is changed", async () => {
    const fleet = await start();
    const cluster = await fleet.ensure({ name: "a", ca: one });
    const made = await cluster.etcdAuthority();
    const key = await cluster.tokenKey.make();
    const refuse = (field: string, spec: object) =>
      expect(fleet.ensure({ name: "a", ...spec })).rejects.toMatchObject({
        message: expect.stringMatching(/^cluster "a" is there with /),
        problem: "conflict",
        field,
      });
    await refuse("ca", { ca: other });
    await refuse("etcdCa", { etcdCa: other });
    await refuse("serviceAccountKey", { serviceAccountKey: rsaKey() });
    await refuse("endpoint.port", { endpoint: { port: 1 } });
    await refuse("endpoint.host", { endpoint: { host: "x" } });
    await refuse("endpoint.serverName", { endpoint: { serverName: "x" } });
    expect((await cluster.identity()).authority.certificate).toBe(one.certificate);
    expect(await cluster.etcdAuthority()).toBe(made);
    expect(cluster.tokenKey.made).toBe(key);
  });

  it("does half of nothing: where one part is refused, the others are not taken", async () => {
    const fleet = await start();
    const cluster = await fleet.ensure({ name: "a" });
    await cluster.tokenKey.make();
    await expect(fleet.ensure({ name: "a", etcdCa: other, serviceAccountKey: rsaKey() })).rejects.toThrow("tokens");
    expect((await cluster.etcdAuthority()).certificate).not.toBe(other.certificate);
  });
});

describe("removing a cluster", () => {
  it("frees its name and its port for another", async () => {
    const fleet = await start();
    const port = await freePort();
    const spec = { name: "a", endpoint: { port } };
    const cluster = await fleet.create({ ...spec, ca: one, etcdCa: other, serviceAccountKey: rsaKey() });
    const client = await cluster.localClient("somebody");
    await fleet.remove("a");
    expect(readdirSync(join(dir, "pki"))).toEqual([]);
    await expect(client.get("/x")).rejects.toMatchObject({ name: "RetiredError" });
    await expect(fleet.remove("a")).rejects.toMatchObject({ problem: "unknown" });
    const again = await fleet.ensure(spec);
    expect((await again.identity()).authority.certificate).not.toBe(one.certificate);
    expect(await answers(fleet, "a")).toBe(200);
  });

  it("and adding it at the same time come one after the other", async () => {
    const fleet = await start();
    const spec = { name: "a", endpoint: { port: await freePort() } };
    await fleet.create(spec);
    const removed = fleet.remove("a");
    const added = fleet.ensure(spec);
    await Promise.all([removed, added]);
    expect(await answers(fleet, "a")).toBe(200);
  });
});

it("a local client is of what answers now", async () => {
  const fleet = await start({ clusters: 1 });
  const cluster = fleet.cluster("cluster-1");
  const client = await cluster.localClient("somebody");
  expect(await client.get("/x")).toMatchObject({ path: "/x", user: "somebody" });
  fleet.reset("cluster-1");
  await expect(client.get("/x")).rejects.toMatchObject({ name: "RetiredError" });
  expect(await (await cluster.localClient("somebody")).get("/y")).toMatchObject({ path: "/y" });
});

it("of many clusters the last state is written when the fleet ends", async () => {
  const fleet = await start({ clusters: 120, basePort: 0 });
  for (let n = 0; n < 5; n++) await fleet.create();
  await fleet.close();
  expect(parse(readFileSync(join(dir, "kubeconfig"), "utf8")).contexts).toHaveLength(125);
});

describe("a cluster whose CA comes later", () => {
  it("lets nobody in before, and is what the CA makes it then", async () => {
    const fleet = await start();
    const port = await freePort();
    const spec = { name: "a", endpoint: { port }, caComesLater: true };
    const cluster = await fleet.ensure(spec);
    expect(cluster.awaitsAuthority).toBe(true);
    await expect(connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false })).rejects.toThrow();
    await expect(fleet.kubeconfig("a")).rejects.toMatchObject({ problem: "conflict", field: "ca" });
    expect(readdirSync(join(dir, "pki"))).toEqual([]);
    expect(await fleet.ensure(spec)).toBe(cluster);
    expect(cluster.awaitsAuthority).toBe(true);
    await fleet.ensure({ ...spec, ca: one });
    expect(cluster.awaitsAuthority).toBe(false);
    expect(await answers(fleet, "a")).toBe(200);
    expect((await admin(cluster)).ca).toBe(one.certificate);
    expect(readdirSync(dir)).toContain("a.kubeconfig");
    await expect(fleet.ensure({ ...spec, ca: other })).rejects.toMatchObject({ problem: "conflict" });
  });

  it("has the one that was kept", async () => {
    const first = await start();
    await first.create({ name: "a", ca: one });
    await first.close();
    const second = await start();
    const cluster = await second.ensure({ name: "a", caComesLater: true });
    expect((await cluster.identity()).authority.certificate).toBe(one.certificate);
  });
});

it("when a client last asked is known", async () => {
  const fleet = await start({ clusters: 1 });
  const cluster = fleet.cluster("cluster-1");
  expect(cluster.lastActivity).toBeUndefined();
  await answers(fleet, "cluster-1");
  expect(cluster.lastActivity).toBeGreaterThanOrEqual(now);
});
