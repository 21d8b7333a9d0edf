import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listClusters } from "../../../src/cli/clusters.js";
import { CertificateAuthority, type KeyPair } from "../../../src/pki/authority.js";
import type { EtcdConnection } from "../../../src/proxy/etcd/connection.js";
import { type ManagedEtcd, startManagedEtcd } from "../../../src/proxy/etcd/managed.js";
import { Tenancy } from "../../../src/proxy/etcd/tenancy.js";
import { LazyEtcd } from "../../../src/proxy/shared-etcd.js";
import { folder, program, silent } from "./programs.js";
import { Running, until } from "./running.js";

const now = Date.now;
const YEAR = 365 * 24 * 3_600_000;
const NAMESPACES = "/api/v1/namespaces";
const CONFIGMAPS = `${NAMESPACES}/default/configmaps`;
const place = folder();
const file = (name: string) => join(place.path, name);
const other = CertificateAuthority.create(now(), "other");
/** In the place of an etcd that somebody else runs: it is at the same address whenever it runs. */
let etcd: ManagedEtcd;
let fleet: Running | undefined;

async function startEtcd(): Promise<void> {
  etcd = await startManagedEtcd({ binary: program("etcd"), dataDir: file("etcd"), log: silent, now });
}

function give(name: string, { certificate, key }: KeyPair): void {
  writeFileSync(file(`${name}.crt`), certificate);
  writeFileSync(file(`${name}.key`), key, { mode: 0o600 });
}

/** Valid for so long from now on. */
const issue = (commonName: string, validMs: number) => etcd.ca.issueClient(now() - YEAR + validMs, { commonName });

function startFleet(): Promise<Running> {
  const { endpoints } = etcd.connection;
  const files = ["etcd-ca", "etcd-cert"].flatMap((name) => {
    return [
      `--${name}`,
      file(`${name}.crt`),
      `--${name.replace("cert", "key").replace("-ca", "-ca-key")}`,
      file(`${name}.key`),
    ];
  });
  return Running.start(
    file("out"),
    ...["--clusters", "1", "--passthrough", "2", "--data-dir", file("data")],
    ...["--kube-apiserver-binary", program("kube-apiserver"), "--etcd-endpoints", endpoints.join(",")],
    ...["--etcd-user", "root", "--etcd-password-file", file("password"), ...files],
  );
}

/** What a fleet on that folder has. */
const lazy = (
  dir: string,
  more: { connection?: EtcdConnection; reread?: () => EtcdConnection; adopt?: boolean } = {},
) => {
  const { connection = { ...etcd.connection, client: issue("root", YEAR) }, reread, adopt = false } = more;
  const again = reread && { reread: () => ({ connection: reread(), ca: etcd.ca }) };
  mkdirSync(file(dir), { recursive: true });
  return new LazyEtcd({ connection, ca: etcd.ca, adopt, ...again }, { dir: file(dir), now, log: silent });
};

const asRoot = () => Tenancy.open({ ...etcd.connection, client: issue("root", YEAR) }, { ca: etcd.ca, now });

async function refusal(name: string): Promise<string> {
  const { status, retryAfter, text } = await fleet!.ask(name, NAMESPACES);
  if (status === 200) return "";
  expect([status, retryAfter]).toEqual([503, expect.stringMatching(/^\d+$/)]);
  return (JSON.parse(text) as { message: string }).message;
}

/** Tells it to who asks, who lists clusters and who reads the log. */
async function isTold(name: string, cause: RegExp): Promise<void> {
  await expect.poll(() => refusal(name), { timeout: 40_000, interval: 200 }).toMatch(cause);
  expect(await refusal(name)).toMatch(new RegExp(`^cluster ${name}: kube-apiserver does not run: `));
  await until(async () => cause.test((await fleet!.state(name)).message ?? ""));
  expect((await listClusters(file("out"), "wide")).split("\n").find((line) => line.startsWith(name))).toMatch(cause);
  const told = fleet!.log.matchAll(/"msg":"(cluster [^"]*?)(?:; it is tried again)?"/g);
  const causes = Array.from(told, ([, text = ""]) => text).filter((text) => text.startsWith(`cluster ${name}: `));
  expect(causes).toContainEqual(expect.stringMatching(cause));
  expect((await fleet!.ask("cluster-1", NAMESPACES)).status).toBe(200);
}

beforeAll(async () => {
  await startEtcd();
  const connection = { ...etcd.connection, user: "root", password: "right" };
  const tenancy = await Tenancy.open(connection, { ca: etcd.ca, now });
  await tenancy.client.put("/cluster-3/theirs", "1");
  tenancy.close();
});
afterAll(async () => {
  await fleet?.stop();
  await etcd?.stop();
  place.remove();
});

