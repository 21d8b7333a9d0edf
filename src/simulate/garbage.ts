import { objectsAt, stringAt, stringsAt } from "../kube/access.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import { LocalClient, unless } from "../kube/local-client.js";
import { ApiError } from "../kube/status.js";
import { collectionPath } from "../schema/collection-path.js";
import type { ResourceDef } from "../schema/model.js";
import type { StoredObject } from "../store/store.js";
import { storageKey } from "../verbs/scope.js";
import { follow, type Reconciler, type SimulatedCluster } from "./follow.js";
import { objectOf, stored, storedKinds } from "./objects.js";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";
/** For how long a pod may be on a node that is not there. Upstream: pkg/controller/podgc/gc_controller.go. */
const NODELESS_MS = 40_000;
const NODES = "minions/";
const PODS = "pods/";
const MARK = Buffer.from('"ownerReferences"');

/**
 * Deletes what belongs to nobody any more: objects all of whose owners are gone, in the background, in the foreground,
 * or not at all where they are orphaned; and pods whose node is gone. Upstream: pkg/controller/garbagecollector.
 */
export async function collectGarbage(cluster: SimulatedCluster): Promise<void> {
  await follow(cluster, new GarbageCollector(cluster));
}

class GarbageCollector implements Reconciler {
  readonly prefixes = [""];
  readonly #cluster: SimulatedCluster;
  readonly #client: LocalClient;
  /** Keys of the objects that name an owner, by the owner's uid. */
  readonly #dependents = new Map<string, Set<string>>();
  /** The owners' uids, by the key of the object that names them. */
  readonly #owners = new Map<string, readonly string[]>();
  /** Since when a pod's node has not been there, by the pod's key. */
  readonly #nodeless = new Map<string, number>();
  /** What is served, by the beginning of its keys; made anew when a definition comes or goes. */
  #kinds: ReadonlyMap<string, ResourceDef> | undefined;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#client = new LocalClient(cluster.handler, "system:serviceaccount:kube-system:generic-garbage-collector");
  }

  *keys(object: StoredObject, gone: boolean): Iterable<string> {
    const { key, index, bytes } = object;
    if (key.startsWith("apiextensions.k8s.io/")) this.#kinds = undefined;
    const owners = !gone && bytes.includes(MARK) ? ownersOf(objectOf(object)).map(({ uid }) => uid) : [];
    this.#remember(key, owners);
    if (gone) {
      this.#nodeless.delete(key);
      yield* this.#dependents.get(index.uid) ?? [];
      yield* this.#ownerKeys(object);
      if (key.startsWith(NODES)) yield* this.#podsOf(index.name);
    } else if (owners.length > 0 || bytes.includes("deletionTimestamp") || key.startsWith(PODS)) {
      yield key;
    }
  }

  #remember(key: string, owners: readonly string[]): void {
    for (const uid of this.#owners.get(key) ?? []) {
      const keys = this.#dependents.get(uid);
      keys?.delete(key);
      if (keys?.size === 0) this.#dependents.delete(uid);
    }
    if (owners.length === 0) this.#owners.delete(key);
    else this.#owners.set(key, owners);
    for (const uid of owners) {
      const keys = this.#dependents.get(uid) ?? new Set();
      this.#dependents.set(uid, keys.add(key));
    }
  }

  /** An owner may wait for a dependent's end. */
  *#ownerKeys(object: StoredObject): Iterable<string> {
    const { bytes, index } = object;
    if (!bytes.includes(MARK)) return;
    for (const owner of ownersOf(objectOf(object))) {
      const def = this.#ownerDef(owner);
      if (def !== undefined) yield storageKey(def, index.namespace, owner.name);
    }
  }

  *#podsOf(node: string): Iterable<string> {
    for (const { key, index } of this.#cluster.store.snapshot()!.range(PODS)) {
      if (index.fields?.["spec.nodeName"] === node) yield key;
    }
  }

  async reconcile(key: string): Promise<number | undefined> {
    const found = this.#cluster.store.get(key);
    const def = this.#defOf(key);
    if (found === undefined || def === undefined) return undefined;
    const object = objectOf(found);
    if (object.metadata.deletionTimestamp !== undefined) await this.#endOf(object, def);
    else if (!(await this.#collected(object, def)) && key.startsWith(PODS)) return this.#nodelessPod(object, key, def);
    return undefined;
  }

  /** The finalizers that stand for what becomes of an object's dependents. */
  async #endOf(object: KubeObject, def: ResourceDef): Promise<void> {
    const finalizers = stringsAt(object, "metadata", "finalizers");
    const dependents = () => [...(this.#dependents.get(object.metadata.uid ?? "") ?? [])];
    if (finalizers.includes(ORPHAN)) {
      for (const key of dependents()) await this.#disown(key, new Set([object.metadata.uid ?? ""]));
      await this.#without(object, def, ORPHAN);
    } else if (finalizers.includes(FOREGROUND)) {
      const blocking = dependents().filter((key) => this.#blocks(key, object.metadata.uid ?? ""));
      for (const key of dependents()) await this.#deleteOrphanless(key, object.metadata.uid ?? "");
      if (blocking.length === 0) await this.#without(object, def, FOREGROUND);
    }
  }

  #blocks(key: string, uid: string): boolean {
    const dependent = stored(this.#cluster, key);
    return dependent !== undefined && ownersOf(dependent).some((owner) => owner.uid === uid && owner.blocks);
  }

  /** Deletes a dependent of an owner that waits for it, unless it has another owner. */
  async #deleteOrphanless(key: string, uid: string): Promise<void> {
    const dependent = stored(this.#cluster, key);
    const def = this.#defOf(key);
    if (dependent === undefined || def === undefined || dependent.metadata.deletionTimestamp !== undefined) return;
    const others = ownersOf(dependent).filter((owner) => owner.uid !== uid && this.#isThere(dependent, owner));
    if (others.length > 0) await this.#disown(key, new Set([uid]));
    else
      await this.#delete(dependent, def, this.#dependents.has(dependent.metadata.uid ?? "") ? "Foreground" : undefined);
  }

  /** Whether the object has been deleted because its owners are gone. */
  async #collected(object: KubeObject, def: ResourceDef): Promise<boolean> {
    const owners = ownersOf(object);
    if (owners.length === 0) return false;
    const absent = owners.filter((owner) => !this.#isThere(object, owner));
    if (absent.length === owners.length) {
      await this.#delete(object, def, undefined);
      return true;
    }
    if (absent.length > 0) {
      const key = storageKey(def, object.metadata.namespace ?? "", object.metadata.name ?? "");
      await this.#disown(key, new Set(absent.map(({ uid }) => uid)));
    }
    const waited = owners.filter((owner) => owner.blocks && this.#waits(object, owner));
    if (waited.length === 0 || waited.length + absent.length < owners.length) return false;
    await this.#delete(object, def, this.#dependents.has(object.metadata.uid ?? "") ? "Foreground" : undefined);
    return true;
  }

  #isThere(dependent: KubeObject, owner: Owner): boolean {
    const def = this.#ownerDef(owner);
    // What is not served can't be looked for, so nothing is known of it.
    if (def === undefined) return true;
    const key = storageKey(def, dependent.metadata.namespace ?? "", owner.name);
    return this.#cluster.store.get(key)?.index.uid === owner.uid;
  }

  #waits(dependent: KubeObject, owner: Owner): boolean {
    const def = this.#ownerDef(owner);
    const key = def && storageKey(def, dependent.metadata.namespace ?? "", owner.name);
    const found = key === undefined ? undefined : stored(this.#cluster, key);
    return (
      found?.metadata.deletionTimestamp !== undefined && stringsAt(found, "metadata", "finalizers").includes(FOREGROUND)
    );
  }

  #ownerDef({ apiVersion, kind }: Owner): ResourceDef | undefined {
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/", 2) : ["", apiVersion];
    const def = this.#cluster.registry().byKind({ group: group!, version: version!, kind });
    return def?.storage === undefined ? undefined : def;
  }

  #defOf(key: string): ResourceDef | undefined {
    this.#kinds ??= new Map(storedKinds(this.#cluster).map((def) => [def.storage!.prefix, def]));
    for (let at = key.lastIndexOf("/"); at > 0; at = key.lastIndexOf("/", at - 1)) {
      const def = this.#kinds.get(key.slice(0, at));
      if (def !== undefined) return def;
    }
    return undefined;
  }

  async #nodelessPod(pod: KubeObject, key: string, def: ResourceDef): Promise<number | undefined> {
    const node = stringAt(pod, "spec", "nodeName");
    if (node === "" || this.#cluster.store.get(NODES + node) !== undefined) {
      this.#nodeless.delete(key);
      return undefined;
    }
    const now = this.#cluster.now();
    const since = this.#nodeless.get(key) ?? now;
    this.#nodeless.set(key, since);
    const left = since + NODELESS_MS - now;
    if (left > 0) return left;
    await this.#send(pod, def, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
    return undefined;
  }

  async #disown(key: string, uids: ReadonlySet<string>): Promise<void> {
    const object = stored(this.#cluster, key);
    const def = this.#defOf(key);
    if (object === undefined || def === undefined) return;
    const ownerReferences = objectsAt(object, "metadata", "ownerReferences").filter(
      ({ uid }) => !uids.has(String(uid)),
    );
    await this.#patch(object, def, { ownerReferences });
  }

  async #without(object: KubeObject, def: ResourceDef, finalizer: string): Promise<void> {
    const finalizers = stringsAt(object, "metadata", "finalizers").filter((each) => each !== finalizer);
    await this.#patch(object, def, { finalizers });
  }

  async #patch(object: KubeObject, def: ResourceDef, metadata: JsonObject): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const patch = { metadata: { uid, resourceVersion, ...metadata } };
    await unless(404, this.#client.patch(pathOf(object, def), "merge", patch));
  }

  async #delete(object: KubeObject, def: ResourceDef, policy: "Foreground" | undefined): Promise<void> {
    // The finalizers that an object has already say what is to become of its dependents.
    const finalizers = stringsAt(object, "metadata", "finalizers");
    const own = finalizers.includes(ORPHAN) ? "Orphan" : finalizers.includes(FOREGROUND) ? "Foreground" : "Background";
    await this.#send(object, def, {
      propagationPolicy: policy ?? own,
      preconditions: { uid: object.metadata.uid },
    });
  }

  /** An object that is another by now, or gone, is none of ours. */
  async #send(object: KubeObject, def: ResourceDef, options: JsonObject): Promise<void> {
    try {
      await this.#client.delete(pathOf(object, def), options);
    } catch (error) {
      if (!(error instanceof ApiError) || ![404, 409].includes(error.status.code)) throw error;
    }
  }
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** Whether the owner's deletion in the foreground waits for the dependent. */
  readonly blocks: boolean;
}

function ownersOf(object: KubeObject): Owner[] {
  return objectsAt(object, "metadata", "ownerReferences").map((reference) => ({
    apiVersion: stringAt(reference, "apiVersion"),
    kind: stringAt(reference, "kind"),
    name: stringAt(reference, "name"),
    uid: stringAt(reference, "uid"),
    blocks: reference.blockOwnerDeletion === true,
  }));
}

function pathOf({ metadata }: KubeObject, def: ResourceDef): string {
  return `${collectionPath(def, metadata.namespace ?? "")}/${metadata.name}`;
}
