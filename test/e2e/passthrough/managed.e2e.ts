import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { CertificateAuthority } from "../../../src/pki/authority.js";
import { EtcdClient } from "../../../src/proxy/etcd/client.js";
import { type ManagedEtcd, type ManagedEtcdOptions, startManagedEtcd } from "../../../src/proxy/etcd/managed.js";
import { Tenancy } from "../../../src/proxy/etcd/tenancy.js";
import { folder, program, silent } from "./programs.js";

const now = Date.now;
const cleanup: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

function place(): string {
  const made = folder();
  cleanup.push(made.remove);
  return made.path;
}

async function start(dataDir: string, more: Partial<ManagedEtcdOptions> = {}): Promise<ManagedEtcd> {
  const etcd = await startManagedEtcd({ binary: program("etcd"), dataDir, log: silent, now, ...more });
  cleanup.push(() => etcd.stop());
  return etcd;
}

function clientOf(connection: ConstructorParameters<typeof EtcdClient>[0]): EtcdClient {
  const client = new EtcdClient(connection);
  cleanup.push(() => client.close());
  return client;
}

/** Until it holds; the test's time limit is its end. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("a managed etcd", () => {
  it("keeps its data, its CA and its ports over a new start", async () => {
    const dir = place();
    const first = await start(dir);
    await clientOf(first.connection).put("x", "1");
    await first.stop();
    const second = await start(dir);
    expect(second.connection.endpoints).toEqual(first.connection.endpoints);
    expect(second.ca.certificate).toBe(first.ca.certificate);
    expect(Buffer.from((await clientOf(second.connection).get("x"))?.value ?? []).toString()).toBe("1");
  });

  it("is started again when it is killed, and its clients and watches go on", async () => {
    const etcd = await start(place());
    const tenancy = await Tenancy.open(etcd.connection, { ca: etcd.ca, now });
    cleanup.push(() => tenancy.close());
    const client = clientOf(await tenancy.ensure("a"));
    const watch = client.watch("/a/", { end: "/a0" });
    expect((await watch.next()).value?.events).toEqual([]);
    await client.put("/a/x", "1");
    expect((await watch.next()).value?.events).toHaveLength(1);
    const pid = etcd.members[0]?.pid as number;
    process.kill(pid, "SIGKILL");
    const next = watch.next();
    await until(async () => (await client.get("/a/x", { timeoutMs: 30_000 }))?.version === 1n);
    expect(etcd.members[0]?.pid).not.toBe(pid);
    await client.put("/a/y", "2");
    expect(Buffer.from((await next).value?.events[0]?.kv.key ?? []).toString()).toBe("/a/y");
    await watch.return();
    expect((await tenancy.ensure("b")).prefix).toBe("/b/");
  });

  it("is not left behind when we are killed, and what follows us goes on with it", async () => {
    const dir = place();
    const script = fileURLToPath(new URL("./managed-alone.ts", import.meta.url));
    const alone = spawn(process.execPath, ["--import", "tsx", script, program("etcd"), dir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(alone.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    alone.kill("SIGKILL");
    await once(alone, "exit");
    const etcd = await start(dir); // while the other may still be on its way out
    await until(() => !isAlive(pid));
    expect(Buffer.from((await clientOf(etcd.connection).get("alone"))?.value ?? []).toString()).toBe("1");
  });

  it("tells what is wrong with a binary or a folder", async () => {
    const dir = place();
    const begin = (more: Partial<ManagedEtcdOptions>) => start(join(dir, "data"), more);
    await expect(begin({ binary: join(dir, "none") })).rejects.toThrow("there is no such file");
    await expect(begin({ binary: "no-such-etcd" })).rejects.toThrow("there is no no-such-etcd on the PATH");
    const script = (name: string, text: string) => {
      writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      return join(dir, name);
    };
    await expect(begin({ binary: script("old", "echo etcd Version: 3.3.27") })).rejects.toThrow(
      /is etcd 3\.3\.27: 3\.4 or later is needed \(--etcd-binary\)/,
    );
    await expect(begin({ binary: script("mute", "exit 1") })).rejects.toThrow("can't be run");
    await expect(begin({ binary: script("dying", '[ "$1" = --version ] && echo 3.6.0') })).rejects.toThrow(
      /etcd-0 did not start: exit status 1; its log is .*etcd\.log/,
    );
    mkdirSync(join(dir, "file"));
    writeFileSync(join(dir, "file/etcd-0"), "in the way");
    await expect(start(join(dir, "file"))).rejects.toThrow(/etcd's data folder .* can't be used/);
    await expect(start(join(dir, "file/etcd-0/below"))).rejects.toThrow(/etcd's data folder .* can't be used/);
    const good = await begin({});
    await expect(begin({})).rejects.toThrow(/runs on the folder .* already/);
    expect((await clientOf(good.connection).status()).version).toBe(good.version);
    chmodSync(dir, 0o700);
  });
});

describe("three members", () => {
  it("lose one, any of them, without their tenants' noticing", async () => {
    const etcd = await start(place(), { members: 3 });
    const tenancy = await Tenancy.open(etcd.connection, { ca: etcd.ca, now });
    cleanup.push(() => tenancy.close());
    const tenant = await tenancy.ensure("a");
    expect(tenant.endpoints).toHaveLength(3);
    const client = clientOf(tenant);
    const seen: string[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const { events } of client.watch("/a/", { end: "/a0", start: 1n, signal: stop.signal })) {
        seen.push(...events.map(({ kv }) => Buffer.from(kv.value).toString()));
      }
    })();
    const written: string[] = [];
    for (const member of etcd.members) {
      // Frozen: its connections stay open, which is worse than when they break.
      const pid = member.pid as number;
      process.kill(pid, "SIGSTOP");
      try {
        await tenancy.ensure(`while-${member.endpoint.split(":").at(-1)}`);
        for (let at = 0; at < 5; at++) {
          const value = `${member.endpoint} ${at}`;
          // A write whose fate is unknown is an error: it is for the writer to look and to repeat it.
          await until(() =>
            client.put("/a/x", value, { timeoutMs: 5_000 }).then(
              () => true,
              () => false,
            ),
          );
          written.push(value);
        }
      } finally {
        process.kill(pid, "SIGKILL");
      }
      await until(() =>
        client.put("/a/y", "", { timeoutMs: 5_000 }).then(
          () => true,
          () => false,
        ),
      );
      await until(() => member.pid !== undefined && member.pid !== pid);
      await until(() =>
        clientOf({ ...tenant, endpoints: [member.endpoint] })
          .get("/a/x")
          .then(
            () => true,
            () => false,
          ),
      );
    }
    await until(() => written.every((value) => seen.includes(value)));
    stop.abort();
    await watching;
    expect([...new Set(seen.filter((value) => value !== ""))]).toEqual(written);
  });
});

describe("an etcd that is given", () => {
  it("is told apart from what can't be used, before anything is changed", async () => {
    const etcd = await start(place());
    const { ca, connection } = etcd;
    const other = CertificateAuthority.create(now(), "other");
    const year = 365 * 24 * 3_600_000;
    const open = async (more: Partial<typeof connection> & { user?: string; password?: string }) => {
      const tenancy = await Tenancy.open({ ...connection, ...more }, { ca, now });
      cleanup.push(() => tenancy.close());
      return tenancy;
    };
    const issue = (commonName: string, at = now()) => ({ client: ca.issueClient(at, { commonName }) });
    await expect(open({ endpoints: ["https://127.0.0.1:1"] })).rejects.toThrow(
      "etcd at https://127.0.0.1:1 can't be reached: nothing listens there",
    );
    await expect(open({ endpoints: ["http://127.0.0.1:1"] })).rejects.toThrow("which takes TLS");
    await expect(open({ ca: other.certificate })).rejects.toThrow("not of the given CA (--etcd-ca)");
    await expect(open({ client: other.issueClient(now(), { commonName: "root" }) })).rejects.toThrow(
      "it does not know the CA of our client certificate",
    );
    await expect(open(issue("root", now() - 2 * year))).rejects.toThrow(
      /client certificate for etcd \(root\) expired on 20.*--etcd-cert/,
    );
    await expect(open(issue("somebody"))).rejects.toThrow("turning it on would lock us out: we come as somebody");
    const bare = clientOf(connection);
    expect(await bare.auth.enabled()).toBe(false);
    // Half-way to authentication: a user root with another password, without its role.
    await bare.auth.addUser("root", "an earlier one");
    const byPassword = { ...issue("anybody"), user: "root", password: "rootpw" };
    expect((await (await open(byPassword)).ensure("a")).prefix).toBe("/a/");
    expect(await bare.auth.enabled()).toBe(true);
    await expect(open({ ...byPassword, password: "wrong" })).rejects.toThrow(
      "etcd refuses the password of its user root: give the right one (--etcd-password-file)",
    );
    await expect(open(issue("somebody"))).rejects.toThrow("etcd has no user somebody");
    await expect(open(issue("a"))).rejects.toThrow("etcd's user a may not do this");
    expect(await (await open({})).tenants()).toEqual(["a"]);
  });

  it("must look at certificates", async () => {
    const etcd = await start(place(), { args: ["--client-cert-auth=false", "--trusted-ca-file="] });
    await expect(Tenancy.open(etcd.connection, { ca: etcd.ca, now })).rejects.toThrow(
      /lets in clients without a certificate/,
    );
    expect(await clientOf(etcd.connection).auth.enabled()).toBe(false);
  });

  it("may have a CA with an RSA key", async () => {
    const dir = place();
    const run = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "ignore" });
    mkdirSync(join(dir, "pki"));
    run(
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      "/CN=etcd-ca",
      "-days",
      "2",
      "-keyout",
      "pki/ca.key",
      "-out",
      "pki/ca.crt",
    );
    const etcd = await start(dir);
    expect(etcd.ca.pair.key).toContain("PRIVATE KEY");
    const tenancy = await Tenancy.open({ endpoints: etcd.connection.endpoints }, { ca: etcd.ca, now });
    cleanup.push(() => tenancy.close());
    const client = clientOf(await tenancy.ensure("rsa"));
    expect(await client.put("/rsa/x", "1")).toBeGreaterThan(1n);
    await expect(client.get("/other/x")).rejects.toThrow("permission denied");
  });

  it("is told of with the cluster's name when it is full or gone, and is used again when it is back", async () => {
    const dir = place();
    const args = ["--quota-backend-bytes=4194304"];
    const etcd = await start(dir, { args });
    const tenancy = await Tenancy.open(etcd.connection, { ca: etcd.ca, now, historyMs: 0 });
    cleanup.push(() => tenancy.close());
    await tenancy.ensure("early");
    const filler = Buffer.alloc(1024 * 1024);
    await until(() =>
      tenancy.client.put("filler", filler).then(
        () => false,
        () => true,
      ),
    );
    await expect(tenancy.ensure("late")).rejects.toThrow(
      /^cluster late: etcd's database is full: raise its --quota-backend-bytes/,
    );
    expect((await tenancy.ensure("early")).name).toBe("early");
    await etcd.stop();
    await expect(tenancy.ensure("early")).rejects.toThrow(
      /^cluster early: etcd at https:\/\/127\.0\.0\.1:\d+ can't be reached: nothing listens there; start it, or mend --etcd-endpoints$/,
    );
    await start(dir, { args });
    expect((await tenancy.ensure("early")).name).toBe("early");
  });

  it("forgets old revisions for its tenants, who can't", async () => {
    const etcd = await start(place());
    const tenancy = await Tenancy.open(etcd.connection, { ca: etcd.ca, now, historyMs: 50 });
    cleanup.push(() => tenancy.close());
    const tenant = await tenancy.ensure("a");
    const client = clientOf(tenant);
    const first = await client.put("/a/x", "1");
    await client.put("/a/x", "2");
    const old = async () => {
      try {
        await client.range("/a/x", { revision: first });
        return false;
      } catch (error) {
        return /compacted/.test(String(error));
      }
    };
    await until(old);
    await expect(client.watch("/a/x", { start: first }).next()).rejects.toThrow("has been compacted");
    expect(Number(Buffer.from((await client.get("compact_rev_key"))?.value ?? []).toString())).toBeGreaterThan(
      Number(first),
    );
  });
});
