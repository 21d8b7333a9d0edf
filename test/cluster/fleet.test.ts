import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import { checkDescriptors } from "../../src/cluster/limits.js";
import { Output } from "../../src/cluster/output.js";
import type { FleetOptions } from "../../src/main.js";
import { admin, connectTls, fetchFrom, json, OPEN, testFleet } from "../server/support.js";

let dir = "";
let fleets: Fleet[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fleet-"));
});
afterEach(async () => {
  await Promise.all(fleets.map((fleet) => fleet.close()));
  fleets = [];
  rmSync(dir, { recursive: true });
});

async function start(options: Partial<FleetOptions> = {}, handler?: Parameters<typeof testFleet>[0]): Promise<Fleet> {
  const fleet = await testFleet(handler, { out: dir, ...options });
  fleets.push(fleet);
  return fleet;
}

const read = (name: string) => readFileSync(join(dir, name), "utf8");

/** Whether a kubeconfig's credential is the cluster's, by use. */
async function works(text: string): Promise<number> {
  const config = parse(text);
  const decode = (data: string) => Buffer.from(data, "base64").toString();
  const { server, ...trust } = config.clusters[0].cluster;
  const { user } = config.users[0];
  const url = new URL(server);
  const options = {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port),
    ca: decode(trust["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
    ...(trust["tls-server-name"] ? { servername: trust["tls-server-name"] } : {}),
  };
  const { status } = await fetchFrom({ url: server } as Cluster, "/version", options);
  return status;
}

describe("kubeconfigs", () => {
  it("are written for each cluster and for all, for their owner's eyes only", async () => {
    const fleet = await start({ clusters: 3 });
    const files = [
      "cluster-1.kubeconfig",
      "cluster-2.kubeconfig",
      "cluster-3.kubeconfig",
      "fleet.json",
      "kubeconfig",
      "pki",
    ];
    expect(readdirSync(dir).sort()).toEqual(expect.arrayContaining(files));
    expect(readdirSync(join(dir, "pki")).sort()).toEqual(["cluster-1.json", "cluster-2.json", "cluster-3.json"]);
    for (const file of [...files.slice(0, 5), "pki/cluster-1.json"]) {
      expect(statSync(join(dir, file)).mode & 0o777, file).toBe(0o600);
    }
    const merged = parse(read("kubeconfig"));
    expect(merged.contexts.map(({ name }: { name: string }) => name)).toEqual(["cluster-1", "cluster-2", "cluster-3"]);
    expect(merged["current-context"]).toBe("cluster-1");
    expect(await works(read("cluster-2.kubeconfig"))).toBe(200);
    expect(await fleet.kubeconfig("cluster-2")).toBe(read("cluster-2.kubeconfig"));
    expect(parse(read("cluster-2.kubeconfig"))).toEqual(await fleet.cluster("cluster-2").kubeconfig());
  });

  it("survive a restart, and do not survive --fresh", async () => {
    const credential = () => parse(read("cluster-1.kubeconfig")).users[0].user;
    await (await start({ clusters: 2 })).close();
    const first = credential();
    expect(existsSync(join(dir, "fleet.json"))).toBe(false);
    await (await start({ clusters: 1 })).close();
    expect(credential()).toEqual(first);
    await (await start({ clusters: 1, fresh: true })).close();
    expect(credential()).not.toEqual(first);
    expect(readdirSync(join(dir, "pki"))).toEqual(["cluster-1.json"]);
  });

  it("come with the key of tokens, which is made when it is needed", async () => {
    const kept = () => readdirSync(join(dir, "pki"));
    const first = await start();
    expect(kept()).toEqual(["cluster-1.json"]);
    const key = await first.cluster("cluster-1").tokenKey.make();
    expect(kept()).toEqual(["cluster-1.json", "cluster-1.sa.key"]);
    await first.close();
    const second = await start();
    expect(second.cluster("cluster-1").tokenKey.made?.id).toBe(key.id);
    expect((await second.cluster("cluster-1").tokenKey.make()).id).toBe(key.id);
    await second.close();
    const third = await start({ fresh: true });
    expect(third.cluster("cluster-1").tokenKey.made).toBeUndefined();
    expect(kept()).toEqual(["cluster-1.json"]);
    writeFileSync(join(dir, "pki", "cluster-1.sa.key"), "nothing");
    await third.close();
    const message = /cluster-1\.sa\.key: not a key that signs tokens; remove the file or start with --fresh$/;
    const fourth = await start();
    expect(() => fourth.cluster("cluster-1").tokenKey.made).toThrow(message);
  });

  it("renew an admin certificate that is about to end, with the same CA", async () => {
    const past = Date.now() - 364.5 * 86_400_000;
    const old = await testFleet(undefined, { out: dir }, { now: () => past });
    await old.close();
    const before = parse(read("cluster-1.kubeconfig"));
    await start();
    const after = parse(read("cluster-1.kubeconfig"));
    expect(after.clusters[0].cluster["certificate-authority-data"]).toBe(
      before.clusters[0].cluster["certificate-authority-data"],
    );
    expect(after.users).not.toEqual(before.users);
    expect(await works(read("cluster-1.kubeconfig"))).toBe(200);
  });

  it("by SNI need no DNS, and wait till they are asked for where there are thousands", async () => {
    const fleet = await start({ clusters: 1200, advertiseHost: "127.0.0.1", sni: { domain: "fleet.test", port: 0 } });
    expect(readdirSync(dir)).not.toContain("kubeconfig");
    const text = await fleet.kubeconfig("cluster-1200");
    expect(parse(text).clusters[0].cluster).toMatchObject({
      server: `https://127.0.0.1:${fleet.cluster("cluster-7").endpoint.port}`,
      "tls-server-name": "cluster-1200.fleet.test",
    });
    expect(await works(text)).toBe(200);
    expect(readdirSync(join(dir, "pki"))).toEqual(["cluster-1200.json"]);
  });

  it("can be made by another process before the cluster is used", async () => {
    const fleet = await start({ clusters: 1, eager: false });
    const output = new Output(dir);
    const { authority } = await output.identity("cluster-1", Date.now());
    expect((await fleet.cluster("cluster-1").identity()).authority.certificate).toBe(authority.certificate);
    expect(output.readRecord()).toEqual({
      ...{ format: 1, pid: process.pid },
      clusters: [{ name: "cluster-1", server: fleet.cluster("cluster-1").url }],
    });
  });

  it("of processes that race are of one identity", async () => {
    new Output(dir).prepare();
    const module = new URL("../../src/cluster/output.ts", import.meta.url).href;
    const script = `import { Output } from ${JSON.stringify(module)};
      console.log(JSON.stringify(new Output(process.argv[1]).identity("x", Date.now()).authority.certificate));`;
    const args = ["--import", "tsx", "--input-type=module", "-e", script, dir];
    const runs = Array.from({ length: 3 }, () => promisify(execFile)(process.execPath, args));
    const made = (await Promise.all(runs)).map(({ stdout }) => JSON.parse(stdout));
    const kept = new Output(dir).identity("x", Date.now()).authority.certificate;
    expect(made).toEqual([kept, kept, kept]);
    expect(readdirSync(join(dir, "pki"))).toEqual(["x.json"]);
  });
});

describe("a folder that can't be used", () => {
  interface Kept {
    readonly ca: Record<"certificate" | "key", string>;
    readonly admin: Record<"certificate" | "key", string>;
  }
  const damaged: [string, (kept: Kept) => unknown][] = [
    ["not an identity file", () => "{"],
    ["not an identity file", () => ({ format: 2 })],
    ["not an identity file", (kept) => ({ ...kept, ca: { certificate: 1 } })],
    ['holds the identity of "other"', (kept) => ({ ...kept, name: "other" })],
    ["does not belong", (kept) => ({ ...kept, ca: { ...kept.ca, key: kept.admin.key } })],
    ["not its certificate's", (kept) => ({ ...kept, admin: { ...kept.admin, key: kept.ca.key } })],
    ["not a CA's", (kept) => ({ ...kept, ca: kept.admin })],
  ];

  it.each(damaged)("for a file that is %s says which", async (message, change) => {
    await (await start()).close();
    const file = join(dir, "pki", "cluster-1.json");
    const changed = change(JSON.parse(readFileSync(file, "utf8")));
    writeFileSync(file, typeof changed === "string" ? changed : JSON.stringify(changed));
    await expect(start()).rejects.toMatchObject({ name: "StartError", message: expect.stringContaining(message) });
    await expect(start()).rejects.toThrow(`${file}: `);
    await start({ fresh: true });
  });

  it("for a path that is none says so, and nothing listens", async () => {
    writeFileSync(join(dir, "file"), "");
    const out = join(dir, "file", "x");
    const message = `can't write to the output folder ${out}: a part of the path is a file, not a folder`;
    await expect(start({ out })).rejects.toMatchObject({ name: "StartError", message });
  });

  it("for a place that takes no folders says so", async () => {
    const out = process.platform === "linux" ? "/proc/x" : "/dev/null/x";
    await expect(start({ out })).rejects.toThrow(`can't write to the output folder ${out}: `);
  });

  it("is made with all that is missing on the way", async () => {
    await start({ out: join(dir, "a", "b", "c") });
    expect(existsSync(join(dir, "a", "b", "c", "kubeconfig"))).toBe(true);
  });
});

describe("ports that can't be had", () => {
  it("are named, and the others are free again", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    await expect(start({ clusters: 3, basePort: port - 2 })).rejects.toMatchObject({
      name: "StartError",
      message: `can't listen on 127.0.0.1: port ${port} already in use`,
    });
    expect(readdirSync(dir)).toEqual(["pki"]);
    await new Promise((resolve) => taken.close(resolve));
    await start({ clusters: 3, basePort: port - 2 });
  });

  it("beyond the last, and hosts that are not here, are told before anything listens", async () => {
    await expect(start({ clusters: 10, basePort: 65_530 })).rejects.toThrow("cluster 10 would need port 65540");
    await expect(start({ host: "192.0.2.1" })).rejects.toThrow(
      "can't listen on 192.0.2.1 port 0: not an address of this machine",
    );
  });

  it.each(["", "-x", "A", "x.y", "a".repeat(62)])("by clusters named %j-1 are not even tried", async (namePrefix) => {
    await expect(start({ namePrefix })).rejects.toThrow("can't name a cluster");
  });
});

