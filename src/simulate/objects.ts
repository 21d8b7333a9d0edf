import type { KubeObject } from "../kube/json.js";
import type { ResourceDef } from "../schema/model.js";
import type { StoredObject } from "../store/store.js";
import { collectionPrefix } from "../verbs/scope.js";
import type { SimulatedCluster } from "./follow.js";

/** An object as the store has it, in its storage version. Undefined: there is none. */
export function stored({ store }: SimulatedCluster, key: string): KubeObject | undefined {
  const found = store.get(key);
  return found === undefined ? undefined : objectOf(found);
}

export function objectOf({ bytes }: StoredObject): KubeObject {
  return JSON.parse(bytes.toString("utf8")) as KubeObject;
}

/** Each kind that is kept, once, however many versions and groups it is served in; in the order of discovery. */
export function storedKinds({ registry }: SimulatedCluster): ResourceDef[] {
  const served = registry();
  const byPrefix = new Map<string, ResourceDef>();
  for (const { name, versions } of served.groups) {
    for (const version of versions) {
      for (const def of served.resources(name, version)) {
        if (def.storage === undefined) continue;
        const prefix = collectionPrefix(def, "");
        if (!byPrefix.has(prefix)) byPrefix.set(prefix, def);
      }
    }
  }
  return [...byPrefix.values()];
}
