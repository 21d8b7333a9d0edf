import { objectAt, objectsAt, optionalNumberAt, optionalStringAt, stringAt, stringsAt } from "../../kube/access.js";
import { duplicate, type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1035Label, isDns1123Subdomain } from "../../kube/names.js";
import { clientErrors } from "../crd/checks/conversion.js";
import { semanticEqual } from "../strategy/equality.js";
import { FAILURE_POLICIES, MATCH_POLICIES, validateMatchConditions, validateRule } from "./admission-rules.js";
import type { KindChecks } from "./checks.js";
import { qualifiedName } from "./domain-names.js";
import { validateLabelSelector } from "./label-selectors.js";
import { validateObjectMeta } from "./object-meta.js";

/** upstream: apis/admissionregistration/validation (ValidateMutatingWebhookConfiguration and its twin). */

const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const ALL_SIDE_EFFECTS = ["None", "NoneOnDryRun", "Some", "Unknown"];
const REINVOCATIONS = ["IfNeeded", "Never"];
const REVIEW_VERSIONS = ["v1", "v1beta1"];
const ONE_OF = `must specify one of ${REVIEW_VERSIONS.join(", ")}`;

/** What was there before may stay wrong. */
interface Leniency {
  readonly sideEffects: boolean;
  readonly reviewVersions: boolean;
  readonly names: boolean;
  readonly conditions: boolean;
}

const STRICT: Leniency = { sideEffects: false, reviewVersions: false, names: false, conditions: false };

function leniencyOf(now: KubeObject, old: KubeObject): Leniency {
  const [hooks, before] = [objectsAt(now, "webhooks"), objectsAt(old, "webhooks")];
  const names = before.map((hook) => stringAt(hook, "name"));
  return {
    sideEffects: before.some((hook) => !SIDE_EFFECTS.includes(stringAt(hook, "sideEffects"))),
    reviewVersions: before.some((hook) => {
      const versions = stringsAt(hook, "admissionReviewVersions");
      return versions.length > 0 && !versions.some((version) => REVIEW_VERSIONS.includes(version));
    }),
    names: new Set(names).size < names.length,
    conditions:
      hooks.length === before.length &&
      hooks.every((hook, index) => semanticEqual(hook.matchConditions, before[index]!.matchConditions)),
  };
}

function validateConfiguration(configuration: KubeObject, mutating: boolean, leniency: Leniency): FieldError[] {
  const hooks = objectsAt(configuration, "webhooks");
  const names = hooks.map((hook) => stringAt(hook, "name"));
  const errors = validateObjectMeta(configuration, false, isDns1123Subdomain);
  for (const [index, hook] of hooks.entries()) {
    const at = FieldPath.of("webhooks").index(index);
    errors.push(...validateHook(at, hook, mutating, leniency));
    const versions = stringsAt(hook, "admissionReviewVersions");
    errors.push(...validateVersions(at.child("admissionReviewVersions"), versions, leniency.reviewVersions));
    const again = names[index] !== "" && names.indexOf(names[index]!) < index;
    if (again && !leniency.names) errors.push(duplicate(at.child("name"), names[index]!));
  }
  return errors;
}

function validateHook(path: FieldPath, hook: JsonObject, mutating: boolean, leniency: Leniency): FieldError[] {
  const errors = qualifiedName(path.child("name"), stringAt(hook, "name"));
  const rulesAt = path.child("rules");
  errors.push(...objectsAt(hook, "rules").flatMap((rule, index) => validateRule(rulesAt.index(index), rule)));
  const choose = (field: string, values: readonly string[]): void => {
    const value = optionalStringAt(hook, field);
    if (value === undefined || values.includes(value)) return;
    errors.push(notSupported(path.child(field), value, values));
  };
  choose("failurePolicy", FAILURE_POLICIES);
  choose("matchPolicy", MATCH_POLICIES);
  const sideEffects = leniency.sideEffects ? ALL_SIDE_EFFECTS : SIDE_EFFECTS;
  if (hook.sideEffects === undefined) {
    errors.push(required(path.child("sideEffects"), `must specify one of ${sideEffects.join(", ")}`));
  }
  choose("sideEffects", sideEffects);
  const timeout = optionalNumberAt(hook, "timeoutSeconds");
  if (timeout !== undefined && (timeout > 30 || timeout < 1)) {
    const why = "the timeout value must be between 1 and 30 seconds";
    errors.push(invalidValue(path.child("timeoutSeconds"), timeout, why));
  }
  for (const field of ["namespaceSelector", "objectSelector"]) {
    errors.push(...validateLabelSelector(path.child(field), objectAt(hook, field)));
  }
  if (mutating) choose("reinvocationPolicy", REINVOCATIONS);
  errors.push(...clientErrors(objectAt(hook, "clientConfig") ?? {}, path.child("clientConfig")));
  if (leniency.conditions) return errors;
  return [...errors, ...validateMatchConditions(path.child("matchConditions"), objectsAt(hook, "matchConditions"))];
}

function validateVersions(path: FieldPath, versions: readonly string[], anyVersion: boolean): FieldError[] {
  if (versions.length === 0) return [required(path, ONE_OF)];
  const errors = versions.flatMap((version, index) => {
    const at = path.index(index);
    if (versions.indexOf(version) < index) return [invalidValue(at, version, "duplicate version")];
    return isDns1035Label(version).map((why) => invalidValue(at, version, why));
  });
  if (anyVersion || versions.some((version) => REVIEW_VERSIONS.includes(version))) return errors;
  const why = `must include at least one of ${REVIEW_VERSIONS.join(", ")}`;
  return [...errors, invalidValue(path, [...versions], why)];
}

export const webhookConfigurationChecks = (mutating: boolean): KindChecks => ({
  validateCreate: (configuration) => validateConfiguration(configuration, mutating, STRICT),
  validateUpdate: (now, old) => validateConfiguration(now, mutating, leniencyOf(now, old)),
});
