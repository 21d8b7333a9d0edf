import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listClusters } from "../../../src/cli/clusters.js";
import { folder, program } from "./programs.js";
import { pidWith, Running, until } from "./running.js";

const run = promisify(execFile);
const place = folder();
const out = join(place.path, "out");
const binary = join(place.path, "kube-apiserver");
const etcdBinary = join(place.path, "etcd");
const etcdFlags = join(place.path, "etcd-flags");
const NAMESPACES = "/api/v1/namespaces";
const CONFIGMAPS = `${NAMESPACES}/default/configmaps`;
const MIB = 1024 * 1024;
const SMALL = { metadata: { name: "small" } };
const TERMINATED = { type: "passthrough", proxy: "terminate", runtime: { type: "process" } };
const PIPED = { type: "passthrough", proxy: "pipe", runtime: { type: "process" } };
let fleet: Running;

/** The etcd, with flags that can be changed for its next start. */
function installEtcd(): void {
  const real = program("etcd");
  writeFileSync(etcdFlags, "");
  writeFileSync(etcdBinary, `#!/bin/sh\nexec ${real} "$@" $(cat ${etcdFlags})\n`, { mode: 0o755 });
}

const etcdPid = () => pidWith(`--data-dir=${join(out, "etcd/etcd-0/data")}`);

async function etcdStartsAgain(): Promise<void> {
  const pid = etcdPid();
  process.kill(pid!, "SIGKILL");
  await until(() => ![undefined, pid].includes(etcdPid()));
}

/** As whoever runs the fleet can use it. */
async function etcdctl(...args: string[]): Promise<void> {
  const pki = (name: string) => join(out, "etcd/pki", name);
  const { client } = JSON.parse(readFileSync(join(out, "etcd/ports.json"), "utf8"))["etcd-0"];
  const as = ["--cacert", pki("ca.crt"), "--cert", pki("root.crt"), "--key", pki("root.key")];
  const env = { ETCDCTL_API: "3" };
  await run(program("etcdctl"), ["--endpoints", `https://127.0.0.1:${client}`, ...as, ...args], { env });
}

async function killed(name: string): Promise<void> {
  const { pid } = await fleet.state(name);
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, "SIGKILL");
  await until(async () => (await fleet.state(name)).pid !== pid);
}

const isReady = async (name: string) => (await fleet.state(name)).phase === "ready";

/** Those that the fault is not about: the process is the same, too. */
async function othersGoOn(...names: string[]): Promise<void> {
  expect(fleet.alive).toBe(true);
  for (const name of names) expect([name, (await fleet.ask(name, NAMESPACES)).status]).toEqual([name, 200]);
}

/** The message of the Status that a client gets while the server is away. */
async function refusal(name: string): Promise<string> {
  const { status, retryAfter, text } = await fleet.ask(name, NAMESPACES);
  if (status === 200) return "";
  expect([status, retryAfter]).toEqual([503, expect.stringMatching(/^\d+$/)]);
  return (JSON.parse(text) as { message: string }).message;
}

beforeAll(async () => {
  symlinkSync(program("kube-apiserver"), binary);
  const programs = ["--etcd", "managed", "--etcd-binary", etcdBinary, "--kube-apiserver-binary", binary];
  fleet = await Running.start(out, "--clusters", "1", "--passthrough", "1", ...programs);
});
afterAll(async () => {
  await fleet?.stop();
  place.remove();
});

it("an etcd of our own that can't be started is told of, and started once it can", async () => {
  await expect
    .poll(() => refusal("cluster-2"), { timeout: 30_000 })
    .toMatch(/^cluster cluster-2: kube-apiserver does not run: --etcd-binary .*: there is no such file$/);
  writeFileSync(etcdBinary, "#!/bin/sh\necho etcd Version: 3.3.27\n", { mode: 0o755 });
  await expect
    .poll(() => refusal("cluster-2"), { timeout: 30_000 })
    .toMatch(/is etcd 3\.3\.27: 3\.4 or later is needed \(--etcd-binary\)$/);
  await othersGoOn("cluster-1");
  const first = (text: string) => text.split("there is no such file; it is tried again").length - 1;
  expect(first(fleet.log)).toBe(1);
  installEtcd();
  await until(() => isReady("cluster-2"));
  expect((await fleet.admin("POST", "/v1/clusters", { name: "piped", backend: PIPED })).status).toBe(201);
  await until(() => isReady("piped"));
});

