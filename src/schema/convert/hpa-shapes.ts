import type { Field, Shape, Struct } from "./shapes.js";

function struct(...fields: Field[]): Struct {
  return { fields };
}

function field(name: string, shape: Shape): Field {
  return { name, shape };
}

function optional(name: string, shape: Shape): Field {
  return { name, shape, omit: true };
}

const SELECTOR = struct(
  optional("matchLabels", "stringMap"),
  optional("matchExpressions", {
    list: struct(field("key", "string"), field("operator", "string"), optional("values", "strings")),
  }),
);
const REFERENCE = struct(field("kind", "string"), field("name", "string"), optional("apiVersion", "string"));

function metric(object: Struct, pods: Struct, resource: Struct, containerResource: Struct, external: Struct): Struct {
  return struct(
    field("type", "string"),
    optional("object", object),
    optional("pods", pods),
    optional("resource", resource),
    optional("containerResource", containerResource),
    optional("external", external),
  );
}

const TARGETS = [
  field("name", "string"),
  optional("targetAverageUtilization", "int"),
  optional("targetAverageValue", "quantity"),
];

/** autoscaling/v1 MetricSpec; upstream: k8s.io/api/autoscaling/v1/types.go. */
export const METRIC_SPEC = metric(
  struct(
    field("target", REFERENCE),
    field("metricName", "string"),
    field("targetValue", "quantity"),
    optional("selector", SELECTOR),
    optional("averageValue", "quantity"),
  ),
  struct(field("metricName", "string"), field("targetAverageValue", "quantity"), optional("selector", SELECTOR)),
  struct(...TARGETS),
  struct(...TARGETS, field("container", "string")),
  struct(
    field("metricName", "string"),
    optional("metricSelector", SELECTOR),
    optional("targetValue", "quantity"),
    optional("targetAverageValue", "quantity"),
  ),
);

const CURRENTS = [
  field("name", "string"),
  optional("currentAverageUtilization", "int"),
  field("currentAverageValue", "quantity"),
];

/** autoscaling/v1 MetricStatus. */
export const METRIC_STATUS = metric(
  struct(
    field("target", REFERENCE),
    field("metricName", "string"),
    field("currentValue", "quantity"),
    optional("selector", SELECTOR),
    optional("averageValue", "quantity"),
  ),
  struct(field("metricName", "string"), field("currentAverageValue", "quantity"), optional("selector", SELECTOR)),
  struct(...CURRENTS),
  struct(...CURRENTS, field("container", "string")),
  struct(
    field("metricName", "string"),
    optional("metricSelector", SELECTOR),
    field("currentValue", "quantity"),
    optional("currentAverageValue", "quantity"),
  ),
);

/** autoscaling/v1 HorizontalPodAutoscalerCondition: the zero time is written as null. */
export const CONDITION = struct(
  field("type", "string"),
  field("status", "string"),
  field("lastTransitionTime", "time"),
  optional("reason", "string"),
  optional("message", "string"),
);
