import type { KubeObject } from "../kube/json.js";
import type { Store } from "../store/store.js";

/** What authenticators read of a cluster, in the stored version. */
export interface ClusterView {
  get(resource: "serviceaccounts" | "secrets" | "pods", namespace: string, name: string): KubeObject | undefined;
  node(name: string): KubeObject | undefined;
}

/** Upstream's layout of keys; nodes are stored by their old name. */
export function viewOf(store: Store): ClusterView {
  const read = (key: string) => {
    const stored = store.get(key);
    return stored && (JSON.parse(stored.bytes.toString()) as KubeObject);
  };
  return {
    get: (resource, namespace, name) => read(`${resource}/${namespace}/${name}`),
    node: (name) => read(`minions/${name}`),
  };
}
