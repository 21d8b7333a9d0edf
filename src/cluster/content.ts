import type { KubeObject } from "../kube/json.js";
import type { ResourceDef } from "../schema/model.js";
import type { Registry } from "../schema/registry.js";
import { strategyFor } from "../schema/strategy/registry.js";
import type { Store } from "../store/store.js";
import { encodeForStore } from "../verbs/objects.js";
import { StartError } from "./start-error.js";

/** Where objects go. */
export interface Destination {
  readonly store: Store;
  /** What the store's own definitions make of it, at every moment. */
  readonly registry: () => Registry;
  /** Whether there is something already, that an earlier cluster of that name has left. */
  readonly kept?: boolean;
}

/** Fills the store of a new cluster before anybody sees it. What it throws ends the cluster. */
export type Content = (to: Destination) => Promise<void>;

/** Content for stores that hold nothing yet; `begun` turns true before anything is written. */
export function forNewStores(content: Content): { readonly content: Content; readonly begun: () => boolean } {
  let begun = false;
  return {
    begun: () => begun,
    content: async (to) => {
      if (to.kept) {
        throw new StartError(
          "objects of an earlier cluster of that name are kept: take another name",
          "conflict",
          "name",
        );
      }
      begun = true;
      await content(to);
    },
  };
}

/**
 * Puts an object, of the version in which it is stored, where it is stored, as it is: nothing is defaulted, checked or
 * counted up. It is changed. @throws StartError when somebody else writes at the same time
 */
export async function putObject({ store }: Destination, key: string, def: ResourceDef, object: KubeObject) {
  if (def.storage === undefined) throw new Error(`${def.gvr.resource} are not stored`);
  delete object.metadata.resourceVersion;
  const strategy = def.served?.strategy ?? strategyFor(def.gvr.group, def.gvr.resource);
  await commit(store, key, encodeForStore(object, def.storage, strategy, store.get(key)?.index));
}

export async function dropObject({ store }: Destination, key: string): Promise<void> {
  if (store.get(key) !== undefined) await commit(store, key, undefined);
}

async function commit(store: Store, key: string, object: Parameters<Store["commit"]>[0]["object"]): Promise<void> {
  const result = await store.commit({ key, expected: store.get(key)?.revision ?? 0, object });
  if (!result.ok) throw new StartError(`${key} was changed while the cluster was being filled`, "conflict");
}
