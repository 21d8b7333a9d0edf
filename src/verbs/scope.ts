import { badRequest, methodNotAllowed, methodNotSupported, notFound, unknownResource } from "../kube/errors.js";
import { unsupported } from "../kube/gaps.js";
import type { KubeRequest } from "../kube/handler.js";
import { pageNotFound } from "../kube/plain-text-error.js";
import type { ResourceDef, StorageResource, SubresourceDef } from "../schema/model.js";
import type { Registry } from "../schema/registry.js";
import type { Target } from "../schema/strategy/lifecycle.js";
import { strategyFor } from "../schema/strategy/registry.js";
import type { Strategy } from "../schema/strategy/strategy.js";
import { isDefinition } from "./crd/follow.js";
import type { ApiDeps } from "./deps.js";

/** A request that has found its resource: what every verb starts from. */
export interface Scope {
  readonly deps: ApiDeps;
  readonly request: KubeRequest;
  readonly def: ResourceDef;
  readonly subresource: SubresourceDef | undefined;
  readonly namespace: string;
  readonly name: string;
}

/** @throws ApiError 404 or 405 for paths and methods that a real server does not route */
export function scopeOf(deps: ApiDeps, request: KubeRequest): Scope {
  const { info } = request;
  if (info.verb === "proxy") throw unknownResource();
  if (!deps.registry.hasGroupVersion(info.group, info.version)) throw unrouted(deps.registry, info.group);
  const def = deps.registry.lookup(info.group, info.version, info.resource);
  if (!def) throw deps.registry.group(info.group)?.custom ? pageNotFound() : unknownResource();
  const subresource = info.subresource === "" ? undefined : def.subresources.get(info.subresource);
  if (def.served) {
    checkCustomPath(def, subresource, request);
    return { deps, request, def, subresource, namespace: info.namespace, name: info.name };
  }
  if (info.subresource !== "" && (!subresource || (info.parts.length > 3 && info.subresource !== "proxy"))) {
    throw unknownResource();
  }
  if (subresource && info.name === "") throw badRequest("name must be provided");
  checkPath(def, request);
  const verbs = subresource?.verbs ?? def.verbs;
  // A watch takes a list's route, and is refused there.
  if (info.verb === "watch" && verbs.has("list"))
    return { deps, request, def, subresource, namespace: info.namespace, name: info.name };
  if (!verbs.has(info.verb) && !(info.subresource === "proxy" && request.method === "OPTIONS")) {
    throw methodNotAllowed();
  }
  return { deps, request, def, subresource, namespace: info.namespace, name: info.name };
}

/** Below the path of a built-in group all is routed, and refused with a Status; elsewhere nothing is. */
export function unrouted(registry: Registry, group: string): Error {
  const known = registry.group(group);
  return group === "" || (known && !known.custom) ? unknownResource() : pageNotFound();
}

/** Custom resources have no routes: what does not fit is looked for elsewhere, and not found (customresource_handler.go). */
function checkCustomPath(def: ResourceDef, subresource: SubresourceDef | undefined, { info }: KubeRequest): void {
  const { verb, namespace } = info;
  const acrossAll = verb === "list" || verb === "watch";
  if (def.namespaced ? namespace === "" && !acrossAll : namespace !== "") throw pageNotFound();
  if (info.subresource !== "" && !subresource) throw notFound(def.gvr, info.name);
  if (!(subresource?.verbs ?? CUSTOM_VERBS).has(verb)) throw methodNotSupported(def.gvr, verb);
  if (needsWebhook(def)) throw unsupported("conversion-webhooks");
  if ((verb === "update" || verb === "patch") && info.name === "") throw badRequest("name must be provided");
}

/** Whether objects of the version can be had only by asking a webhook. */
function needsWebhook({ served, gvk, storage }: ResourceDef): boolean {
  return served?.definition.conversion === "Webhook" && gvk.version !== storage!.gvk.version;
}

const CUSTOM_VERBS = new Set(["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]);

/** A namespaced resource has its items under a namespace only; across namespaces it can be listed and watched. */
function checkPath(def: ResourceDef, request: KubeRequest): void {
  const { info } = request;
  const hasName = info.parts.length > 1;
  // What can only be created has no items, and no collection across namespaces.
  const createOnly = def.verbs.size === 1 && def.verbs.has("create");
  if (createOnly && (hasName || (def.namespaced && info.namespace === ""))) throw unknownResource();
  if (def.namespaced && info.namespace === "") {
    if (hasName) throw unknownResource();
    if (info.verb !== "list" && info.verb !== "watch") throw methodNotAllowed();
  }
  // A namespace's own path names it as its namespace, too.
  const own = info.resource === "namespaces" && info.namespace === info.parts[1];
  if (!def.namespaced && info.namespace !== "" && !own) throw unknownResource();
  checkMethod(request, hasName);
}

/** No route takes another method, though request info has a verb for HEAD. */
const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const PROXY_METHODS = new Set(["HEAD", "OPTIONS"]);

function checkMethod(request: KubeRequest, hasName: boolean): void {
  if (request.info.subresource === "proxy" && PROXY_METHODS.has(request.method)) return;
  if (!METHODS.has(request.method)) throw methodNotAllowed();
  const { verb, subresource } = request.info;
  if (subresource !== "") return;
  if (verb === "create" && hasName) throw methodNotAllowed();
  if ((verb === "update" || verb === "patch") && !hasName) throw methodNotAllowed();
}

export function storageOf(scope: Scope): StorageResource {
  const { storage } = scope.def;
  if (!storage) throw new Error(`${scope.def.gvr.resource} stores nothing`);
  return storage;
}

export function strategyOf(scope: Scope): Strategy {
  if (scope.def.served) return scope.def.served.strategy;
  if (isDefinition(scope)) return scope.deps.custom.strategy;
  return strategyFor(scope.def.gvr.group, scope.def.gvr.resource);
}

/** Upstream's layout below its prefix: `<resource>/<namespace>/<name>` (apiserver/pkg/registry/generic/registry/store.go). */
export function storageKey(def: ResourceDef, namespace: string, name: string): string {
  const prefix = def.storage!.prefix;
  return def.namespaced ? `${prefix}/${namespace}/${name}` : `${prefix}/${name}`;
}

/** The prefix of all keys of a collection; namespace "" is all of them. */
export function collectionPrefix(def: ResourceDef, namespace: string): string {
  const prefix = def.storage!.prefix;
  return def.namespaced && namespace !== "" ? `${prefix}/${namespace}/` : `${prefix}/`;
}

/** How the strategies' common steps name what is written. */
export function targetOf(scope: Scope): Target {
  const { gvk, type } = storageOf(scope);
  return { gvk, type, namespaced: scope.def.namespaced, namespace: scope.namespace };
}
