import {
  assign,
  ensureList,
  ensureObject,
  listAt,
  objectAt,
  objectsAt,
  optionalNumberAt,
  stringAt,
} from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { APPARMOR, appArmorProfileOf } from "./app-armor.js";
import { containersOf, dropDisabledPodSpec } from "./disabled-fields.js";
import { sameField, semanticEqual } from "./equality.js";
import { bumpGeneration } from "./generation.js";
import { NOTHING, resetMetadata } from "./generic.js";
import { podQosClass } from "./pod-qos.js";
import type { GracefulOptions, StrategyContext, UpdateStrategy } from "./strategy.js";

/** A pod starts Pending, with its QoS class; upstream: registry/core/pod/strategy.go. */
export function startPod(pod: KubeObject, ctx: StrategyContext): void {
  const spec = ensureObject(pod, "spec");
  // Upstream takes a client's word for it.
  pod.status = { phase: "Pending", qosClass: stringAt(pod, "status", "qosClass") || podQosClass(pod) };
  dropDisabledPodSpec(spec, undefined);
  if (objectsAt(spec, "schedulingGates").length > 0) addGatedCondition(pod, ctx);
  const labels = pod.metadata.labels ?? {};
  for (const term of affinityTerms(spec)) {
    addLabelKeys(term, "matchLabelKeys", "In", labels);
    addLabelKeys(term, "mismatchLabelKeys", "NotIn", labels);
  }
  for (const constraint of objectsAt(spec, "topologySpreadConstraints")) {
    addLabelKeys(constraint, "matchLabelKeys", "In", labels);
  }
  adoptAppArmor(pod, ctx);
}

