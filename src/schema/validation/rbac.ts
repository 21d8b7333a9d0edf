import { listAt, objectAt, objectsAt, stringAt } from "../../kube/access.js";
import { type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain, isPathSegmentName } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { validateLabelSelector } from "./label-selectors.js";
import { checked, goStruct } from "./words.js";
import { readSelector } from "./workload-template.js";

const GROUP = "rbac.authorization.k8s.io";
const RULES = FieldPath.of("rules");
const ROLE_REF = FieldPath.of("roleRef");

function validateRule(path: FieldPath, rule: JsonObject, namespaced: boolean): FieldError[] {
  const has = (field: string): boolean => listAt(rule, field).length > 0;
  const errors: FieldError[] = [];
  if (!has("verbs")) errors.push(required(path.child("verbs"), "verbs must contain at least one value"));
  const urls = listAt(rule, "nonResourceURLs");
  if (urls.length > 0) {
    const at = path.child("nonResourceURLs");
    if (namespaced) errors.push(invalidValue(at, urls, "namespaced rules cannot apply to non-resource URLs"));
    if (["apiGroups", "resources", "resourceNames"].some(has)) {
      errors.push(invalidValue(at, urls, "rules cannot apply to both regular resources and non-resource URLs"));
    }
    return errors;
  }
  const missing = (field: string, what: string) =>
    has(field) ? [] : [required(path.child(field), `resource rules must supply at least one ${what}`)];
  return [...errors, ...missing("apiGroups", "api group"), ...missing("resources", "resource")];
}

function validateRules(role: KubeObject, namespaced: boolean): FieldError[] {
  return objectsAt(role, "rules").flatMap((rule, index) => validateRule(RULES.index(index), rule, namespaced));
}

function validateAggregation(role: KubeObject): FieldError[] {
  const rule = objectAt(role, "aggregationRule");
  if (!rule) return [];
  const at = FieldPath.of("aggregationRule", "clusterRoleSelectors");
  const selectors = objectsAt(rule, "clusterRoleSelectors");
  if (selectors.length === 0) {
    return [required(at, "at least one clusterRoleSelector required if aggregationRule is non-nil")];
  }
  return selectors.flatMap((selector, index) => {
    const errors = validateLabelSelector(at.index(index), selector);
    const readable = readSelector(selector) !== undefined;
    return readable ? errors : [...errors, invalidValue(at.index(index), null, "invalid label selector.")];
  });
}

/** Roles and bindings, namespaced or not; upstream: apis/rbac/validation. */
function validateRole(role: KubeObject, namespaced: boolean): FieldError[] {
  return [
    ...validateCoreMeta(role, namespaced, isPathSegmentName),
    ...validateRules(role, namespaced),
    ...(namespaced ? [] : validateAggregation(role)),
  ];
}

function validateBinding(binding: KubeObject, namespaced: boolean): FieldError[] {
  const reference = objectAt(binding, "roleRef");
  const kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  const [group, kind, name] = [
    stringAt(reference, "apiGroup"),
    stringAt(reference, "kind"),
    stringAt(reference, "name"),
  ];
  const at = ROLE_REF.child("name");
  return [
    ...validateCoreMeta(binding, namespaced, isPathSegmentName),
    ...(group === GROUP ? [] : [notSupported(ROLE_REF.child("apiGroup"), group, [GROUP])]),
    ...(kinds.includes(kind) ? [] : [notSupported(ROLE_REF.child("kind"), kind, kinds)]),
    ...(name === "" ? [required(at)] : checked(at, name, isPathSegmentName)),
    ...objectsAt(binding, "subjects").flatMap((subject, index) =>
      validateSubject(FieldPath.of("subjects").index(index), subject, namespaced),
    ),
  ];
}

function validateSubject(path: FieldPath, subject: JsonObject, namespaced: boolean): FieldError[] {
  const [kind, name, group] = [stringAt(subject, "kind"), stringAt(subject, "name"), stringAt(subject, "apiGroup")];
  const errors = name === "" ? [required(path.child("name"))] : [];
  const wrongGroup = (allowed: string) => notSupported(path.child("apiGroup"), group, [allowed]);
  switch (kind) {
    case "ServiceAccount":
      if (name !== "") errors.push(...checked(path.child("name"), name, isDns1123Subdomain));
      if (group !== "") errors.push(wrongGroup(""));
      if (!namespaced && stringAt(subject, "namespace") === "") errors.push(required(path.child("namespace")));
      return errors;
    case "User":
    case "Group":
      return group === GROUP ? errors : [...errors, wrongGroup(GROUP)];
    default:
      return [...errors, notSupported(path.child("kind"), kind, ["ServiceAccount", "User", "Group"])];
  }
}

function validateReferenceChange(binding: KubeObject, old: KubeObject): FieldError[] {
  if (semanticEqual(binding.roleRef, old.roleRef)) return [];
  const reference = objectAt(binding, "roleRef");
  const shown = goStruct({
    APIGroup: stringAt(reference, "apiGroup"),
    Kind: stringAt(reference, "kind"),
    Name: stringAt(reference, "name"),
  });
  return [invalidValue(ROLE_REF, shown, "cannot change roleRef")];
}

export const roleChecks = (namespaced: boolean): KindChecks => ({
  validateCreate: (role) => validateRole(role, namespaced),
  validateUpdate: (role, old) => {
    const errors = validateRole(role, namespaced);
    // The strategy validates, and so does the update validation that it calls next.
    return [...errors, ...errors, ...validateCoreMetaUpdate(role, old)];
  },
});

export const bindingChecks = (namespaced: boolean): KindChecks => ({
  validateCreate: (binding) => validateBinding(binding, namespaced),
  validateUpdate: (binding, old) => {
    const errors = validateBinding(binding, namespaced);
    return [...errors, ...errors, ...validateCoreMetaUpdate(binding, old), ...validateReferenceChange(binding, old)];
  },
});
