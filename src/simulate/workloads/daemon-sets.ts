import { objectAt, objectsAt, stringAt, stringsAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import type { SimulatedCluster } from "../follow.js";
import { finished } from "../pod-status.js";
import { selected, untolerated } from "./node-fit.js";
import { countsOf, podOf, podsPath } from "./pods.js";
import { currentRevision, forgetRevisions, REVISION_LABEL } from "./revisions.js";
import { controllerKey, groupBy, ownedBy, type Seen, share, type Workload, Workspace } from "./workspace.js";

const PREFIX = "daemonsets/";
const NODES = "minions/";
const AFFINITY = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
/** What every daemon can bear. Upstream: pkg/controller/daemon/util/daemonset_util.go. */
const TOLERATED = [
  ["not-ready", "NoExecute"],
  ["unreachable", "NoExecute"],
  ["disk-pressure", "NoSchedule"],
  ["memory-pressure", "NoSchedule"],
  ["pid-pressure", "NoSchedule"],
  ["unschedulable", "NoSchedule"],
] as const;

/** A pod on each node that a DaemonSet is for. Upstream: pkg/controller/daemon/daemon_controller.go. */
export class DaemonSets implements Workload {
  readonly prefixes = [PREFIX, "pods/", NODES];
  readonly #space: Workspace;

  constructor(cluster: SimulatedCluster) {
    this.#space = new Workspace(cluster, "system:serviceaccount:kube-system:daemon-set-controller");
  }

  *keys(seen: Seen): Iterable<string> {
    if (seen.key.startsWith(PREFIX)) yield* seen.gone ? [] : [seen.key];
    else if (seen.key.startsWith("pods/")) yield* controllerKey(seen, "DaemonSet", PREFIX);
    else for (const { key } of this.#space.cluster.store.snapshot()!.range(PREFIX)) yield key;
  }

  async reconcile(key: string): Promise<number | undefined> {
    const set = this.#space.get(key);
    if (set === undefined) return undefined;
    if (set.metadata.deletionTimestamp !== undefined) return undefined;
    const revision = await currentRevision(this.#space, set, "DaemonSet");
    const hash = revision.metadata.labels?.[REVISION_LABEL] ?? "";
    await this.#place(set, hash);
    await this.#update(set, hash);
    const again = await this.#tell(set, hash);
    await forgetRevisions(this.#space, set, new Set([revision.metadata.name ?? ""]));
    return again;
  }

  #byNode(set: KubeObject): Map<string, KubeObject[]> {
    return groupBy(this.#space.owned("pods", set), nodeOf);
  }

  async #place(set: KubeObject, hash: string): Promise<void> {
    const byNode = this.#byNode(set);
    const nodes = new Map([...this.#space.all(NODES)].map((node) => [node.metadata.name ?? "", node]));
    const daemon = daemonOf(set);
    for (const [name, node] of nodes) {
      const pods = byNode.get(name) ?? [];
      const { run, stay } = wanted(daemon, node);
      for (const pod of pods.filter((each) => finished(each) || !stay)) await this.#remove(pod);
      const left = pods.filter((pod) => !finished(pod) && pod.metadata.deletionTimestamp === undefined);
      for (const pod of left.slice(1)) if (stay) await this.#remove(pod);
      if (run && pods.length === 0) await this.#make(set, name, hash);
    }
    for (const [name, pods] of byNode) if (!nodes.has(name)) for (const pod of pods) await this.#remove(pod);
  }

  async #make(set: KubeObject, node: string, hash: string): Promise<void> {
    const { name, namespace } = set.metadata;
    const daemon = daemonOf(set);
    const matchFields = [{ key: "metadata.name", operator: "In", values: [node] }];
    const terms = objectsAt(daemon, "spec", ...AFFINITY, "nodeSelectorTerms");
    const nodeSelectorTerms = (terms.length === 0 ? [{}] : terms).map((term) => ({ ...term, matchFields }));
    const affinity = objectAt(daemon, "spec", "affinity");
    const nodeAffinity = {
      ...objectAt(affinity, "nodeAffinity"),
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
    };
    const labels = { [REVISION_LABEL]: hash };
    const ownerReferences = ownedBy(set, "apps/v1", "DaemonSet");
    const pod = podOf(
      daemon,
      { generateName: `${name}-`, ownerReferences, labels },
      { affinity: { ...affinity, nodeAffinity } },
    );
    await this.#space.create(podsPath(namespace), pod);
  }

  async #update(set: KubeObject, hash: string): Promise<void> {
    if (stringAt(set, "spec", "updateStrategy", "type") === "OnDelete") return;
    const pods = this.#space.owned("pods", set);
    const nodes = new Set(pods.map(nodeOf)).size;
    const { available } = countsOf(
      pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
      set,
      this.#space.now,
    );
    const rolling = objectAt(set, "spec", "updateStrategy", "rollingUpdate");
    let room = Math.max(1, share(rolling?.maxUnavailable, nodes, true)) - (nodes - available);
    const old = pods.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] !== hash);
    const idle = (pod: KubeObject) => countsOf([pod], set, this.#space.now).available === 0;
    for (const pod of old.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
      if (!idle(pod) && room-- <= 0) continue;
      await this.#remove(pod);
    }
  }

  async #tell(set: KubeObject, hash: string): Promise<number | undefined> {
    const daemon = daemonOf(set);
    const byNode = this.#byNode(set);
    const nodes = [...this.#space.all(NODES)].map((node) => ({
      ...wanted(daemon, node),
      pods: byNode.get(node.metadata.name ?? "") ?? [],
    }));
    const meant = nodes.filter(({ run }) => run);
    const placed = meant.filter(({ pods }) => pods.length > 0).map(({ pods }) => pods[0]!);
    const { ready, available, again } = countsOf(placed, set, this.#space.now);
    const { namespace, name, generation = 0 } = set.metadata;
    await this.#space.status(`/apis/apps/v1/namespaces/${namespace}/daemonsets/${name}`, set, {
      currentNumberScheduled: placed.length,
      desiredNumberScheduled: meant.length,
      numberMisscheduled: nodes.filter(({ run, pods }) => !run && pods.length > 0).length,
      numberReady: ready,
      observedGeneration: generation,
      updatedNumberScheduled: placed.filter(({ metadata }) => metadata.labels?.[REVISION_LABEL] === hash).length,
      numberAvailable: available,
      numberUnavailable: meant.length - available,
    });
    return again;
  }

  async #remove(pod: KubeObject): Promise<void> {
    if (pod.metadata.deletionTimestamp !== undefined) return;
    await this.#space.delete(podsPath(pod.metadata.namespace, pod.metadata.name), pod);
  }
}

