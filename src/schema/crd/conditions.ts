import { ensureObject, objectsAt, stringAt } from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";

export interface Condition {
  readonly type: "NamesAccepted" | "Established" | "Terminating" | "NonStructuralSchema" | string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export function conditionOf(crd: KubeObject, type: string): JsonObject | undefined {
  return objectsAt(crd, "status", "conditions").find((condition) => condition.type === type);
}

export function isTrue(crd: KubeObject, type: string): boolean {
  return conditionOf(crd, type)?.status === "True";
}

/** Adds a condition at the end, or changes it where it stands; its time moves when its status does. */
export function setCondition(crd: KubeObject, condition: Condition, now: number): void {
  const status = ensureObject(crd, "status");
  const conditions = objectsAt(crd, "status", "conditions");
  const { type, reason, message } = condition;
  const index = conditions.findIndex((each) => each.type === type);
  const old = conditions[index];
  const keeps = old?.status === condition.status && old.lastTransitionTime !== undefined;
  const lastTransitionTime = keeps ? old.lastTransitionTime : timestamp(now);
  const next: JsonObject = { type, status: condition.status, lastTransitionTime, reason, message };
  status.conditions = old
    ? conditions.map((each, at) => (at === index ? { ...each, ...next } : each))
    : [...conditions, next];
}

export function sameCondition(condition: Condition, found: JsonObject | undefined): boolean {
  if (!found) return false;
  return (["type", "status", "reason", "message"] as const).every((name) => stringAt(found, name) === condition[name]);
}
