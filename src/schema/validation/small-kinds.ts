import {
  numberAt,
  objectAt,
  objectsAt,
  optionalNumberAt,
  optionalStringAt,
  stringAt,
  stringMapAt,
} from "../../kube/access.js";
import { duplicate, type FieldError, forbiddenField, invalidValue, notSupported } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { KubeObject } from "../../kube/json.js";
import { checkLabels, isDns1123Label, isDns1123Subdomain, type NameCheck } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateStatusConditions } from "./conditions.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { atMostHundredPercent, intOrPercent } from "./int-or-percent.js";
import { internalJson } from "./internal-json.js";
import { validateLabelSelector } from "./label-selectors.js";
import { immutable, validateObjectMeta, validateObjectMetaUpdate } from "./object-meta.js";
import { containerResourceName } from "./pod/requirements.js";
import { validateTolerations } from "./pod/scheduling.js";
import { validatePodTemplate } from "./pod/template.js";
import { validateAmount } from "./resources.js";
import { checked, goStruct, notNegative, oneOf } from "./words.js";
import { shownSelector } from "./workload-template.js";

const SPEC = FieldPath.of("spec");

/** Kinds of which only the name is of a certain form. */
export const named = (namespaced: boolean, name: NameCheck = isDns1123Subdomain): KindChecks => ({
  validateCreate: (object) => validateCoreMeta(object, namespaced, name),
  validateUpdate: validateCoreMetaUpdate,
});

/** upstream: apis/core/validation (ValidateServiceAccountUpdate). */
export const serviceAccountChecks: KindChecks = {
  validateCreate: (account) => validateCoreMeta(account, true, isDns1123Subdomain),
  validateUpdate: (account, old) => [
    ...validateCoreMetaUpdate(account, old),
    ...validateCoreMeta(account, true, isDns1123Subdomain),
  ],
  createWarnings: (account) => mountableWarnings(account),
  updateWarnings: mountableWarnings,
};

const ENFORCE = "kubernetes.io/enforce-mountable-secrets";

function mountableWarnings(account: KubeObject, old?: KubeObject): string[] {
  if (account.metadata.annotations?.[ENFORCE] === undefined || old?.metadata.annotations?.[ENFORCE] !== undefined)
    return [];
  const advice = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets";
  return [`metadata.annotations[${ENFORCE}]: ${advice}`];
}

function validateLeaseSpec(lease: KubeObject): FieldError[] {
  const seconds = optionalNumberAt(lease, "spec", "leaseDurationSeconds");
  const wrong = seconds !== undefined && seconds <= 0;
  return [
    ...(wrong ? [invalidValue(SPEC.child("leaseDurationSeconds"), seconds, "must be greater than 0")] : []),
    ...notNegative(SPEC.child("leaseTransitions"), optionalNumberAt(lease, "spec", "leaseTransitions")),
  ];
}

/** upstream: apis/coordination/validation. */
export const leaseChecks: KindChecks = {
  validateCreate: (lease) => [...validateObjectMeta(lease, true, isDns1123Subdomain), ...validateLeaseSpec(lease)],
  validateUpdate: (lease, old) => [...validateObjectMetaUpdate(lease, old), ...validateLeaseSpec(lease)],
};

function validateBudget(budget: KubeObject): FieldError[] {
  const spec = objectAt(budget, "spec") ?? {};
  const errors: FieldError[] = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    const shown = goStruct({
      MinAvailable: spec.minAvailable,
      Selector: shownSelector(objectAt(spec, "selector")),
      MaxUnavailable: spec.maxUnavailable,
      UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
    });
    errors.push(invalidValue(SPEC, shown, "minAvailable and maxUnavailable cannot be both set"));
  }
  for (const field of ["minAvailable", "maxUnavailable"]) {
    if (spec[field] === undefined) continue;
    errors.push(
      ...intOrPercent(SPEC.child(field), spec[field]),
      ...atMostHundredPercent(SPEC.child(field), spec[field]),
    );
  }
  errors.push(...validateLabelSelector(SPEC.child("selector"), objectAt(spec, "selector")));
  const policy = optionalStringAt(spec, "unhealthyPodEvictionPolicy");
  const policies = ["AlwaysAllow", "IfHealthyBudget"];
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(notSupported(SPEC.child("unhealthyPodEvictionPolicy"), policy, policies));
  }
  return errors;
}

const BUDGET_COUNTS = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"];

/** upstream: apis/policy/validation. */
export const podDisruptionBudgetChecks: KindChecks = {
  validateCreate: validateBudget,
  validateUpdate: validateBudget,
  subresources: {
    status: {
      validateUpdate: (budget) => [
        ...validateStatusConditions(FieldPath.of("status", "conditions"), budget),
        ...BUDGET_COUNTS.flatMap((field) =>
          notNegative(FieldPath.of("status", field), optionalNumberAt(budget, "status", field)),
        ),
      ],
    },
  },
};

