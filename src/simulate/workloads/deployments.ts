import { numberAt, objectAt, objectsAt, optionalNumberAt, stringAt, stringMapAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import type { SimulatedCluster } from "../follow.js";
import { conditionsWith, type Told } from "./conditions.js";
import { templateHash } from "./pods.js";
import { nextSizes, type Sizes } from "./rollout.js";
import { controllerKey, ownedBy, replicasOf, type Seen, same, share, type Workload, Workspace } from "./workspace.js";

const PREFIX = "deployments/";
const REVISION = "deployment.kubernetes.io/revision";
const HISTORY = "deployment.kubernetes.io/revision-history";
const DESIRED = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM = "deployment.kubernetes.io/max-replicas";
const HASH = "pod-template-hash";
const NOT_COPIED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "deprecated.deployment.rollback.to",
  ...[REVISION, HISTORY, DESIRED, MAXIMUM],
]);

/** Replica sets for each template that a Deployment has had. Upstream: pkg/controller/deployment. */
export class Deployments implements Workload {
  readonly prefixes = [PREFIX, "replicasets/", "pods/"];
  readonly #space: Workspace;

  constructor(cluster: SimulatedCluster) {
    this.#space = new Workspace(cluster, "system:serviceaccount:kube-system:deployment-controller");
  }

  *keys(seen: Seen): Iterable<string> {
    if (seen.key.startsWith("replicasets/")) yield* controllerKey(seen, "Deployment", PREFIX);
    // One that is made anew from nothing waits for the last of the old pods.
    else if (seen.key.startsWith("pods/")) yield* seen.gone ? this.#deploymentOf(seen) : [];
    else if (!seen.gone) yield seen.key;
  }