describe("descriptors", () => {
  it("are counted before listeners open", () => {
    expect(checkDescriptors(1000, undefined)).toEqual({ roomForClients: true });
    expect(checkDescriptors(1000, 20_000)).toEqual({ roomForClients: true });
    expect(checkDescriptors(1000, 1100)).toEqual({ roomForClients: false });
    expect(() => checkDescriptors(1000, 1024)).toThrow(
      "1000 listeners need 1064 open files or more, but the limit is 1024: raise it (ulimit -n 4096), or share one port with --sni",
    );
  });
});

describe("clusters at run time", () => {
  it("come, are forgetful when reset, and go", async () => {
    let made = 0;
    const fleet = await start({}, (cluster: Cluster) => {
      const id = ++made;
      return async () => json({ cluster: cluster.name, id, incarnation: cluster.incarnation });
    });
    const extra = await fleet.create();
    expect(extra.name).toBe("cluster-2");
    const ask = async (cluster: Cluster) => JSON.parse((await fetchFrom(cluster, "/x", await admin(cluster))).text);
    expect(made).toBe(0);
    expect(await ask(extra)).toEqual({ cluster: "cluster-2", id: 1, incarnation: 0 });
    const before = await extra.kubeconfigText();
    fleet.reset("cluster-2");
    expect(await ask(extra)).toEqual({ cluster: "cluster-2", id: 2, incarnation: 1 });
    expect(await extra.kubeconfigText()).toBe(before);
    expect(parse(read("kubeconfig")).contexts).toHaveLength(2);

    const options = await admin(extra);
    await fleet.stop("cluster-2");
    await expect(connectTls(options)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(() => fleet.cluster("cluster-2")).toThrow('there is no cluster "cluster-2"');
    expect(existsSync(join(dir, "cluster-2.kubeconfig"))).toBe(false);
    expect(parse(read("kubeconfig")).contexts).toHaveLength(1);
    const again = await fleet.create({ name: "cluster-2" });
    expect((await again.identity()).authority.certificate).toBe(options.ca);
  });

  it("have names that are fit and free", async () => {
    const fleet = await start();
    await expect(fleet.create({ name: "cluster-1" })).rejects.toThrow("already");
    await expect(fleet.create({ name: "no/name" })).rejects.toThrow("can't name a cluster");
    expect([...fleet.clusters.keys()]).toEqual(["cluster-1"]);
  });

  it("that can't listen leave nothing behind", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const fleet = await start({ clusters: 0, basePort: port - 1 });
    await expect(fleet.create()).rejects.toThrow(`port ${port} already in use`);
    expect([...fleet.clusters.keys()]).toEqual([]);
    expect(new Output(dir).readRecord()?.clusters).toEqual([]);
    await new Promise((resolve) => taken.close(resolve));
  });

  it("end their watches when they are reset", async () => {
    let stopped: AbortSignal | undefined;
    const fleet = await testFleet(
      undefined,
      {},
      {
        createBackend: (_cluster, signal) => {
          stopped = signal;
          return { handler: async () => json({}), access: OPEN };
        },
      },
    );
    fleets.push(fleet);
    const cluster = fleet.cluster("cluster-1");
    expect(cluster.touched).toBe(false);
    await fetchFrom(cluster, "/x", await admin(cluster));
    expect([cluster.touched, stopped?.aborted]).toEqual([true, false]);
    fleet.reset("cluster-1");
    expect([cluster.touched, stopped?.aborted]).toEqual([false, true]);
  });
});

it("several fleets live in one process", async () => {
  const [a, b] = [await start({ out: join(dir, "a") }), await start({ out: join(dir, "b") })];
  await a.close();
  expect(await works(await b.kubeconfig("cluster-1"))).toBe(200);
});
