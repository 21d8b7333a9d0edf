import { ensureObject, objectAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { dropDisabledPodSpec } from "./disabled-fields.js";
import { semanticEqual } from "./equality.js";

/** Drops what no enabled feature of the emulated version reads from `spec.template`. */
export function dropFromTemplate(object: KubeObject, old?: KubeObject): void {
  const spec = objectAt(object, "spec", "template", "spec");
  if (spec) dropDisabledPodSpec(spec, objectAt(old, "spec", "template", "spec"));
}

export function dropFromJobTemplate(object: KubeObject, old?: KubeObject): void {
  const spec = objectAt(object, "spec", "jobTemplate", "spec", "template", "spec");
  if (spec) dropDisabledPodSpec(spec, objectAt(old, "spec", "jobTemplate", "spec", "template", "spec"));
}

/** PodTemplate keeps its template outside of a spec. */
export function dropFromOwnTemplate(object: KubeObject, old?: KubeObject): void {
  const spec = objectAt(object, "template", "spec");
  if (spec) dropDisabledPodSpec(spec, objectAt(old, "template", "spec"));
}

/** status.terminatingReplicas is kept only where it was before (feature DeploymentReplicaSetTerminatingReplicas). */
export function dropTerminatingReplicas(object: KubeObject, old: KubeObject): void {
  const status = objectAt(object, "status");
  if (status && objectAt(old, "status")?.terminatingReplicas === undefined) delete status.terminatingReplicas;
}

/** A DaemonSet counts its template by itself, too; upstream: registry/apps/daemonset/strategy.go. */
export function startTemplateGeneration(daemonSet: KubeObject): void {
  const annotations = daemonSet.metadata.annotations?.[TEMPLATE_GENERATION];
  if (annotations === undefined || Number(annotations) < 1) setTemplateGeneration(daemonSet, 1);
  dropFromTemplate(daemonSet);
}

export function countTemplateGeneration(daemonSet: KubeObject, old: KubeObject): void {
  dropFromTemplate(daemonSet, old);
  const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
  const [now, then] = [objectAt(daemonSet, "spec", "template"), objectAt(old, "spec", "template")];
  const same = semanticEqual(now, then, "io.k8s.api.core.v1.PodTemplateSpec");
  setTemplateGeneration(daemonSet, same ? before : before + 1);
}

export function keepTemplateGeneration(daemonSet: KubeObject, old: KubeObject): void {
  setTemplateGeneration(daemonSet, Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0));
}

/** apps/v1 shows the internal templateGeneration as this annotation; upstream: apis/apps/v1/conversion.go. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

function setTemplateGeneration(daemonSet: KubeObject, value: number): void {
  const annotations = ensureObject(daemonSet.metadata, "annotations");
  annotations[TEMPLATE_GENERATION] = String(value);
}

/** rollingUpdate.maxUnavailable of a StatefulSet needs the feature MaxUnavailableStatefulSet. */
export function dropStatefulSetMaxUnavailable(statefulSet: KubeObject, old?: KubeObject): void {
  const rolling = objectAt(statefulSet, "spec", "updateStrategy", "rollingUpdate");
  const before = objectAt(old, "spec", "updateStrategy", "rollingUpdate");
  if (rolling && before?.maxUnavailable === undefined) delete rolling.maxUnavailable;
  dropFromTemplate(statefulSet, old);
}

/** HPA behavior.*.tolerance needs the feature HPAConfigurableTolerance. */
export function dropTolerance(autoscaler: KubeObject, old?: KubeObject): void {
  const rules = (object: KubeObject | undefined): (JsonObject | undefined)[] =>
    ["scaleDown", "scaleUp"].map((name) => objectAt(object, "spec", "behavior", name));
  if (rules(old).some((rule) => rule?.tolerance !== undefined)) return;
  for (const rule of rules(autoscaler)) if (rule) delete rule.tolerance;
}

/** Lease strategy and preferredHolder need the feature CoordinatedLeaderElection. */
export function dropCoordinatedElection(lease: KubeObject, old?: KubeObject): void {
  const spec = objectAt(lease, "spec");
  for (const field of ["strategy", "preferredHolder"]) {
    if (spec && objectAt(old, "spec")?.[field] === undefined) delete spec[field];
  }
}

const JOB_NAME_LABELS = ["job-name", "batch.kubernetes.io/job-name"];
const CONTROLLER_UID = "batch.kubernetes.io/controller-uid";
const CONTROLLER_UID_LABELS = ["controller-uid", CONTROLLER_UID];

/** Unless spec.manualSelector, a Job selects its pods by its own uid; upstream: registry/batch/job/strategy.go. */
export function generateJobSelector(job: KubeObject): void {
  dropFromTemplate(job);
  const spec = ensureObject(job, "spec");
  if (spec.manualSelector === true) return;
  const labels = ensureObject(ensureObject(ensureObject(spec, "template"), "metadata"), "labels");
  for (const label of JOB_NAME_LABELS) labels[label] ??= job.metadata.name ?? "";
  for (const label of CONTROLLER_UID_LABELS) labels[label] ??= job.metadata.uid ?? "";
  const matchLabels = ensureObject(ensureObject(spec, "selector"), "matchLabels");
  matchLabels[CONTROLLER_UID] ??= job.metadata.uid ?? "";
}
