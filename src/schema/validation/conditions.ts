import { numberAt, objectsAt, stringAt } from "../../kube/access.js";
import { duplicate, type FieldError, invalidValue, notSupported, required, tooLong } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { JsonObject } from "../../kube/json.js";
import { checkLabelKey, type NameCheck, regexReason } from "../../kube/names.js";
import { checked } from "./words.js";

const STATES = ["False", "True", "Unknown"];
const MAX_REASON = 1024;
const MAX_MESSAGE = 32 * 1024;
const REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const reasonPattern = new RegExp(`^${REASON}$`);
const REASON_RULE =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric " +
  "characters or '_,:', and must end with an alphanumeric character or '_'";

const isReason: NameCheck = (value) =>
  reasonPattern.test(value)
    ? []
    : [regexReason(REASON_RULE, REASON, "my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB")];

/** metav1.Conditions under `status`; upstream: apimachinery/pkg/apis/meta/v1/validation (ValidateConditions). */
export function validateStatusConditions(path: FieldPath, object: JsonObject): FieldError[] {
  return validateConditions(path, objectsAt(object, "status", "conditions"));
}

export function validateConditions(path: FieldPath, conditions: readonly JsonObject[]): FieldError[] {
  const types = conditions.map((condition) => stringAt(condition, "type"));
  return conditions.flatMap((condition, index) => {
    const at = path.index(index);
    const again = types.indexOf(types[index]!) < index ? [duplicate(at.child("type"), types[index]!)] : [];
    return [...again, ...validateCondition(at, condition)];
  });
}

function validateCondition(path: FieldPath, condition: JsonObject): FieldError[] {
  const errors = checkLabelKey(stringAt(condition, "type"), path.child("type"));
  const [state, reason] = [stringAt(condition, "status"), stringAt(condition, "reason")];
  if (!STATES.includes(state)) errors.push(notSupported(path.child("status"), state, STATES));
  const generation = numberAt(condition, "observedGeneration");
  if (generation < 0) {
    const why = "must be greater than or equal to zero";
    errors.push(invalidValue(path.child("observedGeneration"), generation, why));
  }
  if (!condition.lastTransitionTime) errors.push(required(path.child("lastTransitionTime")));
  if (reason === "") errors.push(required(path.child("reason")));
  else errors.push(...checked(path.child("reason"), reason, isReason));
  if (Buffer.byteLength(reason) > MAX_REASON) errors.push(tooLong(path.child("reason"), MAX_REASON));
  const tooMuch = Buffer.byteLength(stringAt(condition, "message")) > MAX_MESSAGE;
  return tooMuch ? [...errors, tooLong(path.child("message"), MAX_MESSAGE)] : errors;
}
