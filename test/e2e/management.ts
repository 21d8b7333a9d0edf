/**
 * A management cluster without containers: a real kube-apiserver and etcd, Cluster API's definitions, webhooks and
 * managers as processes, until Ctrl-C. Everything is built from Go modules the first time, which takes some minutes.
 *
 *     npx tsx test/e2e/management.ts [FOLDER]
 *
 * FOLDER (management) gets kubeconfig, clusterctl and the programs' logs.
 */
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { startManagement } from "./capi/management.js";
import { Processes } from "./capi/processes.js";

const folder = resolve(process.argv[2] ?? "management");
const logs = join(folder, "logs");
if (existsSync(join(folder, "kubeconfig"))) throw new Error(`${folder} has been used: remove it first`);
mkdirSync(logs, { recursive: true });
const processes = new Processes(logs);
const management = await startManagement(folder, processes);
symlinkSync(management.kubeconfig, join(folder, "kubeconfig"));
symlinkSync(management.clusterctl, join(folder, "clusterctl"));
console.log(`export KUBECONFIG=${join(folder, "kubeconfig")} PATH=${folder}:$PATH`);

// A process that waits for nothing would end.
const awake = setInterval(() => {}, 60_000);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    clearInterval(awake);
    await processes.stopAll();
    management.stop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
}
