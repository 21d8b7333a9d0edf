import {
  assign,
  boolAt,
  numberAt,
  objectAt,
  optionalNumberAt,
  optionalStringAt,
  stringAt,
  stringMapAt,
  valueAt,
} from "../../kube/access.js";
import { type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { immutableSelector } from "./deployments.js";
import { validateJobPolicies } from "./job-policies.js";
import { validateJobStatus } from "./job-status.js";
import { validateLabelSelector } from "./label-selectors.js";
import { immutable, immutableStruct } from "./object-meta.js";
import { validatePodTemplate } from "./pod/template.js";
import { generationChanged, templateWarnings } from "./pod/warnings.js";
import { notNegative } from "./words.js";
import { hostnameWarnings, MISMATCH, readSelector, shownSelector } from "./workload-template.js";

const SPEC = FieldPath.of("spec");
const TEMPLATE = "io.k8s.api.core.v1.PodTemplateSpec";
const COUNTS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
];

/** What a Job and a CronJob's template have in common; upstream: apis/batch/validation (validateJobSpec). */
export function validateJobSpec(path: FieldPath, spec: JsonObject): FieldError[] {
  const template = objectAt(spec, "template") ?? {};
  return [
    ...COUNTS.flatMap((field) => notNegative(path.child(field), optionalNumberAt(spec, field))),
    ...validateJobPolicies(path, spec),
    ...validatePodTemplate(path.child("template"), template),
    ...validateRestart(path.child("template", "spec", "restartPolicy"), spec, template),
  ];
}

