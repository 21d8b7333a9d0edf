import { objectsAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { checkLabelKey, isDns1123Subdomain, isQualifiedName } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { checked } from "./words.js";

/** Parts that both classes of volumes have; upstream: apis/storage/validation. */

const MAX_PARAMETERS = 512;
const MAX_SIZE = 256 * 1024;

export function validateProvisioner(path: FieldPath, name: string): FieldError[] {
  return name === "" ? [required(path)] : checked(path, name.toLowerCase(), isQualifiedName);
}

export function validateParameters(parameters: Readonly<Record<string, string>>, allowEmpty: boolean): FieldError[] {
  const path = FieldPath.of("parameters");
  const entries = Object.entries(parameters);
  if (entries.length > MAX_PARAMETERS) return [tooLong(path, MAX_PARAMETERS)];
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  const missing = !allowEmpty && entries.length === 0;
  return [
    ...(Object.hasOwn(parameters, "") ? [invalidValue(path, "", "field can not be empty.")] : []),
    ...(size > MAX_SIZE ? [tooLong(path, MAX_SIZE)] : []),
    ...(missing ? [required(path, "must contain at least one key/value pair")] : []),
  ];
}

/** Terms of topology, none twice; upstream: validateAllowedTopologies. */
export function validateTopologies(terms: readonly JsonObject[]): FieldError[] {
  const errors: FieldError[] = [];
  // Upstream compares with as many empty terms as there are terms.
  const seen: string[] = terms.map(() => "[]");
  for (const [index, term] of terms.entries()) {
    const at = FieldPath.of("allowedTopologies").index(index).child("matchLabelExpressions");
    const expressions = objectsAt(term, "matchLabelExpressions");
    const keys = expressions.map((expression) => stringAt(expression, "key"));
    for (const [i, expression] of expressions.entries()) {
      errors.push(...validateExpression(at.index(i), expression));
      if (keys.indexOf(keys[i]!) < i) errors.push(duplicate(at.index(i).child("key"), keys[i]!));
    }
    const shown = shownTerm(expressions);
    errors.push(...seen.filter((other) => other === shown).map(() => duplicate(at, "")));
    seen.push(shown);
  }
  return errors;
}

function validateExpression(path: FieldPath, expression: JsonObject): FieldError[] {
  const values = stringsAt(expression, "values");
  const at = path.child("values");
  return [
    ...(values.length === 0 ? [required(at)] : []),
    ...values.flatMap((value, i) => (values.indexOf(value) < i ? [duplicate(at.index(i), value)] : [])),
    ...checkLabelKey(stringAt(expression, "key"), path.child("key")),
  ];
}

/** A text that is the same for the same sets. */
function shownTerm(expressions: readonly JsonObject[]): string {
  const sets = new Map(expressions.map((each) => [stringAt(each, "key"), new Set(stringsAt(each, "values"))]));
  return JSON.stringify([...sets].map(([key, values]) => [key, [...values].sort()]).sort());
}

const validateClass = (object: KubeObject): FieldError[] => [
  ...validateCoreMeta(object, false, isDns1123Subdomain),
  ...validateProvisioner(FieldPath.of("driverName"), stringAt(object, "driverName")),
  ...validateParameters(stringMapAt(object, "parameters"), false),
];

/** upstream: ValidateVolumeAttributesClass. */
export const volumeAttributesClassChecks: KindChecks = {
  validateCreate: validateClass,
  validateUpdate: (object, old) => [
    ...validateClass(object),
    ...validateCoreMetaUpdate(object, old),
    ...["driverName", "parameters"]
      .filter((field) => !semanticEqual(object[field], old[field]))
      .map((field) => forbiddenField(field, `updates to ${field} are forbidden.`)),
    ...validateClass(object),
  ],
};
