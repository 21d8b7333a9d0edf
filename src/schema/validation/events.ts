import { numberAt, objectAt, stringAt } from "../../kube/access.js";
import { type FieldError, invalidValue, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { isObject, type KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain, isQualifiedName } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta } from "./core-meta.js";
import { internalJson } from "./internal-json.js";
import { immutable, validateObjectMetaUpdate } from "./object-meta.js";
import { checked } from "./words.js";

const SHORT_LIMIT = 128;
const NOTE_LIMIT = 1024;
const UNMATCHED = "does not match event.namespace";

/** upstream: apis/core/validation/events.go (legacyValidateEvent). Events through the core group are held to no more. */
function legacyErrors(event: KubeObject, controllerField: string): FieldError[] {
  const namespace = event.metadata.namespace ?? "";
  const about = stringAt(event, "involvedObject", "namespace");
  const place = invalidValue(FieldPath.of("involvedObject").child("namespace"), about, UNMATCHED);
  const named = checked(FieldPath.of("namespace"), namespace, isDns1123Subdomain);
  if (!event.eventTime) {
    const matches = about === "" ? namespace === "default" : about === namespace;
    return [...(matches ? [] : [place]), ...named];
  }
  const placed = about !== "" || namespace === "default" || namespace === "kube-system";
  const controller = stringAt(event, "reportingComponent");
  const path = FieldPath.of(controllerField);
  return [
    ...(placed ? [] : [place]),
    ...(controller === "" ? [required(path)] : []),
    ...checked(path, controller, isQualifiedName),
    ...filled(event, "reportingInstance"),
    ...filled(event, "action"),
    ...filled(event, "reason"),
    ...limited(event, "message", NOTE_LIMIT),
    ...named,
  ];
}

function filled(event: KubeObject, field: string): FieldError[] {
  if (stringAt(event, field) === "") return [required(FieldPath.of(field))];
  return limited(event, field, SHORT_LIMIT);
}

function limited(event: KubeObject, field: string, limit: number): FieldError[] {
  if (Buffer.byteLength(stringAt(event, field)) <= limit) return [];
  return [invalidValue(FieldPath.of(field), "", `can have at most ${limit} characters`)];
}

function seriesErrors(event: KubeObject): FieldError[] {
  const series = objectAt(event, "series");
  if (!series) return [];
  const path = FieldPath.of("series");
  const few = numberAt(series, "count") < 2;
  return [
    ...(few ? [invalidValue(path.child("count"), "", "should be at least 2")] : []),
    ...(series.lastObservedTime ? [] : [required(path.child("lastObservedTime"))]),
  ];
}

/** What events.k8s.io took over from the core group's events may not be written any more. */
const RETIRED = ["firstTimestamp", "lastTimestamp", "count"];

function strictErrors(event: KubeObject): FieldError[] {
  const type = stringAt(event, "type");
  const known = type === "Normal" || type === "Warning";
  const source = stringAt(event, "source", "component") !== "" || stringAt(event, "source", "host") !== "";
  const retired = [...RETIRED.filter((field) => event[field]), ...(source ? ["source"] : [])];
  return [
    ...validateCoreMeta(event, true, isDns1123Subdomain),
    ...seriesErrors(event),
    ...(event.eventTime ? [] : [required(FieldPath.of("eventTime"))]),
    ...(known ? [] : [invalidValue(FieldPath.of("type"), "", `has invalid value: ${type}`)]),
    ...retired.map((field) => invalidValue(FieldPath.of(field), "", "needs to be unset")),
  ];
}

/** In upstream's order, which names the reason twice. */
const FIXED =
  "involvedObject reason message source firstTimestamp lastTimestamp count reason type eventTime action related";

function fixedErrors(event: KubeObject, old: KubeObject): FieldError[] {
  const fields = [...FIXED.split(" ").map((name) => [name, name] as const), ...REPORTING];
  return fields.flatMap(([name, told]) => {
    const value = event[name];
    const zero = TEXTS.includes(name) ? "" : null;
    const shown = isObject(value) && REFERENCES.includes(name) ? internalJson(value, OBJECT_REFERENCE) : undefined;
    return immutable(value, old[name], FieldPath.of(told), zero).map((error) =>
      shown ? { ...error, badValue: shown } : error,
    );
  });
}

const TEXTS = ["reason", "message", "type", "action", "reportingComponent", "reportingInstance"];
const REFERENCES = ["involvedObject", "related"];
const OBJECT_REFERENCE = "io.k8s.api.core.v1.ObjectReference";

const REPORTING = [
  ["reportingComponent", "reportingController"],
  ["reportingInstance", "reportingInstance"],
] as const;

export const coreEventChecks: KindChecks = {
  validateCreate: (event) => legacyErrors(event, "reportingComponent"),
  validateUpdate: (event) => legacyErrors(event, "reportingComponent"),
};

/** upstream: apis/core/validation/events.go (ValidateEventCreate, ValidateEventUpdate). */
export const eventChecks: KindChecks = {
  validateCreate: (event) => [...legacyErrors(event, "reportingController"), ...strictErrors(event)],
  validateUpdate: (event, old) => [
    ...legacyErrors(event, "reportingController"),
    ...validateObjectMetaUpdate(event, old),
    ...(semanticEqual(event.series, old.series) ? [] : seriesErrors(event)),
    ...fixedErrors(event, old),
  ],
};
