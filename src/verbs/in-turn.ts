import { Turns } from "../kube/turns.js";
import type { ApiDeps } from "./deps.js";
import { collectionPrefix, type Scope } from "./scope.js";

const WRITES: ReadonlySet<string> = new Set(["create", "update", "patch", "delete", "deletecollection"]);

const turns = new WeakMap<ApiDeps, Turns>();

/**
 * Where commits answer later, another request may come between looking at what is there and writing: what depends on
 * all Services (their addresses), or on what is used of a namespace's quotas, is done one after the other.
 */
export function inTurn<T>(scope: Scope, act: () => T | Promise<T>): T | Promise<T> {
  const keys = scope.deps.store().answersLater === true ? keysOf(scope) : [];
  let turn = turns.get(scope.deps);
  if (keys.length > 0 && turn === undefined) {
    turn = new Turns();
    turns.set(scope.deps, turn);
  }
  return keys.reduceRight<() => T | Promise<T>>((rest, key) => () => turn!.take(key, async () => rest()), act)();
}

/** Always in the same order, so that no two wait for each other. */
function keysOf(scope: Scope): string[] {
  const { def, namespace, request, deps } = scope;
  if (!WRITES.has(request.info.verb) || namespace === "") return [];
  const { group, resource } = def.gvr;
  const quotas = deps.registry.lookup("", "v1", "resourcequotas");
  const limited =
    quotas !== undefined && (deps.store().snapshot()?.count(collectionPrefix(quotas, namespace)) ?? 0) > 0;
  return [
    ...(group === "" && resource === "services" ? ["services"] : []),
    ...(limited ? [`namespace ${namespace}`] : []),
  ];
}

const charges = new WeakMap<ApiDeps, Set<Promise<unknown>>>();

/** A quota's status is being written for a request that is under way. */
export function charging(deps: ApiDeps, write: Promise<unknown>): void {
  const under = charges.get(deps) ?? new Set();
  charges.set(deps, under.add(write));
  // Whoever waits for it is told; nobody may.
  write.catch(() => undefined).finally(() => under.delete(write));
}

/** Undefined: quotas know what they have to. Otherwise resolves when they do. @throws ApiError */
export function charged(deps: ApiDeps): Promise<unknown> | undefined {
  const under = charges.get(deps);
  return under === undefined || under.size === 0 ? undefined : Promise.all(under);
}