function validateRestart(path: FieldPath, spec: JsonObject, template: JsonObject): FieldError[] {
  const policy = stringAt(template, "spec", "restartPolicy");
  if (policy === "" || policy === "Always") return [required(path, 'valid values: "OnFailure", "Never"')];
  if (!["OnFailure", "Never"].includes(policy)) return [notSupported(path, policy, ["OnFailure", "Never"])];
  if (!objectAt(spec, "podFailurePolicy") || policy === "Never") return [];
  return [invalidValue(path, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}

function validateJob(job: KubeObject): FieldError[] {
  const spec = objectAt(job, "spec") ?? {};
  const errors = [
    ...validateCoreMeta(job, true, isDns1123Subdomain),
    ...validateGeneratedSelector(job, spec),
    ...validateJobSpec(SPEC, spec),
    ...validateSelector(spec),
  ];
  const completions = optionalNumberAt(spec, "completions");
  if (stringAt(spec, "completionMode") === "Indexed" && completions !== undefined && completions > 0) {
    const hostname = `${job.metadata.name ?? ""}-${completions - 1}`;
    if (isDns1123Label(hostname).length > 0) {
      const why = `will not able to create pod with invalid DNS label: ${hostname}`;
      errors.push(invalidValue(FieldPath.of("metadata", "name"), job.metadata.name ?? "", why));
    }
  }
  return errors;
}

function validateSelector(spec: JsonObject): FieldError[] {
  const selector = objectAt(spec, "selector");
  const at = SPEC.child("selector");
  const errors = selector ? validateLabelSelector(at, selector) : [required(at)];
  const labels = objectAt(spec, "template", "metadata", "labels");
  const read = readSelector(selector);
  if (read && !read.matches(labels as Record<string, string> | undefined)) {
    errors.push(invalidValue(SPEC.child("template", "metadata", "labels"), labels ?? null, MISMATCH));
  }
  return errors;
}

/** A generated selector selects the Job's own pods and nothing else. */
function validateGeneratedSelector(job: KubeObject, spec: JsonObject): FieldError[] {
  const selector = objectAt(spec, "selector");
  if (boolAt(spec, "manualSelector") || !selector) return [];
  const { uid = "", name = "" } = job.metadata;
  const expected: Record<string, string> = {
    "controller-uid": uid,
    "job-name": name,
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
  };
  const labels = stringMapAt(spec, "template", "metadata", "labels");
  const path = SPEC.child("template", "metadata", "labels");
  const errors = Object.entries(expected).flatMap(([key, value]) => {
    if (!Object.hasOwn(labels, key)) return [required(path.key(key), `must be '${value}'`)];
    return labels[key] === value ? [] : [invalidValue(path.key(key), labels, `must be '${value}'`)];
  });
  const read = readSelector(selector);
  if (read && !read.matches(expected)) {
    errors.push(invalidValue(SPEC.child("selector"), shownSelector(selector), "`selector` not auto-generated"));
  }
  return errors;
}

function validateUpdate(job: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [objectAt(job, "spec") ?? {}, objectAt(old, "spec") ?? {}];
  const fixed = (field: string): FieldError[] => immutable(spec[field], before[field], SPEC.child(field));
  const fixedStruct = (field: string, type: string): FieldError[] =>
    immutableStruct(objectAt(spec, field), objectAt(before, field), SPEC.child(field), type);
  return [
    ...validateJob(job),
    ...validateCoreMetaUpdate(job, old),
    ...validateJobSpec(SPEC, spec),
    ...validateSelector(spec),
    ...validateCompletions(spec, before),
    ...immutableSelector(job, old),
    ...validateTemplateChange(spec, before, old),
    ...fixed("completionMode"),
    ...fixedStruct("podFailurePolicy", "io.k8s.api.batch.v1.PodFailurePolicy"),
    ...["backoffLimitPerIndex", "managedBy"].flatMap(fixed),
    ...fixedStruct("successPolicy", "io.k8s.api.batch.v1.SuccessPolicy"),
  ];
}

function validateCompletions(spec: JsonObject, old: JsonObject): FieldError[] {
  const at = SPEC.child("completions");
  if (optionalStringAt(spec, "completionMode") !== "Indexed") return immutable(spec.completions, old.completions, at);
  const completions = optionalNumberAt(spec, "completions");
  if (completions === undefined || completions === optionalNumberAt(old, "completions")) return [];
  if (completions === optionalNumberAt(spec, "parallelism")) return [];
  return [invalidValue(at, completions, "can only be modified in tandem with spec.parallelism")];
}

/** A job that has never started may still move: its scheduling directives can change. */
function validateTemplateChange(spec: JsonObject, before: JsonObject, old: KubeObject): FieldError[] {
  const movable = boolAt(before, "suspend") && objectAt(old, "status")?.startTime === undefined;
  const [now, then] = [objectAt(spec, "template") ?? {}, objectAt(before, "template") ?? {}];
  return immutableStruct(now, movable ? placedAs(then, now) : then, SPEC.child("template"), TEMPLATE);
}

/** The old template with what decides where pods go taken from the new one. */
function placedAs(old: JsonObject, now: JsonObject): JsonObject {
  const spec: JsonObject = { ...(objectAt(old, "spec") ?? {}) };
  const metadata: JsonObject = { ...(objectAt(old, "metadata") ?? {}) };
  for (const field of ["nodeSelector", "tolerations", "schedulingGates"])
    assign(spec, field, valueAt(now, "spec", field));
  for (const field of ["labels", "annotations"]) assign(metadata, field, valueAt(now, "metadata", field));
  const [affinity, before] = [objectAt(now, "spec", "affinity"), objectAt(spec, "affinity")];
  if (!affinity && !before) return { metadata, spec };
  const { nodeAffinity: _, ...others } = before ?? {};
  if (affinity?.nodeAffinity !== undefined) others.nodeAffinity = affinity.nodeAffinity;
  assign(spec, "affinity", affinity || Object.keys(others).length > 0 ? (others as JsonObject) : undefined);
  return { metadata, spec };
}

const MANY_COMPLETIONS = 100_000;
const MANY_AT_ONCE = 10_000;

/** Of a Job or of what a CronJob makes, at `path`; upstream: api/job/warnings.go. */
export function jobWarnings(object: KubeObject, ...path: readonly string[]): string[] {
  const spec = objectAt(object, ...path);
  const big = numberAt(spec, "completions") > MANY_COMPLETIONS && numberAt(spec, "parallelism") > MANY_AT_ONCE;
  const risk =
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, " +
    "Kubernetes might not be able to track completedIndexes when a big number of indexes fail";
  return [
    ...(big && stringAt(spec, "completionMode") === "Indexed" ? [`${FieldPath.of(...path)}: ${risk}`] : []),
    ...templateWarnings(object, ...path, "template"),
  ];
}

export const jobChecks: KindChecks = {
  createWarnings: (job) => [...hostnameWarnings(job), ...jobWarnings(job, "spec")],
  updateWarnings: (job, old) => (generationChanged(job, old) ? jobWarnings(job, "spec") : []),
  validateCreate: validateJob,
  validateUpdate,
  subresources: {
    status: {
      validateUpdate: (job, old) => [...validateCoreMetaUpdate(job, old), ...validateJobStatus(job, old)],
    },
  },
};
