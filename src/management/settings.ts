import type { Cluster } from "../cluster/cluster.js";
import type { ClusterSpec } from "../cluster/spec.js";
import type { Delays } from "../config/delays.js";

export interface ManagementSettings {
  /** Undefined: Clusters of all namespaces. */
  readonly namespace?: string;
  /** Whether an endpoint on that host is this fleet's. */
  readonly owns: (host: string) => boolean;
  /** Whether clusters share a port, told apart by the host in their endpoint. */
  readonly byServerName: boolean;
  /** Kinds of infrastructure to make ready; "all": whichever Clusters and Machines refer to. */
  readonly infrastructure: ReadonlySet<string>;
  readonly delays: Delays;
  /** How often Secrets are looked at again. */
  readonly resyncMs: number;
  /** How soon something that is amiss or missing is looked at again. */
  readonly retryMs: number;
  readonly lease: {
    /** By default the namespace that the kubeconfig names, or the pod's own. */
    readonly namespace?: string;
    readonly name: string;
    readonly identity: string;
    readonly durationMs: number;
    readonly renewMs: number;
  };
}

/** The fleet, as the loop uses it. */
export interface ManagedFleet {
  readonly clusters: ReadonlyMap<string, Cluster>;
  ensure(spec: ClusterSpec & { readonly name: string }): Promise<Cluster>;
  remove(name: string): Promise<void>;
}
