import { numberAt, objectAt, objectsAt, optionalNumberAt, optionalStringAt, stringAt } from "../../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { checkLabelKey, isLabelValue, isQualifiedName } from "../../../kube/names.js";
import { validateLabelSelector } from "../label-selectors.js";
import { validateTaintEffect } from "../taints.js";
import { checked, positive } from "../words.js";
import { validateLabelKeys } from "./affinity.js";

/** Which taints a pod bears; upstream: apis/core/validation (ValidateTolerations). */
export function validateTolerations(path: FieldPath, tolerations: readonly JsonObject[]): FieldError[] {
  return tolerations.flatMap((toleration, index) => {
    const at = path.index(index);
    const [key, operator] = [stringAt(toleration, "key"), stringAt(toleration, "operator")];
    const effect = stringAt(toleration, "effect");
    const errors = key === "" ? [] : checkLabelKey(key, at.child("key"));
    if (key === "" && operator !== "Exists") {
      const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalidValue(at.child("operator"), operator, why));
    }
    if (toleration.tolerationSeconds !== undefined && effect !== "NoExecute") {
      const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      errors.push(invalidValue(at.child("effect"), effect, why));
    }
    errors.push(...validateOperator(at.child("operator"), operator, stringAt(toleration, "value")));
    return [...errors, ...validateTaintEffect(at.child("effect"), effect, true)];
  });
}

function validateOperator(path: FieldPath, operator: string, value: string): FieldError[] {
  switch (operator) {
    case "":
    case "Equal": {
      const wrong = isLabelValue(value);
      return wrong.length > 0 ? [invalidValue(path, value, wrong.join(";"))] : [];
    }
    case "Exists":
      return value === "" ? [] : [invalidValue(path, value, "value must be empty when `operator` is 'Exists'")];
    default:
      return [notSupported(path, operator, ["Equal", "Exists"])];
  }
}

export function validateReadinessGates(path: FieldPath, gates: readonly JsonObject[]): FieldError[] {
  return gates.flatMap((gate, index) =>
    checked(path.index(index).child("conditionType"), stringAt(gate, "conditionType"), isQualifiedName),
  );
}

export function validateSchedulingGates(path: FieldPath, gates: readonly JsonObject[]): FieldError[] {
  const seen = new Set<string>();
  return gates.flatMap((gate, index) => {
    const name = stringAt(gate, "name");
    const errors = checked(path.index(index), name, isQualifiedName);
    if (seen.has(name)) errors.push(duplicate(path.index(index), name));
    seen.add(name);
    return errors;
  });
}

const ACTIONS = ["DoNotSchedule", "ScheduleAnyway"];
const POLICIES = ["Honor", "Ignore"];

/** How a pod's kind spreads; upstream: validateTopologySpreadConstraints. */
export function validateTopologySpread(path: FieldPath, constraints: readonly JsonObject[]): FieldError[] {
  const keyOf = (constraint: JsonObject): string =>
    `{${stringAt(constraint, "topologyKey")}, ${stringAt(constraint, "whenUnsatisfiable")}}`;
  return constraints.flatMap((constraint, index) => {
    const at = path.index(index);
    const action = stringAt(constraint, "whenUnsatisfiable");
    const errors = positive(at.child("maxSkew"), numberAt(constraint, "maxSkew"));
    if (stringAt(constraint, "topologyKey") === "") errors.push(required(at.child("topologyKey"), "can not be empty"));
    if (!ACTIONS.includes(action)) errors.push(notSupported(at.child("whenUnsatisfiable"), action, ACTIONS));
    const rest = constraints.slice(index + 1).map(keyOf);
    if (rest.includes(keyOf(constraint))) {
      errors.push(duplicate(at.child("{topologyKey, whenUnsatisfiable}"), keyOf(constraint)));
    }
    errors.push(...validateMinDomains(at.child("minDomains"), optionalNumberAt(constraint, "minDomains"), action));
    for (const field of ["nodeAffinityPolicy", "nodeTaintsPolicy"]) {
      const policy = optionalStringAt(constraint, field);
      if (policy !== undefined && !POLICIES.includes(policy))
        errors.push(notSupported(at.child(field), policy, POLICIES));
    }
    errors.push(...validateLabelKeys(at, constraint));
    return [...errors, ...validateLabelSelector(at.child("labelSelector"), objectAt(constraint, "labelSelector"))];
  });
}

function validateMinDomains(path: FieldPath, minDomains: number | undefined, action: string): FieldError[] {
  if (minDomains === undefined) return [];
  const errors = positive(path, minDomains);
  if (action !== "DoNotSchedule") {
    const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
    errors.push(invalidValue(path, minDomains, why));
  }
  return errors;
}

/** Tolerations may be added, and their seconds changed; upstream: validateOnlyAddedTolerations. */
export function validateAddedTolerations(path: FieldPath, spec: JsonObject, old: JsonObject): FieldError[] {
  const now = objectsAt(spec, "tolerations");
  const same = (a: JsonObject, b: JsonObject): boolean =>
    ["key", "operator", "value", "effect"].every((field) => stringAt(a, field) === stringAt(b, field));
  if (!objectsAt(old, "tolerations").every((before) => now.some((toleration) => same(before, toleration)))) {
    return [forbiddenField(path, "existing toleration can not be modified except its tolerationSeconds")];
  }
  return validateTolerations(path, now);
}

/** Gates only ever go. */
export function validateRemovedGates(path: FieldPath, spec: JsonObject, old: JsonObject): FieldError[] {
  const before = new Set(objectsAt(old, "schedulingGates").map((gate) => stringAt(gate, "name")));
  return objectsAt(spec, "schedulingGates").flatMap((gate, index) => {
    const name = stringAt(gate, "name");
    if (before.has(name)) return [];
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return [forbiddenField(path.index(index).child("name"), why)];
  });
}
