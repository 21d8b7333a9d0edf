import { badRequest, type GroupKind, invalid } from "../../kube/errors.js";
import type { GroupVersionKind } from "../../kube/gvr.js";
import type { KubeObject } from "../../kube/json.js";
import type { StructType } from "../model.js";
import { validateObjectMeta, validateObjectMetaUpdate } from "../validation/object-meta.js";
import type { Strategy, StrategyContext, UpdateStrategy } from "./strategy.js";
import { dropZeros } from "./zeros.js";

/** The resource that an object is written to. */
export interface Target {
  /** The storage version's: messages name its group and kind. */
  readonly gvk: GroupVersionKind;
  readonly namespaced: boolean;
  /** Of the request; "" for a cluster-wide one. */
  readonly namespace: string;
  /** Of the storage version. With it, fields that hold Go's zero are the same as absent ones. */
  readonly type?: StructType;
}

/**
 * Makes a decoded, defaulted and named object ready to be stored; upstream: registry/rest/create.go (BeforeCreate).
 * uid, creationTimestamp and a generated name are there already. Throws 400 and 422.
 */
export function beforeCreate(target: Target, strategy: Strategy, object: KubeObject, ctx: StrategyContext): void {
  if (target.type) dropZeros(object, target.type);
  matchNamespace(target, object);
  strategy.prepareForCreate(object, ctx);
  const name = object.metadata.name ?? "";
  const errors = [...(strategy.authorize?.(object, undefined, ctx) ?? []), ...strategy.validateCreate(object)];
  if (errors.length > 0) throw invalid(kindOf(target, object), name, errors);
  const metaErrors = validateObjectMeta(object, target.namespaced);
  if (metaErrors.length > 0) throw invalid(target.gvk, name, metaErrors);
  for (const warning of strategy.createWarnings?.(object) ?? []) ctx.warn(warning);
  strategy.canonicalize?.(object);
}

/**
 * The same for an update of `old`, through the resource itself or a subresource's strategy; upstream:
 * registry/rest/update.go (BeforeUpdate). Throws 400 and 422.
 */
export function beforeUpdate(
  target: Target,
  strategy: UpdateStrategy & Pick<Strategy, "canonicalize">,
  object: KubeObject,
  old: KubeObject,
  ctx: StrategyContext,
): void {
  if (target.type) for (const each of [object, old]) dropZeros(each, target.type);
  matchNamespace(target, object);
  const meta = object.metadata;
  const before = old.metadata;
  if (before.generation === undefined) delete meta.generation;
  else meta.generation = before.generation;
  strategy.prepareForUpdate(object, old, ctx);
  keepSystemFields(object, old);
  const errors = [
    ...validateObjectMeta(object, target.namespaced),
    ...validateObjectMetaUpdate(object, old),
    ...(strategy.authorize?.(object, old, ctx) ?? []),
    ...strategy.validateUpdate(object, old),
  ];
  if (errors.length > 0) {
    for (const warning of strategy.refusalWarnings?.(object) ?? []) ctx.warn(warning);
    throw invalid(kindOf(target, object), object.metadata.name ?? "", errors);
  }
  for (const warning of strategy.updateWarnings?.(object, old) ?? []) ctx.warn(warning);
  strategy.canonicalize?.(object);
}

/** A custom resource may come as another kind than its own, and is refused as that. */
function kindOf(target: Target, { kind, apiVersion }: KubeObject): GroupKind {
  const group = target.type?.unstructured ? apiVersion.split("/").slice(0, -1).join("/") : target.gvk.group;
  return { group, kind };
}

function keepSystemFields(object: KubeObject, old: KubeObject): void {
  const meta = object.metadata;
  const before = old.metadata;
  if (!meta.uid && before.uid) meta.uid = before.uid;
  if (before.creationTimestamp) meta.creationTimestamp = before.creationTimestamp;
  if (before.deletionTimestamp) meta.deletionTimestamp = before.deletionTimestamp;
  if (before.deletionGracePeriodSeconds !== undefined && meta.deletionGracePeriodSeconds === undefined) {
    meta.deletionGracePeriodSeconds = before.deletionGracePeriodSeconds;
  }
}

/** Fills in the request's namespace, or refuses another; upstream: registry/rest/meta.go. */
export function matchNamespace(target: Pick<Target, "namespaced" | "namespace">, object: KubeObject): void {
  const expected = target.namespaced ? target.namespace : "";
  const meta = object.metadata;
  if ((meta.namespace ?? "") === expected) return;
  if (!meta.namespace) meta.namespace = expected;
  else if (expected === "") delete meta.namespace;
  else throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}
