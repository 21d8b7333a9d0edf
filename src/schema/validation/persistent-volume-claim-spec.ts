import { objectAt, optionalStringAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { Json, JsonObject } from "../../kube/json.js";
import { checkAnnotations, checkLabels, isDns1123Label, isDns1123Subdomain } from "../../kube/names.js";
import { parseQuantity } from "../../kube/quantity.js";
import { validateLabelSelector } from "./label-selectors.js";
import { validateAmount } from "./resources.js";
import { checked } from "./words.js";

export const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
export const VOLUME_MODES = ["Block", "Filesystem"];

/** What a claim asks for; upstream: apis/core/validation (ValidatePersistentVolumeClaimSpec). */
export function validateClaimSpec(path: FieldPath, spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const modes = stringsAt(spec, "accessModes");
  if (modes.length === 0) errors.push(required(path.child("accessModes"), "at least 1 access mode is required"));
  errors.push(...validateLabelSelector(path.child("selector"), objectAt(spec, "selector")));
  errors.push(...validateAccessModes(path.child("accessModes"), modes));
  errors.push(...validateSize(path.child("resources").key("storage"), spec));
  errors.push(...validateClass(path.child("storageClassName"), stringAt(spec, "storageClassName")));
  const mode = optionalStringAt(spec, "volumeMode");
  if (mode !== undefined && !VOLUME_MODES.includes(mode)) {
    errors.push(notSupported(path.child("volumeMode"), mode, VOLUME_MODES));
  }
  errors.push(...validateSources(path, spec));
  errors.push(...validateClass(path.child("volumeAttributesClassName"), stringAt(spec, "volumeAttributesClassName")));
  return errors;
}

export function validateAccessModes(path: FieldPath, modes: readonly string[]): FieldError[] {
  const errors = modes
    .filter((mode) => !ACCESS_MODES.includes(mode))
    .map((mode) => notSupported(path, mode, ACCESS_MODES));
  const others = modes.some((mode) => mode !== "ReadWriteOncePod" && ACCESS_MODES.includes(mode));
  if (others && modes.includes("ReadWriteOncePod")) {
    errors.push(forbiddenField(path, "may not use ReadWriteOncePod with other access modes"));
  }
  return errors;
}

function validateSize(path: FieldPath, spec: JsonObject): FieldError[] {
  const size = stringMapAt(spec, "resources", "requests").storage;
  if (size === undefined) return [required(path)];
  if (parseQuantity(size).unscaled <= 0n) return [invalidValue(path, size, "must be greater than zero")];
  return validateAmount(path, "storage", size);
}

function validateClass(path: FieldPath, name: string): FieldError[] {
  return name === "" ? [] : checked(path, name, isDns1123Subdomain);
}

function validateSources(path: FieldPath, spec: JsonObject): FieldError[] {
  const [source, reference] = [objectAt(spec, "dataSource"), objectAt(spec, "dataSourceRef")];
  const errors: FieldError[] = [];
  if (source) errors.push(...validateSource(path.child("dataSource"), source));
  if (reference) errors.push(...validateSource(path.child("dataSourceRef"), reference));
  const namespace = stringAt(reference, "namespace");
  if (namespace !== "") errors.push(...checked(path.child("dataSourceRef", "namespace"), namespace, isDns1123Label));
  if (!source || !reference) return errors;
  const named = ["kind", "name"].every((field) => stringAt(source, field) === stringAt(reference, field));
  const same = named && source.apiGroup === reference.apiGroup;
  // The value shown is upstream's path object, which has nothing to show.
  if (namespace !== "") {
    errors.push(invalidValue(path, {}, "may not be specified when dataSourceRef.namespace is specified"));
  } else if (!same) errors.push(invalidValue(path, {}, "must match dataSourceRef"));
  return errors;
}

function validateSource(path: FieldPath, source: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ["name", "kind"]) if (stringAt(source, field) === "") errors.push(required(path.child(field)));
  const [group, kind] = [stringAt(source, "apiGroup"), stringAt(source, "kind")];
  if (group === "" && kind !== "PersistentVolumeClaim") {
    const why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(invalidValue(path, kind, why));
  }
  if (group !== "") errors.push(...checked(path.child("apiGroup"), group, isDns1123Subdomain));
  return errors;
}

/** In Go's order, without annotations and labels. */
const OTHER_METADATA = [
  ...["name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp"],
  ...["deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields"],
];

const isGiven = (value: Json | undefined): boolean => value !== undefined && value !== null && value !== "";

/** A claim that comes and goes with a pod: of metadata only labels and annotations count. */
export function validateClaimTemplate(path: FieldPath, template: JsonObject): FieldError[] {
  return [
    ...validateTemplateMetadata(path.child("metadata"), objectAt(template, "metadata") ?? {}),
    ...validateClaimSpec(path.child("spec"), objectAt(template, "spec") ?? {}),
  ];
}

export function validateTemplateMetadata(at: FieldPath, metadata: JsonObject): FieldError[] {
  const others = OTHER_METADATA.filter((field) => isGiven(metadata[field]));
  return [
    ...checkAnnotations(stringMapAt(metadata, "annotations"), at.child("annotations")),
    ...checkLabels(stringMapAt(metadata, "labels"), at.child("labels")),
    // Upstream makes the path of the Go name.
    ...others.map((field) => forbiddenField(at.child(field === "uid" ? "uID" : field), "cannot be set")),
  ];
}
