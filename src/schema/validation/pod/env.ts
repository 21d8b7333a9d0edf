import { objectAt, stringAt } from "../../../kube/access.js";
import { type FieldError, invalidValue, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../../kube/names.js";
import { noBacksteps } from "../paths.js";
import { checked, isConfigMapKey, isEnvVarName } from "../words.js";
import { validateFieldRef, validateResourceFieldRef } from "./field-references.js";

/** Environment variables; upstream: apis/core/validation (ValidateEnv). */
export function validateEnv(path: FieldPath, variables: readonly JsonObject[]): FieldError[] {
  return variables.flatMap((variable, index) => {
    const at = path.index(index);
    const name = stringAt(variable, "name");
    const named = name === "" ? [required(at.child("name"))] : checked(at.child("name"), name, isEnvVarName);
    const from = objectAt(variable, "valueFrom");
    return from ? [...named, ...validateValueFrom(at.child("valueFrom"), from, stringAt(variable, "value"))] : named;
  });
}

type Check = (path: FieldPath, reference: JsonObject) => FieldError[];

const keyRef: Check = (path, reference) => {
  const key = stringAt(reference, "key");
  return [
    ...checked(path.child("name"), stringAt(reference, "name"), isDns1123Subdomain),
    ...(key === "" ? [required(path.child("key"))] : checked(path.child("key"), key, isConfigMapKey)),
  ];
};

const fileRef: Check = (path, reference) => {
  const check = (field: string, good: (at: FieldPath, value: string) => FieldError[]): FieldError[] => {
    const value = stringAt(reference, field);
    return value === "" ? [required(path.child(field))] : good(path.child(field), value);
  };
  return [
    ...check("key", (at, value) => checked(at, value, isEnvVarName)),
    ...check("volumeName", (at, value) => checked(at, value, isDns1123Label)),
    ...check("path", noBacksteps),
  ];
};

const SOURCES: Readonly<Record<string, Check>> = {
  fieldRef: (path, reference) => validateFieldRef(path, reference, "env"),
  resourceFieldRef: (path, reference) => validateResourceFieldRef(path, reference, "env"),
  configMapKeyRef: keyRef,
  secretKeyRef: keyRef,
  fileKeyRef: fileRef,
};

function validateValueFrom(path: FieldPath, from: JsonObject, value: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const [name, check] of Object.entries(SOURCES)) {
    const reference = objectAt(from, name);
    if (!reference) continue;
    count++;
    errors.push(...check(path.child(name), reference));
  }
  const refuse = (why: string) => errors.push(invalidValue(path, "", why));
  if (count === 0) refuse("must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
  else if (value !== "") refuse("may not be specified when `value` is not empty");
  else if (count > 1) refuse("may not have more than one field specified at a time");
  return errors;
}

/** Whole config maps and secrets as environment. Upstream tells a wrong count at the list, not the item. */
export function validateEnvFrom(path: FieldPath, sources: readonly JsonObject[]): FieldError[] {
  return sources.flatMap((source, index) => {
    const at = path.index(index);
    const prefix = stringAt(source, "prefix");
    const errors = prefix === "" ? [] : checked(at.child("prefix"), prefix, isEnvVarName);
    const given = ["configMapRef", "secretRef"].filter((name) => objectAt(source, name));
    for (const kind of given) {
      const name = stringAt(source, kind, "name");
      const nameAt = at.child(kind, "name");
      if (name === "") errors.push(required(nameAt));
      else errors.push(...checked(nameAt, name.replace(/.-$/, "a"), isDns1123Subdomain));
    }
    if (given.length === 0) errors.push(invalidValue(path, "", "must specify one of: `configMapRef` or `secretRef`"));
    if (given.length > 1) errors.push(invalidValue(path, "", "may not have more than one field specified at a time"));
    return errors;
  });
}
