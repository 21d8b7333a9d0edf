import type { Cluster } from "../cluster.js";
import type { RealPhase, RealState } from "../real-server.js";
import type { BackendSpec } from "../spec.js";
import type { BackendTraffic, FleetTraffic } from "../traffic.js";
import { counter, gauge } from "./families.js";
import { processFamilies } from "./process.js";
import { type ProcessUse, useOf } from "./process-use.js";
import type { Family, Labels, Sample } from "./text.js";

/** What the metrics of a fleet are made from when somebody reads them. */
export interface FleetSources {
  readonly clusters: Iterable<Cluster>;
  readonly traffic: FleetTraffic;
  /** Of this program. */
  readonly version: string;
  /** Emulated: "v1.34.4". */
  readonly kubernetesVersion: string;
}

const STATES = ["waiting", "idle", "active"] as const;
/** "waiting": its CA is yet to be given. "idle": nobody has asked anything of it yet. */
export type ClusterState = (typeof STATES)[number];

export function stateOf({ awaitsAuthority, touched }: Cluster): ClusterState {
  return awaitsAuthority ? "waiting" : touched ? "active" : "idle";
}

/**
 * A fleet's own metrics. Series by kind of backend are a few dozen however many clusters there are; codes are told
 * apart there alone. A cluster has two more once it has been asked, and one with a real server, of which a machine
 * bears few, a dozen.
 */
export async function fleetFamilies({ clusters, traffic, ...versions }: FleetSources): Promise<Family[]> {
  const all = [...clusters].filter(({ listening }) => listening);
  const { version, kubernetesVersion: kubernetes_version } = versions;
  return [
    gauge("fake_apiserver_build_info", "1, with versions as labels.", [["", { version, kubernetes_version }, 1]]),
    gauge("fake_apiserver_clusters", "Clusters by what is behind them, and by state.", clusterSamples(all)),
    ...trafficFamilies([...traffic.backends]),
    ...clusterFamilies(all),
    ...(await realFamilies(all)),
    ...(await processFamilies()),
  ];
}

function trafficFamilies(backends: readonly BackendTraffic[]): Family[] {
  const each = (value: (of: BackendTraffic) => number, of = backends): Sample[] =>
    of.map((backend) => ["", backendLabels(backend), value(backend)]);
  const piped = backends.filter(({ proxy }) => proxy === "pipe");
  const requests = backends.flatMap((backend) =>
    [...backend.requests].map(([code, count]): Sample => ["", { ...backendLabels(backend), code: `${code}` }, count]),
  );
  return [
    counter(
      "fake_apiserver_requests_total",
      "Requests by the code of their answer. 499: the client did not wait; 0: the real server broke off. None of a pipe's are seen.",
      requests,
    ),
    gauge(
      "fake_apiserver_connections",
      "Connections of clients that are open.",
      each(({ connections }) => connections),
    ),
    counter(
      "fake_apiserver_connections_total",
      "Connections that clients have opened.",
      each(({ connectionsTotal }) => connectionsTotal),
    ),
    counter(
      "fake_apiserver_pipe_received_bytes_total",
      "Bytes that have come from clients through pipes.",
      each(({ received }) => received, piped),
    ),
    counter(
      "fake_apiserver_pipe_sent_bytes_total",
      "Bytes that have gone to clients through pipes.",
      each(({ sent }) => sent, piped),
    ),
  ];
}

function clusterSamples(clusters: readonly Cluster[]): Sample[] {
  const counts = new Map<string, { readonly labels: Labels; count: number }>();
  for (const cluster of clusters) {
    const labels = { ...backendLabels(labelled(cluster.kind)), state: stateOf(cluster) };
    const key = Object.values(labels).join(" ");
    const row = counts.get(key) ?? { labels, count: 0 };
    row.count++;
    counts.set(key, row);
  }
  return [...counts.values()].map(({ labels, count }) => ["", labels, count]);
}