/** A DaemonSet's template with what daemons tolerate besides. */
function daemonOf(set: KubeObject): JsonObject {
  const template = objectAt(set, "spec", "template");
  const spec = objectAt(template, "spec");
  const host = spec?.hostNetwork === true ? [["network-unavailable", "NoSchedule"] as const] : [];
  const tolerations = [...TOLERATED, ...host].map(([key, effect]) => ({
    key: `node.kubernetes.io/${key}`,
    operator: "Exists",
    effect,
  }));
  return { ...template, spec: { ...spec, tolerations: [...objectsAt(spec, "tolerations"), ...tolerations] } };
}

/** Whether a node is to get the daemon, and whether one that it has may stay. */
function wanted(daemon: JsonObject, node: KubeObject): { run: boolean; stay: boolean } {
  const only = stringAt(daemon, "spec", "nodeName");
  if ((only !== "" && only !== node.metadata.name) || !selected(daemon, node)) return { run: false, stay: false };
  const tolerations = objectsAt(daemon, "spec", "tolerations");
  const stay = untolerated(tolerations, node, ["NoExecute"]) === undefined;
  return { run: stay && untolerated(tolerations, node, ["NoSchedule"]) === undefined, stay };
}

/** The node that it is on, or meant for. */
function nodeOf(pod: KubeObject): string {
  const bound = stringAt(pod, "spec", "nodeName");
  if (bound !== "") return bound;
  const [term] = objectsAt(pod, "spec", ...AFFINITY, "nodeSelectorTerms");
  return stringsAt(objectsAt(term, "matchFields")[0], "values")[0] ?? "";
}
