import { notFound } from "../kube/errors.js";
import type { KubeObject } from "../kube/json.js";
import type { StoredObject } from "../store/store.js";
import { encodeForStore, isSameContent, preview, readStored } from "./objects.js";
import { type Scope, storageKey, storageOf, strategyOf } from "./scope.js";
import { followAddresses } from "./service-hooks.js";

/** What a transform asks for: the next content, or that the object goes away with this last content. */
export type Outcome = { readonly next: KubeObject } | { readonly remove: KubeObject };

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
    if ("remove" in outcome) {
      // What the client wrote is answered, at the revision that it replaced; watchers see what was stored.
      const last = preview(stored, encodeForStore(outcome.remove, storage, strategyOf(scope)));
      if (dryRun) return { object: last, removed: true };
      const result = await store.commit({ key, expected: stored.revision, object: undefined });
      if (!result.ok) continue;
      await followAddresses(scope, stored, undefined);
      return { object: last, removed: true };
    }
    const next = encodeForStore(outcome.next, storage, strategyOf(scope));
    if (isSameContent(stored, next)) return { object: stored, removed: false };
    if (dryRun) return { object: preview(stored, next), removed: false };
    const result = await store.commit({ key, expected: stored.revision, object: next });
    if (!result.ok) continue;
    await followAddresses(scope, stored, outcome.next);
    return { object: result.object, removed: false };
  }
}
