import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";

/** File paths inside volumes; upstream: apis/core/validation (ValidateLocalNonReservedPath and below). */
export function noBacksteps(path: FieldPath, value: string): FieldError[] {
  return value.split("/").includes("..") ? [invalidValue(path, value, "must not contain '..'")] : [];
}

export function descendingPath(path: FieldPath, value: string): FieldError[] {
  const absolute = value.startsWith("/") ? [invalidValue(path, value, "must be a relative path")] : [];
  return [...absolute, ...noBacksteps(path, value)];
}

export function nonReservedPath(path: FieldPath, value: string): FieldError[] {
  const errors = descendingPath(path, value);
  if (value.startsWith("..") && !value.startsWith("../")) {
    errors.push(invalidValue(path, value, "must not start with '..'"));
  }
  return errors;
}

export function fileMode(path: FieldPath, value: number | undefined): FieldError[] {
  if (value === undefined || (value >= 0 && value <= 0o777)) return [];
  return [invalidValue(path, value, "must be a number between 0 and 0777 (octal), both inclusive")];
}
