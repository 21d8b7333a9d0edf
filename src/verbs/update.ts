import type { Representation } from "../codec/negotiate.js";
import { badRequest, conflict, invalid, MODIFIED, notFound } from "../kube/errors.js";
import { invalidValue } from "../kube/field-errors.js";
import { goQuote } from "../kube/go-text.js";
import type { Answer } from "../kube/handler.js";
import type { KubeObject } from "../kube/json.js";
import { cloneJson } from "../kube/json-access.js";
import { ApiError } from "../kube/status.js";
import { beforeUpdate, matchNamespace } from "../schema/strategy/lifecycle.js";
import type { Strategy, UpdateStrategy } from "../schema/strategy/strategy.js";
import type { StoredObject } from "../store/store.js";
import { admitObject } from "./admit.js";
import { answerObject } from "./answers.js";
import { answerCreated, createObject } from "./create.js";
import { decodeObject } from "./decode.js";
import { guaranteedUpdate, type Outcome } from "./guaranteed-update.js";
import { keepTimes, trackWrite } from "./managed-fields.js";
import { type WriteOptions, writeOptions } from "./options.js";
import { representation } from "./representation.js";
import { type Scope, storageKey, strategyOf, targetOf } from "./scope.js";
import { allocate } from "./service-hooks.js";
import { strategyContext, type Warn } from "./strategy-context.js";
import { warned } from "./warned.js";

/** PUT of a resource, or of a subresource that has its parent's kind. */
export async function update(scope: Scope): Promise<Answer> {
  const wanted = representation(scope);
  const options = writeOptions(scope.request.query, "UpdateOptions");
  const { object, warnings } = decodeObject(scope, options);
  return warned(warnings, () => updateDecoded(scope, object, options, wanted, warnings));
}

async function updateDecoded(
  scope: Scope,
  object: KubeObject,
  options: WriteOptions,
  wanted: Representation,
  warnings: string[],
): Promise<Answer> {
  matchNamespace(targetOf(scope), object);
  checkName(scope, object);
  const warn = (message: string) => warnings.push(message);
  const exists = scope.deps.store().get(storageKey(scope.def, scope.namespace, scope.name)) !== undefined;
  if (!exists && strategyOf(scope).allowCreateOnUpdate && !scope.subresource) {
    const created = await createOnUpdate(scope, object, options, warn);
    return answerCreated(scope, created, wanted, warnings);
  }
  const uid = object.metadata.uid;
  const { object: stored } = await guaranteedUpdate(scope, options.dryRun, (current, at) => {
    if (uid !== undefined) checkUid(scope, uid, current);
    const next = cloneJson(object);
    trackWrite(scope, next, current, options);
    return prepareUpdate(scope, next, current, at, options, warn);
  });
  return answerObject(scope, 200, stored, wanted, warnings);
}

function createOnUpdate(scope: Scope, object: KubeObject, options: WriteOptions, warn: Warn) {
  if (object.metadata.uid !== undefined) throw notFound(scope.def.gvr, scope.name);
  // A version does not say that the object has to be there.
  delete object.metadata.resourceVersion;
  return createObject(scope, object, options, warn);
}

/**
 * From what a client wants to what is stored: versions compared, the strategy applied, validated, admitted
 * (registry.Store.Update and rest.BeforeUpdate, in their order). The object has its managedFields.
 */
export function prepareUpdate(
  scope: Scope,
  object: KubeObject,
  current: KubeObject,
  stored: StoredObject,
  options: Pick<WriteOptions, "dryRun">,
  warn: Warn,
): Outcome {
  checkName(scope, object);
  checkRevision(scope, object, stored);
  object.metadata.resourceVersion = String(stored.revision);
  admitObject(scope, "mutate", { operation: "UPDATE", object, old: current, options, warn });
  if (!scope.subresource) allocate(scope, object, current, options.dryRun);
  const strategy = { ...updateStrategy(scope), ...canonical(scope) };
  beforeUpdate(targetOf(scope), strategy, object, current, strategyContext(scope, warn));
  keepTimes(scope, object, current);
  admitObject(scope, "validate", { operation: "UPDATE", object, old: current, options, warn });
  return isDone(object, current, scope) ? { remove: object } : { next: object };
}

function updateStrategy(scope: Scope): UpdateStrategy {
  const strategy = strategyOf(scope);
  if (!scope.subresource) return strategy;
  const own = strategy.subresources[scope.subresource.name];
  if (!own) throw new Error(`no update strategy for ${scope.def.gvr.resource}/${scope.subresource.name}`);
  return own;
}

/** @throws ApiError 409 for a version that is not the newest, 422 where one must be given */
function checkRevision(scope: Scope, object: KubeObject, stored: StoredObject): void {
  const version = object.metadata.resourceVersion ?? "";
  if (version !== "" && !/^\d+$/.test(version)) {
    const message = `strconv.ParseUint: parsing ${goQuote(version)}: invalid syntax`;
    throw new ApiError({ code: 500, reason: "", message });
  }
  const wanted = Number(version);
  if (wanted === 0) {
    if (strategyOf(scope).allowUnconditionalUpdate) return;
    const error = invalidValue("metadata.resourceVersion", 0, "must be specified for an update");
    throw invalid({ group: scope.def.gvr.group, kind: scope.def.gvr.resource }, scope.name, [error]);
  }
  if (wanted !== stored.revision) throw conflict(scope.def.gvr, scope.name, MODIFIED);
}

/** The words are those of upstream's storage, which shows its key (storage/errors.go). @throws ApiError 409 */
export function checkUid(scope: Scope, uid: string, current: KubeObject): void {
  if (uid === current.metadata.uid) return;
  const key = `/registry/${storageKey(scope.def, scope.namespace, scope.name)}`;
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
  const cause = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  throw conflict(scope.def.gvr, scope.name, cause);
}

function canonical(scope: Scope): Pick<Strategy, "canonicalize"> {
  const { canonicalize } = strategyOf(scope);
  return canonicalize ? { canonicalize } : {};
}

/** Whether an update takes away the last thing that kept a deleted object (registry.ShouldDeleteDuringUpdate). */
function isDone(object: KubeObject, current: KubeObject, scope: Scope): boolean {
  if ((object.metadata.finalizers?.length ?? 0) > 0) return false;
  if (!current.metadata.deletionTimestamp) return false;
  if (Number(current.metadata.deletionGracePeriodSeconds ?? 0) !== 0) return false;
  if (scope.def.gvr.resource !== "namespaces" || scope.def.gvr.group !== "") return true;
  // A namespace goes when its spec.finalizers are gone, too (registry/core/namespace/storage).
  const spec = object.spec as { finalizers?: unknown[] } | undefined;
  return (spec?.finalizers?.length ?? 0) === 0;
}

/** @throws ApiError 400 unless the body names the object of the path */
export function checkName(scope: Scope, object: KubeObject): void {
  const named = object.metadata.name ?? "";
  if (named === "") {
    throw badRequest(`the name of the object (${scope.name} based on URL) was undeterminable: name must be provided`);
  }
  if (named === scope.name) return;
  throw badRequest(`the name of the object (${named}) does not match the name on the URL (${scope.name})`);
}
