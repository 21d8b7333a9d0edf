import { ensureObject, objectAt } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";
import { orAbsent, orZero, rulesFor } from "../rule.js";
import { adopt } from "./core.js";

/** Upstream: pkg/apis/batch/v1/defaults.go. */
export const BATCH_RULES = rulesFor("io.k8s.api.batch.v1", {
  CronJob: cronJob,
  Job: job,
  PodFailurePolicyOnPodConditionsPattern: (pattern) => orZero(pattern, { status: "True" }),
});

const MAX_INT32 = 2 ** 31 - 1;
const BACKOFF_LIMIT = 6;

function job(value: JsonObject): void {
  const spec = ensureObject(value, "spec");
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  orAbsent(spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : MAX_INT32,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
    manualSelector: false,
  });
  const labels = objectAt(spec, "template", "metadata", "labels");
  if (labels) adopt(ensureObject(value, "metadata"), "labels", labels);
}

function cronJob(value: JsonObject): void {
  const spec = ensureObject(value, "spec");
  orZero(spec, { concurrencyPolicy: "Allow" });
  orAbsent(spec, { suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
}