describe("a kube-apiserver that is killed", () => {
  it("is told of as a Status that asks for another try, and is back without anybody's doing", async () => {
    const { restarts = 0 } = await fleet.state("cluster-2");
    await killed("cluster-2");
    expect(await refusal("cluster-2")).toMatch(
      /^cluster cluster-2: kube-apiserver (does not run: it got SIGKILL; its log is .*\.log|can't be reached)/,
    );
    await othersGoOn("cluster-1", "piped");
    await until(() => isReady("cluster-2"));
    expect((await fleet.ask("cluster-2", NAMESPACES)).status).toBe(200);
    expect((await fleet.state("cluster-2")).restarts).toBe(restarts + 1);
  });

  it("breaks off connections that are led through, as it does itself", async () => {
    await killed("piped");
    await expect(fleet.ask("piped", NAMESPACES)).rejects.toThrow(/ECONNRESET|socket hang up|disconnected/);
    await othersGoOn("cluster-1", "cluster-2");
    await until(() => isReady("piped"));
    await othersGoOn("piped");
  });

  it("again and again is given longer pauses", async () => {
    for (let times = 0; times < 2; times++) {
      await until(async () => (await fleet.state("cluster-2")).pid !== undefined);
      await killed("cluster-2");
    }
    await until(() => isReady("cluster-2"));
    const pauses = [...fleet.log.matchAll(/"delayMs":(\d+),.*cluster cluster-2: kube-apiserver does not run: it got/g)];
    const [before, last] = pauses.slice(-2).map(([, ms]) => Number(ms));
    expect(last).toBe(2 * (before ?? 0));
    await othersGoOn("cluster-1", "cluster-2", "piped");
  });
});

describe("an etcd of our own", () => {
  it("that is silent is told of where clusters are listed, and what a removed one had there goes later", async () => {
    for (const name of ["cluster-2", "piped"]) {
      const body = { metadata: { name: "kept" } };
      expect((await fleet.ask(name, CONFIGMAPS, { method: "POST", body })).status).toBe(201);
    }
    const pid = etcdPid();
    process.kill(pid!, "SIGSTOP");
    try {
      for (const name of ["cluster-2", "piped"]) {
        await until(async () => /etcd/.test((await fleet.state(name)).message ?? ""));
        expect(await fleet.state(name)).toMatchObject({ phase: "failed" });
      }
      const wide = (await listClusters(out, "wide")).split("\n");
      const message = /not ready: etcd.*; etcd at https:\/\/127\.0\.0\.1:\d+ can't be reached: it does not answer; see/;
      expect(wide.find((line) => line.startsWith("cluster-2 "))).toMatch(message);
      expect(fleet.log).toMatch(new RegExp(`cluster cluster-2: kube-apiserver: ${message.source}`));
      await othersGoOn("cluster-1");
      // What takes no etcd is answered, and by the server itself.
      expect((await fleet.ask("cluster-2", "/version")).status).toBe(200);
      expect((await fleet.admin("DELETE", "/v1/clusters/piped")).status).toBe(204);
      expect(fleet.log).toMatch(
        /cluster piped: its keys, role and user are left behind in etcd: .*they are deleted when/,
      );
    } finally {
      process.kill(pid!, "SIGCONT");
    }
    await until(() => isReady("cluster-2"));
    expect((await fleet.state("cluster-2")).message).toBeUndefined();
    expect((await fleet.ask("cluster-2", `${CONFIGMAPS}/kept`)).status).toBe(200);
    expect((await fleet.admin("POST", "/v1/clusters", { name: "piped", backend: PIPED })).status).toBe(201);
    await until(async () => (await fleet.ask("piped", NAMESPACES).catch(() => undefined))?.status === 200);
    expect((await fleet.ask("piped", `${CONFIGMAPS}/kept`)).status).toBe(404);
  });

  it("that is killed is started again, and servers go on with it", async () => {
    const before = [await fleet.state("cluster-2"), await fleet.state("piped")].map(({ pid }) => pid);
    const goingOn = othersGoOn("cluster-1");
    await etcdStartsAgain();
    await goingOn;
    expect(fleet.log).toMatch(/etcd-0 has ended \(SIGKILL\) and is started again; its log is .*etcd\.log/);
    for (const name of ["cluster-2", "piped"]) {
      const body = { metadata: { name: "later" } };
      await until(async () => (await fleet.ask(name, CONFIGMAPS, { method: "POST", body })).status === 201);
    }
    expect([await fleet.state("cluster-2"), await fleet.state("piped")].map((state) => state.pid)).toEqual(before);
  });

  it("that is full refuses what is written, in the server's words, until its operator makes room", async () => {
    writeFileSync(etcdFlags, `--quota-backend-bytes=${8 * MIB}`);
    await etcdStartsAgain();
    const write = (at: number) => {
      const body = { metadata: { name: `large-${at}` }, data: { text: "x".repeat(0.9 * MIB) } };
      return fleet.ask("cluster-2", CONFIGMAPS, { method: "POST", body });
    };
    let refused = await write(0);
    for (let at = 1; !/database space exceeded/.test(refused.text); at++) refused = await write(at);
    expect(refused.status).toBe(500);
    await othersGoOn("cluster-1", "cluster-2", "piped");
    expect((await fleet.admin("POST", "/v1/clusters", { name: "late", backend: TERMINATED })).status).toBe(201);
    await expect
      .poll(() => refusal("late"), { timeout: 30_000 })
      .toMatch(
        /^cluster late: kube-apiserver does not run: etcd's database is full: .* --quota-backend-bytes, .*alarm/,
      );
    writeFileSync(etcdFlags, "");
    await etcdStartsAgain();
    await etcdctl("alarm", "disarm");
    await until(async () => (await fleet.ask("cluster-2", CONFIGMAPS, { method: "POST", body: SMALL })).status === 201);
    await until(() => isReady("late"));
    expect((await fleet.admin("DELETE", "/v1/clusters/late")).status).toBe(204);
  });
});

it("a binary or a file that a server lacks is told of, each as it comes, and found again once it is mended", async () => {
  const pki = join(out, "real/cluster-2/pki");
  const faults: [string, () => void, RegExp][] = [
    [
      "not executable",
      () => writeFileSync(binary, "", { mode: 0o644 }),
      /--kube-apiserver-binary .*: it can't be executed$/,
    ],
    [
      "another version",
      () => {
        rmSync(binary);
        writeFileSync(binary, "#!/bin/sh\necho Kubernetes v1.25.3\n", { mode: 0o755 });
      },
      /is of version 1\.25\.3, the fleet's is 1\.34: name another by --kube-apiserver-binary FILE$/,
    ],
    [
      "a file in a folder's place",
      () => {
        rmSync(binary);
        symlinkSync(program("kube-apiserver"), binary);
        renameSync(pki, `${pki}.aside`);
        writeFileSync(pki, "");
      },
      /can't use .*real\/cluster-2\/pki.*: a (part of the path is a file|file is where a folder should be).*move that/,
    ],
    [
      "a full disk",
      () => {
        rmSync(pki);
        mkdirSync(pki);
        symlinkSync("/dev/full", join(pki, "ca.crt"));
      },
      /can't use .*\/pki\/ca\.crt: no space left on the disk; make room, or give another folder by --out or --data-dir$/,
    ],
  ];
  rmSync(binary);
  await killed("cluster-2");
  await until(async () => /--kube-apiserver-binary .*: there is no such file$/.test(await refusal("cluster-2")));
  for (const [, fault, message] of faults) {
    fault();
    await until(async () => message.test(await refusal("cluster-2")));
    expect(await refusal("cluster-2")).toMatch(/^cluster cluster-2: kube-apiserver does not run: /);
    expect((await fleet.state("cluster-2")).message).toMatch(message);
    await othersGoOn("cluster-1", "piped");
  }
  rmSync(join(pki, "ca.crt"));
  await until(() => isReady("cluster-2"));
  await othersGoOn("cluster-2");
});
