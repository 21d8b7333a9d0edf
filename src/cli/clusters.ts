import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type FleetRecord, Output } from "../cluster/output.js";
import { StartError } from "../cluster/start-error.js";
import { formatted, table } from "./print.js";

/** @throws StartError when no fleet runs on the folder */
export function runningFleet(out: string): FleetRecord {
  const record = new Output(out).readRecord();
  if (!record)
    throw new StartError(`no fleet runs on the folder ${out}; start one with \`fake-apiserver --out ${out}\``);
  return record;
}

/** `format` is what -o got. @throws StartError, ConfigError for an unknown format */
export function listClusters(out: string, format: string): string {
  const output = new Output(resolve(out));
  const clusters = runningFleet(out).clusters.map((cluster) => {
    const kubeconfig = output.kubeconfigPath(cluster.name);
    return existsSync(kubeconfig) ? { ...cluster, kubeconfig } : cluster;
  });
  const cells = clusters.map((cluster) => {
    const { name, server, tlsServerName = "<none>" } = cluster;
    return [name, server, tlsServerName, "kubeconfig" in cluster ? cluster.kubeconfig : "<none>"];
  });
  const columns = (count: number) =>
    table([["NAME", "SERVER", "TLS-SERVER-NAME", "KUBECONFIG"], ...cells].map((row) => row.slice(0, count)));
  return formatted(clusters, format, {
    table: () => columns(clusters.some(({ tlsServerName }) => tlsServerName !== undefined) ? 3 : 2),
    wide: () => columns(4),
    name: () => clusters.map(({ name }) => `${name}\n`).join(""),
  });
}