describe("an etcd that is given", () => {
  it("is told of, whatever is wrong with it, until it can be used: by the same process", async () => {
    give("etcd-ca", other.pair);
    give("etcd-cert", issue("somebody", -1000));
    writeFileSync(file("password"), "wrong\n");
    await etcd.stop();
    fleet = await startFleet();
    const expired = /the client certificate for etcd \(somebody\) expired on 20\S+: give a newer one \(--etcd-cert\)$/;
    await isTold("cluster-2", expired);
    give("etcd-cert", issue("somebody", YEAR));
    const away = /etcd at https:\S+ can't be reached: nothing listens there; start it, or mend --etcd-endpoints$/;
    await isTold("cluster-2", away);
    await startEtcd();
    await isTold("cluster-2", /can't be reached: its serving certificate is not of the given CA \(--etcd-ca\)$/);
    give("etcd-ca", etcd.ca.pair);
    await isTold(
      "cluster-2",
      /etcd refuses the password of its user root: give the right one \(--etcd-password-file\)$/,
    );
    writeFileSync(file("password"), "right\n");
    await until(async () => (await fleet!.state("cluster-2")).phase === "ready");
    await isTold(
      "cluster-3",
      /etcd has 1 keys below \/cluster-3\/ already, not made by us: give .* another name, remove them, or .* --etcd-adopt$/,
    );
    expect((await fleet.ask("cluster-2", NAMESPACES)).status).toBe(200);
    const root = await asRoot();
    await root.client.deleteRange("/cluster-3/theirs");
    root.close();
    await until(async () => (await fleet!.state("cluster-3")).phase === "ready");
    const body = { metadata: { name: "kept" } };
    expect((await fleet.ask("cluster-3", CONFIGMAPS, { method: "POST", body })).status).toBe(201);
  });

  it("may be away when a fleet is started again on its data folder, and when a cluster is removed", async () => {
    await fleet?.stop();
    const leaving = lazy("leaving");
    const { prefix } = await leaving.tenant("gone");
    const root = await asRoot();
    await root.client.put(`${prefix}x`, "1");
    await etcd.stop();
    const left = expect(leaving.purge("gone")).rejects.toThrow(
      /^cluster gone: its keys, role and user are left behind in etcd: etcd at .*; they are deleted when it answers/,
    );
    fleet = await startFleet();
    await isTold("cluster-3", /can't be reached: nothing listens there/);
    await left;
    await leaving.close();
    await startEtcd();
    await until(async () => (await fleet!.ask("cluster-3", NAMESPACES)).status === 200);
    expect((await fleet.ask("cluster-3", `${CONFIGMAPS}/kept`)).status).toBe(200);
    const next = lazy("leaving");
    await next.tenant("gone");
    expect(await root.client.get(`${prefix}x`)).toBeUndefined();
    await next.close();
    root.close();
  });
});

describe("what we know an etcd by", () => {
  it("may end while it is used, and be renewed", async () => {
    let client = issue("root", 4000);
    const ends = now() + 4000;
    const connection = () => ({ ...etcd.connection, client });
    const used = lazy("ending", { connection: connection(), reread: connection });
    await used.tenant("early");
    await until(() => now() > ends + 1000);
    await etcd.stop();
    await startEtcd();
    await expect(used.tenant("late")).rejects.toThrow(
      /^cluster late: etcd at \S+ can't be reached: it refuses our client certificate: .* not expired\?/,
    );
    client = issue("root", YEAR);
    expect((await used.tenant("late")).prefix).toBe("/late/");
    await used.close();
  });

  it("is a fleet's folder: another fleet is refused, or takes over what it is told to", async () => {
    const first = lazy("first");
    await first.tenant("common");
    await first.close();
    const again = lazy("first");
    expect((await again.tenant("common")).prefix).toBe("/common/");
    const second = lazy("second");
    await expect(second.tenant("common")).rejects.toThrow(
      /^cluster common: \/common\/ in etcd belongs to another fleet \(.*\): .*or take them over by --etcd-adopt$/,
    );
    // A cluster that was never let in leaves nothing behind.
    await second.purge("common");
    const third = lazy("second", { adopt: true });
    expect((await third.tenant("common")).prefix).toBe("/common/");
    await expect(again.tenant("common")).rejects.toThrow("belongs to another fleet");
    expect((await second.tenant("common")).prefix).toBe("/common/");
    for (const each of [again, second, third]) await each.close();
  });
});