/** The annotations of old clients become fields; upstream: applyAppArmorVersionSkew. */
function adoptAppArmor(pod: KubeObject, ctx: StrategyContext): void {
  const spec = ensureObject(pod, "spec");
  if (stringAt(spec, "os", "name") === "windows") return;
  for (const container of containersOf(spec)) {
    const key = APPARMOR + stringAt(container, "name");
    const annotation = pod.metadata.annotations?.[key];
    if (annotation === undefined || objectAt(container, "securityContext", "appArmorProfile")) continue;
    const profile = appArmorProfileOf(annotation);
    if (profile && semanticEqual(profile, objectAt(spec, "securityContext", "appArmorProfile"))) continue;
    if (profile) ensureObject(container, "securityContext").appArmorProfile = profile;
    ctx.warn(`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
}

function addGatedCondition(pod: KubeObject, ctx: StrategyContext): void {
  ensureList(ensureObject(pod, "status"), "conditions").push({
    type: "PodScheduled",
    status: "False",
    lastTransitionTime: timestamp(ctx.now),
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
  });
}

function affinityTerms(spec: JsonObject): JsonObject[] {
  return ["podAffinity", "podAntiAffinity"].flatMap((name) => {
    const affinity = objectAt(spec, "affinity", name);
    const preferred = objectsAt(affinity, "preferredDuringSchedulingIgnoredDuringExecution");
    return [
      ...preferred.map((term) => ensureObject(term, "podAffinityTerm")),
      ...objectsAt(affinity, "requiredDuringSchedulingIgnoredDuringExecution"),
    ];
  });
}

/** matchLabelKeys are resolved once, into the selector. A term without a selector matches nothing and stays so. */
function addLabelKeys(term: JsonObject, from: string, operator: string, labels: Record<string, string>): void {
  const selector = objectAt(term, "labelSelector");
  if (!selector) return;
  for (const key of listAt(term, from)) {
    if (typeof key !== "string" || !Object.hasOwn(labels, key)) continue;
    ensureList(selector, "matchExpressions").push({ key, operator, values: [labels[key]!] });
  }
}

export function dropFromPod(pod: KubeObject, old: KubeObject): void {
  dropDisabledPodSpec(ensureObject(pod, "spec"), objectAt(old, "spec"));
}

/** /status keeps owners and the QoS class, and what it doesn't tell about observed generations. */
export function keepPodStatus(pod: KubeObject, old: KubeObject): void {
  resetMetadata(pod, old, ["deletionTimestamp", "ownerReferences"]);
  const status = ensureObject(pod, "status");
  const before = objectAt(old, "status") ?? {};
  if (stringAt(status, "qosClass") === "") assign(status, "qosClass", before.qosClass);
  if (!status.observedGeneration) assign(status, "observedGeneration", before.observedGeneration);
  keepConditionGenerations(status, before);
  for (const list of ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]) {
    for (const container of objectsAt(status, list)) delete container.allocatedResourcesStatus;
  }
  if (before.extendedResourceClaimStatus === undefined) delete status.extendedResourceClaimStatus;
}

function keepConditionGenerations(status: JsonObject, before: JsonObject): void {
  const left = objectsAt(before, "conditions");
  for (const condition of objectsAt(status, "conditions")) {
    const index = left.findIndex((other) => other.type === condition.type);
    const same = index < 0 ? undefined : left.splice(index, 1)[0];
    if (!condition.observedGeneration) assign(condition, "observedGeneration", same?.observedGeneration);
  }
}

/** Puts back all of the pod but what `kept` picks, then counts the generation. */
function partialUpdate(kept: (pod: KubeObject, old: KubeObject) => JsonObject): UpdateStrategy {
  return {
    prepareForUpdate(pod, old) {
      const changed = kept(pod, old);
      pod.spec = { ...(objectAt(old, "spec") ?? {}), ...changed };
      assign(pod, "status", old.status);
      resetMetadata(pod, old);
      dropFromPod(pod, old);
      if (!sameField(pod, old, "spec")) bumpGeneration(pod, old);
    },
    validateUpdate: NOTHING,
  };
}

export const ephemeralContainers = partialUpdate((pod) => ({
  ephemeralContainers: listAt(pod, "spec", "ephemeralContainers"),
}));

const RESIZED = ["containers", "initContainers"];

const resizeContainers = partialUpdate((pod, old) => {
  const kept: JsonObject = {};
  for (const list of RESIZED) {
    const containers = objectsAt(pod, "spec", list);
    if (containers.length > 0) kept[list] = resizedContainers(containers, objectsAt(old, "spec", list));
  }
  return kept;
});

/** /resize changes resources and resizePolicy of containers that exist; anything else is left to validation. */
export const resize: UpdateStrategy = {
  prepareForUpdate(pod, old, ctx) {
    const count = (object: KubeObject, list: string): number => listAt(object, "spec", list).length;
    if (RESIZED.every((list) => count(pod, list) === count(old, list))) {
      return resizeContainers.prepareForUpdate(pod, old, ctx);
    }
    dropFromPod(pod, old);
    if (!sameField(pod, old, "spec")) bumpGeneration(pod, old);
  },
  validateUpdate: NOTHING,
};

function resizedContainers(containers: JsonObject[], old: JsonObject[]): JsonObject[] {
  if (containers.some((container, index) => container.name !== old[index]?.name)) return containers;
  return containers.map((container, index) => {
    const merged = { ...old[index]! };
    assign(merged, "resources", container.resources);
    assign(merged, "resizePolicy", container.resizePolicy);
    return merged;
  });
}

/** Unscheduled and finished pods go at once; a negative period means one second. */
export function gracefulPod(pod: KubeObject, options: GracefulOptions): { gracePeriodSeconds: number } {
  const asked = options.gracePeriodSeconds ?? optionalNumberAt(pod, "spec", "terminationGracePeriodSeconds") ?? 0;
  const phase = stringAt(pod, "status", "phase");
  if (stringAt(pod, "spec", "nodeName") === "" || phase === "Failed" || phase === "Succeeded") {
    return { gracePeriodSeconds: 0 };
  }
  return { gracePeriodSeconds: asked < 0 ? 1 : asked };
}
