import { numberAt, valueAt } from "../../kube/access.js";
import { type FieldError, invalidValue, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { isObject, type Json, type KubeObject, RawJson } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { immutable } from "./object-meta.js";
import { NOT_NEGATIVE } from "./words.js";

const DATA = FieldPath.of("data");

function revisionErrors(object: KubeObject): FieldError[] {
  // A revision is an int64: the message shows all its digits.
  const revision = valueAt(object, "revision") ?? 0;
  const negative = numberAt(object, "revision") < 0;
  return [
    ...validateCoreMeta(object, true, isDns1123Subdomain),
    ...(negative ? [invalidValue(FieldPath.of("revision"), revision, NOT_NEGATIVE)] : []),
  ];
}

function dataErrors(data: Json | undefined): FieldError[] {
  const text = data instanceof RawJson ? data.text : undefined;
  if (data === undefined || data === null || text === "null") return [required(DATA, "data is mandatory")];
  if (text === undefined ? isObject(data) : text.startsWith("{")) return [];
  return [required(DATA, "data must be a valid JSON object")];
}

/** upstream: apis/apps/validation (ValidateControllerRevisionCreate, ValidateControllerRevisionUpdate). */
export const controllerRevisionChecks: KindChecks = {
  validateCreate: (object) => [...revisionErrors(object), ...dataErrors(object.data)],
  validateUpdate: (object, old) => [
    ...validateCoreMetaUpdate(object, old),
    ...revisionErrors(object),
    ...immutable(object.data, old.data, DATA),
  ],
};
