import { objectsAt, stringAt, stringMapAt } from "../../kube/access.js";
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { compareUtf8 } from "../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain, isQualifiedName } from "../../kube/names.js";
import { parseQuantity, type Quantity } from "../../kube/quantity.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta } from "./core-meta.js";
import { containerResourceName, resourceName } from "./pod/requirements.js";
import { isOvercommitAllowed } from "./resources.js";
import { checked } from "./words.js";

const LIMITS = FieldPath.of("spec", "limits");
const TYPES = ["Pod", "Container", "PersistentVolumeClaim"];

/** upstream: apis/core/validation (ValidateLimitRange). */
function validateLimitRange(range: KubeObject): FieldError[] {
  const errors = validateCoreMeta(range, true, isDns1123Subdomain);
  const limits = objectsAt(range, "spec", "limits");
  const types = limits.map((limit) => stringAt(limit, "type"));
  for (const [index, limit] of limits.entries()) {
    const at = LIMITS.index(index);
    const type = types[index]!;
    errors.push(...validateType(at.child("type"), type));
    if (types.indexOf(type) < index) errors.push(duplicate(at.child("type"), type));
    errors.push(...validateLimit(at, limit, type));
  }
  return errors;
}

function validateType(path: FieldPath, type: string): FieldError[] {
  const errors = checked(path, type, isQualifiedName);
  if (errors.length > 0 || type.includes("/") || TYPES.includes(type)) return errors;
  return [invalidValue(path, type, "must be a standard limit type or fully qualified")];
}

function validateLimit(path: FieldPath, limit: JsonObject, type: string): FieldError[] {
  const rule = type === "Pod" || type === "Container" ? containerResourceName : resourceName;
  const names = (field: string) => Object.keys(stringMapAt(limit, field)).sort(compareUtf8);
  const check = (field: string) => names(field).flatMap((name) => rule(path.child(field).key(name), name));
  const errors = [...check("max"), ...check("min")];
  const seen = new Set([...names("max"), ...names("min"), ...names("maxLimitRequestRatio")]);
  for (const field of ["default", "defaultRequest"]) {
    if (type !== "Pod") {
      errors.push(...check(field));
      for (const name of names(field)) seen.add(name);
    } else if (names(field).length > 0) {
      errors.push(forbiddenField(path.child(field), "may not be specified when `type` is 'Pod'"));
    }
  }
  if (type === "PersistentVolumeClaim" && ![...names("min"), ...names("max")].includes("storage")) {
    const why = "either minimum or maximum storage value is required, but neither was provided";
    errors.push(required(path.child("limits"), why));
  }
  errors.push(...check("maxLimitRequestRatio"));
  // Upstream goes through a map: its order is any order.
  for (const name of [...seen].sort(compareUtf8)) errors.push(...validateResource(path, limit, type, name));
  return errors;
}

function validateResource(path: FieldPath, limit: JsonObject, type: string, name: string): FieldError[] {
  const amount = (field: string): Quantity | undefined => {
    const text = stringMapAt(limit, field)[name];
    return text === undefined ? undefined : parseQuantity(text);
  };
  const [min, max, ratio] = [amount("min"), amount("max"), amount("maxLimitRequestRatio")];
  const own = type !== "Pod";
  const [standard, request] = [own ? amount("default") : undefined, own ? amount("defaultRequest") : undefined];
  const errors: FieldError[] = [];
  const refuse = (field: string, shown: Quantity, why: string): void => {
    errors.push(invalidValue(path.child(field).key(name), String(shown), why));
  };
  const greater = (a: Quantity | undefined, b: Quantity | undefined): boolean => !!a && !!b && a.compare(b) > 0;
  if (greater(min, max)) refuse("min", min!, `min value ${min} is greater than max value ${max}`);
  if (greater(min, request)) {
    refuse("defaultRequest", request!, `min value ${min} is greater than default request value ${request}`);
  }
  if (greater(request, max)) {
    refuse("defaultRequest", request!, `default request value ${request} is greater than max value ${max}`);
  }
  if (greater(request, standard)) {
    refuse(
      "defaultRequest",
      request!,
      `default request value ${request} is greater than default limit value ${standard}`,
    );
  }
  // In the next two, upstream shows the bound instead of the default.
  if (greater(min, standard)) refuse("default", min!, `min value ${min} is greater than default value ${standard}`);
  if (greater(standard, max)) refuse("default", max!, `default value ${standard} is greater than max value ${max}`);
  if (ratio) errors.push(...validateRatio(path.child("maxLimitRequestRatio").key(name), ratio, min, max));
  if (!isOvercommitAllowed(name) && standard && request && standard.compare(request) !== 0) {
    const why = `default value ${standard} must equal to defaultRequest value ${request} in ${name}`;
    refuse("defaultRequest", request, why);
  }
  return errors;
}

function validateRatio(path: FieldPath, ratio: Quantity, min?: Quantity, max?: Quantity): FieldError[] {
  const errors: FieldError[] = [];
  const value = Number(ratio.scaled(-3)) / 1000;
  if (value < 1) errors.push(invalidValue(path, String(ratio), `ratio ${ratio} is less than 1`));
  if (!min || !max) return errors;
  const bound = Number(max.scaled(-3)) / Number(min.scaled(-3));
  if (!(value > bound)) return errors;
  const shown = Number.isFinite(bound) ? bound.toFixed(6) : "-Inf";
  return [...errors, invalidValue(path, String(ratio), `ratio ${ratio} is greater than max/min = ${shown}`)];
}

/** An update is judged as if it were new, its metadata apart. */
export const limitRangeChecks: KindChecks = { validateCreate: validateLimitRange, validateUpdate: validateLimitRange };
