import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { age, type Printer } from "./cells.js";
import { field, integer, items, name, quantity, text, textOr } from "./fields.js";

/** How many metrics a cell shows before it only counts the rest. */
const SHOWN = 2;

const printHorizontalPodAutoscaler: Printer = (object) => {
  const minimum = field(object, "spec", "minReplicas");
  return [
    name(object),
    `${text(object, "spec", "scaleTargetRef", "kind")}/${text(object, "spec", "scaleTargetRef", "name")}`,
    metrics(object),
    minimum === undefined ? "<unset>" : String(minimum),
    integer(object, "spec", "maxReplicas"),
    integer(object, "status", "currentReplicas"),
    age(object),
  ];
};

function metrics(object: JsonObject): string {
  const specs = items(object, "spec", "metrics");
  if (specs.length === 0) return "<none>";
  const statuses = items(object, "status", "currentMetrics");
  const texts = specs.map((spec, index) => metric(spec, statuses[index]));
  const shown = texts.slice(0, SHOWN).join(", ");
  return texts.length > SHOWN ? `${shown} + ${texts.length - SHOWN} more...` : shown;
}

/** "current/target"; the status of a metric stands at the same index as its spec. */
function metric(spec: JsonObject, status: JsonObject | undefined): string {
  switch (text(spec, "type")) {
    case "External":
      return valueMetric(field(spec, "external", "target"), field(status, "external"));
    case "Object":
      return valueMetric(field(spec, "object", "target"), field(status, "object"));
    case "Pods":
      return `${current(field(status, "pods"), "averageValue")}/${goQuantity(field(spec, "pods", "target"), "averageValue")}`;
    case "Resource":
      return resourceMetric(field(spec, "resource"), field(status, "resource"));
    case "ContainerResource":
      return resourceMetric(field(spec, "containerResource"), field(status, "containerResource"));
    default:
      return "<unknown type>";
  }
}

function valueMetric(target: Json | undefined, status: Json | undefined): string {
  if (field(target, "averageValue") === undefined) {
    return `${current(status, "value")}/${goQuantity(target, "value")}`;
  }
  const average = textOr("<unknown>", status, "current", "averageValue");
  return `${average}/${quantity(target, "averageValue")} (avg)`;
}

function resourceMetric(spec: Json | undefined, status: Json | undefined): string {
  const resource = text(spec, "name");
  const target = field(spec, "target");
  if (field(target, "averageValue") !== undefined) {
    return `${resource}: ${current(status, "averageValue")}/${quantity(target, "averageValue")}`;
  }
  const used = field(status, "current", "averageUtilization");
  const wanted = field(target, "averageUtilization");
  return `${resource}: ${used === undefined ? "<unknown>" : `${used}%`}/${wanted === undefined ? "<auto>" : `${wanted}%`}`;
}

function current(status: Json | undefined, key: string): string {
  return isObject(status) ? goQuantity(field(status, "current"), key) : "<unknown>";
}

/** A quantity behind a pointer, as Go prints it. */
function goQuantity(value: Json | undefined, key: string): string {
  return textOr("<nil>", value, key);
}

export const autoscalingPrinters: Readonly<Record<string, Printer>> = {
  "autoscaling/HorizontalPodAutoscaler": printHorizontalPodAutoscaler,
};
