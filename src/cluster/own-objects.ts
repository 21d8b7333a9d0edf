import type { ObjectIndex } from "../store/store.js";

/** What every server writes itself, and writes anew when it starts: where it is reached, which CAs it trusts. */
const WRITTEN_ANEW: ReadonlySet<string> = new Set([
  "services/endpoints/default/kubernetes",
  "endpointslices/default/kubernetes",
  "configmaps/kube-system/extension-apiserver-authentication",
]);

/** Whether an object tells of the server that made it: the Lease that is its identity. */
export function isServersIdentity(key: string, index: Pick<ObjectIndex, "labels">): boolean {
  return key.startsWith("leases/kube-system/") && index.labels?.["apiserver.kubernetes.io/identity"] !== undefined;
}

/** Whether an object of another server would be wrong here, and one of our own is there in its place. */
export function isServersOwn(key: string, index: Pick<ObjectIndex, "labels">): boolean {
  return WRITTEN_ANEW.has(key) || isServersIdentity(key, index);
}
