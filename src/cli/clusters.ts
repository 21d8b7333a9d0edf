import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Output } from "../cluster/output.js";
import type { ClusterSpec, Promotion } from "../cluster/spec.js";
import { ConfigError } from "../config/resolve.js";
import { AdminClient, runningFleet } from "./admin-client.js";
import { type BackendFlags, backendOf } from "./backend-flags.js";
import { pairOf, read } from "./files.js";
import { formatted, table } from "./print.js";

/** As the admin API tells of it; where there is none, only what is written down. */
interface Row {
  readonly name: string;
  readonly server: string;
  readonly tlsServerName?: string;
  readonly state?: string;
  readonly nodes?: number;
  readonly objects?: number;
  readonly backend?: {
    readonly type: string;
    readonly proxy?: string;
    readonly runtime?: string;
    readonly phase?: string;
    readonly message?: string;
  };
}

const NONE = "<none>";

/** `format` is what -o got. @throws StartError, ConfigError for an unknown format */
export async function listClusters(out: string, format: string): Promise<string> {
  const output = new Output(resolve(out));
  const admin = AdminClient.find(out);
  const rows = admin
    ? (await admin.call<{ clusters: Row[] }>("GET", "/v1/clusters")).clusters
    : runningFleet(out).clusters;
  const clusters = rows.map((cluster: Row) => {
    const kubeconfig = output.kubeconfigPath(cluster.name);
    return existsSync(kubeconfig) ? { ...cluster, kubeconfig } : cluster;
  });
  const cells = clusters.map((cluster) => {
    const { name, server, tlsServerName = NONE, state = NONE, nodes = NONE, objects = NONE } = cluster;
    const kubeconfig = "kubeconfig" in cluster ? cluster.kubeconfig : NONE;
    const backend = backendText(cluster);
    const message = cluster.backend?.message ?? "";
    return [
      name,
      server,
      tlsServerName,
      kubeconfig,
      state,
      backend,
      String(nodes),
      String(objects),
      message,
    ] as string[];
  });
  const titles = ["NAME", "SERVER", "TLS-SERVER-NAME", "KUBECONFIG", "STATE", "BACKEND", "NODES", "OBJECTS"];
  // Only where there is something to tell: it is long.
  if (clusters.some(({ backend }) => backend?.message !== undefined)) titles.push("MESSAGE");
  const columns = (count: number) => table([titles, ...cells].map((row) => row.slice(0, count)));
  return formatted(clusters, format, {
    table: () => columns(clusters.some(({ tlsServerName }) => tlsServerName !== undefined) ? 3 : 2),
    wide: () => columns(titles.length),
    name: () => clusters.map(({ name }) => `${name}\n`).join(""),
  });
}

/** "emulated", "terminate/process/ready" */
function backendText({ backend }: Row): string {
  if (backend === undefined) return NONE;
  const { type, proxy, runtime, phase } = backend;
  return type === "emulated" ? type : [proxy, runtime, phase].filter((part) => part !== undefined).join("/");
}

/** What `clusters create` takes, as flags name it. */
export interface CreateFlags extends BackendFlags {
  readonly caCert?: string;
  readonly caKey?: string;
  readonly etcdCaCert?: string;
  readonly etcdCaKey?: string;
  readonly saKey?: string;
  readonly endpointHost?: string;
  readonly endpointPort?: string;
  readonly serverName?: string;
}

/** @throws StartError, ConfigError */
export async function createCluster(out: string, name: string | undefined, flags: CreateFlags): Promise<string> {
  const made = await AdminClient.of(out).call<Row>("POST", "/v1/clusters", specOf(name, flags));
  return `${made.name}   ${made.server}${made.tlsServerName === undefined ? "" : ` as ${made.tlsServerName}`}\n`;
}

/** @throws StartError */
export async function deleteCluster(out: string, name: string, keepIdentity: boolean): Promise<void> {
  const query = keepIdentity ? "?keepIdentity=true" : "";
  await AdminClient.of(out).call("DELETE", `/v1/clusters/${encodeURIComponent(name)}${query}`);
}

/** Resolves when the cluster has a kube-apiserver. @throws StartError */
export async function promoteCluster(out: string, name: string, promotion: Promotion): Promise<void> {
  await AdminClient.of(out).call("POST", `/v1/clusters/${encodeURIComponent(name)}/promote`, promotion);
}

/** Resolves when the cluster is emulated. @throws StartError */
export async function demoteCluster(out: string, name: string): Promise<void> {
  await AdminClient.of(out).call("POST", `/v1/clusters/${encodeURIComponent(name)}/demote`);
}

function specOf(name: string | undefined, flags: CreateFlags): ClusterSpec {
  const { endpointHost: host, endpointPort, serverName, saKey } = flags;
  const ca = pairOf("ca", flags.caCert, flags.caKey);
  const etcdCa = pairOf("etcd-ca", flags.etcdCaCert, flags.etcdCaKey);
  const backend = backendOf(flags);
  const endpoint = {
    ...(host === undefined ? {} : { host }),
    ...(endpointPort === undefined ? {} : { port: portOf(endpointPort) }),
    ...(serverName === undefined ? {} : { serverName }),
  };
  return {
    ...(name === undefined ? {} : { name }),
    ...(ca === undefined ? {} : { ca }),
    ...(etcdCa === undefined ? {} : { etcdCa }),
    ...(saKey === undefined ? {} : { serviceAccountKey: read("sa-key", saKey) }),
    ...(Object.keys(endpoint).length === 0 ? {} : { endpoint }),
    ...(backend === undefined ? {} : { backend }),
  };
}

function portOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new ConfigError(`--endpoint-port: expected a port, found ${JSON.stringify(text)}`);
}
