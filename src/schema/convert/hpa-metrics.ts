import { objectAt } from "../../kube/access.js";
import type { Json, JsonObject } from "../../kube/json.js";

/** Metrics of autoscaling/v1, which exist in annotations only, and of v2; upstream: pkg/apis/autoscaling/v1/conversion.go. */

/** Fields that have a value. */
function of(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** One kind of source after the other; absent ones stay absent. */
function each(metric: JsonObject, change: Readonly<Record<string, (source: JsonObject) => JsonObject>>): JsonObject {
  const out: JsonObject = of({ type: metric.type });
  for (const [name, convert] of Object.entries(change)) {
    const source = objectAt(metric, name);
    if (source) out[name] = convert(source);
  }
  return out;
}

const ZERO = "0";

export function specToV2(metric: JsonObject): JsonObject {
  const resource = (source: JsonObject) => {
    const { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue } = source;
    const type = averageUtilization === undefined ? "AverageValue" : "Utilization";
    return of({
      name: source.name,
      target: of({ type, averageUtilization, averageValue }),
      container: source.container,
    });
  };
  return each(metric, {
    object: (source) => {
      const { averageValue, targetValue = ZERO } = source;
      const type = averageValue === undefined ? "Value" : "AverageValue";
      const target = of({ type, value: targetValue, averageValue });
      return of({ describedObject: source.target, target, metric: identity(source, "selector") });
    },
    pods: (source) => {
      const target = { type: "AverageValue", averageValue: source.targetAverageValue ?? ZERO };
      return { metric: identity(source, "selector"), target };
    },
    resource,
    containerResource: resource,
    external: (source) => {
      const { targetValue: value, targetAverageValue: averageValue } = source;
      const type = value === undefined ? "AverageValue" : "Value";
      return { metric: identity(source, "metricSelector"), target: of({ type, value, averageValue }) };
    },
  });
}

export function specToV1(metric: JsonObject): JsonObject {
  const resource = (source: JsonObject) => {
    const { averageUtilization, averageValue } = objectAt(source, "target") ?? {};
    return of({
      name: source.name,
      targetAverageUtilization: averageUtilization,
      targetAverageValue: averageValue,
      container: source.container,
    });
  };
  return each(metric, {
    object: (source) => {
      const { value: targetValue, averageValue } = objectAt(source, "target") ?? {};
      return of({ target: source.describedObject, ...named(source, "selector"), targetValue, averageValue });
    },
    pods: (source) =>
      of({ ...named(source, "selector"), targetAverageValue: objectAt(source, "target")?.averageValue }),
    resource,
    containerResource: resource,
    external: (source) => {
      const { value: targetValue, averageValue: targetAverageValue } = objectAt(source, "target") ?? {};
      return of({ ...named(source, "metricSelector"), targetValue, targetAverageValue });
    },
  });
}

export function statusToV2(metric: JsonObject): JsonObject {
  const resource = (source: JsonObject) => {
    const { currentAverageUtilization: averageUtilization, currentAverageValue: averageValue = ZERO } = source;
    return of({ name: source.name, current: of({ averageValue, averageUtilization }), container: source.container });
  };
  return each(metric, {
    object: (source) => {
      const current = of({ value: source.currentValue ?? ZERO, averageValue: source.averageValue });
      return of({ metric: identity(source, "selector"), current, describedObject: source.target });
    },
    pods: (source) => {
      const current = { averageValue: source.currentAverageValue ?? ZERO };
      return { metric: identity(source, "selector"), current };
    },
    resource,
    containerResource: resource,
    external: (source) => {
      const current = of({ value: source.currentValue ?? ZERO, averageValue: source.currentAverageValue });
      return { metric: identity(source, "metricSelector"), current };
    },
  });
}

export function statusToV1(metric: JsonObject): JsonObject {
  const current = (source: JsonObject) => objectAt(source, "current") ?? {};
  const resource = (source: JsonObject) => {
    const { averageUtilization, averageValue } = current(source);
    return of({
      name: source.name,
      currentAverageUtilization: averageUtilization,
      currentAverageValue: averageValue,
      container: source.container,
    });
  };
  return each(metric, {
    object: (source) => {
      const { value: currentValue, averageValue } = current(source);
      return of({ target: source.describedObject, ...named(source, "selector"), currentValue, averageValue });
    },
    pods: (source) => of({ ...named(source, "selector"), currentAverageValue: current(source).averageValue }),
    resource,
    containerResource: resource,
    external: (source) => {
      const { value: currentValue, averageValue: currentAverageValue } = current(source);
      return of({ ...named(source, "metricSelector"), currentValue, currentAverageValue });
    },
  });
}

/** v1's metric name and selector as v2 keeps them together. */
function identity(source: JsonObject, selector: string): JsonObject {
  return of({ name: source.metricName, selector: source[selector] });
}

function named(source: JsonObject, selector: string): JsonObject {
  const metric = objectAt(source, "metric");
  return { metricName: metric?.name, [selector]: metric?.selector };
}
