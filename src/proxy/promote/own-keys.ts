import type { ObjectIndex } from "../../store/store.js";

/** What kube-apiserver keeps beside objects: its addresses, what it has allocated. Each server makes its own. */
const INTERNAL = ["masterleases/", "peerserverips/", "ranges/", "health"];

/** Whether a key, without the cluster's prefix, is a server's own and no object of the API. */
export function isInternal(key: string): boolean {
  return INTERNAL.some((prefix) => key.startsWith(prefix));
}

/** Whether an object tells of the server that made it: the Lease that is its identity. */
export function isServersIdentity(key: string, index: Pick<ObjectIndex, "labels">): boolean {
  return key.startsWith("leases/kube-system/") && index.labels?.["apiserver.kubernetes.io/identity"] !== undefined;
}
