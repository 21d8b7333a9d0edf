import { notFound } from "../kube/errors.js";
import type { KubeObject } from "../kube/json.js";
import type { StoredObject } from "../store/store.js";
import { followDefinitions } from "./crd/follow.js";
import { charged } from "./in-turn.js";
import { encodeForStore, isSameContent, preview, readStored } from "./objects.js";
import { type Scope, storageKey, storageOf, strategyOf } from "./scope.js";
import { followAddresses } from "./service-hooks.js";
import { checkStorable } from "./storable.js";

/** What a transform asks for. */
export type Outcome =
  | { readonly next: KubeObject }
  /** It goes because of this write, which is answered at the revision that it replaced. */
  | { readonly remove: KubeObject }
  /** It goes as it is, answered at the revision of its deletion (storage/etcd3/store.go, conditionalDelete). */
  | { readonly delete: true };

export interface Updated {
  readonly object: StoredObject;
  readonly removed: boolean;
}

/**
 * Reads, transforms and writes one key until nobody came between (apiserver/pkg/storage GuaranteedUpdate).
 * The transform sees a fresh copy in the storage version each time and throws ApiError to give up. In the memory
 * store nothing can come between, because nothing is awaited from the read to the commit.
 *
 * @throws ApiError 404 when the key is missing
 */
export async function guaranteedUpdate(
  scope: Scope,
  dryRun: boolean,
  transform: (current: KubeObject, stored: StoredObject) => Outcome,
): Promise<Updated> {
  const { def, deps } = scope;
  const storage = storageOf(scope);
  const store = deps.store();
  const key = storageKey(def, scope.namespace, scope.name);
  for (;;) {
    const stored = store.get(key);
    if (!stored) throw notFound(def.gvr, scope.name);
    const outcome = transform(readStored(stored, storage), stored);
    if (!("next" in outcome)) {
      const written =
        "remove" in outcome ? preview(stored, encodeForStore(outcome.remove, storage, strategyOf(scope))) : undefined;
      if (dryRun) return { object: written ?? stored, removed: true };
      const result = await store.commit({ key, expected: stored.revision, object: undefined });
      if (!result.ok) continue;
      await followAddresses(scope, stored, undefined);
      await followDefinitions(scope);
      return { object: written ?? result.object, removed: true };
    }
    const next = encodeForStore(outcome.next, storage, strategyOf(scope), stored.index);
    if (isSameContent(stored, next)) return { object: stored, removed: false };
    if (dryRun) return { object: preview(stored, next), removed: false };
    checkStorable(next, outcome.next, storage);
    const charges = charged(deps);
    if (charges) await charges;
    const result = await store.commit({ key, expected: stored.revision, object: next });
    if (!result.ok) continue;
    await followAddresses(scope, stored, outcome.next);
    await followDefinitions(scope);
    return { object: result.object, removed: false };
  }
}
