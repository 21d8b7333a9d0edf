import { stringAt } from "../../kube/access.js";
import { duplicate, type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { JsonObject } from "../../kube/json.js";
import { checkLabelKey, isLabelValue } from "../../kube/names.js";
import { goStruct } from "./words.js";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateTaintEffect(path: FieldPath, effect: string, allowEmpty: boolean): FieldError[] {
  if (effect === "" && allowEmpty) return [];
  if (effect === "") return [required(path)];
  return EFFECTS.includes(effect) ? [] : [notSupported(path, effect, EFFECTS)];
}

/** Taints of a node, each key once per effect; upstream: apis/core/validation (validateNodeTaints). */
export function validateTaints(path: FieldPath, taints: readonly JsonObject[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, taint] of taints.entries()) {
    const at = path.index(index);
    const [key, value, effect] = [stringAt(taint, "key"), stringAt(taint, "value"), stringAt(taint, "effect")];
    errors.push(...checkLabelKey(key, at.child("key")));
    const wrong = isLabelValue(value);
    if (wrong.length > 0) errors.push(invalidValue(at.child("value"), value, wrong.join(";")));
    errors.push(...validateTaintEffect(at.child("effect"), effect, false));
    const pair = `${effect} ${key}`;
    if (seen.has(pair)) {
      const shown = goStruct({ Key: key, Value: value, Effect: effect, TimeAdded: taint.timeAdded ?? null });
      errors.push({ ...duplicate(at, shown), detail: "taints must be unique by key and effect pair" });
    }
    seen.add(pair);
  }
  return errors;
}
