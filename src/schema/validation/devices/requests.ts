import { numberAt, objectAt, objectsAt, optionalStringAt, stringAt, stringsAt } from "../../../kube/access.js";
import { type FieldError, invalidValue, notSupported, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { checkLabelKey, isDns1123Label, isDns1123Subdomain, isLabelValue } from "../../../kube/names.js";
import { checked } from "../words.js";
import { validateSelectors } from "./selectors.js";
import { attributeNameWithDomain, driverName, each, ownParameters, repeated } from "./words.js";

const MAX_REQUESTS = 32;
const MAX_ALTERNATIVES = 8;
const MAX_CONSTRAINTS = 32;
export const MAX_CONFIGS = 32;
const MAX_PARAMETERS = 10 * 1024;
const MODES = ["All", "ExactCount"];
const OPERATORS = ["Equal", "Exists"];
export const EFFECTS = ["NoExecute", "NoSchedule"];
const ONE_OF = "exactly one of `exactly` or `firstAvailable` is required";
const NO_REQUEST =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** Names of requests, and of their alternatives after a slash. */
export type RequestNames = ReadonlySet<string>;

export function requestNames(devices: JsonObject | undefined): RequestNames {
  return new Set(
    objectsAt(devices, "requests").flatMap((request) => {
      const name = stringAt(request, "name");
      return [name, ...objectsAt(request, "firstAvailable").map((one) => `${name}/${stringAt(one, "name")}`)];
    }),
  );
}

/** The devices of a claim's spec; upstream: validateDeviceClaim. */
export function validateDevices(path: FieldPath, devices: JsonObject | undefined, stored: boolean): FieldError[] {
  const names = requestNames(devices);
  const requests = objectsAt(devices, "requests");
  const at = path.child("requests");
  return [
    ...each(at, requests, MAX_REQUESTS, validateRequest),
    ...repeated(at, namesOf(requests), "name"),
    ...each(path.child("constraints"), objectsAt(devices, "constraints"), MAX_CONSTRAINTS, (where, constraint) =>
      validateConstraint(where, constraint, names),
    ),
    ...each(path.child("config"), objectsAt(devices, "config"), MAX_CONFIGS, (where, config) => [
      ...validateReferences(where.child("requests"), stringsAt(config, "requests"), names),
      ...validateConfig(where, config, stored),
    ]),
  ];
}

const namesOf = (items: readonly JsonObject[]) => items.map((item) => stringAt(item, "name"));

function validateRequest(path: FieldPath, request: JsonObject): FieldError[] {
  const errors = checked(path.child("name"), stringAt(request, "name"), isDns1123Label);
  const alternatives = objectsAt(request, "firstAvailable");
  const exactly = objectAt(request, "exactly");
  if (alternatives.length > 0) {
    const at = path.child("firstAvailable");
    errors.push(...each(at, alternatives, MAX_ALTERNATIVES, validateAlternative));
    errors.push(...repeated(at, namesOf(alternatives), "name"));
  }
  if (exactly) errors.push(...validateWish(path.child("exactly"), exactly));
  if (alternatives.length === 0 && !exactly) errors.push(required(path, ONE_OF));
  else if (alternatives.length > 0 && exactly) {
    errors.push(invalidValue(path, null, `${ONE_OF}, but multiple fields are set`));
  }
  return errors;
}

function validateAlternative(path: FieldPath, request: JsonObject): FieldError[] {
  return [...checked(path.child("name"), stringAt(request, "name"), isDns1123Label), ...validateWish(path, request)];
}

function validateWish(path: FieldPath, wish: JsonObject): FieldError[] {
  const name = stringAt(wish, "deviceClassName");
  const at = path.child("deviceClassName");
  return [
    ...(name === "" ? [required(at)] : checked(at, name, isDns1123Subdomain)),
    ...validateSelectors(path.child("selectors"), wish),
    ...validateMode(path, wish),
    ...objectsAt(wish, "tolerations").flatMap((one, index) =>
      validateToleration(path.child("tolerations").index(index), one),
    ),
  ];
}

function validateMode(path: FieldPath, wish: JsonObject): FieldError[] {
  const [mode, count] = [stringAt(wish, "allocationMode"), numberAt(wish, "count")];
  const at = path.child("count");
  if (mode === "All") {
    return count === 0 ? [] : [invalidValue(at, count, "must not be specified when allocationMode is 'All'")];
  }
  if (mode !== "ExactCount") return [notSupported(path.child("allocationMode"), mode, MODES)];
  return count > 0 ? [] : [invalidValue(at, count, "must be greater than zero")];
}

function validateToleration(path: FieldPath, toleration: JsonObject): FieldError[] {
  const key = stringAt(toleration, "key");
  const [value, effect] = [stringAt(toleration, "value"), stringAt(toleration, "effect")];
  const operator = stringAt(toleration, "operator");
  const errors = key === "" ? [] : checkLabelKey(key, path.child("key"));
  if (operator === "Exists" && value !== "") {
    errors.push(invalidValue(path.child("value"), value, "must be empty for operator `Exists`"));
  } else if (operator === "Equal") errors.push(...checked(path.child("value"), value, isLabelValue));
  else if (operator === "") errors.push(required(path.child("operator")));
  else if (operator !== "Exists") errors.push(notSupported(path.child("operator"), operator, OPERATORS));
  if (effect !== "" && !EFFECTS.includes(effect)) errors.push(notSupported(path.child("effect"), effect, EFFECTS));
  return errors;
}

function validateConstraint(path: FieldPath, constraint: JsonObject, names: RequestNames): FieldError[] {
  const match = optionalStringAt(constraint, "matchAttribute");
  const distinct = optionalStringAt(constraint, "distinctAttribute");
  const errors = validateReferences(path.child("requests"), stringsAt(constraint, "requests"), names);
  if (match !== undefined) return [...errors, ...attributeNameWithDomain(path.child("matchAttribute"), match)];
  if (distinct === undefined) return [...errors, required(path.child("matchAttribute"))];
  return [...errors, ...attributeNameWithDomain(path.child("distinctAttribute"), distinct)];
}

export function validateReferences(path: FieldPath, names: readonly string[], known: RequestNames): FieldError[] {
  return [
    ...each(path, names, MAX_REQUESTS, (at, name) => validateReference(at, name, known)),
    ...repeated(path, names),
  ];
}

export function validateReference(path: FieldPath, name: string, known: RequestNames): FieldError[] {
  const parts = name.split("/");
  const errors = parts.length > 2 ? [] : parts.flatMap((part) => checked(path, part, isDns1123Label));
  return known.has(name) ? errors : [...errors, invalidValue(path, name, NO_REQUEST)];
}

/** What a driver is told. */
export function validateConfig(path: FieldPath, config: JsonObject, stored: boolean): FieldError[] {
  const opaque = objectAt(config, "opaque");
  const at = path.child("opaque");
  if (!opaque) return [required(at)];
  return [
    ...driverName(at.child("driver"), stringAt(opaque, "driver")),
    ...ownParameters(at.child("parameters"), opaque.parameters, MAX_PARAMETERS, stored),
  ];
}
