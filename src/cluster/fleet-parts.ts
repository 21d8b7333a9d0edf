import type { Logger } from "pino";
import type { Cluster, CreateBackend } from "./cluster.js";
import type { DataFolder } from "./data-folder.js";
import type { Stores } from "./keeper.js";
import type { Output } from "./output.js";
import type { Reals } from "./reals.js";
import type { PassthroughSpec } from "./spec.js";

/** Whether a cluster of some number can have the port that goes with it. */
export type Room = "free" | "taken" | "beyond";

/** The listeners, as a fleet uses them. */
export interface FrontDoor {
  room(index: number): Room;
  /** Opens all or none and sets each cluster's endpoint, which is the one it wants. Throws StartError. */
  open(clusters: readonly Cluster[]): Promise<void>;
  /** Ends a cluster's connections as `close` does, and goes on accepting others. */
  renew(cluster: Cluster, graceMs: number): Promise<void>;
  /** Stops accepting for a cluster, ends its connections, waits for running requests for at most `graceMs`. */
  close(cluster: Cluster, graceMs: number): Promise<void>;
  closeAll(graceMs: number): Promise<void>;
}

export interface FleetSettings {
  /** Clusters are `<prefix>-<n>`. */
  readonly namePrefix: string;
  /** How many to start with. */
  readonly clusters: number;
  /** How many of the last of them have a real server behind them, and of what kind. */
  readonly real?: { readonly clusters: number; readonly kind: PassthroughSpec } | undefined;
  /** Whether kubeconfigs are written at start, rather than when one is asked for. */
  readonly eager: boolean;
  /** Whether kept identities are replaced. */
  readonly fresh: boolean;
  /** How long a drain waits for running requests. */
  readonly graceMs: number;
}

export interface FleetParts {
  readonly door: FrontDoor;
  readonly output: Output | undefined;
  /** What outlives the process; by default nothing but identities. The fleet closes it. */
  readonly data?: DataFolder | undefined;
  readonly createBackend: CreateBackend;
  /** What keeps real servers; by default there are none. The fleet closes it. */
  readonly reals?: Reals | undefined;
  /** What keeps the objects of emulated clusters, where that is not {@link data}. The fleet closes it. */
  readonly stores?: Stores | undefined;
  readonly now: () => number;
  readonly log: Logger;
  /** Told as clusters come up. */
  readonly progress?: (up: number, total: number) => void;
}
