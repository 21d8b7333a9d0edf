import { numberAt, objectAt, objectsAt, stringAt } from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import { badRequest, forbidden, internalError } from "../../kube/errors.js";
import type { Answer } from "../../kube/handler.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { cloneJson } from "../../kube/json-access.js";
import { labelSelectorOf } from "../../kube/label-selector.js";
import { ApiError } from "../../kube/status.js";
import { answerSuccess } from "../answers.js";
import { decodeVersioned } from "../decode.js";
import { deleteObject } from "../delete.js";
import { readOne } from "../get.js";
import { guaranteedUpdate } from "../guaranteed-update.js";
import { SERVER_MANAGER, trackAs } from "../managed-fields.js";
import { readStored } from "../objects.js";
import { deleteOptions, writeOptions } from "../options.js";
import { representation } from "../representation.js";
import { collectionPrefix, type Scope, storageOf } from "../scope.js";

const VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget.";
/** More evictions than this that a budget's controller has not seen are too many (core/pod/storage/eviction.go). */
const MAX_DISRUPTED_PODS = 2000;

/** POST pods/<name>/eviction: a delete that asks the pod's disruption budget first. */
export async function evict(scope: Scope): Promise<Answer> {
  const wanted = representation(scope);
  const write = writeOptions(scope.request.query, "CreateOptions");
  const { object: eviction } = decodeVersioned(scope, write);
  if ((eviction.metadata.name ?? "") !== scope.name) {
    throw badRequest("name in URL does not match name in Eviction object");
  }
  const parsed = deleteOptions(new URLSearchParams(), objectAt(eviction, "deleteOptions") ?? {});
  const options = { ...parsed, dryRun: parsed.dryRun || write.dryRun };
  const pods = { ...scope, subresource: undefined };
  const pod = readStored(readOne(pods), storageOf(scope));
  if (!isDisruptable(pod)) await takeFromBudget(scope, pod, options.dryRun);
  await markDisrupted(pods, options.dryRun);
  await deleteObject(pods, options);
  return answerSuccess(scope, 201, { code: 201 }, wanted);
}

/** Pods that no budget protects: over, not yet begun, or going already. */
function isDisruptable(pod: KubeObject): boolean {
  const phase = stringAt(pod, "status", "phase");
  return ["Succeeded", "Failed", "Pending"].includes(phase) || pod.metadata.deletionTimestamp !== undefined;
}

async function takeFromBudget(scope: Scope, pod: KubeObject, dryRun: boolean): Promise<void> {
  const def = scope.deps.registry.lookup("policy", "v1", "poddisruptionbudgets")!;
  const budgets: KubeObject[] = [];
  for (const stored of scope.deps.store().snapshot()!.range(collectionPrefix(def, scope.namespace))) {
    const budget = readStored(stored, def.storage!);
    const selector = objectAt(budget, "spec", "selector");
    if (selector && labelSelectorOf(selector).matches(pod.metadata.labels)) budgets.push(budget);
  }
  if (budgets.length > 1) {
    const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new ApiError({ code: 500, reason: "", message });
  }
  const [budget] = budgets;
  if (!budget || mayGoUnhealthy(budget, pod)) return;
  const at = { ...scope, def, subresource: undefined, name: budget.metadata.name! };
  await guaranteedUpdate(at, dryRun, (current) => {
    const next = cloneJson(current);
    decrement(next, scope.name, timestamp(scope.deps.sources.now()));
    trackAs(SERVER_MANAGER, { ...at, subresource: def.subresources.get("status") }, next, current);
    return { next };
  });
}

/** A pod that is not ready may go where its budget says so, or is met without it. */
function mayGoUnhealthy(budget: KubeObject, pod: KubeObject): boolean {
  const ready = objectsAt(pod, "status", "conditions").some(
    ({ type, status }) => type === "Ready" && status === "True",
  );
  if (ready) return false;
  if (stringAt(budget, "spec", "unhealthyPodEvictionPolicy") === "AlwaysAllow") return true;
  const desired = numberAt(budget, "status", "desiredHealthy");
  return numberAt(budget, "status", "currentHealthy") >= desired && desired > 0;
}

/** @throws ApiError 429 where the budget allows no disruption now */
function decrement(budget: KubeObject, pod: string, now: string): void {
  const name = budget.metadata.name!;
  const status = objectAt(budget, "status") ?? {};
  if (numberAt(status, "observedGeneration") < Number(budget.metadata.generation ?? 0)) {
    throw violation(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  const gr = { group: "policy", resource: "poddisruptionbudget" };
  const allowed = numberAt(status, "disruptionsAllowed");
  if (allowed < 0) throw forbidden(gr, name, "pdb disruptions allowed is negative");
  const disrupted = objectAt(status, "disruptedPods") ?? {};
  if (Object.keys(disrupted).length > MAX_DISRUPTED_PODS) {
    const why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
    throw forbidden(gr, name, why);
  }
  if (allowed === 0) {
    const [needs, has] = [numberAt(status, "desiredHealthy"), numberAt(status, "currentHealthy")];
    throw violation(`The disruption budget ${name} needs ${needs} healthy pods and has ${has} currently`, 0);
  }
  status.disruptionsAllowed = allowed - 1;
  status.disruptedPods = { ...disrupted, [pod]: now };
  if (allowed === 1) setInsufficient(budget, status, now);
  budget.status = status;
}

function setInsufficient(budget: KubeObject, status: JsonObject, now: string): void {
  const conditions = objectsAt(status, "conditions");
  const before = conditions.find(({ type }) => type === "DisruptionAllowed");
  const condition: JsonObject = {
    type: "DisruptionAllowed",
    status: "False",
    observedGeneration: Number(budget.metadata.generation ?? 0),
    lastTransitionTime: before?.status === "False" ? before.lastTransitionTime : now,
    reason: "InsufficientPods",
    message: "",
  };
  status.conditions = [...conditions.filter((entry) => entry !== before), condition];
}

function violation(cause: string, retryAfterSeconds: number): ApiError {
  const details = {
    causes: [{ reason: "DisruptionBudget", message: cause }],
    ...(retryAfterSeconds && { retryAfterSeconds }),
  };
  const headers = retryAfterSeconds > 0 ? { "Retry-After": String(retryAfterSeconds) } : undefined;
  return new ApiError({ code: 429, reason: "TooManyRequests", message: VIOLATION, details }, headers);
}

/** The evicted pod says why it goes (PodDisruptionConditions). */
async function markDisrupted(pods: Scope, dryRun: boolean): Promise<void> {
  if (dryRun) return;
  const now = timestamp(pods.deps.sources.now());
  await guaranteedUpdate(pods, dryRun, (pod) => {
    const status = objectAt(pod, "status");
    if (!status) throw internalError("pod has no status");
    const conditions = objectsAt(status, "conditions").filter(({ type }) => type !== "DisruptionTarget");
    conditions.push({
      type: "DisruptionTarget",
      status: "True",
      lastTransitionTime: now,
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
    });
    status.conditions = conditions;
    return { next: pod };
  });
}