  *#deploymentOf(seen: Seen): Iterable<string> {
    for (const key of controllerKey(seen, "ReplicaSet", "replicasets/")) {
      const set = this.#space.get(key);
      if (set !== undefined) yield* controllerKey({ ...seen, index: seen.index, object: set }, "Deployment", PREFIX);
    }
  }

  async reconcile(key: string): Promise<number | undefined> {
    const deployment = this.#space.get(key);
    if (deployment === undefined) return undefined;
    if (deployment.metadata.deletionTimestamp === undefined) await this.#roll(deployment);
    return this.#tell(this.#space.get(key) ?? deployment);
  }

  #sets(deployment: KubeObject): { current: KubeObject | undefined; old: KubeObject[] } {
    const age = ({ metadata }: KubeObject) => Date.parse(metadata.creationTimestamp ?? "");
    const sets = this.#space
      .owned("replicasets", deployment)
      .sort((a, b) => age(a) - age(b) || revision(a) - revision(b));
    const wanted = objectAt(deployment, "spec", "template");
    const current = sets.find((set) => same(withoutHash(objectAt(set, "spec", "template")), wanted));
    return { current, old: sets.filter((set) => set !== current) };
  }

  async #roll(deployment: KubeObject): Promise<void> {
    const { current, old } = this.#sets(deployment);
    const paused = objectAt(deployment, "spec")?.paused === true;
    if (current === undefined && paused) return this.#resizePaused(deployment, old);
    const { recreate, blocked } = this.#sizes(deployment);
    if (current === undefined && recreate && (blocked || old.some((set) => replicasOf(set) > 0))) {
      for (const set of old) await this.#resize(deployment, set, 0);
      return;
    }
    const newest = current ?? (await this.#make(deployment, old));
    await this.#mark(deployment, newest, old);
    if (paused) return this.#resizePaused(deployment, [...old, newest]);
    const sizes = nextSizes(this.#sizes(deployment), counted(newest), old.map(counted));
    await this.#resize(deployment, newest, sizes.current);
    for (const [at, set] of old.entries()) await this.#resize(deployment, set, sizes.old[at]!);
    await this.#forget(deployment, newest, old);
  }

  #sizes(deployment: KubeObject): Sizes {
    const replicas = replicasOf(deployment);
    const rolling = objectAt(deployment, "spec", "strategy", "rollingUpdate");
    const recreate = stringAt(deployment, "spec", "strategy", "type") === "Recreate";
    const surge = recreate ? 0 : share(rolling?.maxSurge, replicas, true);
    const unavailable = recreate ? 0 : share(rolling?.maxUnavailable, replicas, false);
    // Percentages may come to nothing in both, and then nothing would ever move.
    const maxUnavailable = surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas);
    const blocked = recreate && this.#oldPods(deployment);
    return { replicas, maxSurge: surge, maxUnavailable, recreate, blocked };
  }

  #oldPods(deployment: KubeObject): boolean {
    return this.#sets(deployment).old.some((set) =>
      this.#space.owned("pods", set).some((pod) => !["Succeeded", "Failed"].includes(stringAt(pod, "status", "phase"))),
    );
  }

  async #resizePaused(deployment: KubeObject, sets: readonly KubeObject[]): Promise<void> {
    const active = sets.filter((set) => replicasOf(set) > 0);
    const [only] = active.length === 0 ? sets.slice(-1) : active.slice(-1);
    const others = active.filter((set) => set !== only).reduce((sum, set) => sum + replicasOf(set), 0);
    if (only !== undefined) await this.#resize(deployment, only, Math.max(0, replicasOf(deployment) - others));
  }

  async #make(deployment: KubeObject, old: readonly KubeObject[]): Promise<KubeObject> {
    const { name, namespace } = deployment.metadata;
    const template = objectAt(deployment, "spec", "template");
    const hash = templateHash(template);
    const labels = { ...stringMapAt(template, "metadata", "labels"), [HASH]: hash };
    const selector = objectAt(deployment, "spec", "selector");
    const sizes = nextSizes(this.#sizes(deployment), { size: 0, available: 0 }, old.map(counted));
    return this.#space.create(`/apis/apps/v1/namespaces/${namespace}/replicasets`, {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name: `${name}-${hash}`,
        labels,
        annotations: this.#annotations(deployment, String(nextRevision(old))),
        ownerReferences: ownedBy(deployment, "apps/v1", "Deployment"),
      },
      spec: {
        replicas: sizes.current,
        minReadySeconds: numberAt(deployment, "spec", "minReadySeconds"),
        selector: { ...selector, matchLabels: { ...stringMapAt(selector, "matchLabels"), [HASH]: hash } },
        template: { ...template, metadata: { ...objectAt(template, "metadata"), labels } },
      },
    });
  }

  #annotations(deployment: KubeObject, revisionText: string): Record<string, string> {
    const own = Object.entries(stringMapAt(deployment, "metadata", "annotations"));
    const { replicas, maxSurge } = this.#sizes(deployment);
    return {
      ...Object.fromEntries(own.filter(([key]) => !NOT_COPIED.has(key))),
      [REVISION]: revisionText,
      [DESIRED]: String(replicas),
      [MAXIMUM]: String(replicas + maxSurge),
    };
  }

  /** A template that is taken up again gets the next revision. */
  async #mark(deployment: KubeObject, set: KubeObject, old: readonly KubeObject[]): Promise<void> {
    const known = stringMapAt(set, "metadata", "annotations");
    const next = Math.max(revision(set), nextRevision(old));
    const wanted = this.#annotations(deployment, String(next));
    if (known[REVISION] !== undefined && next !== revision(set)) {
      wanted[HISTORY] = [...(known[HISTORY]?.split(",") ?? []), known[REVISION]].join(",");
    }
    const changed = Object.entries(wanted).filter(([key, value]) => known[key] !== value);
    if (changed.length > 0) {
      await this.#space.patch(setPath(set), { metadata: { annotations: Object.fromEntries(changed) } });
    }
    if (stringMapAt(deployment, "metadata", "annotations")[REVISION] === wanted[REVISION]) return;
    await this.#space.patch(deploymentPath(deployment), {
      metadata: { annotations: { [REVISION]: wanted[REVISION]! } },
    });
  }

  async #resize(deployment: KubeObject, set: KubeObject, replicas: number): Promise<void> {
    if (replicasOf(set) === replicas) return;
    const { replicas: desired, maxSurge } = this.#sizes(deployment);
    const annotations = { [DESIRED]: String(desired), [MAXIMUM]: String(desired + maxSurge) };
    await this.#space.patch(setPath(set), { metadata: { annotations }, spec: { replicas } });
  }

  async #forget(deployment: KubeObject, current: KubeObject, old: readonly KubeObject[]): Promise<void> {
    if (!isComplete(deployment, this.#totals(current, old), replicasOf(deployment))) return;
    const limit = optionalNumberAt(deployment, "spec", "revisionHistoryLimit") ?? 10;
    const idle = old.filter((set) => replicasOf(set) === 0 && numberAt(set, "status", "replicas") === 0);
    const oldest = idle.toSorted((a, b) => revision(a) - revision(b));
    for (const set of oldest.slice(0, Math.max(0, old.length - limit))) await this.#space.delete(setPath(set), set);
  }

  #totals(current: KubeObject | undefined, old: readonly KubeObject[]): Totals {
    const all = [...old, ...(current === undefined ? [] : [current])];
    const sum = (field: string) => all.reduce((so, set) => so + numberAt(set, "status", field), 0);
    const updated = numberAt(current, "status", "replicas");
    return { replicas: sum("replicas"), updated, ready: sum("readyReplicas"), available: sum("availableReplicas") };
  }

  async #tell(deployment: KubeObject): Promise<number | undefined> {
    const { current, old } = this.#sets(deployment);
    const totals = this.#totals(current, old);
    const wanted = [...old, ...(current === undefined ? [] : [current])].reduce((sum, set) => sum + replicasOf(set), 0);
    const { progress, again } = this.#progress(deployment, current, totals);
    const { replicas, maxUnavailable } = this.#sizes(deployment);
    const enough = totals.available >= replicas - maxUnavailable;
    const available: Told = {
      type: "Available",
      status: enough ? "True" : "False",
      reason: enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
      message: enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
    };
    await this.#space.status(deploymentPath(deployment), deployment, {
      observedGeneration: deployment.metadata.generation ?? 0,
      replicas: totals.replicas,
      updatedReplicas: totals.updated,
      readyReplicas: totals.ready,
      availableReplicas: totals.available,
      unavailableReplicas: Math.max(0, wanted - totals.available),
      conditions: conditionsWith(deployment, [available, ...progress], this.#space.now, true),
    });
    return again;
  }

  /** What the condition Progressing says, and when it may say that it takes too long. */
  #progress(deployment: KubeObject, set: KubeObject | undefined, totals: Totals): { progress: Told[]; again?: number } {
    const told = (status: Told["status"], reason: string, message: string) => ({
      progress: [{ type: "Progressing", status, reason, message }],
    });
    if (objectAt(deployment, "spec")?.paused === true) {
      return told("Unknown", "DeploymentPaused", "Deployment is paused");
    }
    const who = set === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${set.metadata.name}"`;
    if (isComplete(deployment, totals, replicasOf(deployment))) {
      return told("True", "NewReplicaSetAvailable", `${who} has successfully progressed.`);
    }
    const before = objectsAt(deployment, "status", "conditions").find(({ type }) => type === "Progressing");
    const moved =
      totals.updated !== numberAt(deployment, "status", "updatedReplicas") ||
      totals.available > numberAt(deployment, "status", "availableReplicas") ||
      totals.replicas !== numberAt(deployment, "status", "replicas") ||
      deployment.metadata.generation !== optionalNumberAt(deployment, "status", "observedGeneration");
    const deadline = (optionalNumberAt(deployment, "spec", "progressDeadlineSeconds") ?? 600) * 1000;
    const since = Date.parse(stringAt(before, "lastUpdateTime"));
    const late = !moved && before !== undefined && since + deadline <= this.#space.now;
    if (before?.reason === "ProgressDeadlineExceeded" && !moved) return { progress: [] };
    if (late && before.reason !== "NewReplicaSetAvailable") {
      return told("False", "ProgressDeadlineExceeded", `${who} has timed out progressing.`);
    }
    const running = told("True", "ReplicaSetUpdated", `${who} is progressing.`);
    return {
      ...running,
      again: moved || before === undefined ? deadline : Math.max(1_000, since + deadline - this.#space.now),
    };
  }
}

interface Totals {
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
}

function isComplete(deployment: KubeObject, { updated, replicas, available }: Totals, wanted: number): boolean {
  const paused = objectAt(deployment, "spec")?.paused === true;
  return !paused && updated === wanted && replicas === wanted && available === wanted;
}

function counted(set: KubeObject): { size: number; available: number } {
  return { size: replicasOf(set), available: numberAt(set, "status", "availableReplicas") };
}

function revision(set: KubeObject): number {
  return Number(stringMapAt(set, "metadata", "annotations")[REVISION] ?? 0) || 0;
}

function nextRevision(old: readonly KubeObject[]): number {
  return Math.max(0, ...old.map(revision)) + 1;
}

function withoutHash(template: JsonObject | undefined): JsonObject {
  const { [HASH]: _hash, ...labels } = stringMapAt(template, "metadata", "labels");
  return { ...template, metadata: { ...objectAt(template, "metadata"), labels } };
}

function setPath({ metadata }: KubeObject): string {
  return `/apis/apps/v1/namespaces/${metadata.namespace}/replicasets/${metadata.name}`;
}

function deploymentPath({ metadata }: KubeObject): string {
  return `/apis/apps/v1/namespaces/${metadata.namespace}/deployments/${metadata.name}`;
}
