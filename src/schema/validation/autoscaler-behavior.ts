import { numberAt, objectAt, objectsAt, optionalNumberAt, optionalStringAt, stringAt } from "../../kube/access.js";
import { type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { JsonObject } from "../../kube/json.js";
import { parseQuantity } from "../../kube/quantity.js";
import { NOT_NEGATIVE, positive } from "./words.js";

/** How fast an autoscaler may go; upstream: apis/autoscaling/validation (validateScalingRules and below). */

const MAX_WINDOW_S = 3600;
const MAX_PERIOD_S = 1800;
const SELECTIONS = ["Disabled", "Max", "Min"];
const POLICIES = ["Percent", "Pods"];

export function validateBehavior(path: FieldPath, behavior: JsonObject | undefined): FieldError[] {
  return ["scaleUp", "scaleDown"].flatMap((direction) => {
    const rules = objectAt(behavior, direction);
    return rules ? validateRules(path.child(direction), rules) : [];
  });
}

function validateRules(path: FieldPath, rules: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const window = optionalNumberAt(rules, "stabilizationWindowSeconds");
  const at = path.child("stabilizationWindowSeconds");
  if (window !== undefined && window < 0) {
    errors.push(invalidValue(at, window, "must be greater than or equal to zero"));
  }
  if (window !== undefined && window > MAX_WINDOW_S) {
    errors.push(invalidValue(at, window, `must be less than or equal to ${MAX_WINDOW_S}`));
  }
  const selection = optionalStringAt(rules, "selectPolicy");
  if (selection !== undefined && !SELECTIONS.includes(selection)) {
    errors.push(notSupported(path.child("selectPolicy"), selection, SELECTIONS));
  }
  const policies = objectsAt(rules, "policies");
  const policiesAt = path.child("policies");
  if (policies.length === 0) errors.push(required(policiesAt, "must specify at least one Policy"));
  errors.push(...policies.flatMap((policy, index) => validatePolicy(policiesAt.index(index), policy)));
  const tolerance = optionalStringAt(rules, "tolerance");
  if (tolerance === undefined || parseQuantity(tolerance).unscaled >= 0n) return errors;
  return [...errors, invalidValue(path.child("tolerance"), tolerance, NOT_NEGATIVE)];
}

function validatePolicy(path: FieldPath, policy: JsonObject): FieldError[] {
  const type = stringAt(policy, "type");
  const period = numberAt(policy, "periodSeconds");
  const at = path.child("periodSeconds");
  return [
    ...(POLICIES.includes(type) ? [] : [notSupported(path.child("type"), type, POLICIES)]),
    ...positive(path.child("value"), numberAt(policy, "value")),
    ...positive(at, period),
    ...(period > MAX_PERIOD_S ? [invalidValue(at, period, `must be less than or equal to ${MAX_PERIOD_S}`)] : []),
  ];
}
