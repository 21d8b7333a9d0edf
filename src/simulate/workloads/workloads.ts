import type { StoredObject } from "../../store/store.js";
import { follow, type Reconciler, type SimulatedCluster } from "../follow.js";
import { objectOf } from "../objects.js";
import { cronJobs } from "./cron-jobs.js";
import { DaemonSets } from "./daemon-sets.js";
import { Deployments } from "./deployments.js";
import { DisruptionBudgets } from "./disruption-budgets.js";
import { Endpoints } from "./endpoints.js";
import { Jobs } from "./jobs.js";
import { replicaSets, replicationControllers } from "./replica-sets.js";
import { Scheduler } from "./scheduler.js";
import { StatefulSets } from "./stateful-sets.js";
import type { Seen, Workload } from "./workspace.js";

/** Makes the pods of those that stand for pods, puts them on nodes, and follows them with what depends on them. */
export async function workloads(cluster: SimulatedCluster): Promise<void> {
  const all = [
    new Deployments(cluster),
    replicaSets(cluster),
    replicationControllers(cluster),
    new StatefulSets(cluster),
    new DaemonSets(cluster),
    new Jobs(cluster),
    cronJobs(cluster),
    new Endpoints(cluster),
    new DisruptionBudgets(cluster),
    new Scheduler(cluster),
  ];
  await follow(cluster, new Together(all));
}

/** Several controllers in one loop: one cursor for each kind of object, and one of them at a time. */
class Together implements Reconciler {
  readonly prefixes: readonly string[];
  readonly #all: readonly Workload[];

  constructor(all: readonly Workload[]) {
    this.#all = all;
    this.prefixes = [...new Set(all.flatMap(({ prefixes }) => prefixes))];
  }

  *keys(object: StoredObject, gone: boolean): Iterable<string> {
    const seen = new SeenObject(object, gone);
    for (const [at, workload] of this.#all.entries()) {
      if (!workload.prefixes.some((prefix) => object.key.startsWith(prefix))) continue;
      for (const key of workload.keys(seen)) yield `${at} ${key}`;
    }
  }

  reconcile(key: string): Promise<number | undefined> {
    const space = key.indexOf(" ");
    return this.#all[Number(key.slice(0, space))]!.reconcile(key.slice(space + 1));
  }
}

class SeenObject implements Seen {
  readonly key: string;
  readonly index: Seen["index"];
  readonly gone: boolean;
  readonly #stored: StoredObject;
  #object: Seen["object"] | undefined;

  constructor(stored: StoredObject, gone: boolean) {
    this.#stored = stored;
    this.gone = gone;
    this.key = stored.key;
    this.index = stored.index;
  }

  get object(): Seen["object"] {
    this.#object ??= objectOf(this.#stored);
    return this.#object;
  }
}
