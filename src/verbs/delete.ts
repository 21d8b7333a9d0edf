import { timestamp } from "../kube/clock.js";
import { conflict, forbidden, notFound } from "../kube/errors.js";
import type { Answer } from "../kube/handler.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import { increment } from "../schema/strategy/generation.js";
import type { StoredObject } from "../store/store.js";
import { admitDelete } from "./admit.js";
import { answerObject, answerSuccess } from "./answers.js";
import { isDefinition } from "./crd/follow.js";
import { markDefinition } from "./crd/mark-definition.js";
import { decodeDeleteOptions } from "./decode.js";
import { guaranteedUpdate, type Outcome } from "./guaranteed-update.js";
import { readStored } from "./objects.js";
import { type DeleteOptions, deleteOptions } from "./options.js";
import { representation } from "./representation.js";
import { type Scope, storageKey, storageOf, strategyOf } from "./scope.js";
import { warned } from "./warned.js";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

export async function remove(scope: Scope): Promise<Answer> {
  const wanted = representation(scope);
  const options = deleteOptions(scope.request.query, decodeDeleteOptions(scope));
  if (isSystemPriorityClass(scope)) {
    throw forbidden(scope.def.gvr, scope.name, "this is a system priority class and cannot be deleted");
  }
  const warnings = deletionWarnings(scope, options);
  const deleted = await warned(warnings, () => deleteObject(scope, options));
  const accepted = !deleted.removed && options.orphanDependents === false;
  const status = accepted ? 202 : 200;
  if (!deleted.removed || strategyOf(scope).returnsDeletedObject) {
    return answerObject(scope, status, deleted.object, wanted, warnings);
  }
  return answerSuccess(scope, status, { details: detailsOf(scope, deleted.object) }, wanted);
}

/** Those that a server makes anew at its next start (registry/scheduling/priorityclass/storage). */
function isSystemPriorityClass({ def: { gvr }, name }: Scope): boolean {
  const system = name === "system-node-critical" || name === "system-cluster-critical";
  return system && gvr.group === "scheduling.k8s.io" && gvr.resource === "priorityclasses";
}

const PRESERVED =
  "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

/** What a delete warns of, of a collection too (registry/batch/job/storage). */
export function deletionWarnings({ def: { gvr } }: Scope, options: DeleteOptions): string[] {
  const said = options.propagationPolicy !== undefined || options.orphanDependents !== undefined;
  return gvr.group === "batch" && gvr.resource === "jobs" && !said ? [PRESERVED] : [];
}

export interface Deleted {
  readonly object: StoredObject;
  /** False: it is marked as deleting and stays until its finalizers or its grace period are over. */
  readonly removed: boolean;
}

/** @throws ApiError 404, 409 for a precondition that does not hold, and what admission refuses with */
export async function deleteObject(scope: Scope, options: DeleteOptions): Promise<Deleted> {
  const key = storageKey(scope.def, scope.namespace, scope.name);
  const stored = scope.deps.store().get(key);
  if (!stored) throw notFound(scope.def.gvr, scope.name);
  if (isDefinition(scope)) {
    const marked = await markDefinition(scope, stored, options);
    if (marked) return { object: marked, removed: false };
  }
  checkPreconditions(scope, stored, options);
  admitDelete(scope, readStored(stored, storageOf(scope)), options);
  let marked = false;
  const first = await guaranteedUpdate(scope, options.dryRun, (current, at) => {
    checkPreconditions(scope, at, options);
    const decided = decideDelete(scope, current, options);
    marked = decided.over;
    return decided.outcome;
  });
  if (first.removed || !marked || options.dryRun) return { object: first.object, removed: first.removed || marked };
  return guaranteedUpdate(scope, false, () => ({ delete: true }));
}

interface Decision {
  readonly outcome: Outcome;
  /** Marked as deleting with nothing to wait for: goes at once, but watchers see the mark. */
  readonly over: boolean;
}

/** What a delete makes of the object now: gone, or marked (registry.Store.Delete, rest.BeforeDelete). */
function decideDelete(scope: Scope, object: KubeObject, options: DeleteOptions): Decision {
  const { metadata } = object;
  const keep = { outcome: { next: object }, over: false };
  const grace = options.gracePeriodSeconds;
  const asked = grace !== undefined && grace < 0 ? 1 : grace;
  // A namespace that is going already only waits for its own finalizers.
  if (isNamespace(scope) && metadata.deletionTimestamp && hasSpecFinalizers(object)) return keep;
  const step = graceStep(scope, object, asked);
  if (step === "pending") return keep;
  setPropagationFinalizers(scope, metadata, options);
  const pendingFinalizers = (metadata.finalizers?.length ?? 0) > 0;
  if (step === "graceful") {
    const waits = pendingFinalizers || Number(metadata.deletionGracePeriodSeconds) > 0;
    return { ...keep, over: !waits };
  }
  if (keepsNamespace(scope, object)) return keep;
  if (!pendingFinalizers) return { outcome: { delete: true }, over: false };
  markDeleting(scope, object);
  return keep;
}

/**
 * "now": nothing to wait for; "graceful": marked, with a new deadline; "pending": was marked, nothing changes.
 * Deadlines only ever move closer.
 */
