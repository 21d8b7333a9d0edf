import { listAt, objectsAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, required } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { JsonObject } from "../../kube/json.js";
import { checkLabelKey, checkLabels, isLabelValue } from "../../kube/names.js";
import { checked } from "./words.js";

/** A metav1.LabelSelector; upstream: apimachinery/pkg/apis/meta/v1/validation. */
export function validateLabelSelector(path: FieldPath, selector: JsonObject | undefined): FieldError[] {
  if (!selector) return [];
  const errors = checkLabels(stringMapAt(selector, "matchLabels"), path.child("matchLabels"));
  for (const [index, expression] of objectsAt(selector, "matchExpressions").entries()) {
    errors.push(...validateRequirement(path.child("matchExpressions").index(index), expression));
  }
  return errors;
}

function validateRequirement(path: FieldPath, expression: JsonObject): FieldError[] {
  const operator = stringAt(expression, "operator");
  return [
    ...validateOperator(path, operator, listAt(expression, "values").length, false),
    ...checkLabelKey(stringAt(expression, "key"), path.child("key")),
    ...validateValues(path.child("values"), stringsAt(expression, "values")),
  ];
}

/** How many values an operator takes; only node selectors compare numbers. */
export function validateOperator(path: FieldPath, operator: string, count: number, numeric: boolean): FieldError[] {
  const at = path.child("values");
  switch (operator) {
    case "In":
    case "NotIn":
      return count > 0 ? [] : [required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      if (count === 0) return [];
      return [forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
  }
  if (!numeric || !["Gt", "Lt"].includes(operator)) {
    return [invalidValue(path.child("operator"), operator, "not a valid selector operator")];
  }
  return count === 1 ? [] : [required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
}

export function validateValues(path: FieldPath, values: readonly string[]): FieldError[] {
  return values.flatMap((value, index) => checked(path.index(index), value, isLabelValue));
}
