import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { Json } from "../../kube/json.js";
import { checked, isPercent, notNegative } from "./words.js";

/** A number or a percentage; upstream: apis/apps/validation (ValidatePositiveIntOrPercent). */
export function intOrPercent(path: FieldPath, value: Json | undefined): FieldError[] {
  return typeof value === "string" ? checked(path, value, isPercent) : notNegative(path, Number(value ?? 0));
}

export function atMostHundredPercent(path: FieldPath, value: Json | undefined): FieldError[] {
  if (typeof value !== "string" || isPercent(value).length > 0 || Number.parseInt(value, 10) <= 100) return [];
  return [invalidValue(path, value, "must not be greater than 100%")];
}

export function amountOf(value: Json | undefined): number {
  return typeof value === "string" ? Number.parseInt(value, 10) || 0 : Number(value ?? 0);
}
