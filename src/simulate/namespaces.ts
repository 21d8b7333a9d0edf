import { objectsAt, stringAt, stringsAt } from "../kube/access.js";
import { timestamp } from "../kube/clock.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import { LocalClient, unless } from "../kube/local-client.js";
import { collectionPath } from "../schema/collection-path.js";
import type { ResourceDef } from "../schema/model.js";
import type { StoredObject } from "../store/store.js";
import { collectionPrefix } from "../verbs/scope.js";
import { follow, type Reconciler, type SimulatedCluster } from "./follow.js";
import { objectOf, stored, storedKinds } from "./objects.js";

const PREFIX = "namespaces/";
const FINALIZER = "kubernetes";
/** How soon a namespace is looked at again whose objects take their time. */
const AGAIN_MS = 1_000;

/**
 * Empties namespaces that are being deleted, and lets them go. Upstream:
 * pkg/controller/namespace/deletion/namespaced_resources_deleter.go.
 */
export async function emptyNamespaces(cluster: SimulatedCluster): Promise<void> {
  await follow(cluster, new NamespaceController(cluster));
}

/** Objects of one kind that are still there. */
interface Remaining {
  readonly def: ResourceDef;
  readonly objects: readonly StoredObject[];
}

class NamespaceController implements Reconciler {
  readonly prefixes = [PREFIX];
  readonly #cluster: SimulatedCluster;
  readonly #client: LocalClient;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#client = new LocalClient(cluster.handler, "system:serviceaccount:kube-system:namespace-controller");
  }

  *keys(object: StoredObject, gone: boolean): Iterable<string> {
    if (!gone) yield object.key;
  }

  async reconcile(key: string): Promise<number | undefined> {
    const namespace = stored(this.#cluster, key);
    if (namespace?.metadata.deletionTimestamp === undefined) return undefined;
    if (!stringsAt(namespace, "spec", "finalizers").includes(FINALIZER)) return undefined;
    const name = namespace.metadata.name ?? "";
    for (const { def } of this.#remaining(name)) await this.#deleteAll(def, name);
    const left = this.#remaining(name);
    await this.#tell(namespace, left);
    if (left.length > 0) return AGAIN_MS;
    const finalizers = stringsAt(namespace, "spec", "finalizers").filter((each) => each !== FINALIZER);
    // What the metadata leaves out is taken away: finalizers that are others' to remove, labels.
    const metadata = namespace.metadata as JsonObject;
    const body = { apiVersion: "v1", kind: "Namespace", metadata, spec: { finalizers } };
    await unless(404, this.#client.update(`/api/v1/namespaces/${name}/finalize`, body));
    return undefined;
  }

  #remaining(namespace: string): Remaining[] {
    const snapshot = this.#cluster.store.snapshot()!;
    return storedKinds(this.#cluster)
      .filter((def) => def.namespaced && snapshot.count(collectionPrefix(def, namespace)) > 0)
      .map((def) => ({ def, objects: [...snapshot.range(collectionPrefix(def, namespace))] }));
  }

  async #deleteAll(def: ResourceDef, namespace: string): Promise<void> {
    const path = collectionPath(def, namespace);
    if (def.verbs.has("deletecollection")) {
      await this.#client.delete(path, { propagationPolicy: "Background" });
      return;
    }
    for (const { index } of this.#cluster.store.snapshot()!.range(collectionPrefix(def, namespace))) {
      await unless(404, this.#client.delete(`${path}/${index.name}`));
    }
  }

  /** The conditions that tell what keeps the namespace; written only when they change. */
  async #tell(namespace: KubeObject, left: readonly Remaining[]): Promise<void> {
    const wanted = conditions(left);
    const known = objectsAt(namespace, "status", "conditions");
    const same = (a: JsonObject, b: JsonObject) => ["status", "reason", "message"].every((name) => a[name] === b[name]);
    const changed = wanted.some((condition) => {
      const before = known.find(({ type }) => type === condition.type);
      return before === undefined || !same(before, condition);
    });
    if (!changed) return;
    const lastTransitionTime = timestamp(this.#cluster.now());
    const name = namespace.metadata.name ?? "";
    const next = wanted.map((condition) => {
      const before = known.find(({ type }) => type === condition.type);
      const since = before?.status === condition.status ? stringAt(before, "lastTransitionTime") : lastTransitionTime;
      return { ...condition, lastTransitionTime: since };
    });
    const patch = { status: { conditions: next } };
    await unless(404, this.#client.patch(`/api/v1/namespaces/${name}/status`, "strategic", patch));
  }
}

function conditions(left: readonly Remaining[]): JsonObject[] {
  const finalizers = new Map<string, number>();
  for (const { objects } of left) {
    for (const object of objects) {
      for (const finalizer of stringsAt(objectOf(object), "metadata", "finalizers")) {
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
      }
    }
  }
  const kinds = left.map(({ def: { gvr }, objects }) => {
    const resource = gvr.group === "" ? `${gvr.resource}.` : `${gvr.resource}.${gvr.group}`;
    return `${resource} has ${objects.length} resource instances`;
  });
  const owed = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`);
  const fine = (type: string, reason: string, message: string) => ({ type, status: "False", reason, message });
  const bad = (type: string, reason: string, message: string) => ({ type, status: "True", reason, message });
  return [
    fine("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    fine(
      "NamespaceDeletionGroupVersionParsingFailure",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    fine(
      "NamespaceDeletionContentFailure",
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ),
    kinds.length > 0
      ? bad(
          "NamespaceContentRemaining",
          "SomeResourcesRemain",
          `Some resources are remaining: ${kinds.sort().join(", ")}`,
        )
      : fine("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    owed.length > 0
      ? bad(
          "NamespaceFinalizersRemaining",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${owed.sort().join(", ")}`,
        )
      : fine("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
  ];
}
