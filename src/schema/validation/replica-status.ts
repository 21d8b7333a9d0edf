import { numberAt, objectAt, optionalNumberAt } from "../../kube/access.js";
import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { KubeObject } from "../../kube/json.js";
import { validateCoreMetaUpdate } from "./core-meta.js";
import { notNegative } from "./words.js";

const STATUS = FieldPath.of("status");

export interface CountRules {
  /** Counters that are never negative, in upstream's order. */
  readonly counters: readonly string[];
  /** Counters that are at most status.replicas. */
  readonly within?: readonly string[];
  /** What availableReplicas may not exceed, as the message calls it. */
  readonly available?: string;
}

/** A workload's numbers of pods; upstream: apis/apps/validation (Validate…StatusUpdate). */
export function countChecks(rules: CountRules): (object: KubeObject, old: KubeObject) => FieldError[] {
  return (object, old) => [
    ...validateCoreMetaUpdate(object, old),
    ...validateCounts(object, rules),
    ...validateCollisions(object, old),
  ];
}

function validateCounts(object: KubeObject, rules: CountRules): FieldError[] {
  const status = objectAt(object, "status") ?? {};
  const errors = rules.counters.flatMap((field) => notNegative(STATUS.child(field), optionalNumberAt(status, field)));
  const total = numberAt(status, "replicas");
  for (const field of rules.within ?? []) {
    const value = numberAt(status, field);
    if (value > total) errors.push(invalidValue(STATUS.child(field), value, "cannot be greater than status.replicas"));
  }
  const available = numberAt(status, "availableReplicas");
  if (rules.available && available > numberAt(status, "readyReplicas")) {
    errors.push(
      invalidValue(STATUS.child("availableReplicas"), available, `cannot be greater than ${rules.available}`),
    );
  }
  return errors;
}

function validateCollisions(object: KubeObject, old: KubeObject): FieldError[] {
  const before = optionalNumberAt(old, "status", "collisionCount");
  const now = numberAt(object, "status", "collisionCount");
  if (before === undefined || now >= before) return [];
  return [invalidValue(STATUS.child("collisionCount"), now, "cannot be decremented")];
}
