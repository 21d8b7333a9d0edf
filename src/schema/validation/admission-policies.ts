import { objectAt, objectsAt, optionalStringAt, stringAt, stringsAt } from "../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName, isQualifiedName } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import { FAILURE_POLICIES, validateMatchConditions, validateMatchResources } from "./admission-rules.js";
import type { KindChecks } from "./checks.js";
import { validateStatusConditions } from "./conditions.js";
import { validateLabelSelector } from "./label-selectors.js";
import { validateObjectMeta } from "./object-meta.js";
import { checked, goStruct } from "./words.js";

/**
 * ValidatingAdmissionPolicy and its bindings; upstream: apis/admissionregistration/validation. Expressions must be
 * there, but are not compiled.
 */

const SPEC = FieldPath.of("spec");
const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const ACTIONS = ["Audit", "Deny", "Warn"];
const MAX_ANNOTATIONS = 20;
const MAX_EXPRESSION = 5 * 1024;
const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

function validatePolicy(policy: KubeObject, sameConditions = false): FieldError[] {
  const spec = objectAt(policy, "spec") ?? {};
  const errors = validateObjectMeta(policy, false, isDns1123Subdomain);
  const failure = optionalStringAt(spec, "failurePolicy");
  if (failure === undefined) errors.push(required(SPEC.child("failurePolicy")));
  else if (!FAILURE_POLICIES.includes(failure)) {
    errors.push(notSupported(SPEC.child("failurePolicy"), failure, FAILURE_POLICIES));
  }
  const kind = objectAt(spec, "paramKind");
  if (kind) errors.push(...validateParamKind(SPEC.child("paramKind"), kind));
  const constraints = objectAt(spec, "matchConstraints");
  const constraintsAt = SPEC.child("matchConstraints");
  if (!constraints) errors.push(required(constraintsAt));
  else {
    errors.push(...validateMatchResources(constraintsAt, constraints));
    if (objectsAt(constraints, "resourceRules").length === 0) {
      errors.push(required(constraintsAt.child("resourceRules")));
    }
  }
  if (!sameConditions) {
    errors.push(...validateMatchConditions(SPEC.child("matchConditions"), objectsAt(spec, "matchConditions")));
  }
  for (const [index, variable] of objectsAt(spec, "variables").entries()) {
    errors.push(...validateVariable(SPEC.child("variables").index(index), variable));
  }
  return [...errors, ...validateOutcomes(policy, spec)];
}

function validateParamKind(path: FieldPath, kind: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const text = stringAt(kind, "apiVersion");
  const at = path.child("apiVersion");
  const parts = text === "/" ? [""] : text.split("/");
  if (text === "") errors.push(required(at));
  else if (parts.length > 2) errors.push(invalidValue(at, text, `unexpected GroupVersion string: ${text}`));
  else {
    const [group, version] = (parts.length === 2 ? parts : ["", ...parts]) as [string, string];
    const wrong = group === "" ? [] : isDns1123Subdomain(group);
    if (wrong.length > 0) errors.push(invalidValue(at, group, wrong.join(",")));
    const unfit = isDns1035Label(version);
    if (version === "") errors.push(invalidValue(at, text, "version must be specified"));
    else if (unfit.length > 0) errors.push(invalidValue(at, version, unfit.join(",")));
  }
  const name = stringAt(kind, "kind");
  if (name === "") return [...errors, required(path.child("kind"))];
  const wrong = isDns1035Label(name.toLowerCase());
  if (wrong.length === 0) return errors;
  const why = `may have mixed case, but should otherwise match: ${wrong.join(",")}`;
  return [...errors, invalidValue(path.child("kind"), name, why)];
}

function validateVariable(path: FieldPath, variable: JsonObject): FieldError[] {
  const name = stringAt(variable, "name");
  const errors: FieldError[] = [];
  if (name.trim() === "") errors.push(required(path.child("name"), "name is not specified"));
  else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || RESERVED.has(name)) {
    errors.push(invalidValue(path.child("name"), name, "must be a valid CEL identifier"));
  }
  if (stringAt(variable, "expression").trim() !== "") return errors;
  return [...errors, required(path.child("expression"), "expression is not specified")];
}

function validateOutcomes(policy: KubeObject, spec: JsonObject): FieldError[] {
  const [validations, annotations] = [objectsAt(spec, "validations"), objectsAt(spec, "auditAnnotations")];
  if (validations.length === 0 && annotations.length === 0) {
    const why = "validations or auditAnnotations must contain at least one item";
    return ["validations", "auditAnnotations"].map((field) => required(SPEC.child(field), why));
  }
  const errors = validations.flatMap((each, index) => validateValidation(SPEC.child("validations").index(index), each));
  const at = SPEC.child("auditAnnotations");
  if (annotations.length > MAX_ANNOTATIONS) {
    const shown = annotations.map((each) =>
      goStruct({ Key: stringAt(each, "key"), ValueExpression: stringAt(each, "valueExpression") }),
    );
    errors.push(invalidValue(at, shown, `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`));
  }
  const keys = annotations.map((annotation) => stringAt(annotation, "key"));
  for (const [index, annotation] of annotations.entries()) {
    errors.push(...validateAnnotation(at.index(index), policy.metadata.name ?? "", annotation));
    if (keys.indexOf(keys[index]!) < index) errors.push(duplicate(at.index(index).child("key"), keys[index]!));
  }
  return errors;
}

