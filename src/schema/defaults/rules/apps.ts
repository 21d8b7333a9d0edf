import { ensureObject, objectAt } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";
import { orAbsent, orZero, rulesFor } from "../rule.js";

/** Upstream: pkg/apis/apps/v1/defaults.go. */
export const APPS_RULES = rulesFor("io.k8s.api.apps.v1", {
  DaemonSet: daemonSet,
  Deployment: deployment,
  ReplicaSet: (value) => orAbsent(ensureObject(value, "spec"), { replicas: 1 }),
  StatefulSet: statefulSet,
});

const HISTORY = 10;
const PROGRESS_SECONDS = 600;

function deployment(value: JsonObject): void {
  const spec = ensureObject(value, "spec");
  const strategy = ensureObject(spec, "strategy");
  orZero(strategy, { type: "RollingUpdate" });
  if (strategy.type === "RollingUpdate") {
    orAbsent(ensureObject(strategy, "rollingUpdate"), { maxUnavailable: "25%", maxSurge: "25%" });
  }
  orAbsent(spec, { replicas: 1, revisionHistoryLimit: HISTORY, progressDeadlineSeconds: PROGRESS_SECONDS });
}

function daemonSet(value: JsonObject): void {
  const spec = ensureObject(value, "spec");
  const strategy = ensureObject(spec, "updateStrategy");
  orZero(strategy, { type: "RollingUpdate" });
  if (strategy.type === "RollingUpdate") {
    orAbsent(ensureObject(strategy, "rollingUpdate"), { maxUnavailable: 1, maxSurge: 0 });
  }
  orAbsent(spec, { revisionHistoryLimit: HISTORY });
}

function statefulSet(value: JsonObject): void {
  const spec = ensureObject(value, "spec");
  orZero(spec, { podManagementPolicy: "OrderedReady" });
  const strategy = ensureObject(spec, "updateStrategy");
  if (!strategy.type) {
    strategy.type = "RollingUpdate";
    orAbsent(strategy, { rollingUpdate: {} });
  }
  const rolling = objectAt(strategy, "rollingUpdate");
  if (strategy.type === "RollingUpdate" && rolling) orAbsent(rolling, { partition: 0 });
  orZero(ensureObject(spec, "persistentVolumeClaimRetentionPolicy"), { whenDeleted: "Retain", whenScaled: "Retain" });
  orAbsent(spec, { replicas: 1, revisionHistoryLimit: HISTORY });
}
