import { objectAt, optionalNumberAt, stringAt } from "../../kube/access.js";
import { type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { immutableSelector } from "./deployments.js";
import { amountOf, atMostHundredPercent, intOrPercent } from "./int-or-percent.js";
import { validateLabelSelector } from "./label-selectors.js";
import { validatePodTemplate } from "./pod/template.js";
import { countChecks } from "./replica-status.js";
import { goStruct, notNegative } from "./words.js";
import { isEmptySelector, MISMATCH, readSelector, shownSelector, validateLongRunning } from "./workload-template.js";

const SPEC = FieldPath.of("spec");
const TEMPLATE = SPEC.child("template");

/** upstream: apis/apps/validation (ValidateDaemonSetSpec). */
function validateSpec(daemonSet: KubeObject): FieldError[] {
  const spec = objectAt(daemonSet, "spec") ?? {};
  const template = objectAt(spec, "template") ?? {};
  return [
    ...validateSelector(objectAt(spec, "selector"), template),
    ...validatePodTemplate(TEMPLATE, template),
    ...validateLongRunning(TEMPLATE, template, "DaemonSet"),
    ...notNegative(SPEC.child("minReadySeconds"), optionalNumberAt(spec, "minReadySeconds")),
    ...validateStrategy(SPEC.child("updateStrategy"), objectAt(spec, "updateStrategy") ?? {}),
    ...notNegative(SPEC.child("revisionHistoryLimit"), optionalNumberAt(spec, "revisionHistoryLimit")),
  ];
}

function validateSelector(selector: JsonObject | undefined, template: JsonObject): FieldError[] {
  const errors = validateLabelSelector(SPEC.child("selector"), selector);
  const labels = objectAt(template, "metadata", "labels");
  const read = readSelector(selector);
  if (read && !read.matches(labels as Record<string, string> | undefined)) {
    errors.push(invalidValue(TEMPLATE.child("metadata", "labels"), labels ?? null, MISMATCH));
  }
  if (selector && isEmptySelector(selector)) {
    errors.push(
      invalidValue(SPEC.child("selector"), shownSelector(selector), "empty selector is invalid for daemonset"),
    );
  }
  return errors;
}

function validateStrategy(path: FieldPath, strategy: JsonObject): FieldError[] {
  const type = stringAt(strategy, "type");
  const rolling = objectAt(strategy, "rollingUpdate");
  if (type === "OnDelete") return [];
  const at = path.child("rollingUpdate");
  if (type === "RollingUpdate") return rolling ? validateRolling(at, rolling) : [required(at)];
  const shown = rolling
    ? goStruct({ MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 })
    : null;
  return [notSupported(path, goStruct({ Type: type, RollingUpdate: shown }), ["RollingUpdate", "OnDelete"])];
}

function validateRolling(path: FieldPath, rolling: JsonObject): FieldError[] {
  const fields = ["maxUnavailable", "maxSurge"];
  const errors = [
    ...fields.flatMap((field) => intOrPercent(path.child(field), rolling[field])),
    ...fields.flatMap((field) => atMostHundredPercent(path.child(field), rolling[field])),
  ];
  const [unavailable, surge] = fields.map((field) => amountOf(rolling[field]) !== 0);
  if (unavailable && surge) {
    const why = "may not be set when maxUnavailable is non-zero";
    errors.push(invalidValue(path.child("maxSurge"), rolling.maxSurge ?? 0, why));
  }
  if (!unavailable && !surge) errors.push(required(path.child("maxUnavailable"), "cannot be 0 when maxSurge is 0"));
  return errors;
}

export const daemonSetChecks: KindChecks = {
  validateCreate: (daemonSet) => [...validateCoreMeta(daemonSet, true, isDns1123Subdomain), ...validateSpec(daemonSet)],
  validateUpdate: (daemonSet, old) => [
    ...validateCoreMetaUpdate(daemonSet, old),
    ...immutableSelector(daemonSet, old),
    ...validateSpec(daemonSet),
  ],
  subresources: {
    status: {
      validateUpdate: countChecks({
        counters: [
          "currentNumberScheduled",
          "numberMisscheduled",
          "desiredNumberScheduled",
          "numberReady",
          "observedGeneration",
          "updatedNumberScheduled",
          "numberAvailable",
          "numberUnavailable",
          "collisionCount",
        ],
      }),
    },
  },
};
