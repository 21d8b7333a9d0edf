import { objectAt, objectsAt, stringAt, stringMapAt } from "../../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { compareUtf8 } from "../../../kube/go-text.js";
import type { JsonObject } from "../../../kube/json.js";
import { isDns1123Label, isQualifiedName } from "../../../kube/names.js";
import { parseQuantity } from "../../../kube/quantity.js";
import {
  isExtendedResource,
  isHugePage,
  isNativeResource,
  isOvercommitAllowed,
  isStandardContainerResource,
  isStandardResource,
  validateAmount,
} from "../resources.js";
import { checked } from "../words.js";

type NameRule = (path: FieldPath, name: string) => FieldError[];

export const resourceName: NameRule = (path, name) => {
  const errors = checked(path, name, isQualifiedName);
  if (errors.length > 0 || name.includes("/") || isStandardResource(name)) return errors;
  return [invalidValue(path, name, "must be a standard resource type or fully qualified")];
};

export const containerResourceName: NameRule = (path, name) => {
  const errors = resourceName(path, name);
  if (!name.includes("/")) {
    if (isStandardContainerResource(name)) return errors;
    return [...errors, invalidValue(path, name, "must be a standard resource for containers")];
  }
  if (isNativeResource(name) || isExtendedResource(name)) return errors;
  return [...errors, invalidValue(path, name, "doesn't follow extended resource name standard")];
};

/** Resources of the pod as a whole. */
export const podResourceName: NameRule = (path, name) => {
  const errors = resourceName(path, name);
  if (errors.length > 0 || name === "cpu" || name === "memory" || isHugePage(name)) return errors;
  return [notSupported(path, name, ["cpu", "hugepages-", "memory"])];
};

function entries(requirements: JsonObject, kind: string): [string, string][] {
  return Object.entries(stringMapAt(requirements, kind)).sort(([a], [b]) => compareUtf8(a, b));
}

/** Requests and limits, and claims by name; upstream: apis/core/validation (validateResourceRequirements). */
export function validateRequirements(
  path: FieldPath,
  requirements: JsonObject,
  claims: ReadonlySet<string>,
  nameRule: NameRule = containerResourceName,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const kind of ["limits", "requests"] as const) {
    for (const [name, amount] of entries(requirements, kind)) {
      const at = path.child(kind).key(name);
      errors.push(...nameRule(at, name), ...validateAmount(at, name, amount));
      if (kind === "requests") errors.push(...validateAgainstLimit(path, requirements, name, amount));
      if (isHugePage(name) && !isWholePages(name, amount)) {
        errors.push(invalidValue(at, amount, `${amount} is not positive integer multiple of ${name}`));
      }
    }
  }
  const names = ["limits", "requests"].flatMap((kind) => Object.keys(objectAt(requirements, kind) ?? {}));
  if (names.some(isHugePage) && !names.includes("cpu") && !names.includes("memory")) {
    errors.push(forbiddenField(path, "HugePages require cpu or memory"));
  }
  return [...errors, ...validateClaimNames(path.child("claims"), objectsAt(requirements, "claims"), claims)];
}

/** Told at the list of requests, not at the entry, as upstream does. */
function validateAgainstLimit(path: FieldPath, requirements: JsonObject, name: string, amount: string): FieldError[] {
  const limits = stringMapAt(requirements, "limits");
  if (!Object.hasOwn(limits, name)) {
    if (isOvercommitAllowed(name)) return [];
    return [required(path.child("limits"), "Limit must be set for non overcommitable resources")];
  }
  const limit = limits[name]!;
  const order = parseQuantity(amount).compare(parseQuantity(limit));
  const refuse = (rule: string): FieldError[] => [
    invalidValue(path.child("requests"), amount, `must be ${rule} to ${name} limit of ${limit}`),
  ];
  if (order !== 0 && !isOvercommitAllowed(name)) return refuse("equal");
  return order > 0 ? refuse("less than or equal") : [];
}

function isWholePages(name: string, amount: string): boolean {
  try {
    const page = parseQuantity(name.slice("hugepages-".length));
    if (page.unscaled <= 0n || page.scaled(-3) % 1000n !== 0n) return false;
    return parseQuantity(amount).scaled(0) % page.scaled(0) === 0n;
  } catch {
    // A name without a readable page size has no whole pages.
    return false;
  }
}

function validateClaimNames(path: FieldPath, wanted: readonly JsonObject[], claims: ReadonlySet<string>): FieldError[] {
  const seen = new Set<string>();
  return wanted.flatMap((claim, index) => {
    const at = path.index(index);
    const [name, request] = [stringAt(claim, "name"), stringAt(claim, "request")];
    if (name === "") return [required(at)];
    const errors: FieldError[] = [];
    const key = request === "" ? name : `${name}/${request}`;
    if (seen.has(name)) errors.push(duplicate(at, name));
    else {
      if (request !== "") errors.push(...checked(at.child("request"), request, isDns1123Label));
      if (seen.has(key)) errors.push(duplicate(at, key));
      else if (request === "") {
        const parts = [...seen].filter((other) => other.startsWith(`${name}/`));
        errors.push(...parts.map(() => duplicate(at, name)));
      }
      seen.add(key);
    }
    if (!claims.has(name)) {
      const known = claims.size === 0 ? " which is empty" : `: ${[...claims].sort(compareUtf8).join(", ")}`;
      errors.push({
        ...notFoundValue(at, name),
        detail: `must be one of the names in pod.spec.resourceClaims${known}`,
      });
    }
    return errors;
  });
}
