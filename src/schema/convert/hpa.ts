import { numberAt, objectAt, objectsAt, stringAt, stringMapAt } from "../../kube/access.js";
import type { Json, JsonObject } from "../../kube/json.js";
import { cloneJson } from "../../kube/json-access.js";
import { readBehavior, writeBehavior } from "./hpa-behavior.js";
import { specToV1, specToV2, statusToV1, statusToV2 } from "./hpa-metrics.js";
import { CONDITION, METRIC_SPEC, METRIC_STATUS } from "./hpa-shapes.js";
import { readList, write } from "./shapes.js";

/** Percent of the requested CPU, for autoscalers without any metric. */
const DEFAULT_CPU_UTILIZATION = 80;

const PREFIX = "autoscaling.alpha.kubernetes.io/";
const METRICS = `${PREFIX}metrics`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const BEHAVIOR = `${PREFIX}behavior`;
const CARRIERS = [
  METRICS,
  CURRENT_METRICS,
  CONDITIONS,
  BEHAVIOR,
  `${PREFIX}scale-down-tolerance`,
  `${PREFIX}scale-up-tolerance`,
];

/** The metric of an autoscaler that names none. */
export function defaultMetric(): JsonObject {
  return cpuMetric(DEFAULT_CPU_UTILIZATION);
}

/**
 * autoscaling/v1 → v2. Annotations carry what v1 has no fields for; unreadable ones are ignored.
 * Upstream: pkg/apis/autoscaling/v1/conversion.go.
 */
export function autoscalerToV2(object: JsonObject): JsonObject {
  const annotations = stringMapAt(object, "metadata", "annotations");
  const { targetCPUUtilizationPercentage: target, ...spec } = objectAt(object, "spec") ?? {};
  const { currentCPUUtilizationPercentage: current, ...status } = objectAt(object, "status") ?? {};
  const carried = readAnnotation(annotations, METRICS, METRIC_SPEC)?.map(specToV2) ?? [];
  const metrics = [...carried, ...(target === undefined ? [] : [cpuMetric(target)])];
  spec.metrics = metrics.length > 0 ? metrics : [defaultMetric()];
  const behavior = annotations[BEHAVIOR] === undefined ? undefined : readBehavior(annotations[BEHAVIOR]);
  if (behavior) spec.behavior = behavior;
  const currentMetrics = readAnnotation(annotations, CURRENT_METRICS, METRIC_STATUS)?.map(statusToV2);
  if (currentMetrics) status.currentMetrics = currentMetrics;
  else if (current !== undefined) status.currentMetrics = [cpuStatus(current)];
  const conditions = readAnnotation(annotations, CONDITIONS, CONDITION);
  if (conditions) status.conditions = conditions;
  return { ...withoutCarriers(object), spec, status };
}

/** autoscaling/v2 → v1. */
export function autoscalerToV1(object: JsonObject): JsonObject {
  const { metrics: _metrics, behavior, ...spec } = objectAt(object, "spec") ?? {};
  const { currentMetrics: _current, conditions: _conditions, ...status } = objectAt(object, "status") ?? {};
  const out: JsonObject = { ...withoutCarriers(object), spec, status };
  const metrics = objectsAt(object, "spec", "metrics");
  const cpu = metrics.find(isCpuUtilization);
  if (cpu) spec.targetCPUUtilizationPercentage = numberAt(cpu, "resource", "target", "averageUtilization");
  const others = metrics.filter((metric) => !isCpuUtilization(metric)).map(specToV1);
  const current = objectsAt(object, "status", "currentMetrics");
  for (const metric of current) {
    const utilization = objectAt(metric, "resource", "current")?.averageUtilization;
    if (isCpu(metric) && utilization !== undefined) status.currentCPUUtilizationPercentage = utilization;
  }
  annotate(out, METRICS, others, METRIC_SPEC);
  annotate(out, CURRENT_METRICS, current.map(statusToV1), METRIC_STATUS);
  annotate(out, CONDITIONS, objectsAt(object, "status", "conditions"), CONDITION);
  if (behavior !== undefined) setAnnotation(out, BEHAVIOR, writeBehavior(behavior));
  return out;
}

/** v2 has fields for all of it, so the annotations mean nothing there. Changes `object`. */
export function dropCarriers(object: JsonObject): void {
  const annotations = objectAt(object, "metadata", "annotations");
  for (const name of annotations ? CARRIERS : []) delete annotations?.[name];
}

function withoutCarriers(object: JsonObject): JsonObject {
  const metadata = objectAt(object, "metadata");
  if (!metadata || !objectAt(metadata, "annotations")) return { ...object };
  const copy = { ...object, metadata: cloneJson(metadata) };
  dropCarriers(copy);
  return copy;
}

function readAnnotation(annotations: Record<string, string>, name: string, of: typeof METRIC_SPEC) {
  const text = annotations[name];
  return text === undefined ? undefined : readList(text, of);
}

function annotate(object: JsonObject, name: string, items: readonly JsonObject[], of: typeof METRIC_SPEC): void {
  if (items.length > 0) setAnnotation(object, name, write([...items], { list: of }));
}

/** The metadata may still be the original's, so it is copied. */
function setAnnotation(object: JsonObject, name: string, value: string): void {
  const metadata = objectAt(object, "metadata") ?? {};
  object.metadata = { ...metadata, annotations: { ...objectAt(metadata, "annotations"), [name]: value } };
}

function isCpu(metric: JsonObject): boolean {
  return metric.type === "Resource" && stringAt(metric, "resource", "name") === "cpu";
}

function isCpuUtilization(metric: JsonObject): boolean {
  return isCpu(metric) && objectAt(metric, "resource", "target")?.averageUtilization !== undefined;
}

function cpuMetric(averageUtilization: Json): JsonObject {
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
}

function cpuStatus(averageUtilization: Json): JsonObject {
  return { type: "Resource", resource: { name: "cpu", current: { averageUtilization } } };
}
