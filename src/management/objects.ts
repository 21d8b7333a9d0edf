import { objectAt, objectsAt, stringAt, valueAt } from "../kube/access.js";
import type { Json, KubeObject } from "../kube/json.js";

export const CAPI = "cluster.x-k8s.io";
export const CLUSTER_LABEL = `${CAPI}/cluster-name`;
const CONTROL_PLANE_LABEL = `${CAPI}/control-plane`;
const PAUSED = `${CAPI}/paused`;

/** An object that another one names. */
export interface Reference {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Both contracts' way to name an object: with its group, or with its version as well. */
export function referenceAt(object: KubeObject, ...path: readonly string[]): Reference | undefined {
  const found = objectAt(object, ...path);
  const [kind, name] = [stringAt(found, "kind"), stringAt(found, "name")];
  if (kind === "" || name === "") return undefined;
  const group = stringAt(found, "apiGroup") || groupOf(stringAt(found, "apiVersion"));
  return { group, kind, name, namespace: stringAt(found, "namespace") || (object.metadata.namespace ?? "") };
}

/** "metal3.io/v1alpha1" → "metal3.io". */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

export function referenceKey({ namespace, name }: Reference): string {
  return `${namespace}/${name}`;
}

/** The Cluster that an object belongs to, as "namespace/name". */
export function clusterKeyOf(object: KubeObject): string | undefined {
  const { namespace = "", name = "", labels } = object.metadata;
  if (object.kind === "Cluster" && groupOf(object.apiVersion) === CAPI) return `${namespace}/${name}`;
  const own = stringAt(object, "spec", "clusterName") || labels?.[CLUSTER_LABEL];
  const owner = own || ownerOf(object, "Cluster");
  return owner === undefined || owner === "" ? undefined : `${namespace}/${owner}`;
}

/** The name of the owner of a kind. */
export function ownerOf(object: KubeObject, kind: string): string | undefined {
  const owner = objectsAt(object, "metadata", "ownerReferences").find((each) => each.kind === kind);
  return typeof owner?.name === "string" ? owner.name : undefined;
}

export function isControlPlane(machine: KubeObject): boolean {
  return machine.metadata.labels?.[CONTROL_PLANE_LABEL] !== undefined;
}

export function isDeleting({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Whether controllers are to leave it alone. */
export function isPaused(cluster: KubeObject, object: KubeObject = cluster): boolean {
  return valueAt(cluster, "spec", "paused") === true || object.metadata.annotations?.[PAUSED] !== undefined;
}

/** What `clusterctl move` puts on what it has copied to another management cluster. */
export function isMoved({ metadata }: KubeObject): boolean {
  return metadata.annotations?.["clusterctl.cluster.x-k8s.io/delete-for-move"] !== undefined;
}

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

export function endpointAt(object: Json | undefined): HostAndPort | undefined {
  const endpoint = objectAt(object, "spec", "controlPlaneEndpoint");
  const port = endpoint?.port;
  const host = stringAt(endpoint, "host");
  return host === "" || typeof port !== "number" || port === 0 ? undefined : { host, port };
}

/** "host:port", as in URLs. */
export function authorityOf({ host, port }: HostAndPort): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** First by age, then by name: who is there first keeps what two want. */
export function byAge(a: KubeObject, b: KubeObject): number {
  const [one, other] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.name}`);
  return one! < other! ? -1 : one! > other! ? 1 : 0;
}
