import { numberAt, objectAt, optionalNumberAt, stringAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { amountOf, atMostHundredPercent, intOrPercent } from "./int-or-percent.js";
import { IMMUTABLE } from "./object-meta.js";
import { countChecks } from "./replica-status.js";
import { goStruct, notNegative } from "./words.js";
import {
  hostnameWarnings,
  shownSelector,
  validateReplicaTemplate,
  validateRequiredSelector,
} from "./workload-template.js";

const SPEC = FieldPath.of("spec");

function specOf(object: KubeObject): JsonObject {
  return objectAt(object, "spec") ?? {};
}

/** upstream: apis/apps/validation (ValidateDeploymentSpec). */
function validateDeploymentSpec(spec: JsonObject): FieldError[] {
  const deadline = optionalNumberAt(spec, "progressDeadlineSeconds");
  const at = SPEC.child("progressDeadlineSeconds");
  const errors = [
    ...notNegative(SPEC.child("replicas"), optionalNumberAt(spec, "replicas")),
    ...validateRequiredSelector(SPEC.child("selector"), objectAt(spec, "selector"), "deployment"),
    ...validateReplicaTemplate(SPEC, spec),
    ...validateStrategy(SPEC.child("strategy"), objectAt(spec, "strategy") ?? {}),
    ...notNegative(SPEC.child("minReadySeconds"), optionalNumberAt(spec, "minReadySeconds")),
    ...notNegative(SPEC.child("revisionHistoryLimit"), optionalNumberAt(spec, "revisionHistoryLimit")),
    ...notNegative(at, deadline),
  ];
  if (deadline !== undefined && deadline <= numberAt(spec, "minReadySeconds")) {
    errors.push(invalidValue(at, deadline, "must be greater than minReadySeconds"));
  }
  return errors;
}

function validateStrategy(path: FieldPath, strategy: JsonObject): FieldError[] {
  const rolling = objectAt(strategy, "rollingUpdate");
  const at = path.child("rollingUpdate");
  switch (stringAt(strategy, "type")) {
    case "Recreate":
      return rolling ? [forbiddenField(at, "may not be specified when strategy `type` is 'Recreate'")] : [];
    case "RollingUpdate":
      return rolling ? validateRolling(at, rolling) : [required(at, "this should be defaulted and never be nil")];
  }
  const shown = goStruct({
    Type: stringAt(strategy, "type"),
    RollingUpdate: rolling
      ? goStruct({ MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 })
      : null,
  });
  return [notSupported(path, shown, ["Recreate", "RollingUpdate"])];
}

function validateRolling(path: FieldPath, rolling: JsonObject): FieldError[] {
  const { maxUnavailable, maxSurge } = rolling;
  const at = path.child("maxUnavailable");
  const errors = [...intOrPercent(at, maxUnavailable), ...intOrPercent(path.child("maxSurge"), maxSurge)];
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    errors.push(invalidValue(at, maxUnavailable ?? 0, "may not be 0 when `maxSurge` is 0"));
  }
  return [...errors, ...atMostHundredPercent(at, maxUnavailable)];
}

/** upstream: ValidateReplicaSetSpec; the word "deployment" in its message is its own. */
function validateReplicaSetSpec(spec: JsonObject): FieldError[] {
  return [
    ...notNegative(SPEC.child("replicas"), optionalNumberAt(spec, "replicas")),
    ...notNegative(SPEC.child("minReadySeconds"), optionalNumberAt(spec, "minReadySeconds")),
    ...validateRequiredSelector(SPEC.child("selector"), objectAt(spec, "selector"), "deployment"),
    ...validateReplicaTemplate(SPEC, spec),
  ];
}

export function immutableSelector(object: KubeObject, old: KubeObject): FieldError[] {
  const selector = objectAt(object, "spec", "selector");
  if (semanticEqual(selector, objectAt(old, "spec", "selector"))) return [];
  return [invalidValue(SPEC.child("selector"), shownSelector(selector), IMMUTABLE)];
}

export const deploymentChecks: KindChecks = {
  validateCreate: (deployment) => [
    ...validateCoreMeta(deployment, true, isDns1123Subdomain),
    ...validateDeploymentSpec(specOf(deployment)),
  ],
  validateUpdate: (deployment, old) => [
    ...validateCoreMetaUpdate(deployment, old),
    ...validateDeploymentSpec(specOf(deployment)),
    ...immutableSelector(deployment, old),
  ],
  createWarnings: hostnameWarnings,
  subresources: {
    status: {
      validateUpdate: countChecks({
        counters: [
          "observedGeneration",
          "replicas",
          "updatedReplicas",
          "readyReplicas",
          "availableReplicas",
          "unavailableReplicas",
          "terminatingReplicas",
          "collisionCount",
        ],
        within: ["updatedReplicas", "readyReplicas", "availableReplicas"],
        available: "readyReplicas",
      }),
    },
  },
};

export const replicaSetChecks: KindChecks = {
  validateCreate: (set) => [...validateCoreMeta(set, true, isDns1123Subdomain), ...validateReplicaSetSpec(specOf(set))],
  validateUpdate: (set, old) => [
    ...validateCoreMetaUpdate(set, old),
    ...validateReplicaSetSpec(specOf(set)),
    ...immutableSelector(set, old),
  ],
  createWarnings: hostnameWarnings,
  subresources: {
    status: {
      validateUpdate: countChecks({
        counters: [
          "replicas",
          "fullyLabeledReplicas",
          "readyReplicas",
          "availableReplicas",
          "observedGeneration",
          "terminatingReplicas",
        ],
        within: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
        available: "readyReplicas",
      }),
    },
  },
};
