import { execFile, spawn } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../../src/cluster/cluster.js";
import type { Fleet } from "../../../src/cluster/fleet.js";
import { startEmulatedFleet } from "../../../src/compose.js";
import { folder, program, silent } from "./programs.js";

const run = promisify(execFile);
const article = fileURLToPath(new URL("../article.sh", import.meta.url));
const bin = fileURLToPath(new URL("../../../src/cli/bin.ts", import.meta.url));
const place = folder();
const out = join(place.path, "out");
const binary = join(place.path, "kube-apiserver");
const kubeconfig = (name: string) => join(out, `${name}.kubeconfig`);
let fleet: Fleet;

async function kubectl(name: string, ...args: string[]): Promise<string> {
  const { stdout } = await run("kubectl", ["--kubeconfig", kubeconfig(name), ...args], { timeout: 60_000 });
  return stdout;
}

async function stateOf(cluster: Cluster) {
  const real = await cluster.real;
  if (real === undefined) throw new Error(`${cluster.name} is emulated`);
  return real.state;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

beforeAll(async () => {
  copyFileSync(program("kube-apiserver"), binary);
  fleet = await startEmulatedFleet({
    ...{ clusters: 2, basePort: 0, out, log: silent },
    passthrough: { clusters: 2, proxy: "terminate", binary, etcd: { managed: true, binary: program("etcd") } },
  });
  const backend = { type: "passthrough", proxy: "pipe", runtime: { type: "process" } } as const;
  const piped = await fleet.create({ name: "piped", backend });
  await (await piped.real)?.ready();
});
afterAll(async () => {
  await fleet?.close();
  place.remove();
});

describe("a fleet of emulated and real servers", () => {
  it.each(["cluster-1", "cluster-3", "cluster-4", "piped"])(
    "takes the experiment's kubectl flow on %s",
    async (name) => {
      await run("bash", [article, kubeconfig(name)], { timeout: 100_000 });
    },
  );

  it("has each cluster's objects apart, and all in one kubeconfig", async () => {
    await kubectl("cluster-3", "create", "configmap", "mine");
    await expect(kubectl("cluster-4", "get", "configmap", "mine")).rejects.toThrow(/NotFound/);
    expect(await kubectl("piped", "auth", "whoami")).toMatch(/kubernetes-admin/);
    const { stdout } = await run("kubectl", [
      "--kubeconfig",
      join(out, "kubeconfig"),
      "config",
      "get-contexts",
      "-o",
      "name",
    ]);
    expect(stdout.trim().split("\n").sort()).toEqual(["cluster-1", "cluster-2", "cluster-3", "cluster-4", "piped"]);
  });

  it("watches from now on without waiting for writes to what is watched", async () => {
    // etcd goes on elsewhere: early 3.6 does not let a tenant's server learn that nothing has come in between.
    await kubectl("cluster-3", "create", "serviceaccount", "elsewhere");
    const path = "/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=1";
    expect(await kubectl("cluster-3", "get", "--raw", path)).toMatch(/^\{"type":"ADDED",.*"name":"mine"/);
  });
});

describe("a real server that is gone", () => {
  it("is started again, and clients find what they had; others notice nothing", async () => {
    const cluster = fleet.cluster("cluster-3");
    const { pid } = await stateOf(cluster);
    const other = await stateOf(fleet.cluster("cluster-4"));
    process.kill(pid!, "SIGKILL");
    await kubectl("cluster-4", "get", "namespaces");
    while ((await stateOf(cluster)).pid === pid || (await stateOf(cluster)).phase !== "ready") await sleep(100);
    expect(await kubectl("cluster-3", "get", "configmap", "mine", "-o", "name")).toBe("configmap/mine\n");
    expect((await stateOf(fleet.cluster("cluster-4"))).pid).toBe(other.pid);
  });

  it("is gone with everything that it held when its cluster is removed", async () => {
    const { pid } = await stateOf(fleet.cluster("cluster-4"));
    await fleet.remove("cluster-4");
    expect(isAlive(pid!)).toBe(false);
    const backend = { type: "passthrough", proxy: "terminate", runtime: { type: "process" } } as const;
    const made = await fleet.create({ name: "cluster-4", backend });
    await (await made.real)?.ready();
    expect(await kubectl("cluster-4", "get", "nodes", "-o", "name")).toBe("");
  });
});

it("no server outlives a fleet that is killed", async () => {
  const own = join(place.path, "killed");
  const settings = ["--clusters", "0", "--passthrough", "1", "--etcd", "managed", "--base-port", "0", "--out", own];
  const programs = ["--etcd-binary", program("etcd"), "--kube-apiserver-binary", program("kube-apiserver")];
  const child = spawn(process.execPath, ["--import", "tsx", bin, ...settings, ...programs], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the fleet has ended")));
    child.stdout.on("data", (text: Buffer) => text.includes("admin API") && resolve());
  });
  const { admin } = JSON.parse(readFileSync(join(own, "fleet.json"), "utf8")) as { admin: { url: string } };
  const answer = (await (await fetch(`${admin.url}/v1/clusters`)).json()) as {
    clusters: { backend: { pid: number } }[];
  };
  const { pid } = answer.clusters[0]!.backend;
  expect(isAlive(pid)).toBe(true);
  child.removeAllListeners("exit").kill("SIGKILL");
  while (isAlive(pid)) await sleep(100);
});
