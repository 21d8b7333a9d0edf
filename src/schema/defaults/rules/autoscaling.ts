import { ensureObject, listAt, objectAt } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";
import { defaultMetric } from "../../convert/hpa.js";
import { orAbsent, type Rules, rulesFor } from "../rule.js";

const PERIOD_SECONDS = 15;
const DOUBLE = { type: "Percent", value: 100, periodSeconds: PERIOD_SECONDS };
const FOUR_PODS = { type: "Pods", value: 4, periodSeconds: PERIOD_SECONDS };

/** Upstream: pkg/apis/autoscaling/v1/defaults.go and v2/defaults.go; v1's default metric comes with its conversion. */
export const AUTOSCALING_RULES: Rules = {
  ...rulesFor("io.k8s.api.autoscaling.v1", {
    HorizontalPodAutoscaler: (value) => orAbsent(ensureObject(value, "spec"), { minReplicas: 1 }),
  }),
  ...rulesFor("io.k8s.api.autoscaling.v2", { HorizontalPodAutoscaler: autoscaler }),
};

function autoscaler(value: JsonObject): void {
  const spec = ensureObject(value, "spec");
  orAbsent(spec, { minReplicas: 1 });
  if (listAt(spec, "metrics").length === 0) spec.metrics = [defaultMetric()];
  const behavior = objectAt(spec, "behavior");
  if (!behavior) return;
  orAbsent(ensureObject(behavior, "scaleUp"), {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [{ ...FOUR_PODS }, { ...DOUBLE }],
  });
  orAbsent(ensureObject(behavior, "scaleDown"), { selectPolicy: "Max", policies: [{ ...DOUBLE }] });
}
