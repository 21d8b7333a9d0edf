import { numberAt, objectAt, objectsAt, optionalNumberAt, stringAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import { validateBehavior } from "./autoscaler-behavior.js";
import { validateMetric } from "./autoscaler-metrics.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { requiredSegment } from "./domain-names.js";
import { notNegative } from "./words.js";

const SPEC = FieldPath.of("spec");

/** Which apiVersions a reference may carry. */
type Leniency = "strict" | "any group" | "anything";

/** upstream: apis/autoscaling/validation, registry/autoscaling/horizontalpodautoscaler/strategy.go. */
function validateSpec(autoscaler: KubeObject, old?: KubeObject): FieldError[] {
  const spec = objectAt(autoscaler, "spec");
  const [min, max] = [optionalNumberAt(spec, "minReplicas"), numberAt(spec, "maxReplicas")];
  const lowest = optionalNumberAt(old, "spec", "minReplicas") === 0 ? 0 : 1;
  const errors: FieldError[] = [];
  if (min !== undefined && min < lowest) {
    errors.push(invalidValue(SPEC.child("minReplicas"), min, `must be greater than or equal to ${lowest}`));
  }
  if (max < 1) errors.push(invalidValue(SPEC.child("maxReplicas"), max, "must be greater than 0"));
  if (min !== undefined && max < min) {
    errors.push(invalidValue(SPEC.child("maxReplicas"), max, "must be greater than or equal to `minReplicas`"));
  }
  const target = objectAt(spec, "scaleTargetRef");
  const before = objectAt(old, "spec", "scaleTargetRef");
  const kept = ["apiVersion", "kind"].every((field) => stringAt(before, field) === stringAt(target, field));
  // Of the core group, only replication controllers can be scaled.
  const leniency = stringAt(target, "kind") === "ReplicationController" ? "any group" : "strict";
  errors.push(...validateReference(SPEC.child("scaleTargetRef"), target, old && kept ? "anything" : leniency));
  const metrics = objectsAt(spec, "metrics");
  const lenient = objectsAt(old, "spec", "metrics").some((metric) => {
    const described = objectAt(metric, "object", "describedObject");
    return described !== undefined && versionProblem(described, true) !== undefined;
  });
  for (const [index, metric] of metrics.entries()) {
    const at = SPEC.child("metrics").index(index);
    const reference = (path: FieldPath, described: JsonObject | undefined): FieldError[] =>
      validateReference(path, described, lenient ? "anything" : "any group");
    errors.push(...validateMetric(at, metric, reference));
  }
  const types = metrics.map((metric) => stringAt(metric, "type"));
  if (min === 0 && !types.includes("Object") && !types.includes("External")) {
    const why = "must specify at least one Object or External metric to support scaling to zero replicas";
    errors.push(forbiddenField(SPEC.child("metrics"), why));
  }
  return [...errors, ...validateBehavior(SPEC.child("behavior"), objectAt(spec, "behavior"))];
}

function validateReference(path: FieldPath, target: JsonObject | undefined, leniency: Leniency): FieldError[] {
  const errors = ["kind", "name"].flatMap((field) => requiredSegment(path.child(field), stringAt(target, field)));
  if (leniency === "anything") return errors;
  const why = versionProblem(target, leniency === "any group");
  return why === undefined
    ? errors
    : [...errors, invalidValue(path.child("apiVersion"), stringAt(target, "apiVersion"), why)];
}

function versionProblem(reference: JsonObject | undefined, anyGroup = false): string | undefined {
  const version = stringAt(reference, "apiVersion");
  const parts = version.split("/");
  if (parts.length > 2) return `unexpected GroupVersion string: ${version}`;
  const core = parts.length === 1 || parts[0] === "";
  return core && !anyGroup ? "apiVersion must specify API group" : undefined;
}

export const autoscalerChecks: KindChecks = {
  validateCreate: (autoscaler) => [
    ...validateCoreMeta(autoscaler, true, isDns1123Subdomain),
    ...validateSpec(autoscaler),
  ],
  validateUpdate: (autoscaler, old) => [...validateCoreMetaUpdate(autoscaler, old), ...validateSpec(autoscaler, old)],
  subresources: {
    status: {
      validateUpdate: (autoscaler, old) => [
        ...validateCoreMetaUpdate(autoscaler, old),
        ...["currentReplicas", "desiredReplicas"].flatMap((field) =>
          notNegative(FieldPath.of("status", field), optionalNumberAt(autoscaler, "status", field)),
        ),
      ],
    },
  },
};
