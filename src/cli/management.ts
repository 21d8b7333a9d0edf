import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { hostname } from "node:os";
import type { Logger } from "pino";
import { type Connection, ConnectionError, inCluster, readKubeconfig } from "../client/connection.js";
import type { Fleet } from "../cluster/fleet.js";
import { NO_DELAYS, parseDelays } from "../config/delays.js";
import type { Config } from "../config/options.js";
import { ConfigError } from "../config/resolve.js";
import { LEASE, ownership, RESYNC_MS, RETRY_MS } from "../management/follow.js";
import { ManagementLoop } from "../management/loop.js";
import type { ManagementSettings } from "../management/settings.js";

const IN_CLUSTER = "in-cluster";

/** Where the management cluster is; undefined: there is none. Read before anything is started. @throws ConfigError */
export function managementConnection(config: Config): Connection | undefined {
  const path = config["management-kubeconfig"];
  if (path === undefined) {
    for (const name of ["infrastructure", "delays", "management-hosts"] as const) {
      if (config[name].length > 0) throw new ConfigError(`--${name} is of use with --management-kubeconfig only`);
    }
    return undefined;
  }
  try {
    return path === IN_CLUSTER ? inCluster(process.env) : readKubeconfig(path);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    throw new ConfigError(`--management-kubeconfig: ${error.message}`);
  }
}

/** What follows the management cluster, once it is started. */
export function managementLoop(fleet: Fleet, connection: Connection, config: Config, log: Logger): ManagementLoop {
  return new ManagementLoop({ connection, fleet, settings: managementSettings(config), log });
}

export function managementSettings(config: Config): ManagementSettings {
  const [leaseName, leaseNamespace] = (config["management-lease"] ?? LEASE.name).split("/").reverse();
  const namespace = config["management-namespace"];
  return {
    ...(namespace === undefined ? {} : { namespace }),
    owns: ownership({
      host: config.host,
      advertiseHost: config["advertise-host"],
      domain: config.sni,
      hosts: config["management-hosts"],
    }),
    byServerName: config.sni !== undefined,
    infrastructure: new Set(config.infrastructure),
    delays: parseDelays(config.delays) ?? NO_DELAYS,
    resyncMs: RESYNC_MS,
    retryMs: RETRY_MS,
    lease: {
      ...LEASE,
      name: leaseName!,
      ...(leaseNamespace === undefined ? {} : { namespace: leaseNamespace }),
      identity: identityOf(config.out),
    },
  };
}

/** A fleet's folder is its alone, so that a restarted one is known to be the same. */
function identityOf(folder: string): string {
  return `${hostname()}_${createHash("sha256").update(realpathSync(folder)).digest("hex").slice(0, 8)}`;
}
