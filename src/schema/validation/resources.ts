import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import { isQualifiedName } from "../../kube/names.js";
import { parseQuantity } from "../../kube/quantity.js";
import { NOT_NEGATIVE } from "./words.js";

const COUNTS = [
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
];
const COMPUTE = ["cpu", "memory", "ephemeral-storage"];
const STANDARD = new Set([
  ...COMPUTE,
  ...COMPUTE.map((name) => `requests.${name}`),
  ...COMPUTE.map((name) => `limits.${name}`),
  ...COUNTS,
  "storage",
  "requests.storage",
]);
const INTEGER = new Set(COUNTS);

/** Which names mean what; upstream: apis/core/helper/helpers.go. */
export function isHugePage(name: string): boolean {
  return name.startsWith("hugepages-");
}

export function isStandardResource(name: string): boolean {
  return STANDARD.has(name) || isHugePage(name) || name.startsWith("requests.hugepages-");
}

export function isStandardContainerResource(name: string): boolean {
  return COMPUTE.includes(name) || isHugePage(name);
}

export function isNativeResource(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

/** Of a vendor: counted in whole units. */
export function isExtendedResource(name: string): boolean {
  return !isNativeResource(name) && !name.startsWith("requests.") && isQualifiedName(`requests.${name}`).length === 0;
}

export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePage(name);
}

/** An amount of a resource: not negative, whole where the resource is counted. */
export function validateAmount(path: FieldPath, name: string, text: string): FieldError[] {
  const amount = parseQuantity(text);
  const errors: FieldError[] = [];
  if (amount.unscaled < 0n) errors.push(invalidValue(path, text, NOT_NEGATIVE));
  if ((INTEGER.has(name) || isExtendedResource(name)) && amount.scaled(-3) % 1000n !== 0n) {
    errors.push(invalidValue(path, text, "must be an integer"));
  }
  return errors;
}
