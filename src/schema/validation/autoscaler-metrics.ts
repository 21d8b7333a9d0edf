import { objectAt, optionalNumberAt, optionalStringAt, stringAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { JsonObject } from "../../kube/json.js";
import { isDns1123Label, isPathSegmentName } from "../../kube/names.js";
import { parseQuantity } from "../../kube/quantity.js";
import { containerResourceName } from "./pod/requirements.js";
import { checked } from "./words.js";

/** Metric sources by type; upstream: apis/autoscaling/validation (validateMetricSpec and below). */

const TYPES = ["ContainerResource", "External", "Object", "Pods", "Resource"];

/** In the order in which they are looked at. */
const SOURCES = ["object", "external", "pods", "resource", "containerResource"] as const;

type ReferenceCheck = (path: FieldPath, reference: JsonObject | undefined) => FieldError[];

export function validateMetric(path: FieldPath, metric: JsonObject, reference: ReferenceCheck): FieldError[] {
  const type = stringAt(metric, "type");
  const at = path.child("type");
  const unknown = TYPES.includes(type) ? [] : [notSupported(at, type, TYPES)];
  const errors = type === "" ? [required(at, "must specify a metric source type")] : [];
  errors.push(...unknown);
  const present = SOURCES.filter((source) => objectAt(metric, source));
  const [first] = present;
  if (first) errors.push(...validateSource(path.child(first), first, objectAt(metric, first)!, reference));
  const expected = unknown.length > 0 ? undefined : type[0]!.toLowerCase() + type.slice(1);
  if (expected === undefined) errors.push(...unknown);
  else if (!objectAt(metric, expected)) {
    errors.push(required(path.child(expected), "must populate information for the given metric source"));
  }
  if (present.length === 1) return errors;
  const others = present.filter((source) => source !== expected);
  return [
    ...errors,
    ...others.map((source) => forbiddenField(path.child(source), "must populate the given metric source only")),
  ];
}

function validateSource(
  path: FieldPath,
  kind: (typeof SOURCES)[number],
  source: JsonObject,
  reference: ReferenceCheck,
): FieldError[] {
  const target = objectAt(source, "target");
  const targetErrors = validateTarget(path.child("target"), target);
  if (kind === "resource" || kind === "containerResource") {
    return [...validateResource(path, kind, source), ...targetErrors, ...utilization(path.child("target"), target)];
  }
  const name = stringAt(source, "metric", "name");
  const at = path.child("metric", "name");
  return [
    ...(kind === "object" ? reference(path.child("describedObject"), objectAt(source, "describedObject")) : []),
    ...(name === "" ? [required(at, "must specify a metric name")] : checked(at, name, isPathSegmentName)),
    ...targetErrors,
    ...values(path.child("target"), kind, target),
  ];
}

function validateResource(path: FieldPath, kind: "resource" | "containerResource", source: JsonObject): FieldError[] {
  const name = stringAt(source, "name");
  const at = path.child("name");
  const errors = name === "" ? [required(at, "must specify a resource name")] : [];
  if (kind === "resource") return errors;
  if (name !== "") errors.push(...containerResourceName(at, name));
  const container = stringAt(source, "container");
  const containerAt = path.child("container");
  if (container === "") return [...errors, required(containerAt, "must specify a container")];
  return [...errors, ...checked(containerAt, container, isDns1123Label)];
}

function utilization(path: FieldPath, target: JsonObject | undefined): FieldError[] {
  const [share, average] = [optionalNumberAt(target, "averageUtilization"), optionalStringAt(target, "averageValue")];
  if (share === undefined && average === undefined) {
    return [required(path.child("averageUtilization"), "must set either a target raw value or a target utilization")];
  }
  if (share === undefined || average === undefined) return [];
  return [forbiddenField(path.child("averageValue"), "may not set both a target raw value and a target utilization")];
}

const MISSING = {
  object: "must set either a target value or averageValue",
  external: "must set either a target value for metric or a per-pod target",
  pods: "must specify a positive target averageValue",
} as const;

function values(path: FieldPath, kind: keyof typeof MISSING, target: JsonObject | undefined): FieldError[] {
  const [value, average] = [optionalStringAt(target, "value"), optionalStringAt(target, "averageValue")];
  const at = path.child("averageValue");
  if (average === undefined && (kind === "pods" || value === undefined)) return [required(at, MISSING[kind])];
  if (kind !== "external" || value === undefined || average === undefined) return [];
  const why = "may not set both a target value for metric and a per-pod target";
  return [forbiddenField(path.child("value"), why)];
}

function validateTarget(path: FieldPath, target: JsonObject | undefined): FieldError[] {
  const type = stringAt(target, "type");
  const at = path.child("type");
  const errors = type === "" ? [required(at, "must specify a metric target type")] : [];
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    errors.push(invalidValue(at, type, "must be either Utilization, Value, or AverageValue"));
  }
  for (const field of ["value", "averageValue"]) {
    const amount = optionalStringAt(target, field);
    if (amount === undefined || parseQuantity(amount).unscaled > 0n) continue;
    errors.push(invalidValue(path.child(field), amount, "must be positive"));
  }
  const share = optionalNumberAt(target, "averageUtilization");
  if (share !== undefined && share < 1) {
    errors.push(invalidValue(path.child("averageUtilization"), share, "must be greater than 0"));
  }
  return errors;
}
