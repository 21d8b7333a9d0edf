/**
 * The first experiment's flow with real Cluster API controllers, with external and with stacked etcd: article-capi.sh
 * says what is done, this gives it a management cluster and a fleet. `npm run e2e:article`; needs Go, openssl, kubectl,
 * and `npm run build` to have been run.
 *
 * Environment: MANAGEMENT (kubeconfig of a management cluster that runs already, such as that of e2e:capi with WORK;
 * by default one is started), ETCD (external or stacked: only that), DEFINITIONS (file or folder with Metal3's CRDs;
 * by default deploy/metal3-definitions.yaml), WORK (a folder to keep everything in).
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startManagement } from "./capi/management.js";
import { Processes, until } from "./capi/processes.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const program = join(here, "../../dist/cli/bin.js");
const work = process.env.WORK ?? mkdtempSync(join(tmpdir(), "fake-apiserver-article."));
const logs = join(work, "logs");
mkdirSync(logs, { recursive: true });
const processes = new Processes(logs);
const kubectl = process.env.KUBECTL ?? "kubectl";
const folder = join(work, "by-hand");
const modes = process.env.ETCD === undefined ? ["external", "stacked"] : [process.env.ETCD];

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end(130));

let stop = () => {};
try {
  const { kubeconfig, clusterctl } = await managementCluster();
  define(kubeconfig);
  processes.start("fleet", process.execPath, [program, "--clusters", "0", "--out", folder, "--log-format", "text"]);
  await until("the fleet", 30, async () => (existsSync(join(folder, "fleet.json")) ? true : undefined));
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    FLEET: folder,
    FAKE_APISERVER: program,
    CLUSTERCTL: clusterctl,
  };
  // Most of the time is the controllers' own waiting.
  const codes = await Promise.all(modes.map((mode) => run(join(here, "article-capi.sh"), [mode], env)));
  if (codes.some((code) => code !== 0)) throw new Error(`article-capi.sh ended with ${codes.join(" and ")}`);
  await end(0);
} catch (error) {
  console.error(error instanceof Error ? error.stack : error);
  console.error(`logs are kept in ${logs}`);
  await end(1);
}

async function managementCluster(): Promise<{ kubeconfig: string; clusterctl: string }> {
  const { MANAGEMENT: kubeconfig, CLUSTERCTL: clusterctl = "" } = process.env;
  if (kubeconfig !== undefined) return { kubeconfig, clusterctl };
  const management = await startManagement(work, processes);
  stop = () => management.stop();
  return management;
}

/** Cluster API finds an infrastructure's definitions by the labels of its contract. */
function define(kubeconfig: string): void {
  const ask = (...args: string[]) => execFileSync(kubectl, ["--kubeconfig", kubeconfig, ...args], { stdio: "pipe" });
  ask("apply", "--server-side", "-f", process.env.DEFINITIONS ?? join(here, "../../deploy/metal3-definitions.yaml"));
  for (const plural of ["metal3clusters", "metal3machines", "metal3machinetemplates"]) {
    ask("label", "crd", `${plural}.infrastructure.cluster.x-k8s.io`, "cluster.x-k8s.io/v1beta2=v1beta2");
  }
  ask("wait", "--for=condition=Established", "--timeout=30s", "crd/metal3machines.infrastructure.cluster.x-k8s.io");
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [code] = await once(spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], env }), "exit");
  return code ?? 1;
}

async function end(code: number): Promise<never> {
  await processes.stopAll();
  stop();
  if (code === 0 && process.env.WORK === undefined) rmSync(work, { recursive: true, force: true });
  process.exit(code);
}
