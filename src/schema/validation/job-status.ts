import {
  listAt,
  numberAt,
  objectAt,
  objectsAt,
  optionalNumberAt,
  stringAt,
  stringsAt,
  valueAt,
} from "../../kube/access.js";
import { duplicate, type FieldError, invalidValue, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { KubeObject } from "../../kube/json.js";
import { semanticEqual } from "../strategy/equality.js";
import { internalJson } from "./internal-json.js";
import { validateJobIndexes } from "./job-indexes.js";
import { withoutValue } from "./job-policies.js";
import { notNegative } from "./words.js";

const STATUS = FieldPath.of("status");
const UNCOUNTED = STATUS.child("uncountedTerminatedPods");
const UNCOUNTED_TYPE = "io.k8s.api.batch.v1.UncountedTerminatedPods";
const CONDITIONS = STATUS.child("conditions");

function has(job: KubeObject, type: string, status = "True"): boolean {
  return objectsAt(job, "status", "conditions").some((each) => each.type === type && each.status === status);
}

function isFinished(job: KubeObject): boolean {
  return has(job, "Complete") || has(job, "Failed");
}

/**
 * How a Job's status may move. Most rules hold only for what this update changes, so that a status that was wrong
 * before doesn't block others; upstream: apis/batch/validation and registry/batch/job/strategy.go.
 */
export function validateJobStatus(job: KubeObject, old: KubeObject): FieldError[] {
  const counters = ["active", "succeeded", "failed", "ready", "terminating"];
  return [
    ...counters.flatMap((field) => notNegative(STATUS.child(field), optionalNumberAt(job, "status", field))),
    ...validateUncounted(job),
    ...conflicts(job, old),
    ...validateTimes(job, old),
    ...missing(job, old),
    ...validateCounters(job, old),
    ...validateJobIndexes(job, old),
    ...validateReady(job, old),
    ...successConflicts(job),
    ...validateProgress(job, old),
  ];
}

/** Pods that are in no counter yet, each listed once. */
function validateUncounted(job: KubeObject): FieldError[] {
  const seen = new Set<string>();
  return ["succeeded", "failed"].flatMap((list) =>
    stringsAt(job, "status", "uncountedTerminatedPods", list).flatMap((uid, index) => {
      const at = UNCOUNTED.child(list).index(index);
      if (uid === "") return [invalidValue(at, uid, "must not be empty")];
      if (seen.has(uid)) return [duplicate(at, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

/** Conditions that say the opposite of one another. */
function conflicts(job: KubeObject, old: KubeObject): FieldError[] {
  const changed = (type: string): boolean => has(job, type) !== has(old, type);
  const complete = has(job, "Complete");
  return refused([
    [
      (changed("Complete") || changed("Failed")) && complete && has(job, "Failed"),
      "cannot set Complete=True and Failed=true conditions",
    ],
    [
      (changed("Complete") || changed("FailureTarget")) && complete && has(job, "FailureTarget"),
      "cannot set Complete=True and FailureTarget=true conditions",
    ],
  ]);
}

/** Conditions that must come before others. */
function missing(job: KubeObject, old: KubeObject): FieldError[] {
  const changed = (type: string): boolean => has(job, type) !== has(old, type);
  return refused([
    [
      (changed("Failed") || valueChanged(job, old, "failedIndexes")) &&
        has(job, "Failed") &&
        !has(job, "FailureTarget"),
      "cannot set Failed=True condition without the FailureTarget=true condition",
    ],
    [
      (changed("Complete") || changed("SuccessCriteriaMet")) && has(job, "Complete") && !has(job, "SuccessCriteriaMet"),
      "cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
    ],
  ]);
}

function successConflicts(job: KubeObject): FieldError[] {
  const met = has(job, "SuccessCriteriaMet");
  return refused([
    [met && has(job, "Failed"), "cannot set SuccessCriteriaMet=True and Failed=true conditions"],
    [met && has(job, "FailureTarget"), "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"],
    [
      !met && has(job, "Complete") && objectAt(job, "spec", "successPolicy") !== undefined,
      "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True",
    ],
  ]);
}

function refused(rules: readonly (readonly [broken: boolean, why: string])[]): FieldError[] {
  return rules.filter(([broken]) => broken).map(([, why]) => withoutValue(CONDITIONS, why));
}

function valueChanged(job: KubeObject, old: KubeObject, field: string): boolean {
  return valueAt(job, "status", field) !== valueAt(old, "status", field);
}

function validateTimes(job: KubeObject, old: KubeObject): FieldError[] {
  const [started, completed] = [stringAt(job, "status", "startTime"), stringAt(job, "status", "completionTime")];
  const at = STATUS.child("completionTime");
  const completeChanged = has(job, "Complete") !== has(old, "Complete") || valueChanged(job, old, "completionTime");
  const errors: FieldError[] = [];
  if (completeChanged && completed !== "" && !has(job, "Complete")) {
    const why = "cannot set completionTime when there is no Complete=True condition";
    errors.push(invalidValue(at, completed, why));
  }
  if (completeChanged && completed === "" && has(job, "Complete")) {
    errors.push(required(at, "completionTime is required for Complete jobs"));
  }
  const timesChanged = valueChanged(job, old, "startTime") || valueChanged(job, old, "completionTime");
  if (timesChanged && started !== "" && completed !== "" && completed < started) {
    errors.push(invalidValue(at, completed, "must be equal to or after `startTime`"));
  }
  return errors;
}

function validateCounters(job: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const finished = isFinished(job);
  const newly = finished !== isFinished(old);
  const active = numberAt(job, "status", "active");
  if ((newly || valueChanged(job, old, "active")) && finished && active > 0) {
    errors.push(invalidValue(STATUS.child("active"), active, "active>0 is invalid for finished job"));
  }
  const idle = valueAt(job, "spec", "suspend") === true && optionalNumberAt(job, "spec", "completions") === 0;
  const startChanged = newly || valueChanged(job, old, "startTime");
  if (startChanged && !idle && finished && stringAt(job, "status", "startTime") === "") {
    errors.push(required(STATUS.child("startTime"), "startTime is required for finished job"));
  }
  const uncounted = objectAt(job, "status", "uncountedTerminatedPods");
  const before = objectAt(old, "status", "uncountedTerminatedPods");
  const some = ["failed", "succeeded"].some((list) => listAt(uncounted, list).length > 0);
  if (finished && some && (newly || !uncounted === !!before || !semanticEqual(uncounted, before, UNCOUNTED_TYPE))) {
    errors.push(invalidValue(UNCOUNTED, internalJson(uncounted!, UNCOUNTED_TYPE), "must be empty for finished job"));
  }
  return errors;
}

function validateReady(job: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const [finished, active] = [isFinished(job), numberAt(job, "status", "active")];
  const terminating = numberAt(job, "status", "terminating");
  const newly = finished !== isFinished(old);
  if ((newly || valueChanged(job, old, "terminating")) && finished && terminating > 0) {
    errors.push(invalidValue(STATUS.child("terminating"), terminating, "terminating>0 is invalid for finished job"));
  }
  const ready = optionalNumberAt(job, "status", "ready");
  const readyChanged = valueChanged(job, old, "ready") || valueChanged(job, old, "active");
  if (readyChanged && ready !== undefined && ready > active) {
    errors.push(invalidValue(STATUS.child("ready"), ready, "cannot set more ready pods than active"));
  }
  return errors;
}

function validateProgress(job: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const type of ["Failed", "Complete", "FailureTarget"]) {
    if (has(old, type) && !has(job, type)) {
      errors.push(withoutValue(CONDITIONS, `cannot disable the terminal ${type}=True condition`));
    }
  }
  const elastic =
    stringAt(job, "spec", "completionMode") === "Indexed" &&
    optionalNumberAt(job, "spec", "completions") === optionalNumberAt(job, "spec", "parallelism");
  for (const field of elastic ? ["failed"] : ["failed", "succeeded"]) {
    const now = numberAt(job, "status", field);
    if (now >= numberAt(old, "status", field)) continue;
    errors.push(invalidValue(STATUS.child(field), now, `cannot decrease the ${field} counter`));
  }
  const [now, before] = [stringAt(job, "status", "completionTime"), stringAt(old, "status", "completionTime")];
  if (now !== "" && before !== "" && now !== before) {
    errors.push(invalidValue(STATUS.child("completionTime"), now, "field is immutable"));
  }
  const resuming = has(old, "Suspended") && has(job, "Suspended", "False");
  const startMoved = stringAt(old, "status", "startTime") !== "" && valueChanged(job, old, "startTime");
  if (startMoved && !resuming && objectAt(job, "spec")?.suspend !== true) {
    errors.push(required(STATUS.child("startTime"), "startTime cannot be removed for unsuspended job"));
  }
  if (has(old, "SuccessCriteriaMet") && !has(job, "SuccessCriteriaMet")) {
    errors.push(withoutValue(CONDITIONS, "cannot disable the SuccessCriteriaMet=True condition"));
  }
  if (has(old, "Complete") && !has(old, "SuccessCriteriaMet") && has(job, "SuccessCriteriaMet")) {
    const why = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions";
    errors.push(withoutValue(CONDITIONS, why));
  }
  return errors;
}
