import { internalError } from "../kube/errors.js";
import { MemoryStore } from "../store/memory-store.js";
import type { ObjectLogOptions } from "../store/object-log.js";
import type { Store } from "../store/store.js";
import type { ClusterLog } from "../store/wal/cluster-log.js";
import { DamagedLogError } from "../store/wal/frames.js";
import type { Birth } from "../store/wal/records.js";
import type { Cluster } from "./cluster.js";

/** Keeps a cluster's objects beyond the process. */
export interface Keeper {
  /** What the cluster was born with. Undefined: there has been none yet, or not to its end. */
  readonly birth: Birth | undefined;
  /** Revisions up to this one have been seen at the cluster's endpoint. */
  readonly revision: number;
  /** Begins anew. Nothing counts until {@link ready}. */
  begin(birth: Birth): void | Promise<void>;
  /** What holds the objects; to be asked for once. */
  store(options: ObjectLogOptions): Store | Promise<Store>;
  /** All that the cluster is to hold at first is there. */
  ready(): void | Promise<void>;
  /** Asked before each request. @throws ApiError while it can't be said what the cluster holds */
  admit?(): void | Promise<void>;
}

/** Keeps the objects of emulated clusters outside of this machine. */
export interface Stores {
  /** Forgets the objects of a cluster, which has been stopped. @throws Error where that can't be done now */
  reset(name: string): Promise<void>;
  /** Forgets all of a cluster, which has been stopped. @throws Error where that can't be done now */
  forget(name: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens what a cluster's objects are kept in, until `signal` is aborted; `lost` is called when it can't be used any
 * more. @throws ApiError
 */
export type OpenKeeper = (cluster: Cluster, signal: AbortSignal, lost: () => void) => Keeper | Promise<Keeper>;

/** In a log of the cluster's own. A damaged one is refused; the other clusters go on. */
export function keepInLog(open: (cluster: string) => ClusterLog, report: (error: unknown) => void): OpenKeeper {
  return ({ name }) => {
    const log = opened(() => open(name), report);
    return {
      get birth() {
        return log.birth;
      },
      get revision() {
        return log.revision;
      },
      begin: (birth) => log.begin(birth),
      store: (options) => new MemoryStore({ ...options, journal: log }),
      ready: () => log.ready(),
    };
  };
}

function opened(open: () => ClusterLog, report: (error: unknown) => void): ClusterLog {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof DamagedLogError)) throw error;
    report(error);
    throw internalError(`the objects of the cluster can't be read: ${error.message}`);
  }
}
