import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EtcdClient } from "../../../src/proxy/etcd/client.js";
import { EtcdError } from "../../../src/proxy/etcd/error.js";
import { prefixEnd } from "../../../src/proxy/etcd/keys.js";
import { type ManagedEtcd, startManagedEtcd } from "../../../src/proxy/etcd/managed.js";
import { Tenancy, type Tenant } from "../../../src/proxy/etcd/tenancy.js";
import { breaking } from "./breaking.js";
import { ETCDS, folder, program, silent } from "./programs.js";

const now = Date.now;
const DAY = 24 * 3_600_000;

/** How a call ends: its error's code, or "OK". */
async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    if (error instanceof EtcdError) return error.code;
    throw error;
  }
}

describe.each(Object.entries(ETCDS))("tenants in etcd %s", (version, binary) => {
  const place = folder();
  let etcd: ManagedEtcd;
  let tenancy: Tenancy;

  const open = (more: Partial<Parameters<typeof Tenancy.open>[1]> = {}, connection = etcd.connection) =>
    Tenancy.open(connection, { ca: etcd.ca, now, ...more });

  async function as<T>(tenant: Tenant, act: (client: EtcdClient) => Promise<T>): Promise<T> {
    const client = new EtcdClient(tenant);
    try {
      return await act(client);
    } finally {
      client.close();
    }
  }

  beforeAll(async () => {
    etcd = await startManagedEtcd({ binary: program(binary), dataDir: place.path, log: silent, now });
    tenancy = await open({ dir: join(place.path, "tenants") });
  });

  afterAll(async () => {
    tenancy.close();
    await etcd.stop();
    place.remove();
  });

  it("is the version that was asked for", () => {
    expect(etcd.version.startsWith(version)).toBe(true);
  });

  it("lets each read and write its own prefix, and nothing else", async () => {
    const [a, b] = [await tenancy.ensure("one"), await tenancy.ensure("ns.one")];
    await as(b, (client) => client.put(`${b.prefix}secret`, "b's"));
    await as(a, async (client) => {
      expect(await outcome(client.put("/one/x", "1"))).toBe("OK");
      expect(Buffer.from((await client.get("/one/x"))?.value ?? []).toString()).toBe("1");
      const all = { end: prefixEnd("/") };
      for (const call of [
        () => client.get("/ns.one/secret"),
        () => client.put("/ns.one/secret", "mine"),
        () => client.deleteRange("/ns.one/", { end: prefixEnd("/ns.one/") }),
        () => client.range("/", all),
        () => client.range("/one/", { end: prefixEnd("/one0") }),
        () => client.get("/one"),
        () => client.txn({ success: [{ put: "/one/y", value: "" }, { range: "/ns.one/secret" }] }),
        () => client.watch("/ns.one/", { end: prefixEnd("/ns.one/") }).next(),
        () => client.get("fake-apiserver/tenants/one"),
        () => client.put("compact_rev_key", "1"),
        () => client.auth.users(),
        () => client.auth.addUser("another"),
        () => client.auth.grantReadWrite("one", "/ns.one/", prefixEnd("/ns.one/")),
      ]) {
        expect(await outcome(call()), call.toString()).toBe("PERMISSION_DENIED");
      }
      expect(await outcome(client.get("/one/y"))).toBe("OK");
    });
  });

  it("is seen by etcdctl as the article has it", async () => {
    const tenant = await tenancy.ensure("shown");
    const dir = join(place.path, "ctl");
    mkdirSync(dir);
    writeFileSync(join(dir, "ca"), tenant.ca);
    const ctl = (who: Tenant["client"], ...args: string[]) => {
      writeFileSync(join(dir, "crt"), who.certificate);
      writeFileSync(join(dir, "key"), who.key);
      const files = [`--cacert=${join(dir, "ca")}`, `--cert=${join(dir, "crt")}`, `--key=${join(dir, "key")}`];
      const env = { ...process.env, ETCDCTL_API: "3" };
      return execFileSync(program("etcdctl"), [`--endpoints=${tenant.endpoints[0]}`, ...files, ...args], {
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    };
    const root = etcd.ca.issueClient(now(), { commonName: "root" });
    expect(ctl(root, "user", "list").split("\n")).toContain("shown");
    expect(ctl(root, "role", "list").split("\n")).toContain("shown");
    expect(ctl(root, "user", "get", "shown")).toContain("Roles: shown");
    const role = ctl(root, "role", "get", "shown");
    expect(role.replaceAll(/\s+/g, " ")).toContain("KV Write: [/shown/, /shown0) (prefix /shown/)");
    expect(ctl(tenant.client, "put", "/shown/x", "1")).toBe("OK\n");
    expect(() => ctl(tenant.client, "get", "/one/x")).toThrow(/permission denied/);
    expect(ctl(root, "get", "--prefix", "/shown/", "--keys-only").trim()).toBe("/shown/x");
  });

  it("keeps a tenant and its certificate, also over a new start", async () => {
    const first = await tenancy.ensure("kept");
    await as(first, (client) => client.put("/kept/x", "1"));
    expect(await tenancy.ensure("kept")).toEqual(first);
    const again = await open({ dir: join(place.path, "tenants") });
    expect(await again.ensure("kept")).toEqual(first);
    again.close();
    const later = await open({ dir: join(place.path, "tenants"), now: () => now() + 340 * DAY });
    const renewed = await later.ensure("kept");
    later.close();
    expect(renewed.client).not.toEqual(first.client);
    expect(new X509Certificate(renewed.client.certificate).subject).toBe("CN=kept");
    expect(await as(first, async (client) => (await client.get("/kept/x"))?.version)).toBe(1n);
  });

  it.each(["before", "after"] as const)("is completed and purged after an end right %s any change", async (when) => {
    const changes = { ensure: 6, purge: 4 };
    for (let at = 0; at < changes.ensure; at++) {
      const name = `half-${when}-${at}`;
      const { state, connect } = breaking(at, when);
      const broken = await open({ connect });
      expect(state.count).toBe(0);
      await expect(broken.ensure(name)).rejects.toThrow("killed");
      broken.close();
      // Both ways on: to be completed, and to be purged.
      if (at % 2 === 0) await tenancy.purge(name);
      const tenant = await tenancy.ensure(name);
      expect(await as(tenant, (client) => outcome(client.put(`${tenant.prefix}x`, "1")))).toBe("OK");
    }
    for (let at = 0; at < changes.purge; at++) {
      const name = `half-${when}-${at}`;
      const broken = await open({ connect: breaking(at, when).connect });
      await expect(broken.purge(name)).rejects.toThrow("killed");
      broken.close();
      await tenancy.purge(name);
      expect(await tenancy.client.auth.user(name)).toBeUndefined();
      expect(await tenancy.client.auth.role(name)).toBeUndefined();
      expect((await tenancy.client.range(`/${name}/`, { end: prefixEnd(`/${name}/`) })).kvs).toEqual([]);
      expect(await tenancy.tenants()).not.toContain(name);
    }
    const counted = breaking(-1, when);
    const whole = await open({ connect: counted.connect });
    await whole.ensure("counted");
    expect(counted.state.count).toBe(changes.ensure);
    await whole.purge("counted");
    expect(counted.state.count).toBe(changes.ensure + changes.purge);
    whole.close();
  });

  it("refuses what strangers or other fleets have, and takes it over on request", async () => {
    const { client } = tenancy;
    await client.put("/strange-key/x", "theirs");
    await client.auth.addUser("strange-user", "secret");
    await client.auth.addRole("strange-role");
    for (const name of ["strange-key", "strange-user", "strange-role"]) {
      await expect(tenancy.ensure(name)).rejects.toThrow(
        new RegExp(`^cluster ${name}: etcd has .* already, not made by us: give the cluster another name`),
      );
      await expect(tenancy.purge(name)).rejects.toThrow("not made by us");
    }
    expect((await client.get("/strange-key/x"))?.version).toBe(1n);
    expect(await tenancy.tenants()).not.toContain("strange-key");
    const other = await open({ owner: "another fleet" });
    await other.ensure("theirs");
    await expect(tenancy.ensure("theirs")).rejects.toThrow('belongs to another fleet ("another fleet")');
    await expect(tenancy.purge("theirs")).rejects.toThrow('belongs to another fleet ("another fleet")');
    const taking = await open({ adopt: true });
    await expect(taking.purge("theirs")).rejects.toThrow('belongs to another fleet ("another fleet")');
    await taking.ensure("theirs");
    await expect(other.ensure("theirs")).rejects.toThrow("belongs to another fleet");
    expect((await tenancy.ensure("theirs")).prefix).toBe("/theirs/");
    other.close();
    await expect(taking.purge("strange-key")).rejects.toThrow("not made by us");
    const taken = await taking.ensure("strange-key");
    expect(await as(taken, async (mine) => (await mine.get("/strange-key/x"))?.version)).toBe(1n);
    taking.close();
    await expect(tenancy.ensure("root")).rejects.toThrow("etcd's own user");
  });

  it("goes on working for tenants while others come and go", async () => {
    const tenant = await tenancy.ensure("busy");
    await as(tenant, async (client) => {
      const others = Array.from({ length: 12 }, (_, at) => tenancy.ensure(`other-${at}`));
      let done = false;
      const all = Promise.all(others).finally(() => {
        done = true;
      });
      let written = 0;
      while (!done) await client.put("/busy/x", String(written++));
      await all;
      expect((await client.get("/busy/x"))?.version).toBe(BigInt(written));
    });
  });
});
