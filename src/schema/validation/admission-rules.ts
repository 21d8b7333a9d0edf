import { objectAt, objectsAt, optionalStringAt, stringAt, stringsAt } from "../../kube/access.js";
import { duplicate, type FieldError, invalidValue, notSupported, required, tooMany } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { JsonObject } from "../../kube/json.js";
import { isPathSegmentName, isQualifiedName } from "../../kube/names.js";
import { validateLabelSelector } from "./label-selectors.js";
import { checked } from "./words.js";

/** What webhooks and policies match; upstream: apis/admissionregistration/validation. */

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES = ["*", "Cluster", "Namespaced"];
export const FAILURE_POLICIES = ["Fail", "Ignore"];
export const MATCH_POLICIES = ["Equivalent", "Exact"];
const MAX_CONDITIONS = 64;

/** Operations, groups, versions and resources of one rule. */
export function validateRule(path: FieldPath, rule: JsonObject): FieldError[] {
  const operations = stringsAt(rule, "operations");
  const at = path.child("operations");
  const errors = [
    ...listed(at, operations, "operations"),
    ...operations.flatMap((each, index) =>
      OPERATIONS.includes(each) ? [] : [notSupported(at.index(index), each, OPERATIONS)],
    ),
    ...listed(path.child("apiGroups"), stringsAt(rule, "apiGroups"), "API groups"),
  ];
  const versions = stringsAt(rule, "apiVersions");
  const versionsAt = path.child("apiVersions");
  errors.push(...listed(versionsAt, versions, "API versions"));
  errors.push(...versions.flatMap((version, index) => (version === "" ? [required(versionsAt.index(index))] : [])));
  errors.push(...validateResources(path.child("resources"), stringsAt(rule, "resources")));
  const scope = optionalStringAt(rule, "scope");
  if (scope === undefined || SCOPES.includes(scope)) return errors;
  return [...errors, notSupported(path.child("scope"), scope, SCOPES)];
}

/** At least one value, and none beside "*". */
function listed(path: FieldPath, values: readonly string[], what: string): FieldError[] {
  if (values.length === 0) return [required(path)];
  if (values.length < 2 || !values.includes("*")) return [];
  return [invalidValue(path, [...values], `if '*' is present, must not specify other ${what}`)];
}

function validateResources(path: FieldPath, resources: readonly string[]): FieldError[] {
  if (resources.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const [wholeResources, wholeSubresources] = [new Set<string>(), new Set<string>()];
  let lastIsPlain = false;
  for (const [index, text] of resources.entries()) {
    const at = path.index(index);
    if (text === "") {
      errors.push(required(at));
      continue;
    }
    const slash = text.indexOf("/");
    if (slash < 0) {
      // Upstream remembers the last one only.
      lastIsPlain = text !== "*";
      continue;
    }
    const [resource, subresource] = [text.slice(0, slash), text.slice(slash + 1)];
    if (wholeResources.has(resource)) {
      errors.push(invalidValue(at, text, `if '${resource}/*' is present, must not specify ${text}`));
    }
    if (wholeSubresources.has(subresource)) {
      errors.push(invalidValue(at, text, `if '*/${subresource}' is present, must not specify ${text}`));
    }
    if (subresource === "*") wholeResources.add(resource);
    if (resource === "*") wholeSubresources.add(subresource);
  }
  if (resources.length > 1 && resources.includes("*/*")) {
    errors.push(invalidValue(path, [...resources], "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes("*") && lastIsPlain) {
    const why = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalidValue(path, [...resources], why));
  }
  return errors;
}

/** matchConstraints and matchResources of policies. */
export function validateMatchResources(path: FieldPath, resources: JsonObject | undefined): FieldError[] {
  if (!resources) return [];
  const policy = optionalStringAt(resources, "matchPolicy");
  const errors: FieldError[] = [];
  if (policy === undefined) errors.push(required(path.child("matchPolicy")));
  else if (!MATCH_POLICIES.includes(policy)) {
    errors.push(notSupported(path.child("matchPolicy"), policy, MATCH_POLICIES));
  }
  for (const field of ["namespaceSelector", "objectSelector"]) {
    const selector = objectAt(resources, field);
    const at = path.child(field);
    errors.push(...(selector ? validateLabelSelector(at, selector) : [required(at)]));
  }
  for (const field of ["resourceRules", "excludeResourceRules"]) {
    for (const [index, rule] of objectsAt(resources, field).entries()) {
      const at = path.child(field).index(index);
      errors.push(...validateResourceNames(at.child("resourceNames"), stringsAt(rule, "resourceNames")));
      errors.push(...validateRule(at, rule));
    }
  }
  return errors;
}

function validateResourceNames(path: FieldPath, names: readonly string[]): FieldError[] {
  return names.flatMap((name, index) => [
    ...checked(path.index(index), name, isPathSegmentName),
    ...(names.indexOf(name) < index ? [duplicate(path.index(index), name)] : []),
  ]);
}

/** Names and the presence of expressions; what an expression says is not looked into. */
export function validateMatchConditions(path: FieldPath, conditions: readonly JsonObject[]): FieldError[] {
  const names = conditions.map((condition) => stringAt(condition, "name"));
  const many = conditions.length > MAX_CONDITIONS ? [tooMany(path, conditions.length, MAX_CONDITIONS)] : [];
  const errors = conditions.flatMap((condition, index) => {
    const at = path.index(index);
    const name = names[index]!;
    const wrong = stringAt(condition, "expression").trim() === "" ? [required(at.child("expression"))] : [];
    if (name === "") return [...wrong, required(at.child("name"))];
    wrong.push(...checked(at.child("name"), name, isQualifiedName));
    return names.indexOf(name) < index ? [...wrong, duplicate(at.child("name"), name)] : wrong;
  });
  return [...many, ...errors];
}
