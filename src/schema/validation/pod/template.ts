import { objectAt, stringMapAt } from "../../../kube/access.js";
import type { FieldError } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { checkAnnotations, checkLabels } from "../../../kube/names.js";
import { validatePodAnnotations, validateProfiles } from "./annotations.js";
import { validateNoEphemeral, validatePodSpec } from "./spec.js";

/** The pod that another kind makes; upstream: apis/core/validation (ValidatePodTemplateSpec). */
export function validatePodTemplate(path: FieldPath, template: JsonObject): FieldError[] {
  const spec = objectAt(template, "spec") ?? {};
  const annotations = stringMapAt(template, "metadata", "annotations");
  const at = path.child("annotations");
  return [
    ...checkLabels(stringMapAt(template, "metadata", "labels"), path.child("labels")),
    ...checkAnnotations(annotations, at),
    ...validatePodAnnotations(at, annotations, spec),
    ...validatePodSpec(path.child("spec"), spec),
    ...validateProfiles(path.child("spec"), annotations, spec),
    ...validateNoEphemeral(path.child("spec"), spec, "ephemeral containers not allowed in pod template"),
  ];
}
