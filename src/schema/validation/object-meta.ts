import { boolAt, numberAt, objectsAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { compareUtf8, goQuote } from "../../kube/go-text.js";
import { type Json, type JsonObject, type KubeObject, RawJson } from "../../kube/json.js";
import {
  checkAnnotations,
  checkLabels,
  isDns1123Label,
  isGenerateNamePrefix,
  isPathSegmentName,
  isQualifiedName,
  type NameCheck,
} from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import { internalJson } from "./internal-json.js";

export const IMMUTABLE = "field is immutable";
export const METADATA = FieldPath.of("metadata");

/** Metadata at creation; upstream: apimachinery/pkg/api/validation/objectmeta.go (ValidateObjectMetaAccessor). */
export function validateObjectMeta(
  object: JsonObject,
  namespaced: boolean,
  name: NameCheck = isPathSegmentName,
  path: FieldPath = METADATA,
): FieldError[] {
  const meta = (object.metadata as JsonObject | undefined) ?? {};
  const generateName = stringAt(meta, "generateName");
  const errors: FieldError[] = [];
  if (generateName !== "") {
    const at = path.child("generateName");
    errors.push(...isGenerateNamePrefix(generateName, name).map((why) => invalidValue(at, generateName, why)));
  }
  errors.push(...validateName(stringAt(meta, "name"), name, path));
  errors.push(...validateNamespace(stringAt(meta, "namespace"), namespaced, path));
  if (numberAt(meta, "generation") < 0) {
    errors.push(invalidValue(path.child("generation"), meta.generation!, "must be greater than or equal to 0"));
  }
  errors.push(...checkLabels(stringMapAt(meta, "labels"), path.child("labels")));
  errors.push(...checkAnnotations(stringMapAt(meta, "annotations"), path.child("annotations")));
  errors.push(...validateOwnerReferences(objectsAt(meta, "ownerReferences"), path.child("ownerReferences")));
  errors.push(...validateFinalizers(stringsAt(meta, "finalizers"), path.child("finalizers")));
  return errors;
}

function validateName(name: string, check: NameCheck, path: FieldPath): FieldError[] {
  if (name === "") return [required(path.child("name"), "name or generateName is required")];
  return check(name).map((why) => invalidValue(path.child("name"), name, why));
}

function validateNamespace(namespace: string, namespaced: boolean, path: FieldPath): FieldError[] {
  const at = path.child("namespace");
  if (!namespaced) return namespace === "" ? [] : [forbiddenField(at, "not allowed on this type")];
  if (namespace === "") return [required(at)];
  return isDns1123Label(namespace).map((why) => invalidValue(at, namespace, why));
}

function validateOwnerReferences(references: JsonObject[], path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let controller = "";
  for (const reference of references) {
    errors.push(...validateOwnerReference(reference, path));
    if (!boolAt(reference, "controller")) continue;
    const current = `${stringAt(reference, "kind")}/${stringAt(reference, "name")}`;
    if (controller === "") {
      controller = current;
      continue;
    }
    const detail =
      "Only one reference can have Controller set to true. " +
      `Found "true" in references for ${controller} and ${current}`;
    errors.push(invalidValue(path, references.map(ownerJson), detail));
  }
  return errors;
}

function validateOwnerReference(reference: JsonObject, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const apiVersion = stringAt(reference, "apiVersion");
  const [group, version] = groupVersionOf(apiVersion);
  const kind = stringAt(reference, "kind");
  if (version === "") errors.push(invalidValue(path.child("apiVersion"), apiVersion, "version must not be empty"));
  for (const field of ["kind", "name", "uid"]) {
    if (stringAt(reference, field) === "") errors.push(invalidValue(path.child(field), "", "must not be empty"));
  }
  if (group === "" && version === "v1" && kind === "Event") {
    errors.push(invalidValue(path, ownerJson(reference), "/v1, Kind=Event is disallowed from being an owner"));
  }
  return errors;
}

/** An apiVersion with two slashes parses as nothing, as upstream's FromAPIVersionAndKind has it. */
function groupVersionOf(apiVersion: string): [string, string] {
  const parts = apiVersion.split("/");
  if (parts.length === 1) return ["", parts[0]!];
  return parts.length === 2 ? [parts[0]!, parts[1]!] : ["", ""];
}

/** Messages show owner references in Go's field order. */
function ownerJson(reference: JsonObject): Json {
  const order = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
  const parts = order
    .filter((field, index) => index < 4 || reference[field] !== undefined)
    .map((field) => `${JSON.stringify(field)}:${JSON.stringify(reference[field] ?? "")}`);
  return new RawJson(`{${parts.join(",")}}`);
}

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

function validateFinalizers(finalizers: string[], path: FieldPath): FieldError[] {
  const errors = finalizers.flatMap((name) => isQualifiedName(name).map((why) => invalidValue(path, name, why)));
  if (finalizers.includes(ORPHAN) && finalizers.includes(FOREGROUND)) {
    errors.push(invalidValue(path, finalizers, `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`));
  }
  return errors;
}

const IMMUTABLE_METADATA = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;

/** What an update may not do to metadata; upstream: ValidateObjectMetaAccessorUpdate. */
export function validateObjectMetaUpdate(
  object: KubeObject,
  old: KubeObject,
  path: FieldPath = METADATA,
): FieldError[] {
  const meta = object.metadata;
  const errors: FieldError[] = [];
  if (old.metadata.deletionTimestamp) errors.push(...validateNoNewFinalizers(object, old, path.child("finalizers")));
  if (!meta.resourceVersion) {
    errors.push(invalidValue(path.child("resourceVersion"), "", "must be specified for an update"));
  }
  if (Number(meta.generation ?? 0) < Number(old.metadata.generation ?? 0)) {
    errors.push(invalidValue(path.child("generation"), meta.generation ?? 0, "must not be decremented"));
  }
  for (const field of IMMUTABLE_METADATA) {
    const numeric = field === "deletionGracePeriodSeconds" || field.endsWith("Timestamp");
    errors.push(...immutable(meta[field], old.metadata[field], path.child(field), numeric ? null : ""));
  }
  errors.push(...checkLabels(stringMapAt(meta, "labels"), path.child("labels")));
  errors.push(...checkAnnotations(stringMapAt(meta, "annotations"), path.child("annotations")));
  errors.push(...validateOwnerReferences(objectsAt(meta, "ownerReferences"), path.child("ownerReferences")));
  return errors;
}

function validateNoNewFinalizers(object: KubeObject, old: KubeObject, path: FieldPath): FieldError[] {
  const before = new Set(old.metadata.finalizers ?? []);
  const added = [...new Set(object.metadata.finalizers ?? [])].filter((name) => !before.has(name)).sort(compareUtf8);
  if (added.length === 0) return [];
  const shown = `[]string{${added.map(goQuote).join(", ")}}`;
  const why = "no new finalizers can be added if the object is being deleted, found new finalizers";
  return [forbiddenField(path, `${why} ${shown}`)];
}

/** The same for a struct of the named type, which is shown as its internal one. */
export function immutableStruct(
  value: JsonObject | undefined,
  old: JsonObject | undefined,
  path: FieldPath,
  type: string,
): FieldError[] {
  if ((value === undefined) === (old === undefined) && semanticEqual(value, old, type)) return [];
  return [invalidValue(path, value ? internalJson(value, type) : null, IMMUTABLE)];
}

/** `zero` is how an absent value is shown. */
export function immutable(
  value: Json | undefined,
  old: Json | undefined,
  path: FieldPath,
  zero: Json = null,
): FieldError[] {
  return semanticEqual(value, old) ? [] : [invalidValue(path, value ?? zero, IMMUTABLE)];
}
