import { numberAt, objectAt, objectsAt, stringAt, stringsAt } from "../../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { checkLabelKey, isDns1123Label, isDns1123Subdomain } from "../../../kube/names.js";
import { validateLabelSelector, validateOperator, validateValues } from "../label-selectors.js";
import { checked } from "../words.js";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/** Where a pod wants to run; upstream: apis/core/validation (validateAffinity). */
export function validateAffinity(path: FieldPath, affinity: JsonObject | undefined): FieldError[] {
  const node = objectAt(affinity, "nodeAffinity");
  return [
    ...(node ? validateNodeAffinity(path.child("nodeAffinity"), node) : []),
    ...["podAffinity", "podAntiAffinity"].flatMap((name) => {
      const own = objectAt(affinity, name);
      return own ? validatePodAffinity(path.child(name), own) : [];
    }),
  ];
}

function validateNodeAffinity(path: FieldPath, affinity: JsonObject): FieldError[] {
  const needed = objectAt(affinity, REQUIRED);
  return [
    ...(needed ? validateNodeSelector(path.child(REQUIRED), needed) : []),
    ...objectsAt(affinity, PREFERRED).flatMap((term, index) => {
      const at = path.child(PREFERRED).index(index);
      return [
        ...validateWeight(at, term),
        ...validateTerm(at.child("preference"), objectAt(term, "preference"), false),
      ];
    }),
  ];
}

function validateWeight(path: FieldPath, term: JsonObject): FieldError[] {
  const weight = numberAt(term, "weight");
  if (weight > 0 && weight <= 100) return [];
  return [invalidValue(path.child("weight"), weight, "must be in the range 1-100")];
}

export function validateNodeSelector(path: FieldPath, selector: JsonObject): FieldError[] {
  const at = path.child("nodeSelectorTerms");
  const terms = objectsAt(selector, "nodeSelectorTerms");
  if (terms.length === 0) return [required(at, "must have at least one node selector term")];
  return terms.flatMap((term, index) => validateTerm(at.index(index), term, true));
}

/** Only required terms check their values as label values. */
function validateTerm(path: FieldPath, term: JsonObject | undefined, values: boolean): FieldError[] {
  return [
    ...objectsAt(term, "matchExpressions").flatMap((requirement, index) => {
      const at = path.child("matchExpressions").index(index);
      const given = stringsAt(requirement, "values");
      return [
        ...validateOperator(at, stringAt(requirement, "operator"), given.length, true),
        ...checkLabelKey(stringAt(requirement, "key"), at.child("key")),
        ...(values ? validateValues(at.child("values"), given) : []),
      ];
    }),
    ...objectsAt(term, "matchFields").flatMap((requirement, index) =>
      validateFieldRequirement(path.child("matchFields").index(index), requirement),
    ),
  ];
}

function validateFieldRequirement(path: FieldPath, requirement: JsonObject): FieldError[] {
  const [operator, key] = [stringAt(requirement, "operator"), stringAt(requirement, "key")];
  const values = stringsAt(requirement, "values");
  const errors: FieldError[] = [];
  if (!["In", "NotIn"].includes(operator)) {
    errors.push(invalidValue(path.child("operator"), operator, "not a valid selector operator"));
  } else if (values.length !== 1) {
    const why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(path.child("values"), why));
  }
  if (key !== "metadata.name") {
    return [...errors, invalidValue(path.child("key"), key, "not a valid field selector key")];
  }
  const names = values.flatMap((value, index) => checked(path.child("values").index(index), value, isDns1123Subdomain));
  return [...errors, ...names];
}

function validatePodAffinity(path: FieldPath, affinity: JsonObject): FieldError[] {
  return [
    ...objectsAt(affinity, REQUIRED).flatMap((term, index) => validatePodTerm(path.child(REQUIRED).index(index), term)),
    ...objectsAt(affinity, PREFERRED).flatMap((weighted, index) => {
      const at = path.child(PREFERRED).index(index);
      const term = objectAt(weighted, "podAffinityTerm") ?? {};
      return [...validateWeight(at, weighted), ...validatePodTerm(at.child("podAffinityTerm"), term)];
    }),
  ];
}

function validatePodTerm(path: FieldPath, term: JsonObject): FieldError[] {
  const topology = stringAt(term, "topologyKey");
  const at = path.child("topologyKey");
  return [
    ...validateLabelSelector(path.child("labelSelector"), objectAt(term, "labelSelector")),
    ...validateLabelSelector(path.child("namespaceSelector"), objectAt(term, "namespaceSelector")),
    ...stringsAt(term, "namespaces").flatMap((name) => checked(path.child("namespace"), name, isDns1123Label)),
    ...validateLabelKeys(path, term),
    ...(topology === "" ? [required(at, "can not be empty")] : []),
    ...checkLabelKey(topology, at),
  ];
}

/**
 * matchLabelKeys and mismatchLabelKeys of a term; a key resolved into the selector may not stand there a second time;
 * upstream: ValidateMatchLabelKeysAndMismatchLabelKeys.
 */
export function validateLabelKeys(path: FieldPath, term: JsonObject): FieldError[] {
  const selector = objectAt(term, "labelSelector");
  const errors: FieldError[] = [];
  for (const field of ["matchLabelKeys", "mismatchLabelKeys"]) {
    const keys = stringsAt(term, field);
    const at = path.child(field);
    if (keys.length > 0 && !selector) {
      errors.push(forbiddenField(at, "must not be specified when labelSelector is not set"));
    } else errors.push(...keys.flatMap((key, index) => checkLabelKey(key, at.index(index))));
  }
  const keys = stringsAt(term, "matchLabelKeys");
  const seen = new Set(Object.keys(objectAt(selector, "matchLabels") ?? {}));
  for (const expression of objectsAt(selector, "matchExpressions")) {
    const key = stringAt(expression, "key");
    if (seen.has(key) && keys.includes(key)) {
      errors.push(
        invalidValue(path.index(keys.lastIndexOf(key)), key, "exists in both matchLabelKeys and labelSelector"),
      );
    }
    seen.add(key);
  }
  const mismatched = new Set(stringsAt(term, "mismatchLabelKeys"));
  for (const [index, key] of keys.entries()) {
    if (!mismatched.has(key)) continue;
    const why = "exists in both matchLabelKeys and mismatchLabelKeys";
    errors.push(invalidValue(path.child("matchLabelKeys").index(index), key, why));
  }
  return errors;
}
