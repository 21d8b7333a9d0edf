import type { Logger } from "pino";
import type { CreateBackend } from "./cluster/cluster.js";
import type { DataFolder } from "./cluster/data-folder.js";
import { Fleet } from "./cluster/fleet.js";
import type { Stores } from "./cluster/keeper.js";
import { checkDescriptors, descriptorLimit } from "./cluster/limits.js";
import { rowProblem } from "./cluster/names.js";
import { Output } from "./cluster/output.js";
import type { Reals } from "./cluster/reals.js";
import type { PassthroughSpec } from "./cluster/spec.js";
import { StartError } from "./cluster/start-error.js";
import type { AnswerContext } from "./codec/answer-context.js";
import { counted } from "./server/counted.js";
import { Door } from "./server/door.js";
import { createHttpServer } from "./server/http.js";
import { Intake } from "./server/intake.js";
import { createPipeline, type PipelineDeps } from "./server/pipeline.js";
import { withRequestLog } from "./server/request-log.js";
import { TlsServers } from "./server/tls-servers.js";

export interface FleetOptions {
  /** Address to listen on. */
  readonly host?: string;
  /** Address or name that goes into kubeconfigs and certificates; by default `host`, or loopback for a wildcard. */
  readonly advertiseHost?: string;
  /** Cluster n listens on this + n; 0: on whichever ports are free. */
  readonly basePort?: number;
  /** How many clusters to start with. */
  readonly clusters?: number;
  /** How many more there are that have a real server behind them, and of what kind. */
  readonly passthrough?: { readonly clusters: number; readonly kind: PassthroughSpec };
  readonly namePrefix?: string;
  /** All clusters on one port (0: whichever is free), told apart by the server name `<cluster>.<domain>`. */
  readonly sni?: { readonly domain: string; readonly port: number };
  /** Folder for kubeconfigs and identities; none when absent. */
  readonly out?: string;
  /** What outlives the process. The fleet closes it. */
  readonly data?: DataFolder;
  /** Replaces identities found in `out`. */
  readonly fresh?: boolean;
  /** Writes every kubeconfig at start. By default so, unless thousands of clusters share a port. */
  readonly eager?: boolean;
  /** The cluster IP of the `kubernetes` Service, for serving certificates. */
  readonly serviceIp?: string;
  /** Clusters whose TLS context is kept in memory at the same time. */
  readonly tlsContexts?: number;
  /** How long a drain waits for running requests, in milliseconds. */
  readonly graceMs?: number;
  readonly log: Logger;
  /** Told as clusters come up. */
  readonly progress?: (up: number, total: number) => void;
}

export interface FleetDeps {
  readonly createBackend: CreateBackend;
  /** What keeps real servers. The fleet closes it. */
  readonly reals?: Reals | undefined;
  /** What keeps emulated clusters' objects, where that is no data folder. The fleet closes it. */
  readonly stores?: Stores | undefined;
  /** What Statuses are made with. */
  readonly answers: AnswerContext;
  readonly flow?: PipelineDeps["flow"];
  /** Milliseconds since the epoch, for certificates and their validity. */
  readonly now?: () => number;
}

/**
 * Connections keep the context that they were made with; beyond those, so many are kept for the next. One takes some
 * 40 kB, and 1.5 ms to make again.
 */
const TLS_CONTEXTS = 128;

/** Clusters up to which an SNI fleet writes kubeconfigs at start. */
const EAGER_SNI = 1000;

/** Whether a fleet writes its kubeconfigs at start when nobody says. */
export function isEager(options: Pick<FleetOptions, "clusters" | "sni">): boolean {
  return options.sni === undefined || (options.clusters ?? 1) <= EAGER_SNI;
}

/** Starts a fleet and resolves when every cluster answers. Throws StartError, with nothing left running. */
export async function startFleet(options: FleetOptions, deps: FleetDeps): Promise<Fleet> {
  const { log } = options;
  const host = options.host ?? "127.0.0.1";
  const clusters = (options.clusters ?? 1) + (options.passthrough?.clusters ?? 0);
  const namePrefix = options.namePrefix ?? "cluster";
  const now = deps.now ?? Date.now;
  checkNames(namePrefix, clusters, options.sni?.domain);
  const { roomForClients } = checkDescriptors(options.sni ? 1 : clusters, descriptorLimit());
  if (!roomForClients) log.warn("the limit of open files leaves room for less than one client per cluster");

  const pipeline = createPipeline({
    answers: deps.answers,
    now,
    log,
    ...(deps.flow ? { flow: deps.flow } : {}),
  });
  const http = await createHttpServer(new Intake(withRequestLog(counted(pipeline), log), log));
  const tls = new TlsServers(
    { contexts: options.tlsContexts ?? TLS_CONTEXTS, host, serviceIp: options.serviceIp ?? "10.96.0.1" },
    { now, log, secure: (connection) => http.serve(connection) },
  );
  const door = new Door(
    {
      host,
      advertiseHost: options.advertiseHost ?? reachable(host),
      basePort: options.basePort ?? 10_000,
      ...(options.sni ? { sni: { ...options.sni, port: options.sni.port || keptPort(options.data) } } : {}),
    },
    { tls, http, log },
  );
  const fleet = new Fleet(
    {
      namePrefix,
      clusters,
      real: options.passthrough,
      eager: options.eager ?? isEager(options),
      fresh: options.fresh ?? false,
      graceMs: options.graceMs ?? 5_000,
    },
    {
      door,
      output: outputOf(options),
      data: options.data,
      createBackend: deps.createBackend,
      reals: deps.reals,
      stores: deps.stores,
      now,
      log,
      ...(options.progress ? { progress: options.progress } : {}),
    },
  );
  await fleet.start();
  return fleet;
}

function outputOf({ out, data }: FleetOptions): Output | undefined {
  if (data === undefined) return out === undefined ? undefined : new Output(out);
  const dir = out ?? data.dir;
  return new Output(dir, { identities: data.identities, claimed: data.holds(dir) });
}

/** The port that clusters shared, whichever it was; 0: there is none yet. */
function keptPort(data: DataFolder | undefined): number {
  const kept = [...(data?.clusters.values() ?? [])].find(({ sharesPort }) => sharesPort);
  return kept?.endpoint.port ?? 0;
}

function checkNames(prefix: string, clusters: number, domain: string | undefined): void {
  if (!Number.isInteger(clusters) || clusters < 0) throw new StartError(`can't start ${clusters} clusters`);
  const problem = rowProblem(`${prefix}-${Math.max(clusters, 1)}`);
  if (problem !== undefined) throw new StartError(problem);
  if (domain !== undefined && !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(domain)) {
    throw new StartError(`${JSON.stringify(domain)} is no domain for server names`);
  }
}

/** Where clients on this machine find a wildcard listener. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
