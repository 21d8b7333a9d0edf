export { isServersIdentity } from "../../cluster/own-objects.js";

/** What an emulated cluster with its objects in etcd keeps beside them. */
export const OWN = "fake-apiserver/";

/** What kube-apiserver keeps beside objects: its addresses, what it has allocated. Each server makes its own. */
const INTERNAL = ["masterleases/", "peerserverips/", "ranges/", "health", OWN];

/** Whether a key, without the cluster's prefix, is a server's own and no object of the API. */
export function isInternal(key: string): boolean {
  return INTERNAL.some((prefix) => key.startsWith(prefix));
}
