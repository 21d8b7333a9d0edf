import { stringsAt } from "../../kube/access.js";
import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isQualifiedName, type NameCheck } from "../../kube/names.js";
import { METADATA, validateObjectMeta, validateObjectMetaUpdate } from "./object-meta.js";

const STANDARD_FINALIZERS = ["kubernetes", "orphan", "foregroundDeletion"];

/** The core validation's metadata check: finalizers must be standard or qualified; upstream: apis/core/validation. */
export function validateCoreMeta(
  object: JsonObject,
  namespaced: boolean,
  name: NameCheck,
  path: FieldPath = METADATA,
): FieldError[] {
  return [...validateObjectMeta(object, namespaced, name, path), ...validateKubeFinalizers(object, path)];
}

/** The same for updates. */
export function validateCoreMetaUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  return [...validateObjectMetaUpdate(object, old), ...validateKubeFinalizers(object, METADATA)];
}

function validateKubeFinalizers(object: JsonObject, path: FieldPath): FieldError[] {
  const finalizers = stringsAt(object, "metadata", "finalizers");
  return finalizers.flatMap((each, index) => validateKubeFinalizer(path.child("finalizers").index(index), each));
}

export function validateFinalizer(path: FieldPath, name: string): FieldError[] {
  const errors = isQualifiedName(name).map((why) => invalidValue(path, name, why));
  return [...errors, ...validateKubeFinalizer(path, name)];
}

function validateKubeFinalizer(path: FieldPath, name: string): FieldError[] {
  if (name.includes("/") || STANDARD_FINALIZERS.includes(name)) return [];
  return [invalidValue(path, name, "name is neither a standard finalizer name nor is it fully qualified")];
}
