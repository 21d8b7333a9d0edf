import { boolAt, objectAt, optionalNumberAt, optionalStringAt, stringAt } from "../../kube/access.js";
import { type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { scheduleProblem } from "./cron-schedule.js";
import { jobWarnings, validateJobSpec } from "./jobs.js";
import { generationChanged } from "./pod/warnings.js";
import { notNegative, oneOf } from "./words.js";
import { hostnameWarnings, shownSelector } from "./workload-template.js";

const SPEC = FieldPath.of("spec");
const MAX_NAME = 52;
const OLD_ZONE =
  "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, " +
  "see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details";

/** upstream: apis/batch/validation (validateCronJobSpec). */
function validateSpec(cronJob: KubeObject, old: KubeObject | undefined): FieldError[] {
  const spec = objectAt(cronJob, "spec") ?? {};
  const schedule = stringAt(spec, "schedule");
  const zone = optionalStringAt(spec, "timeZone");
  const sameZone = old !== undefined && zone === optionalStringAt(old, "spec", "timeZone");
  const count = (field: string): FieldError[] => notNegative(SPEC.child(field), optionalNumberAt(spec, field));
  return [
    ...(schedule === "" ? [required(SPEC.child("schedule"))] : validateSchedule(schedule, zone, old)),
    ...count("startingDeadlineSeconds"),
    ...(sameZone || zone === undefined ? [] : validateZone(zone)),
    ...oneOf(SPEC.child("concurrencyPolicy"), stringAt(spec, "concurrencyPolicy"), ["Allow", "Forbid", "Replace"]),
    ...validateTemplate(SPEC.child("jobTemplate", "spec"), objectAt(spec, "jobTemplate", "spec") ?? {}),
    ...count("successfulJobsHistoryLimit"),
    ...count("failedJobsHistoryLimit"),
  ];
}

function validateSchedule(schedule: string, zone: string | undefined, old: KubeObject | undefined): FieldError[] {
  const at = SPEC.child("schedule");
  const problem = scheduleProblem(schedule);
  const errors = problem === undefined ? [] : [invalidValue(at, schedule, problem)];
  const hadZone = stringAt(old, "spec", "schedule").includes("TZ");
  if (!schedule.includes("TZ")) return errors;
  const both = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
  const never = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
  if (!hadZone) errors.push(invalidValue(at, schedule, never));
  else if (zone !== undefined) errors.push(invalidValue(at, schedule, both));
  return errors;
}

function validateZone(zone: string): FieldError[] {
  const refuse = (why: string): FieldError[] => [invalidValue(SPEC.child("timeZone"), zone, why)];
  if (zone === "") return refuse("timeZone must be nil or non-empty string");
  const good = (part: string): boolean => part !== "." && part !== ".." && /^(?!-)[A-Za-z.\-_0-9+]{1,14}$/.test(part);
  if (!zone.split("/").every(good)) return refuse(`unknown time zone ${zone}`);
  if (zone.toLowerCase() === "local") {
    return refuse("timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
  }
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return [];
  } catch {
    return refuse(`unknown time zone ${zone}`);
  }
}

function validateTemplate(path: FieldPath, spec: JsonObject): FieldError[] {
  const errors = validateJobSpec(path, spec);
  const selector = objectAt(spec, "selector");
  if (selector) {
    errors.push(invalidValue(path.child("selector"), shownSelector(selector), "`selector` will be auto-generated"));
  }
  if (boolAt(spec, "manualSelector")) errors.push(notSupported(path.child("manualSelector"), true, ["nil", "false"]));
  return errors;
}

export const cronJobChecks: KindChecks = {
  validateCreate(cronJob) {
    const name = cronJob.metadata.name ?? "";
    const errors = [...validateCoreMeta(cronJob, true, isDns1123Subdomain), ...validateSpec(cronJob, undefined)];
    if (Buffer.byteLength(name) <= MAX_NAME) return errors;
    const why = `must be no more than ${MAX_NAME} characters`;
    return [...errors, invalidValue(FieldPath.of("metadata", "name"), name, why)];
  },
  validateUpdate: (cronJob, old) => [...validateCoreMetaUpdate(cronJob, old), ...validateSpec(cronJob, old)],
  createWarnings: (cronJob) => [...hostnameWarnings(cronJob), ...jobWarnings(cronJob, "spec", "jobTemplate", "spec")],
  updateWarnings: (cronJob, old) => [
    ...(generationChanged(cronJob, old) ? jobWarnings(cronJob, "spec", "jobTemplate", "spec") : []),
    ...(stringAt(cronJob, "spec", "schedule").includes("TZ") ? [OLD_ZONE] : []),
  ],
  subresources: { status: { validateUpdate: validateCoreMetaUpdate } },
};
