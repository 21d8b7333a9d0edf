import { randomUUID } from "node:crypto";
import { hostname, networkInterfaces } from "node:os";
import type { Logger } from "pino";
import { parseKubeconfig } from "../client/connection.js";
import { type Delays, NO_DELAYS } from "../config/delays.js";
import { isLoopback } from "../kube/loopback.js";
import { ManagementLoop } from "./loop.js";
import type { ManagedFleet } from "./settings.js";

/** How long the Lease holds, and how often it is renewed: as controllers of Kubernetes have it. */
export const LEASE = { name: "fake-apiserver", durationMs: 15_000, renewMs: 5_000 } as const;

export const RESYNC_MS = 300_000;
export const RETRY_MS = 5_000;

/** Where a fleet can be reached. */
export interface Reach {
  /** The address that it listens on. */
  readonly host: string;
  readonly advertiseHost?: string | undefined;
  /** The domain of its clusters' server names, where they share a port. */
  readonly domain?: string | undefined;
  /** Other hosts that lead to it; "*": all do. */
  readonly hosts: readonly string[];
}

/** Which hosts lead here: what is advertised, this machine's own addresses where it listens on them, and what is told. */
export function ownership({ host, advertiseHost, domain, hosts }: Reach): (host: string) => boolean {
  const everywhere = host === "0.0.0.0" || host === "::";
  const addresses = everywhere ? Object.values(networkInterfaces()).flatMap((each) => each ?? []) : [];
  const known = new Set([host, advertiseHost, ...hosts, ...addresses.map(({ address }) => address)]);
  const local = everywhere || isLoopback(host);
  return (asked) =>
    hosts.includes("*") ||
    known.has(asked) ||
    (local && isLoopback(asked)) ||
    (domain !== undefined && asked.endsWith(`.${domain}`));
}

/** What an embedded fleet is told of the management cluster that it follows. */
export interface ManagementOptions {
  /** YAML text; its current context counts. Files that it names are looked for from the working directory. */
  readonly kubeconfig: string;
  /** Default: Clusters of all namespaces. */
  readonly namespace?: string;
  /** Hosts in endpoints of Clusters that lead to this fleet, besides its own address; "*": all do. */
  readonly hosts?: readonly string[];
  /** Kinds of infrastructure to make ready without any; "all": whichever are referred to. Default none. */
  readonly infrastructure?: readonly string[];
  /** How long machines take; by default everything happens at once. */
  readonly delays?: Partial<Delays>;
  /** Lease that lets one fleet act. Default: "fake-apiserver" in the kubeconfig's namespace. */
  readonly lease?: { readonly namespace?: string; readonly name?: string };
  /** How soon, in milliseconds, something that is missing or amiss is looked at again. Default 5000. */
  readonly retryMs?: number;
}

/** Returns at once: a management cluster that is away is waited for. @throws ConnectionError */
export function follow(
  fleet: ManagedFleet,
  options: ManagementOptions,
  reach: Omit<Reach, "hosts">,
  log: Logger,
): ManagementLoop {
  const { kubeconfig, namespace, hosts = [], infrastructure = [], delays, lease, retryMs = RETRY_MS } = options;
  const loop = new ManagementLoop({
    connection: parseKubeconfig(kubeconfig),
    fleet,
    settings: {
      ...(namespace === undefined ? {} : { namespace }),
      owns: ownership({ ...reach, hosts }),
      byServerName: reach.domain !== undefined,
      infrastructure: new Set(infrastructure),
      delays: { ...NO_DELAYS, ...delays },
      resyncMs: RESYNC_MS,
      retryMs,
      lease: { ...LEASE, ...lease, identity: `${hostname()}_${randomUUID()}` },
    },
    log,
  });
  loop.start();
  return loop;
}
