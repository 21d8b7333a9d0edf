import { orAbsent, orZero, type Rules, rulesFor } from "../rule.js";

/** Upstream: pkg/apis/flowcontrol/v1/defaults.go, pkg/apis/scheduling/v1/defaults.go. */
export const FLOWCONTROL_RULES: Rules = {
  ...rulesFor("io.k8s.api.flowcontrol.v1", {
    FlowSchemaSpec: (spec) => orZero(spec, { matchingPrecedence: 1000 }),
    ExemptPriorityLevelConfiguration: (level) => orAbsent(level, { nominalConcurrencyShares: 0, lendablePercent: 0 }),
    LimitedPriorityLevelConfiguration: (level) => orAbsent(level, { nominalConcurrencyShares: 30, lendablePercent: 0 }),
    QueuingConfiguration: (queuing) => orZero(queuing, { handSize: 8, queues: 64, queueLengthLimit: 50 }),
  }),
  ...rulesFor("io.k8s.api.scheduling.v1", {
    PriorityClass: (value) => orAbsent(value, { preemptionPolicy: "PreemptLowerPriority" }),
  }),
};
