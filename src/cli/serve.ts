import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseTokenFile, type StaticTokens } from "../auth/static-tokens.js";
import type { Cluster } from "../cluster/cluster.js";
import type { Fleet } from "../cluster/fleet.js";
import { type Manifest, ManifestError, splitManifests } from "../cluster/manifests.js";
import { type EmulatedFleetOptions, isEager, startEmulatedFleet } from "../compose.js";
import type { Config } from "../config/options.js";
import { ConfigError } from "../config/resolve.js";
import { type AdmissionChoice, admissionOff } from "../kube/admission-names.js";
import { type Control, controlFiles, startControl } from "./admin.js";
import { createLogger } from "./log.js";
import { managementConnection, managementLoop } from "./management.js";
import { passthroughOptions } from "./passthrough.js";
import { print } from "./print.js";
import { createProgress } from "./progress.js";
import { Ending } from "./signals.js";

const MIB = 1024 * 1024;

/** Serves until a signal, then drains. Resolves when everything has ended. */
export async function serve(config: Config): Promise<void> {
  const began = performance.now();
  const ending = new Ending(process, () => performance.now());
  const log = createLogger({ level: config["log-level"], format: config["log-format"] });
  const progress = createProgress(process.stderr, log);
  const options = fleetOptions(config);
  const connection = managementConnection(config);
  const files = controlFiles(config);
  const fleet = await startEmulatedFleet({
    ...options,
    log,
    progress: (up, total) => progress.update(up, total),
  }).finally(() => progress.done());
  const loop = connection && managementLoop(fleet, connection, config, log);
  const secrets = loop && { secrets: (namespace: string, cluster: string) => loop.secrets(namespace, cluster) };
  const control = await startControl(fleet, config, files, { log, ...secrets }).catch(async (error: unknown) => {
    await fleet.close();
    throw error;
  });
  loop?.start();
  const ended = ending.asked();
  print(summary(fleet, control, config, performance.now() - began));
  if (connection) print(`  management   following the Clusters of ${connection.server.origin}\n`);
  await ended;
  log.info("draining");
  await loop?.stop();
  await control.close();
  await fleet.close();
  log.info("stopped");
}

function fleetOptions(config: Config): Omit<EmulatedFleetOptions, "log"> {
  return {
    host: config.host,
    ...(config["advertise-host"] === undefined ? {} : { advertiseHost: config["advertise-host"] }),
    basePort: config["base-port"],
    clusters: config.clusters,
    passthrough: passthroughOptions(config),
    namePrefix: config["name-prefix"],
    ...(config.sni === undefined ? {} : { sni: { domain: config.sni, port: config["sni-port"] } }),
    out: config.out,
    fresh: config.fresh,
    ...(config["data-dir"] === undefined ? {} : { dataDir: config["data-dir"] }),
    dataSync: config["data-sync"],
    store: config.store,
    eager: writesKubeconfigs(config),
    kubernetesVersion: config["kubernetes-version"],
    serviceCidr: config["service-cluster-ip-range"],
    ...admissionChoice(config),
    authorizationMode: config["authorization-mode"],
    simulate: config.simulate,
    ...(config["token-auth-file"] === undefined ? {} : { tokens: readTokens(config["token-auth-file"]) }),
    history: { bytes: config["history-mib"] * MIB, ageMs: config["history-minutes"] * 60_000 },
    ...(config.seed === undefined ? {} : { seed: config.seed }),
    manifests: config.load.flatMap(readManifests),
  };
}

/** @throws ConfigError */
function admissionChoice(config: Config): AdmissionChoice {
  const choice = {
    enabledAdmission: config["enable-admission-plugins"],
    disabledAdmission: config["disable-admission-plugins"],
  };
  try {
    admissionOff(choice);
    return choice;
  } catch (error) {
    throw new ConfigError(`--enable-admission-plugins, --disable-admission-plugins: ${reason(error)}`);
  }
}

function writesKubeconfigs({ clusters, passthrough, sni, "no-kubeconfigs": no }: Config): boolean {
  return (
    !no &&
    isEager({ clusters: clusters + passthrough, ...(sni === undefined ? {} : { sni: { domain: sni, port: 0 } }) })
  );
}

/** The documents of a file, or of a folder's YAML files in order of their names. @throws ConfigError */
function readManifests(path: string): Manifest[] {
  try {
    if (!statSync(path).isDirectory()) return splitManifests(path, readFileSync(path, "utf8"));
    const files = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name));
    return files.sort().flatMap((name) => splitManifests(join(path, name), readFileSync(join(path, name), "utf8")));
  } catch (error) {
    throw new ConfigError(`--load: ${error instanceof ManifestError ? error.message : `${path}: ${reason(error)}`}`);
  }
}

/** @throws ConfigError */
function readTokens(path: string): StaticTokens {
  try {
    return parseTokenFile(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ConfigError(`--token-auth-file: ${path}: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ENOENT" ? "there is no such file or folder" : message;
}

function summary(fleet: Fleet, control: Control, config: Config, ms: number): string {
  const clusters = [...fleet.clusters.values()];
  const [first, last] = [clusters[0], clusters.at(-1)];
  const memory = Math.round(process.memoryUsage.rss() / MIB);
  const count = `${clusters.length} ${clusters.length === 1 ? "cluster" : "clusters"}`;
  const lines = [
    `${count} of Kubernetes ${config["kubernetes-version"]} up in ${(ms / 1000).toFixed(1)} s, ${memory} MiB`,
  ];
  if (first && last) {
    const one = first === last;
    const at = config.sni === undefined ? first.url : `${first.url} as ${first.endpoint.serverName}`;
    const to = config.sni === undefined ? last.url : last.endpoint.serverName;
    const out = quoted(config.out);
    const own = quoted(`${config.out}/${first.name}.kubeconfig`);
    lines.push(`  endpoints    ${one ? at : `${at} … ${to}`}`);
    if (writesKubeconfigs(config)) {
      lines.push(
        `  kubeconfigs  ${quoted(`${config.out}/kubeconfig`)} (a context per cluster), ${own}${one ? "" : " …"}`,
      );
      lines.push(`  try          kubectl --kubeconfig ${own} get namespaces`);
    } else lines.push(`  kubeconfigs  fake-apiserver kubeconfig --out ${out} ${first.name} > ${own}`);
  }
  const real = clusters.filter(({ kind }) => kind.type !== "emulated");
  if (real.length > 0) lines.push(`  real         ${realText(real)}`);
  if (control.adminUrl !== undefined) lines.push(`  admin API    ${control.adminUrl}`);
  if (control.fkasPort !== undefined) lines.push(`  registration on port ${control.fkasPort}`);
  return `${lines.join("\n")}\n`;
}

/** "cluster-51 … cluster-60, of which cluster-55 is not there: its kube-apiserver …" */
function realText(real: readonly Cluster[]): string {
  const names = real.length > 2 ? `${real[0]!.name} … ${real.at(-1)!.name}` : real.map(({ name }) => name).join(", ");
  const missing = real.flatMap((cluster) => {
    const server = cluster.touched ? cluster.real : undefined;
    if (server === undefined || server instanceof Promise || server.state.phase === "ready") return [];
    return [`${cluster.name}: ${server.state.message ?? server.state.phase}`];
  });
  return [names, ...missing].join("\n               ");
}

/** As a shell takes it. */
function quoted(path: string): string {
  return /^[\w./:@%+=~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
