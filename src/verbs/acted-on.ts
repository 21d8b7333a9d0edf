import type { Handler } from "../kube/handler.js";
import type { Wheel } from "../kube/wheel.js";
import type { Registry } from "../schema/registry.js";
import type { Store } from "../store/store.js";

/** A cluster as those see it that act on it from within: simulated controllers. */
export interface ActedOn {
  readonly handler: Handler;
  readonly store: Store;
  /** Aborted when the cluster is reset or stopped. */
  readonly signal: AbortSignal;
  /** What is served now, custom resources included. */
  readonly registry: () => Registry;
  /** For everything that is done later: a timer of one's own is one too many. */
  readonly wheel: Wheel;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of what should not happen. */
  readonly report: (error: unknown) => void;
}

/** Acts on a cluster until its signal; resolves when it has done what there was to do at first. */
export type Controller = (cluster: ActedOn) => Promise<void>;