function graceStep(scope: Scope, object: KubeObject, asked: number | undefined): "now" | "graceful" | "pending" {
  const strategy = strategyOf(scope);
  if (!strategy.graceful) return "now";
  const { metadata } = object;
  const now = scope.deps.sources.now();
  if (metadata.deletionTimestamp) {
    const left = Number(metadata.deletionGracePeriodSeconds ?? 0);
    if (left === 0) return "now";
    if (asked === undefined || asked >= left) return "pending";
    const deadline = Date.parse(metadata.deletionTimestamp) + (asked - left) * 1000;
    const late = deadline < now;
    metadata.deletionTimestamp = timestamp(late ? now : deadline);
    metadata.deletionGracePeriodSeconds = late && asked !== 0 ? 1 : asked;
    return "graceful";
  }
  const graceful = strategy.graceful(object, asked === undefined ? {} : { gracePeriodSeconds: asked });
  if (!graceful) return "now";
  metadata.deletionTimestamp = timestamp(now + goMilliseconds(graceful.gracePeriodSeconds));
  metadata.deletionGracePeriodSeconds = graceful.gracePeriodSeconds;
  countUp(object);
  return "graceful";
}

/** Seconds as Go's time.Duration holds them: in 64 bits of nanoseconds, which overflow. */
function goMilliseconds(seconds: number): number {
  return Number(BigInt.asIntN(64, BigInt(seconds) * 1_000_000_000n) / 1_000_000n);
}

/** Orphan and foreground deletion are finalizers that the garbage collector takes away. */
function setPropagationFinalizers(scope: Scope, metadata: KubeObject["metadata"], options: DeleteOptions): void {
  const had = metadata.finalizers ?? [];
  const kept = had.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  const orphan = decideOrphan(scope, had, options);
  const foreground = decideForeground(had, options);
  const finalizers = [...kept, ...(orphan ? [ORPHAN] : []), ...(foreground ? [FOREGROUND] : [])];
  const unchanged = finalizers.length === had.length && finalizers.every((finalizer) => had.includes(finalizer));
  if (unchanged) return;
  if (finalizers.length === 0) delete metadata.finalizers;
  else metadata.finalizers = finalizers;
}

// The option wins over the finalizer that is there, and that over the kind's default (registry/store.go).
function decideOrphan(scope: Scope, had: readonly string[], options: DeleteOptions): boolean {
  if (options.orphanDependents !== undefined) return options.orphanDependents;
  if (options.propagationPolicy !== undefined) return options.propagationPolicy === "Orphan";
  if (had.includes(ORPHAN)) return true;
  if (had.includes(FOREGROUND)) return false;
  return strategyOf(scope).defaultPropagation === "orphan";
}

function decideForeground(had: readonly string[], options: DeleteOptions): boolean {
  if (options.orphanDependents !== undefined) return false;
  if (options.propagationPolicy !== undefined) return options.propagationPolicy === "Foreground";
  return had.includes(FOREGROUND);
}

/** A namespace stays, Terminating, until its spec.finalizers are gone (registry/core/namespace/storage). */
function keepsNamespace(scope: Scope, object: KubeObject): boolean {
  if (!isNamespace(scope)) return false;
  const { metadata } = object;
  if (!metadata.deletionTimestamp) {
    metadata.deletionTimestamp = timestamp(scope.deps.sources.now());
    object.status = { ...(object.status as JsonObject | undefined), phase: "Terminating" };
  }
  return hasSpecFinalizers(object) || (metadata.finalizers?.length ?? 0) > 0;
}

function hasSpecFinalizers(object: KubeObject): boolean {
  const spec = (object.spec ?? {}) as { finalizers?: unknown[] };
  return (spec.finalizers?.length ?? 0) > 0;
}

function markDeleting(scope: Scope, object: KubeObject): void {
  const { metadata } = object;
  if (!metadata.deletionTimestamp) {
    metadata.deletionTimestamp = timestamp(scope.deps.sources.now());
    countUp(object);
  }
  metadata.deletionGracePeriodSeconds = 0;
}

/** Being deleted is a change of what is wanted, for kinds that count. */
function countUp(object: KubeObject): void {
  const { metadata } = object;
  if (metadata.generation) metadata.generation = increment(metadata.generation);
}

function isNamespace({ def: { gvr } }: Scope): boolean {
  return gvr.group === "" && gvr.resource === "namespaces";
}

function checkPreconditions(scope: Scope, stored: StoredObject, options: DeleteOptions): void {
  const { preconditionUid: uid, preconditionResourceVersion: version } = options;
  if (isNamespace(scope)) {
    checkNamespacePreconditions(scope, stored, options);
    return;
  }
  // Upstream names the kind where all other conflicts name the resource (rest.BeforeDelete).
  const kind = { group: scope.def.gvk.group, resource: scope.def.gvk.kind };
  if (uid !== undefined && uid !== stored.index.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${stored.index.uid}). The object might have been deleted and then recreated`;
    throw conflict(kind, scope.name, why);
  }
  if (version !== undefined && version !== String(stored.revision)) {
    const why = `the ResourceVersion in the precondition (${version}) does not match the ResourceVersion in record (${stored.revision}). The object might have been modified`;
    throw conflict(kind, scope.name, why);
  }
}

/** Namespaces are deleted by code of their own, with words of its own (registry/core/namespace/storage). */
function checkNamespacePreconditions(scope: Scope, stored: StoredObject, options: DeleteOptions): void {
  const refuse = (what: string, wanted: string, found: string) =>
    conflict(
      scope.def.gvr,
      scope.name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`,
    );
  const { preconditionUid: uid, preconditionResourceVersion: version } = options;
  const revision = String(stored.revision);
  if (uid !== undefined && uid !== stored.index.uid) throw refuse("UID", uid, stored.index.uid);
  if (version !== undefined && version !== revision) throw refuse("ResourceVersion", version, revision);
}

function detailsOf(scope: Scope, object: StoredObject): JsonObject {
  const { group, resource } = scope.def.gvr;
  return { name: scope.name, ...(group === "" ? {} : { group }), kind: resource, uid: object.index.uid };
}