function validateValidation(path: FieldPath, validation: JsonObject): FieldError[] {
  const [expression, message] = [stringAt(validation, "expression"), stringAt(validation, "message")];
  const messageExpression = stringAt(validation, "messageExpression");
  const errors: FieldError[] = [];
  if (expression.trim() === "") errors.push(required(path.child("expression"), "expression is not specified"));
  const empty = "must be non-empty if specified";
  if (messageExpression !== "" && messageExpression.trim() === "") {
    errors.push(invalidValue(path.child("messageExpression"), messageExpression, empty));
  }
  if (message !== "" && message.trim() === "") errors.push(invalidValue(path.child("message"), message, empty));
  else if (/[\n\r]/.test(message.trim())) {
    errors.push(invalidValue(path.child("message"), message, "must not contain line breaks"));
  }
  const reason = optionalStringAt(validation, "reason");
  if (reason === undefined || REASONS.includes(reason)) return errors;
  return [...errors, notSupported(path.child("reason"), reason, REASONS)];
}

function validateAnnotation(path: FieldPath, name: string, annotation: JsonObject): FieldError[] {
  const [key, expression] = [stringAt(annotation, "key"), stringAt(annotation, "valueExpression").trim()];
  const at = path.child("key");
  const nameless = [invalidValue(at, key, "requires metadata.name be non-empty")];
  const errors = name === "" ? nameless : checked(at, `${name}/${key}`, isQualifiedName);
  const valueAt = path.child("valueExpression");
  if (expression === "") errors.push(required(valueAt, "valueExpression is not specified"));
  else if (Buffer.byteLength(expression) > MAX_EXPRESSION) {
    errors.push(required(valueAt, `must not exceed ${MAX_EXPRESSION} bytes in length`));
  }
  return errors;
}

/** Paths are not looked into any further. */
function warningErrors(warning: JsonObject, index: number): FieldError[] {
  const at = FieldPath.of("status", "typeChecking", "expressionWarnings").index(index);
  return [
    ...(stringAt(warning, "warning") === "" ? [required(at.child("warning"))] : []),
    ...(stringAt(warning, "fieldRef").trim() === "" ? [required(at.child("fieldRef"))] : []),
  ];
}

export const validatingPolicyChecks: KindChecks = {
  validateCreate: (policy) => validatePolicy(policy),
  validateUpdate: (policy, old) => {
    const same = ["paramKind", "matchConditions"].every((field) =>
      semanticEqual(objectAt(policy, "spec")?.[field], objectAt(old, "spec")?.[field]),
    );
    return validatePolicy(policy, same);
  },
  subresources: {
    status: {
      validateUpdate: (policy) => [
        ...objectsAt(policy, "status", "typeChecking", "expressionWarnings").flatMap(warningErrors),
        ...validateStatusConditions(FieldPath.of("status", "conditions"), policy),
      ],
    },
  },
};

function validateParamRef(path: FieldPath, reference: JsonObject | undefined): FieldError[] {
  if (!reference) return [];
  const name = stringAt(reference, "name");
  const selector = objectAt(reference, "selector");
  const both = name !== "" && selector ? "name and selector are mutually exclusive" : undefined;
  const errors = name === "" ? [] : checked(path.child("name"), name, isPathSegmentName);
  if (both) errors.push(forbiddenField(path.child("name"), both));
  errors.push(...validateLabelSelector(path.child("selector"), selector));
  if (both) errors.push(forbiddenField(path.child("selector"), both));
  if (name === "" && !selector) errors.push(required(path, "one of name or selector must be specified"));
  const action = stringAt(reference, "parameterNotFoundAction");
  const at = path.child("parameterNotFoundAction");
  if (action === "") errors.push(required(at));
  else if (action !== "Deny" && action !== "Allow") errors.push(notSupported(at, action, ["Deny", "Allow"]));
  return errors;
}

function validateActions(path: FieldPath, actions: readonly string[]): FieldError[] {
  const errors = actions.flatMap((action, index) => [
    ...(ACTIONS.includes(action) ? [] : [notSupported(path.index(index), action, ACTIONS)]),
    ...(actions.indexOf(action) < index ? [duplicate(path.index(index), action)] : []),
  ]);
  if (actions.includes("Deny") && actions.includes("Warn")) {
    const why =
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response " +
      "and headers serves no purpose)";
    errors.push(invalidValue(path, [...actions], why));
  }
  if (actions.length === 0) errors.push(required(path, "at least one validation action is required"));
  return errors;
}

function validateBinding(binding: KubeObject): FieldError[] {
  const spec = objectAt(binding, "spec") ?? {};
  const name = stringAt(spec, "policyName");
  const at = SPEC.child("policyName");
  return [
    ...validateObjectMeta(binding, false, isDns1123Subdomain),
    ...(name === "" ? [required(at)] : checked(at, name, isDns1123Subdomain)),
    ...validateParamRef(SPEC.child("paramRef"), objectAt(spec, "paramRef")),
    ...validateMatchResources(SPEC.child("matchResources"), objectAt(spec, "matchResources")),
    ...validateActions(SPEC.child("validationActions"), stringsAt(spec, "validationActions")),
  ];
}

export const policyBindingChecks: KindChecks = { validateCreate: validateBinding, validateUpdate: validateBinding };