const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  "system-node-critical": 2000001000,
  "system-cluster-critical": 2000000000,
};
const HIGHEST_USER_PRIORITY = 1_000_000_000;

function validatePriorityClass(priorityClass: KubeObject): FieldError[] {
  const errors = validateCoreMeta(priorityClass, false, isDns1123Subdomain);
  const name = priorityClass.metadata.name ?? "";
  const value = numberAt(priorityClass, "value");
  if (name.startsWith("system-")) {
    const why = systemClassProblem(name, value, priorityClass.globalDefault === true);
    const reserved = "priority class names with 'system-' prefix are reserved for system use only. error:";
    if (why) errors.push(forbiddenField(FieldPath.of("metadata", "name"), `${reserved} ${why}`));
  } else if (value > HIGHEST_USER_PRIORITY) {
    const why = `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`;
    errors.push(forbiddenField("value", why));
  }
  const policy = optionalStringAt(priorityClass, "preemptionPolicy");
  if (policy === undefined) return errors;
  return [...errors, ...oneOf(FieldPath.of("preemptionPolicy"), policy, ["PreemptLowerPriority", "Never"])];
}

/** upstream: apis/scheduling/v1/helpers.go (IsKnownSystemPriorityClass). */
function systemClassProblem(name: string, value: number, isDefault: boolean): string | undefined {
  const known = SYSTEM_CLASSES[name];
  if (known === undefined) return `${name} is not a known system priority class`;
  if (known !== value) return `value of ${name} PriorityClass must be ${known}`;
  return isDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export const priorityClassChecks: KindChecks = {
  validateCreate: validatePriorityClass,
  validateUpdate(priorityClass, old) {
    const errors = validateCoreMetaUpdate(priorityClass, old);
    if (numberAt(priorityClass, "value") !== numberAt(old, "value")) {
      errors.push(forbiddenField("value", "may not be changed in an update."));
    }
    const at = FieldPath.of("preemptionPolicy");
    return [...errors, ...immutable(priorityClass.preemptionPolicy, old.preemptionPolicy, at)];
  },
};

function validateRuntimeClass(runtimeClass: KubeObject): FieldError[] {
  const path = FieldPath.of("scheduling", "tolerations");
  const tolerations = objectsAt(runtimeClass, "scheduling", "tolerations");
  const keys = tolerations.map((each) => TOLERATION_KEY.map((field) => stringAt(each, field)).join(" "));
  return [
    ...validateObjectMeta(runtimeClass, false, isDns1123Subdomain),
    ...checked(FieldPath.of("handler"), stringAt(runtimeClass, "handler"), isDns1123Label),
    ...Object.entries(stringMapAt(runtimeClass, "overhead", "podFixed")).flatMap(([name, amount]) => {
      const at = FieldPath.of("overhead", "limits").key(name);
      return [...containerResourceName(at, name), ...validateAmount(at, name, amount)];
    }),
    ...checkLabels(stringMapAt(runtimeClass, "scheduling", "nodeSelector"), FieldPath.of("scheduling", "nodeSelector")),
    ...validateTolerations(path.child("tolerations"), tolerations),
    ...tolerations.flatMap((each, index) =>
      keys.indexOf(keys[index]!) < index ? [duplicate(path.index(index), internalJson(each, TOLERATION))] : [],
    ),
  ];
}

const TOLERATION = "io.k8s.api.core.v1.Toleration";
const TOLERATION_KEY = ["key", "operator", "value", "effect"];

/** upstream: apis/node/validation. */
export const runtimeClassChecks: KindChecks = {
  validateCreate: validateRuntimeClass,
  validateUpdate: (runtimeClass, old) => [
    ...validateRuntimeClass(runtimeClass),
    ...validateObjectMetaUpdate(runtimeClass, old),
    ...immutable(runtimeClass.handler, old.handler, FieldPath.of("handler"), ""),
  ],
};

/** upstream: apis/core/validation (ValidatePodTemplate). */
export const podTemplateChecks: KindChecks = {
  validateCreate: (template) => [
    ...validateCoreMeta(template, true, isDns1123Subdomain),
    ...validatePodTemplate(FieldPath.of("template"), objectAt(template, "template") ?? {}),
  ],
  validateUpdate: (template, old) => [
    ...validateCoreMetaUpdate(template, old),
    ...validatePodTemplate(FieldPath.of("template"), objectAt(template, "template") ?? {}),
  ],
};
