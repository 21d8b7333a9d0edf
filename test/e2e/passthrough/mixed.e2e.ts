import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folder, program } from "./programs.js";

const run = promisify(execFile);
const bin = fileURLToPath(new URL("../../../src/cli/bin.ts", import.meta.url));
const place = folder();
const out = join(place.path, "out");
const EMULATED = Array.from({ length: 50 }, (_, i) => `cluster-${i + 1}`);
/** The one of the row is reached through us, the one that is added later by a pipe. */
const [TERMINATED, PIPED] = ["cluster-51", "piped"] as const;
const ALL = [...EMULATED, TERMINATED, PIPED];
let fleet: ReturnType<typeof spawn>;

async function cli(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ["--import", "tsx", bin, ...args, "--out", out], { timeout: 60_000 });
  return stdout;
}

async function kubectl(context: string, ...args: string[]): Promise<string> {
  const where = ["--kubeconfig", join(out, "kubeconfig"), "--context", context];
  return (await run("kubectl", [...where, ...args], { timeout: 60_000, maxBuffer: 2 ** 25 })).stdout;
}

/** Some at a time: each kubectl takes a tenth of a second of a core. */
async function ofAll<T>(names: readonly string[], what: (name: string) => Promise<T>): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  const left = [...names];
  const work = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) found.set(name, await what(name));
  };
  await Promise.all(Array.from({ length: 3 }, work));
  return found;
}

function admin(): string {
  return (JSON.parse(readFileSync(join(out, "fleet.json"), "utf8")) as { admin: { url: string } }).admin.url;
}

/** "name{labels}" to value. */
async function metrics(): Promise<Map<string, number>> {
  const text = await (await fetch(`${admin()}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ""), Number(/\S+$/.exec(line)![0])]));
}

beforeAll(async () => {
  const settings = ["--clusters", "50", "--passthrough", "1", "--etcd", "managed", "--base-port", "0", "--out", out];
  settings.push("--kube-apiserver-preset", "saving", "--etcd-binary", program("etcd"));
  settings.push("--kube-apiserver-binary", program("kube-apiserver"));
  fleet = spawn(process.execPath, ["--import", "tsx", bin, ...settings], { stdio: ["ignore", "pipe", "ignore"] });
  await new Promise<void>((resolve, reject) => {
    fleet.once("exit", () => reject(new Error("the fleet has ended")));
    fleet.stdout!.on("data", (text: Buffer) => text.includes("admin API") && resolve());
  });
  await cli("clusters", "create", PIPED, "--backend", "passthrough", "--proxy", "pipe", "--preset", "saving");
  while (!(await cli("clusters", "-o", "wide")).includes("pipe/process/ready")) await sleep(200);
});
afterAll(async () => {
  fleet.removeAllListeners("exit").kill("SIGTERM");
  if (fleet.exitCode === null) await once(fleet, "exit");
  place.remove();
});

describe("a fleet of 50 emulated and two real servers", () => {
  it("has one kubeconfig, by which each of them answers with objects of its own", async () => {
    const contexts = await kubectl(TERMINATED, "config", "get-contexts", "-o", "name");
    expect(contexts.trim().split("\n").sort()).toEqual([...ALL].sort());
    const made = await ofAll(ALL, (name) =>
      kubectl(name, "create", "configmap", "whose", `--from-literal=name=${name}`),
    );
    expect([...new Set(made.values())]).toEqual(["configmap/whose created\n"]);
    const whose = await ofAll(ALL, (name) => kubectl(name, "get", "configmap", "whose", "-o", "jsonpath={.data.name}"));
    expect([...whose].filter(([name, text]) => name !== text)).toEqual([]);
    expect(whose.size).toBe(52);
  });

  it("is one view for whoever manages it", async () => {
    const rows = (await cli("clusters", "-o", "wide")).trim().split("\n").slice(1);
    const backends = rows.map((row) => [row.split(/ +/)[0], / (emulated|\w+\/\w+\/\w+) /.exec(row)?.[1]]);
    expect(backends).toEqual([
      ...EMULATED.map((name) => [name, "emulated"]),
      [TERMINATED, "terminate/process/ready"],
      [PIPED, "pipe/process/ready"],
    ]);
    const { clusters } = (await (await fetch(`${admin()}/v1/clusters`)).json()) as { clusters: { backend: object }[] };
    expect(clusters.map(({ backend }) => backend)).toEqual([
      ...EMULATED.map(() => ({ type: "emulated" })),
      expect.objectContaining({ type: "passthrough", proxy: "terminate", runtime: "process", phase: "ready" }),
      expect.objectContaining({ type: "passthrough", proxy: "pipe", runtime: "process", phase: "ready" }),
    ]);
  });

  it("has metrics by backend", async () => {
    const [terminate, pipe] = ["terminate", "pipe"].map(
      (proxy) => `backend="passthrough",proxy="${proxy}",runtime="process"`,
    );
    const before = await metrics();
    expect(before.get('fake_apiserver_clusters{backend="emulated",state="active"}')).toBe(50);
    for (const labels of [terminate, pipe]) {
      expect(before.get(`fake_apiserver_clusters{${labels},state="active"}`)).toBe(1);
    }
    for (const name of [TERMINATED, PIPED]) {
      const of = (what: string, more = "") =>
        before.get(`fake_apiserver_real_server_${what}{cluster="${name}"${more}}`);
      expect(of("phase", ',phase="ready"')).toBe(1);
      expect(of("restarts_total")).toBe(0);
      expect(of("resident_memory_bytes")).toBeGreaterThan(50e6);
      expect(of("cpu_seconds_total")).toBeGreaterThan(0.1);
    }
    const grown = async (asked: string) => {
      const old = await metrics();
      await kubectl(asked, "get", "--raw", "/api/v1/namespaces");
      const now = await metrics();
      return (key: string) => (now.get(key) ?? 0) - (old.get(key) ?? 0);
    };
    const [emulatedOk, terminateOk] = ['backend="emulated"', terminate].map(
      (labels) => `fake_apiserver_requests_total{${labels},code="200"}`,
    ) as [string, string];
    const sent = `fake_apiserver_pipe_sent_bytes_total{${pipe}}`;
    // Some kubectls ask for the version first.
    let by = await grown("cluster-7");
    expect(by(emulatedOk)).toBeGreaterThan(0);
    expect(by('fake_apiserver_cluster_requests_total{cluster="cluster-7",backend="emulated"}')).toBe(by(emulatedOk));
    expect([by(terminateOk), by(sent)]).toEqual([0, 0]);
    by = await grown(TERMINATED);
    expect(by(terminateOk)).toBeGreaterThan(0);
    expect([by(emulatedOk), by(sent)]).toEqual([0, 0]);
    by = await grown(PIPED);
    expect(by(sent)).toBeGreaterThan(1000);
    expect(by(`fake_apiserver_connections_total{${pipe}}`)).toBeGreaterThan(0);
    expect([by(emulatedOk), by(terminateOk)]).toEqual([0, 0]);
  });

  it("leaves the metrics of each cluster to what is behind it", async () => {
    for (const name of ["cluster-7", TERMINATED, PIPED]) {
      const text = await kubectl(name, "get", "--raw", "/metrics");
      expect(text).toContain("apiserver_request_total{");
      expect(text.includes("go_goroutines"), name).toBe(name !== "cluster-7");
    }
  });
});
