import { objectAt, optionalStringAt, stringAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, notSupported, required, tooLong } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { domainPrefixedPath, requiredSegment } from "./domain-names.js";
import { immutable } from "./object-meta.js";
import { checked } from "./words.js";

const SPEC = FieldPath.of("spec");
const MAX_CONTROLLER = 250;

/** apiGroup, kind and name of something in the same namespace; upstream: validateIngressTypedLocalObjectReference. */
export function validateTypedReference(path: FieldPath, reference: JsonObject): FieldError[] {
  const group = optionalStringAt(reference, "apiGroup");
  return [
    ...(group === undefined ? [] : checked(path.child("apiGroup"), group, isDns1123Subdomain)),
    ...requiredSegment(path.child("kind"), stringAt(reference, "kind")),
    ...requiredSegment(path.child("name"), stringAt(reference, "name")),
  ];
}

function validateParameters(path: FieldPath, parameters: JsonObject | undefined): FieldError[] {
  if (!parameters) return [];
  const errors = validateTypedReference(path, parameters);
  const scope = optionalStringAt(parameters, "scope");
  const namespace = optionalStringAt(parameters, "namespace");
  const at = path.child("namespace");
  if (scope === undefined) return [...errors, required(path.child("scope"))];
  if (scope === "Namespace") {
    if (namespace === undefined) errors.push(required(at, "`parameters.scope` is set to 'Namespace'"));
    else errors.push(...checked(at, namespace, isDns1123Label));
  } else if (scope !== "Cluster") {
    errors.push(notSupported(path.child("scope"), scope, ["Cluster", "Namespace"]));
  } else if (namespace !== undefined) errors.push(forbiddenField(at, "`parameters.scope` is set to 'Cluster'"));
  return errors;
}

function validateClass(ingressClass: KubeObject): FieldError[] {
  const controller = stringAt(ingressClass, "spec", "controller");
  const at = SPEC.child("controller");
  return [
    ...validateCoreMeta(ingressClass, false, isDns1123Subdomain),
    ...(Buffer.byteLength(controller) > MAX_CONTROLLER ? [tooLong(at, MAX_CONTROLLER)] : []),
    ...domainPrefixedPath(at, controller),
    ...validateParameters(SPEC.child("parameters"), objectAt(ingressClass, "spec", "parameters")),
  ];
}

/** upstream: apis/networking/validation (ValidateIngressClass). */
export const ingressClassChecks: KindChecks = {
  validateCreate: validateClass,
  validateUpdate: (now, old) => [
    ...validateCoreMetaUpdate(now, old),
    ...immutable(stringAt(now, "spec", "controller"), stringAt(old, "spec", "controller"), SPEC.child("controller")),
    ...validateClass(now),
  ],
};
