/**
 * Clusters of real Cluster API controllers: how long until each is in good health, what that takes of this program and
 * of the controllers, and how many requests. All are made at once; with a number of minutes as many as that allows, new
 * ones when earlier ones are in good health. Needs Go, and `npm run build`.
 *
 *     npx tsx bench/capi.ts [clusters] [workers of each] [minutes]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ailments } from "../test/e2e/capi/conditions.js";
import { startManagement } from "../test/e2e/capi/management.js";
import { clusterObjects } from "../test/e2e/capi/objects.js";
import { Processes } from "../test/e2e/capi/processes.js";
import { World } from "../test/e2e/capi/world.js";
import { AUDIT_POLICY, auditArgs, auditedRequests, loggedRequests, requestLines } from "./capi-requests.js";
import { limit, type Sample, sample, shares } from "./capi-usage.js";

const clusters = Number(process.argv[2] ?? 100);
const workers = Number(process.argv[3] ?? 1);
const minutes = process.argv[4] === undefined ? undefined : Number(process.argv[4]);
/** With a bound of time: so many clusters at most are not in good health yet. Each waits most of the time for the controllers. */
const AT_A_TIME = 60;
const REST_SECONDS = 30;
const CAPI = "cluster.x-k8s.io/v1beta2";
const KCP = "controlplane.cluster.x-k8s.io/v1beta2";

const work = mkdtempSync(join(tmpdir(), "fake-apiserver-bench-capi."));
mkdirSync(join(work, "logs"));
const audit = join(work, "audit.log");
writeFileSync(join(work, "audit.yaml"), AUDIT_POLICY);
process.env.EXTRA_ARGS = auditArgs(join(work, "audit.yaml"), audit);
const processes = new Processes(join(work, "logs"));
const management = await startManagement(work, processes);
const world = new World(management, processes, work, ["--log-level", "trace", "--log-format", "json"]);
try {
  world.startFleet();
  const pids = pidsOf();
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  const from = Date.now();
  let [written, healthy] = [0, 0];
  let last = sample(pids);
  let steady: readonly [Sample, Sample] = [last, last];
  for (;;) {
    const wanted = minutes === undefined ? clusters : Math.min(clusters, healthy + AT_A_TIME);
    while (written < wanted) await write(++written);
    healthy = await healthyClusters();
    const now = sample(pids);
    if (now.at - last.at >= 15_000) {
      const busy = [...shares(last, now)].map(([name, share]) => `${name} ${share.toFixed(2)}`).join("  ");
      console.log(`${String(seconds()).padStart(5)} s  ${healthy} of ${written} in good health   CPU ${busy}`);
      steady = [last, now];
      last = now;
    }
    if (healthy >= clusters || seconds() >= (minutes ?? 30) * 60) break;
    await new Promise((wake) => setTimeout(wake, 2_000));
  }
  const done = seconds();
  console.log(`\n${healthy} of ${clusters} with 1 control plane and ${workers} workers in good health after ${done} s`);
  if (healthy < clusters && minutes === undefined) process.exitCode = 1;
  console.log(`towards the end the limit was ${limit(...steady)}\n`);
  const [before, until] = [sample(pids), Date.now()];
  await new Promise((wake) => setTimeout(wake, REST_SECONDS * 1000));
  const after = sample(pids);
  const idle = shares(before, after);
  console.log(`used until then, and in ${REST_SECONDS} s after it:`);
  for (const [name, { cpu }] of before.programs) {
    const rss = String(after.programs.get(name)!.rss).padStart(5);
    const then = idle.get(name)!.toFixed(2);
    console.log(`  ${name.padEnd(16)} ${cpu.toFixed(1).padStart(8)} s CPU  ${rss} MiB  then ${then} CPU`);
  }
  const end = Date.now();
  for (const [what, read, path] of [
    ["workload clusters", loggedRequests, processes.log("fleet")],
    ["the management cluster", auditedRequests, audit],
  ] as const) {
    console.log(`\nrequests to ${what}, by client:`);
    const [all, rest] = [await read(path, from, until), await read(path, until, end)];
    for (const line of requestLines(all, rest, Math.max(1, healthy), REST_SECONDS)) console.log(line);
  }
} finally {
  await processes.stopAll();
  management.stop();
  rmSync(work, { recursive: true, force: true });
}

async function write(n: number): Promise<void> {
  const shape = { name: `c${n}`, version: "v1.34.4", controlPlanes: 1, workers, etcd: "stacked" } as const;
  await Promise.all(clusterObjects(shape).map((object) => management.api.apply(object)));
}

/** Those whose Cluster, control plane and Machines all have nothing to complain of. */
async function healthyClusters(): Promise<number> {
  const [owners, planes, machines] = await Promise.all([
    management.api.list(CAPI, "Cluster"),
    management.api.list(KCP, "KubeadmControlPlane"),
    management.api.list(CAPI, "Machine"),
  ]);
  const ill = new Set<string>();
  const count = new Map<string, number>();
  for (const object of [...owners, ...planes, ...machines]) {
    const cluster = object.metadata.labels?.["cluster.x-k8s.io/cluster-name"] ?? object.metadata.name;
    count.set(cluster, (count.get(cluster) ?? 0) + 1);
    if (ailments(object).length > 0) ill.add(cluster);
  }
  return [...count].filter(([name, found]) => found >= 3 + workers && !ill.has(name)).length;
}

/** Of all programs that take part, by name. */
function pidsOf(): ReadonlyMap<string, number> {
  const own = ["fleet", "core", "bootstrap", "control-plane"].map((name) => [name, processes.pid(name)!] as const);
  const servers = ["kube-apiserver", "etcd"].map((name) => {
    return [name, Number(readFileSync(join(work, "management", `${name}.pid`), "utf8"))] as const;
  });
  return new Map([...own, ...servers]);
}
