import { resourceAttributes } from "../auth/authorize.js";
import { RBAC_GROUP, refuseEscalation } from "../auth/rbac/escalation.js";
import { forbidden } from "../kube/errors.js";
import type { KubeObject } from "../kube/json.js";
import { cloneJson } from "../kube/json-access.js";
import type { ResourceDef } from "../schema/model.js";
import { semanticEqual } from "../schema/strategy/index.js";
import type { AdmissionView, Attributes } from "./admission/attributes.js";
import { admit } from "./admission/plugins.js";
import { internalScope } from "./crd/internal-request.js";
import type { ApiDeps } from "./deps.js";
import { charging } from "./in-turn.js";
import { SERVER_MANAGER, trackAs } from "./managed-fields.js";
import { encodeForStore, readStored } from "./objects.js";
import type { DeleteOptions } from "./options.js";
import { collectionPrefix, type Scope, storageKey, strategyOf } from "./scope.js";
import type { Warn } from "./strategy-context.js";

interface Written {
  readonly operation: "CREATE" | "UPDATE";
  readonly object: KubeObject;
  readonly old?: KubeObject;
  readonly options: { readonly dryRun: boolean };
  readonly warn?: Warn;
}

const EVENT_GROUPS = ["", "events.k8s.io"];

/** @throws ApiError of the plugin that refuses */
export function admitObject(scope: Scope, phase: "mutate" | "validate", written: Written): void {
  const { operation, object, old, options } = written;
  if (operation === "CREATE" && scope.def.served?.terminating) {
    const why = "create not allowed while custom resource definition is terminating";
    throw forbidden(scope.def.gvr, scope.name, why);
  }
  const { warn } = written;
  const attributes = { ...common(scope), operation, object, dryRun: options.dryRun, ...(warn && { warn }) };
  admit(phase, old ? { ...attributes, old } : attributes, viewOf(scope.deps), scope.deps.disabledAdmission);
  if (phase === "mutate" && scope.def.gvr.group === RBAC_GROUP) checkRoleWrite(scope, object, old);
}

/** Between the two phases the storage of roles looks at who writes them. */
function checkRoleWrite(scope: Scope, object: KubeObject, old: KubeObject | undefined): void {
  if (old && isCollectable(object, old)) return;
  const { request, namespace, def, deps } = scope;
  const { info, user } = request;
  refuseEscalation(deps.access, { resource: def.gvr.resource, namespace, urlName: info.name, object, old, user });
}

/** Whether only that changes which garbage collection works with; upstream: pkg/registry/rbac/helpers.go. */
function isCollectable(object: KubeObject, old: KubeObject): boolean {
  const without = ({ metadata, ...rest }: KubeObject) => {
    const { ownerReferences: _o, finalizers: _f, managedFields: _m, selfLink: _s, ...kept } = metadata;
    return { ...rest, metadata: kept };
  };
  return semanticEqual(without(object), without(old));
}

/** A delete is only ever validated. @throws ApiError of the plugin that refuses */
export function admitDelete(scope: Scope, old: KubeObject, options: DeleteOptions): void {
  const attributes: Attributes = { ...common(scope), operation: "DELETE", old: cloneJson(old), dryRun: options.dryRun };
  admit("mutate", attributes, viewOf(scope.deps), scope.deps.disabledAdmission);
  admit("validate", attributes, viewOf(scope.deps), scope.deps.disabledAdmission);
}

function common(scope: Scope) {
  return {
    resource: scope.def,
    subresource: scope.subresource?.name ?? "",
    namespace: scope.namespace,
    name: scope.name,
    user: scope.request.user,
  };
}

export function viewOf(deps: ApiDeps): AdmissionView {
  const find = (group: string, resource: string) => deps.registry.lookup(group, storedVersion(deps, group), resource);
  return {
    get(group, resource, namespace, name) {
      const def = find(group, resource);
      const stored = def?.storage && deps.store().get(storageKey(def, namespace, name));
      return stored && readStored(stored, def!.storage!);
    },
    *list(group, resource, namespace) {
      const def = find(group, resource);
      if (!def?.storage) return;
      for (const stored of deps.store().snapshot()!.range(collectionPrefix(def, namespace))) {
        yield readStored(stored, def.storage);
      }
    },
    updateStatus(group, resource, object) {
      const def = find(group, resource);
      if (def) writeStatus(deps, def, object);
    },
    equivalents: ({ group, resource }) => {
      const groups = resource === "events" && EVENT_GROUPS.includes(group) ? EVENT_GROUPS : [group];
      return groups.flatMap((each) => deps.registry.versionsOf(each, resource)).map(({ gvr }) => gvr);
    },
    suffix: () => deps.sources.suffix(5),
    authorize: (user, verb, group, resource, name) =>
      deps.access.authorize(user, resourceAttributes({ verb, group, resource, name })).allowed,
  };
}

/**
 * Writes a status as the server's own client does. A plugin has read the object in the same breath, so in memory
 * nothing can have come between; elsewhere such requests are made {@link inTurn}.
 */
function writeStatus(deps: ApiDeps, def: ResourceDef, object: KubeObject): void {
  const { name = "", namespace = "", resourceVersion } = object.metadata;
  const scope = internalScope(deps, def, { namespace, name, subresource: "status" });
  const key = storageKey(def, namespace, name);
  const stored = deps.store().get(key);
  if (!stored || String(stored.revision) !== resourceVersion) return;
  trackAs(SERVER_MANAGER, scope, object, readStored(stored, def.storage!));
  const written = deps.store().commit({
    key,
    expected: stored.revision,
    object: encodeForStore(object, def.storage!, strategyOf(scope), stored.index),
  });
  if (written instanceof Promise) charging(deps, written);
}

function storedVersion(deps: ApiDeps, group: string): string {
  return deps.registry.group(group)?.versions[0] ?? "v1";
}