/** Those that nobody has connected to would tell of nothing. */
function clusterFamilies(clusters: readonly Cluster[]): Family[] {
  const asked = clusters.filter(({ traffic }) => traffic.connectionsTotal > 0 || traffic.requests > 0);
  const piped = asked.filter(({ kind }) => kind.type === "passthrough" && kind.proxy === "pipe");
  const each = (of: readonly Cluster[], value: (traffic: Cluster["traffic"]) => number): Sample[] =>
    of.map((cluster) => ["", clusterLabels(cluster), value(cluster.traffic)]);
  return [
    counter(
      "fake_apiserver_cluster_requests_total",
      "Requests of a cluster; of its own /metrics come their kinds.",
      each(
        asked.filter((cluster) => !piped.includes(cluster)),
        ({ requests }) => requests,
      ),
    ),
    gauge(
      "fake_apiserver_cluster_connections",
      "Connections of a cluster's clients that are open.",
      each(asked, ({ connections }) => connections),
    ),
    counter(
      "fake_apiserver_cluster_pipe_received_bytes_total",
      "Bytes that have come from a cluster's clients through its pipe.",
      each(piped, ({ received }) => received),
    ),
    counter(
      "fake_apiserver_cluster_pipe_sent_bytes_total",
      "Bytes that have gone to a cluster's clients through its pipe.",
      each(piped, ({ sent }) => sent),
    ),
  ];
}

interface Real {
  readonly cluster: string;
  readonly state: RealState;
  readonly use: ProcessUse | undefined;
}

const PHASES: readonly RealPhase[] = ["stopped", "starting", "ready", "failed"];

/** Of real servers. What is not on this machine takes nothing of it. */
async function realFamilies(clusters: readonly Cluster[]): Promise<Family[]> {
  const reals = (await Promise.all(clusters.map(realOf))).filter((real) => real !== undefined);
  const running = reals.flatMap(({ cluster, use }) => (use === undefined ? [] : [{ cluster, use }]));
  return [
    gauge(
      "fake_apiserver_real_server_phase",
      "1 for the phase that a cluster's real server is in, 0 for the others.",
      reals.flatMap(({ cluster, state }) =>
        PHASES.map((phase): Sample => ["", { cluster, phase }, Number(state.phase === phase)]),
      ),
    ),
    counter(
      "fake_apiserver_real_server_restarts_total",
      "How often a cluster's real server has been started again.",
      reals.map(({ cluster, state }): Sample => ["", { cluster }, state.restarts]),
    ),
    gauge(
      "fake_apiserver_real_server_resident_memory_bytes",
      "Bytes of memory that are resident in a real server's process.",
      running.map(({ cluster, use }): Sample => ["", { cluster }, use.residentBytes]),
    ),
    counter(
      "fake_apiserver_real_server_cpu_seconds_total",
      "Seconds of processor time that a real server's process has taken.",
      running.map(({ cluster, use }): Sample => ["", { cluster }, use.cpuSeconds]),
    ),
  ];
}

/** To ask a cluster that nobody has asked would start its server. */
async function realOf(cluster: Cluster): Promise<Real | undefined> {
  if (cluster.kind.type === "emulated") return undefined;
  const real = cluster.touched ? cluster.real : undefined;
  const state: RealState =
    real === undefined || real instanceof Promise ? { phase: "stopped", restarts: 0 } : real.state;
  return { cluster: cluster.name, state, use: state.pid === undefined ? undefined : await useOf(state.pid) };
}

function clusterLabels({ name, kind }: Cluster): Labels {
  return { cluster: name, ...backendLabels(labelled(kind)) };
}

function labelled(kind: BackendSpec): Pick<BackendTraffic, "backend" | "proxy" | "runtime"> {
  if (kind.type === "emulated") return { backend: kind.type };
  return { backend: kind.type, proxy: kind.proxy, runtime: kind.runtime.type };
}

function backendLabels({ backend, proxy, runtime }: Pick<BackendTraffic, "backend" | "proxy" | "runtime">): Labels {
  return proxy === undefined || runtime === undefined ? { backend } : { backend, proxy, runtime };
}
