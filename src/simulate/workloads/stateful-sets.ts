import { numberAt, objectAt, objectsAt, stringAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { unless } from "../../kube/local-client.js";
import type { SimulatedCluster } from "../follow.js";
import { finished } from "../pod-status.js";
import { availableIn, countsOf, podOf, podsPath } from "./pods.js";
import { currentRevision, forgetRevisions, REVISION_LABEL, templateOf } from "./revisions.js";
import { controllerKey, ownedBy, replicasOf, type Seen, type Workload, Workspace } from "./workspace.js";

const PREFIX = "statefulsets/";

/** Pods with names of their own, one after the other. Upstream: pkg/controller/statefulset/stateful_set_control.go. */
export class StatefulSets implements Workload {
  readonly prefixes = [PREFIX, "pods/"];
  readonly #space: Workspace;

  constructor(cluster: SimulatedCluster) {
    this.#space = new Workspace(cluster, "system:serviceaccount:kube-system:statefulset-controller");
  }

  *keys(seen: Seen): Iterable<string> {
    if (seen.key.startsWith(PREFIX)) yield* seen.gone ? [] : [seen.key];
    else yield* controllerKey(seen, "StatefulSet", PREFIX);
  }

  async reconcile(key: string): Promise<number | undefined> {
    const set = this.#space.get(key);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return undefined;
    const update = await currentRevision(this.#space, set, "StatefulSet");
    const updateName = update.metadata.name ?? "";
    const current = stringAt(set, "status", "currentRevision") || updateName;
    await this.#step(set, current, updateName);
    const again = await this.#tell(set, current, updateName);
    const used = this.#space.owned("pods", set).map(revisionOf);
    await forgetRevisions(this.#space, set, new Set([current, updateName, ...used]));
    return again;
  }

  /** Makes what is missing, removes what is too much, then renews; one at a time unless asked otherwise. */
  async #step(set: KubeObject, current: string, update: string): Promise<void> {
    const parallel = stringAt(set, "spec", "podManagementPolicy") === "Parallel";
    const start = numberAt(set, "spec", "ordinals", "start");
    const end = start + replicasOf(set);
    const byOrdinal = new Map(this.#space.owned("pods", set).map((pod) => [ordinalOf(pod), pod]));
    for (let ordinal = start; ordinal < end; ordinal++) {
      const pod = byOrdinal.get(ordinal);
      if (pod === undefined) await this.#make(set, ordinal, this.#revisionFor(set, ordinal, current, update));
      else if (finished(pod)) await this.#remove(pod);
      else if (this.#settled(set, pod)) continue;
      if (!parallel) return;
    }
    const surplus = [...byOrdinal].filter(([ordinal]) => ordinal < start || ordinal >= end).sort(([a], [b]) => b - a);
    for (const [, pod] of surplus) {
      await this.#remove(pod);
      if (!parallel) return;
    }
    if (surplus.length > 0 || stringAt(set, "spec", "updateStrategy", "type") === "OnDelete") return;
    for (let ordinal = end - 1; ordinal >= start + partitionOf(set); ordinal--) {
      const pod = byOrdinal.get(ordinal);
      if (pod === undefined) return;
      if (revisionOf(pod) !== update) return this.#remove(pod);
      if (!this.#settled(set, pod)) return;
    }
  }

  #settled(set: KubeObject, pod: KubeObject): boolean {
    if (pod.metadata.deletionTimestamp !== undefined) return false;
    return availableIn(pod, numberAt(set, "spec", "minReadySeconds"), this.#space.now) === 0;
  }

  /** Below the partition pods are made as they were. */
  #revisionFor(set: KubeObject, ordinal: number, current: string, update: string): string {
    const rolling = stringAt(set, "spec", "updateStrategy", "type") !== "OnDelete";
    return rolling && ordinal < numberAt(set, "spec", "ordinals", "start") + partitionOf(set) ? current : update;
  }

  async #make(set: KubeObject, ordinal: number, revision: string): Promise<void> {
    const { name, namespace } = set.metadata;
    const pod = `${name}-${ordinal}`;
    const kept = this.#space.get(`controllerrevisions/${namespace}/${revision}`);
    const template = templateOf(kept) ?? objectAt(set, "spec", "template");
    const claims = objectsAt(set, "spec", "volumeClaimTemplates");
    const volumes = await this.#claims(set, claims, pod);
    const labels = {
      "apps.kubernetes.io/pod-index": String(ordinal),
      [REVISION_LABEL]: revision,
      "statefulset.kubernetes.io/pod-name": pod,
    };
    const names = new Set(volumes.map((volume) => volume.name));
    const others = objectsAt(template, "spec", "volumes").filter((volume) => !names.has(volume.name!));
    const spec = { hostname: pod, subdomain: stringAt(set, "spec", "serviceName"), volumes: [...others, ...volumes] };
    const ownerReferences = ownedBy(set, "apps/v1", "StatefulSet");
    // One of that name that is somebody else's, or that is about to go, is waited for.
    await unless(
      409,
      this.#space.create(podsPath(namespace), podOf(template, { name: pod, labels, ownerReferences }, spec)),
    );
  }

  async #claims(set: KubeObject, templates: readonly JsonObject[], pod: string): Promise<JsonObject[]> {
    const { namespace } = set.metadata;
    const volumes: JsonObject[] = [];
    for (const template of templates) {
      const name = stringAt(template, "metadata", "name");
      const claimName = `${name}-${pod}`;
      const { status: _status, ...claim } = template;
      const metadata = { ...objectAt(template, "metadata"), name: claimName };
      const body = { ...claim, apiVersion: "v1", kind: "PersistentVolumeClaim", metadata };
      await unless(409, this.#space.create(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`, body));
      volumes.push({ name, persistentVolumeClaim: { claimName } });
    }
    return volumes;
  }

  async #tell(set: KubeObject, current: string, update: string): Promise<number | undefined> {
    const pods = this.#space.owned("pods", set);
    const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const { ready, available, again } = countsOf(living, set, this.#space.now);
    const updated = living.filter((pod) => revisionOf(pod) === update).length;
    const replicas = replicasOf(set);
    const done = updated === replicas && ready === replicas && pods.length === replicas;
    const { namespace, name, generation = 0 } = set.metadata;
    await this.#space.status(`/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}`, set, {
      observedGeneration: generation,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: available,
      currentReplicas: done ? updated : living.filter((pod) => revisionOf(pod) === current).length,
      updatedReplicas: updated,
      currentRevision: done ? update : current,
      updateRevision: update,
      collisionCount: 0,
    });
    return again;
  }

  async #remove(pod: KubeObject): Promise<void> {
    if (pod.metadata.deletionTimestamp !== undefined) return;
    await this.#space.delete(podsPath(pod.metadata.namespace, pod.metadata.name), pod);
  }
}

function partitionOf(set: KubeObject): number {
  return numberAt(set, "spec", "updateStrategy", "rollingUpdate", "partition");
}

function revisionOf(pod: KubeObject): string {
  return pod.metadata.labels?.[REVISION_LABEL] ?? "";
}

function ordinalOf({ metadata: { name = "" } }: KubeObject): number {
  return Number(name.slice(name.lastIndexOf("-") + 1));
}
