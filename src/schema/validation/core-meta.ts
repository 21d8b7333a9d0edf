import { stringsAt } from "../../kube/access.js";
import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { JsonObject } from "../../kube/json.js";
import { isQualifiedName, type NameCheck } from "../../kube/names.js";
import { METADATA, validateObjectMeta } from "./object-meta.js";

const STANDARD_FINALIZERS = ["kubernetes", "orphan", "foregroundDeletion"];

/** The core validation's metadata check: finalizers must be standard or qualified; upstream: apis/core/validation. */
export function validateCoreMeta(
  object: JsonObject,
  namespaced: boolean,
  name: NameCheck,
  path: FieldPath = METADATA,
): FieldError[] {
  const finalizers = stringsAt(object, "metadata", "finalizers");
  const errors = finalizers.flatMap((each, index) =>
    validateKubeFinalizer(path.child("finalizers").index(index), each),
  );
  return [...validateObjectMeta(object, namespaced, name, path), ...errors];
}

export function validateFinalizer(path: FieldPath, name: string): FieldError[] {
  const errors = isQualifiedName(name).map((why) => invalidValue(path, name, why));
  return [...errors, ...validateKubeFinalizer(path, name)];
}

function validateKubeFinalizer(path: FieldPath, name: string): FieldError[] {
  if (name.includes("/") || STANDARD_FINALIZERS.includes(name)) return [];
  return [invalidValue(path, name, "name is neither a standard finalizer name nor is it fully qualified")];
}
