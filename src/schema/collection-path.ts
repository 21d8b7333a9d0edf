import type { ResourceDef } from "./model.js";

/** The API path of a collection: "/apis/apps/v1/namespaces/default/deployments"; without a namespace, of all of them. */
export function collectionPath(def: ResourceDef, namespace: string): string {
  const { group, version, resource } = def.gvr;
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return def.namespaced && namespace !== "" ? `${root}/namespaces/${namespace}/${resource}` : `${root}/${resource}`;
}
