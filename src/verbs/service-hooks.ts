import { timestamp } from "../kube/clock.js";
import type { KubeObject } from "../kube/json.js";
import { strategyFor } from "../schema/strategy/registry.js";
import type { StoredObject } from "../store/store.js";
import { allocateForCreate, allocateForUpdate, ipAddressesOf } from "./allocation/services.js";
import { SERVER_MANAGER, trackAs } from "./managed-fields.js";
import { encodeForStore, readStored } from "./objects.js";
import { collectionPrefix, type Scope, storageKey } from "./scope.js";

/** What a write of a Service does besides writing it; upstream: registry/core/service/storage/storage.go. */

function isService(scope: Scope): boolean {
  const { group, resource } = scope.def.gvr;
  return group === "" && resource === "services" && !scope.subresource;
}

/** Gives a Service the addresses and ports that it needs, before it is validated. @throws ApiError 422, 500 */
export function allocate(scope: Scope, object: KubeObject, old: KubeObject | undefined, dryRun: boolean): void {
  if (!isService(scope)) return;
  const ranges = { clusterCidr: scope.deps.serviceCidr, dryRun };
  if (old) allocateForUpdate(object, old, services(scope), ranges);
  else allocateForCreate(object, services(scope), ranges);
}

function* services(scope: Scope): Iterable<KubeObject> {
  for (const stored of scope.deps.store().snapshot()!.range(collectionPrefix(scope.def, ""))) {
    yield readStored(stored, scope.def.storage!);
  }
}

/** Keeps the IPAddress objects in step with a Service's cluster IPs. */
export async function followAddresses(
  scope: Scope,
  stored: StoredObject | undefined,
  after: KubeObject | undefined,
): Promise<void> {
  if (!isService(scope)) return;
  const before = stored && readStored(stored, scope.def.storage!);
  const def = scope.deps.registry.lookup("networking.k8s.io", "v1", "ipaddresses");
  if (!def?.storage) return;
  const wanted = after ? ipAddressesOf(after) : [];
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  const { sources } = scope.deps;
  const store = scope.deps.store();
  for (const { metadata } of before ? ipAddressesOf(before) : []) {
    const key = storageKey(def, "", metadata.name!);
    const address = store.get(key);
    if (names.has(metadata.name) || !address) continue;
    await store.commit({ key, expected: address.revision, object: undefined });
  }
  for (const address of wanted) {
    const key = storageKey(def, "", address.metadata.name!);
    if (store.get(key)) continue;
    address.metadata.uid = sources.uid();
    address.metadata.creationTimestamp = timestamp(sources.now());
    trackAs(SERVER_MANAGER, { ...scope, def, subresource: undefined }, address, undefined);
    const strategy = strategyFor(def.gvr.group, def.gvr.resource);
    await store.commit({ key, expected: 0, object: encodeForStore(address, def.storage, strategy) });
  }
}
