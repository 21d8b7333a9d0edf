import { objectAt, stringMapAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { ApiError } from "../../kube/status.js";
import type { SimulatedCluster } from "../follow.js";
import { conditionsWith } from "./conditions.js";
import { countsOf, expendable, isActive, podOf, podsPath } from "./pods.js";
import { controllerKey, ownedBy, replicasOf, type Seen, type Workload, Workspace } from "./workspace.js";

interface Kind {
  readonly kind: string;
  readonly apiVersion: string;
  readonly prefix: string;
  readonly resource: string;
  readonly account: string;
}

const REPLICA_SET: Kind = {
  kind: "ReplicaSet",
  apiVersion: "apps/v1",
  prefix: "replicasets/",
  resource: "/apis/apps/v1/namespaces/*/replicasets",
  account: "system:serviceaccount:kube-system:replicaset-controller",
};
const REPLICATION_CONTROLLER: Kind = {
  kind: "ReplicationController",
  apiVersion: "v1",
  prefix: "controllers/",
  resource: "/api/v1/namespaces/*/replicationcontrollers",
  account: "system:serviceaccount:kube-system:replication-controller",
};

export const replicaSets = (cluster: SimulatedCluster): Workload => new Replicas(cluster, REPLICA_SET);
export const replicationControllers = (cluster: SimulatedCluster): Workload =>
  new Replicas(cluster, REPLICATION_CONTROLLER);

/** As many pods as asked for. Upstream: pkg/controller/replicaset/replica_set.go. */
class Replicas implements Workload {
  readonly prefixes: readonly string[];
  readonly #kind: Kind;
  readonly #space: Workspace;

  constructor(cluster: SimulatedCluster, kind: Kind) {
    this.#kind = kind;
    this.prefixes = [kind.prefix, "pods/"];
    this.#space = new Workspace(cluster, kind.account);
  }

  keys(seen: Seen): Iterable<string> {
    if (!seen.key.startsWith("pods/")) return seen.gone ? [] : [seen.key];
    return controllerKey(seen, this.#kind.kind, this.#kind.prefix);
  }

  async reconcile(key: string): Promise<number | undefined> {
    const set = this.#space.get(key);
    if (set === undefined) return undefined;
    const active = this.#space.owned("pods", set).filter(isActive);
    let failure: ApiError | undefined;
    if (set.metadata.deletionTimestamp === undefined) {
      try {
        await this.#scale(set, active);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        failure = error;
      }
    }
    const again = await this.#tell(set, failure);
    if (failure !== undefined) throw failure;
    return again;
  }

  async #scale(set: KubeObject, active: readonly KubeObject[]): Promise<void> {
    const { namespace, name } = set.metadata;
    const surplus = active.length - replicasOf(set);
    for (const pod of expendable(active).slice(0, Math.max(0, surplus))) {
      await this.#space.delete(podsPath(namespace, pod.metadata.name), pod);
    }
    const ownerReferences = ownedBy(set, this.#kind.apiVersion, this.#kind.kind);
    const pod = podOf(objectAt(set, "spec", "template"), { generateName: `${name}-`, ownerReferences });
    for (let made = surplus; made < 0; made++) await this.#space.create(podsPath(namespace), pod);
  }

  async #tell(set: KubeObject, failure: ApiError | undefined): Promise<number | undefined> {
    const { namespace, name } = set.metadata;
    const pods = this.#space.owned("pods", set).filter(isActive);
    const { ready, available, again } = countsOf(pods, set, this.#space.now);
    const labels = Object.entries(stringMapAt(set, "spec", "template", "metadata", "labels"));
    const labelled = pods.filter(({ metadata }) => labels.every(([key, value]) => metadata.labels?.[key] === value));
    const status: JsonObject = {
      replicas: pods.length,
      fullyLabeledReplicas: labelled.length,
      readyReplicas: ready,
      availableReplicas: available,
      observedGeneration: set.metadata.generation ?? 0,
      conditions: this.#conditions(set, failure),
    };
    await this.#space.status(`${this.#kind.resource.replace("*", namespace ?? "")}/${name}`, set, status);
    return again;
  }

  #conditions(set: KubeObject, failure: ApiError | undefined): JsonObject[] {
    if (failure === undefined) return conditionsWith(set, [], 0).filter(({ type }) => type !== "ReplicaFailure");
    const message = failure.message;
    const told = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message } as const;
    return conditionsWith(set, [told], this.#space.now);
  }
}
