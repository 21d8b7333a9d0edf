import { objectsAt, optionalNumberAt, stringAt } from "../../kube/access.js";
import { isObject, type Json, type JsonObject, type KubeObject } from "../../kube/json.js";
import { LocalClient, unless } from "../../kube/local-client.js";
import type { ObjectIndex } from "../../store/store.js";
import type { SimulatedCluster } from "../follow.js";
import { objectOf, stored } from "../objects.js";

/** Something that has come, changed or gone; read once for all who look at it. */
export interface Seen {
  readonly key: string;
  readonly index: ObjectIndex;
  readonly gone: boolean;
  readonly object: KubeObject;
}

/** One of the controllers that share a loop: never two of them act at the same time. */
export interface Workload {
  readonly prefixes: readonly string[];
  keys(seen: Seen): Iterable<string>;
  reconcile(key: string): Promise<number | undefined>;
}

const MANAGER = { fieldManager: "kube-controller-manager" };
const BACKGROUND = { propagationPolicy: "Background" };

/** What a controller reads and writes: from the store what is there now, to the API what is to change. */
export class Workspace {
  readonly cluster: SimulatedCluster;
  readonly client: LocalClient;

  constructor(cluster: SimulatedCluster, account: string) {
    this.cluster = cluster;
    this.client = new LocalClient(cluster.handler, account, cluster.signal);
  }

  get now(): number {
    return this.cluster.now();
  }

  get(key: string): KubeObject | undefined {
    return stored(this.cluster, key);
  }

  *all(prefix: string): Generator<KubeObject> {
    for (const found of this.cluster.store.snapshot()!.range(prefix)) yield objectOf(found);
  }

  /** What `owner` controls, of the kind that `kind` ("pods") keeps in the owner's namespace. */
  owned(kind: string, owner: KubeObject): KubeObject[] {
    const { uid = "", namespace = "" } = owner.metadata;
    const found: KubeObject[] = [];
    for (const each of this.cluster.store.snapshot()!.range(`${kind}/${namespace}/`)) {
      if (!each.bytes.includes(uid)) continue;
      const object = objectOf(each);
      if (controllerOf(object)?.uid === uid) found.push(object);
    }
    return found;
  }

  create(path: string, object: JsonObject): Promise<KubeObject> {
    return this.client.create(path, object, MANAGER);
  }

  /** What is gone needs no change. */
  patch(path: string, patch: JsonObject): Promise<KubeObject | undefined> {
    return unless(404, this.client.patch(path, "merge", patch, MANAGER));
  }

  async delete(path: string, object: KubeObject): Promise<void> {
    const preconditions = { uid: object.metadata.uid! };
    await unless(409, unless(404, this.client.delete(path, { ...BACKGROUND, preconditions })));
  }

  /** Writes those fields of the status that differ; null takes one away. */
  async status(path: string, object: KubeObject, status: JsonObject): Promise<void> {
    const known = isObject(object.status) ? object.status : {};
    const changed = Object.entries(status).filter(([name, value]) => !same(known[name], value));
    if (changed.length === 0) return;
    await this.patch(`${path}/status`, {
      metadata: { uid: object.metadata.uid! },
      status: Object.fromEntries(changed),
    });
  }
}

/** Absent, null and what is empty are one. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (empty(a) || empty(b)) return empty(a) && empty(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, at) => same(each, b[at]));
  if (isObject(a) && isObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => same(a[name], b[name]));
  }
  return a === b;
}

function empty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === 0 || value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(empty);
}

export interface Controller {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export function controllerOf(object: KubeObject): Controller | undefined {
  const found = objectsAt(object, "metadata", "ownerReferences").find(({ controller }) => controller === true);
  if (found === undefined) return undefined;
  const [apiVersion, kind] = [stringAt(found, "apiVersion"), stringAt(found, "kind")];
  return { apiVersion, kind, name: stringAt(found, "name"), uid: stringAt(found, "uid") };
}

export function ownedBy(owner: KubeObject, apiVersion: string, kind: string): JsonObject[] {
  const { name = "", uid = "" } = owner.metadata;
  return [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }];
}

/** An intstr.IntOrString as a number of `total`. */
export function share(value: Json | undefined, total: number, roundUp: boolean): number {
  if (typeof value === "string" && value.endsWith("%")) {
    const part = (Number.parseInt(value, 10) * total) / 100;
    return roundUp ? Math.ceil(part) : Math.floor(part);
  }
  return Number(value ?? 0);
}

/** Key of the object of this kind that controls another; with nothing where another kind does. */
export function* controllerKey(seen: Seen, kind: string, prefix: string): Iterable<string> {
  const controller = controllerOf(seen.object);
  if (controller?.kind === kind) yield `${prefix}${seen.index.namespace}/${controller.name}`;
}

export function replicasOf(object: KubeObject): number {
  return optionalNumberAt(object, "spec", "replicas") ?? 1;
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
