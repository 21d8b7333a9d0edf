/**
 * Clusters of real Cluster API controllers, all made at once: how long until each is in good health, and what that takes
 * of this program and of the controllers. Needs Go, and `npm run build`.
 *
 *     npx tsx bench/capi.ts [clusters] [workers of each]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ailments } from "../test/e2e/capi/conditions.js";
import { startManagement } from "../test/e2e/capi/management.js";
import { clusterObjects } from "../test/e2e/capi/objects.js";
import { Processes } from "../test/e2e/capi/processes.js";
import { World } from "../test/e2e/capi/world.js";

const clusters = Number(process.argv[2] ?? 100);
const workers = Number(process.argv[3] ?? 1);
const CAPI = "cluster.x-k8s.io/v1beta2";
const KCP = "controlplane.cluster.x-k8s.io/v1beta2";

const work = mkdtempSync(join(tmpdir(), "fake-apiserver-bench-capi."));
mkdirSync(join(work, "logs"));
const processes = new Processes(join(work, "logs"));
const management = await startManagement(work, processes);
const world = new World(management, processes, work);
try {
  world.startFleet();
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  for (let n = 1; n <= clusters; n++) {
    const shape = { name: `c${n}`, version: "v1.34.4", controlPlanes: 1, workers, etcd: "stacked" } as const;
    await Promise.all(clusterObjects(shape).map((object) => management.api.apply(object)));
  }
  console.log(`${clusters} clusters with 1 control plane and ${workers} workers each are written after ${seconds()} s`);
  let told = -1;
  for (;;) {
    const healthy = await healthyClusters();
    if (healthy >= clusters) break;
    if (seconds() > 1_800) throw new Error(`${healthy} of ${clusters} in good health after half an hour`);
    if (seconds() - told >= 15) {
      told = seconds();
      console.log(`${String(told).padStart(5)} s  ${healthy} in good health`);
    }
    await new Promise((wake) => setTimeout(wake, 2_000));
  }
  console.log(`${String(seconds()).padStart(5)} s  all in good health; until then, and at rest half a minute later:`);
  const before = usage();
  await new Promise((wake) => setTimeout(wake, 30_000));
  for (const [name, { cpu, rss }] of usage()) {
    const rest = cpu - (before.get(name)?.cpu ?? 0);
    const [used, idle] = [before.get(name)?.cpu ?? 0, rest / 30].map((each) => each.toFixed(2));
    console.log(`  ${name.padEnd(14)} ${used!.padStart(8)} s CPU  ${String(rss).padStart(5)} MiB  at rest ${idle} CPU`);
  }
} finally {
  await processes.stopAll();
  management.stop();
  rmSync(work, { recursive: true, force: true });
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

/** Processor time in seconds and resident memory in MiB of each program, by name. */
function usage(): Map<string, { cpu: number; rss: number }> {
  return new Map(
    ["fleet", "core", "bootstrap", "control-plane"].map((name) => {
      const pid = processes.pid(name);
      const [, after = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
      const fields = after.split(" ");
      const pages = Number(fields[21]);
      return [
        name,
        { cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss: Math.round((pages * 4096) / 2 ** 20) },
      ];
    }),
  );
}
