import { objectAt, stringMapAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { labelSelectorOf } from "../../kube/label-selector.js";
import type { SimulatedCluster } from "../follow.js";
import { finished, isReady } from "../pod-status.js";
import { conditionsWith } from "./conditions.js";
import { controllerOf, replicasOf, type Seen, share, type Workload, Workspace } from "./workspace.js";

const PREFIX = "poddisruptionbudgets/";
/** For how long an eviction counts that nothing has come of. Upstream: pkg/controller/disruption/disruption.go. */
const EVICTED_MS = 120_000;
const SCALED: Readonly<Record<string, string>> = {
  ReplicaSet: "replicasets",
  ReplicationController: "controllers",
  StatefulSet: "statefulsets",
  Deployment: "deployments",
};

/** How many pods may be evicted now. */
export class DisruptionBudgets implements Workload {
  readonly prefixes = [PREFIX, "pods/"];
  readonly #space: Workspace;

  constructor(cluster: SimulatedCluster) {
    this.#space = new Workspace(cluster, "system:serviceaccount:kube-system:disruption-controller");
  }

  *keys({ key, index, gone }: Seen): Iterable<string> {
    if (key.startsWith(PREFIX)) return yield* gone ? [] : [key];
    for (const budget of this.#space.cluster.store.snapshot()!.range(`${PREFIX}${index.namespace}/`)) yield budget.key;
  }

  async reconcile(key: string): Promise<number | undefined> {
    const budget = this.#space.get(key);
    if (budget === undefined) return undefined;
    const { namespace, name, generation = 0 } = budget.metadata;
    const selector = labelSelectorOf(objectAt(budget, "spec", "selector"));
    const all = [...this.#space.all(`pods/${namespace}/`)];
    const pods = all.filter((pod) => selector.matches(pod.metadata.labels) && !finished(pod));
    const evicted = this.#evicted(budget, pods);
    const healthy = pods.filter(
      (pod) =>
        isReady(pod) && pod.metadata.deletionTimestamp === undefined && evicted[pod.metadata.name ?? ""] === undefined,
    ).length;
    const { expected, desired } = this.#wanted(budget, pods);
    const allowed = expected === 0 ? 0 : Math.max(0, healthy - desired);
    const told = {
      type: "DisruptionAllowed",
      status: allowed > 0 ? "True" : "False",
      reason: allowed > 0 ? "SufficientPods" : "InsufficientPods",
    } as const;
    const conditions = conditionsWith(budget, [told], this.#space.now).map((each) => ({
      ...each,
      observedGeneration: generation,
      message: each.message ?? "",
    }));
    // A merge patch leaves entries alone that it does not name.
    const known = stringMapAt(budget, "status", "disruptedPods");
    const ended = Object.keys(known).filter((pod) => evicted[pod] === undefined);
    await this.#space.status(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/${name}`, budget, {
      ...(ended.length > 0 && { disruptedPods: Object.fromEntries(ended.map((pod) => [pod, null])) }),
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: expected,
      observedGeneration: generation,
      conditions,
    });
    return Object.keys(evicted).length === 0 ? undefined : EVICTED_MS;
  }

  /** Evictions that are still to come true. */
  #evicted(budget: KubeObject, pods: readonly KubeObject[]): Record<string, string> {
    const known = Object.entries(stringMapAt(budget, "status", "disruptedPods"));
    return Object.fromEntries(
      known.filter(([name, time]) => {
        const pod = pods.find(({ metadata }) => metadata.name === name);
        return (
          pod !== undefined &&
          pod.metadata.deletionTimestamp === undefined &&
          Date.parse(time) + EVICTED_MS > this.#space.now
        );
      }),
    );
  }

  #wanted(budget: KubeObject, pods: readonly KubeObject[]): { expected: number; desired: number } {
    const { minAvailable, maxUnavailable } = objectAt(budget, "spec") as JsonObject;
    if (maxUnavailable !== undefined) {
      const expected = this.#scale(pods);
      return { expected, desired: Math.max(0, expected - share(maxUnavailable, expected, true)) };
    }
    if (typeof minAvailable !== "string") return { expected: pods.length, desired: Number(minAvailable ?? 1) };
    const expected = this.#scale(pods);
    return { expected, desired: share(minAvailable, expected, true) };
  }

  /** How many pods those that control them want together; one without a controller counts for itself. */
  #scale(pods: readonly KubeObject[]): number {
    const scales = new Map<string, number>();
    for (const pod of pods) {
      const found = this.#scaled(pod);
      scales.set(found?.metadata.uid ?? pod.metadata.uid ?? "", found === undefined ? 1 : replicasOf(found));
    }
    return [...scales.values()].reduce((sum, each) => sum + each, 0);
  }

  #scaled(object: KubeObject): KubeObject | undefined {
    const controller = controllerOf(object);
    const kind = SCALED[controller?.kind ?? ""];
    if (controller === undefined || kind === undefined) return undefined;
    const found = this.#space.get(`${kind}/${object.metadata.namespace}/${controller.name}`);
    if (found === undefined || found.metadata.uid !== controller.uid) return undefined;
    return this.#scaled(found) ?? found;
  }
}
