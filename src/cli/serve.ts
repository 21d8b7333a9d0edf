import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Fleet } from "../cluster/fleet.js";
import { type Manifest, ManifestError, splitManifests } from "../cluster/manifests.js";
import { startEmulatedFleet } from "../compose.js";
import type { Config } from "../config/options.js";
import { ConfigError } from "../config/resolve.js";
import { createLogger } from "./log.js";
import { createProgress } from "./progress.js";

const MIB = 1024 * 1024;

/** Serves until a signal, then drains. Resolves when everything has ended. */
export async function serve(config: Config): Promise<void> {
  const began = performance.now();
  const log = createLogger({ level: config["log-level"], format: config["log-format"] === "json" ? "json" : "text" });
  const progress = createProgress(process.stderr);
  const fleet = await startEmulatedFleet({
    host: config.host,
    ...(config["advertise-host"] === undefined ? {} : { advertiseHost: config["advertise-host"] }),
    basePort: config["base-port"],
    clusters: config.clusters,
    namePrefix: config["name-prefix"],
    ...(config.sni === undefined ? {} : { sni: { domain: config.sni, port: config["sni-port"] } }),
    out: config.out,
    fresh: config.fresh,
    ...(config["no-kubeconfigs"] ? { eager: false } : {}),
    kubernetesVersion: config["kubernetes-version"],
    serviceCidr: config["service-cluster-ip-range"],
    disabledAdmission: config["disable-admission-plugins"],
    history: { bytes: config["history-mib"] * MIB, ageMs: config["history-minutes"] * 60_000 },
    ...(config.seed === undefined ? {} : { seed: config.seed }),
    manifests: config.load.flatMap(readManifests),
    log,
    progress: (up, total) => progress.update(up, total),
  }).finally(() => progress.done());
  process.stdout.write(summary(fleet, config, performance.now() - began));
  await untilSignal();
  log.info("draining");
  await fleet.close();
}

/** The documents of a file, or of a folder's YAML files in order of their names. @throws ConfigError */
function readManifests(path: string): Manifest[] {
  try {
    if (!statSync(path).isDirectory()) return splitManifests(path, readFileSync(path, "utf8"));
    const files = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name));
    return files.sort().flatMap((name) => splitManifests(join(path, name), readFileSync(join(path, name), "utf8")));
  } catch (error) {
    const why = error instanceof ManifestError ? error.message : `${path}: ${(error as Error).message}`;
    throw new ConfigError(`--load: ${why}`);
  }
}

function summary(fleet: Fleet, config: Config, ms: number): string {
  const clusters = [...fleet.clusters.values()];
  const [first, last] = [clusters[0], clusters.at(-1)];
  const seconds = (ms / 1000).toFixed(1);
  const memory = Math.round(process.memoryUsage.rss() / MIB);
  const count = `${clusters.length} ${clusters.length === 1 ? "cluster" : "clusters"}`;
  const lines = [`${count} of Kubernetes ${config["kubernetes-version"]} up in ${seconds} s, ${memory} MiB`];
  if (first && last) {
    const range = first === last ? first.url : `${first.url} … ${last.url}`;
    lines.push(`  endpoints    ${config.sni === undefined ? range : `${first.url} as ${first.name}.${config.sni} …`}`);
    lines.push(
      `  kubeconfigs  ${config.out}/kubeconfig (a context per cluster), ${config.out}/${first.name}.kubeconfig …`,
    );
    lines.push(`  try          kubectl --kubeconfig ${config.out}/${first.name}.kubeconfig get namespaces`);
  }
  return `${lines.join("\n")}\n`;
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
