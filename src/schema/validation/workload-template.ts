import { objectAt, stringAt, stringMapAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { Json, JsonObject, KubeObject } from "../../kube/json.js";
import { type LabelSelector, labelSelectorOf } from "../../kube/label-selector.js";
import { isDns1123Label } from "../../kube/names.js";
import { internalJson } from "./internal-json.js";
import { validateLabelSelector } from "./label-selectors.js";
import { validatePodTemplate } from "./pod/template.js";

/** A selector that must select something; `kind` is what the message calls the resource. */
export function validateRequiredSelector(
  path: FieldPath,
  selector: JsonObject | undefined,
  kind: string,
): FieldError[] {
  if (!selector) return [required(path)];
  const errors = validateLabelSelector(path, selector);
  if (isEmptySelector(selector)) {
    errors.push(invalidValue(path, shownSelector(selector), `empty selector is invalid for ${kind}`));
  }
  return errors;
}

export function isEmptySelector(selector: JsonObject): boolean {
  const size = (field: string): number => Object.keys((selector[field] as object | undefined) ?? {}).length;
  return size("matchLabels") + size("matchExpressions") === 0;
}

/** In the order of the Go type, labels first. */
export function shownSelector(selector: JsonObject | undefined): Json {
  return selector ? internalJson(selector, "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector") : null;
}

/** undefined: it can't be read. A missing selector selects nothing. */
export function readSelector(selector: JsonObject | undefined): LabelSelector | undefined {
  try {
    return labelSelectorOf(selector);
  } catch {
    return undefined;
  }
}

export const MISMATCH = "`selector` does not match template `labels`";

/** Labels of a template against the selector of what makes pods of it. */
export function validateMatch(path: FieldPath, template: JsonObject, selector: LabelSelector): FieldError[] {
  const labels = stringMapAt(template, "metadata", "labels");
  if (selector.empty || selector.matches(labels)) return [];
  const shown = objectAt(template, "metadata", "labels") ?? null;
  return [invalidValue(path.child("metadata", "labels"), shown, MISMATCH)];
}

/** The template of pods that run for ever. */
export function validateLongRunning(path: FieldPath, template: JsonObject, kind: string): FieldError[] {
  const policy = stringAt(template, "spec", "restartPolicy");
  const errors: FieldError[] = [];
  if (policy !== "Always") errors.push(notSupported(path.child("spec", "restartPolicy"), policy, ["Always"]));
  if (objectAt(template, "spec")?.activeDeadlineSeconds !== undefined) {
    const at = path.child("spec", "activeDeadlineSeconds");
    errors.push(forbiddenField(at, `activeDeadlineSeconds in ${kind} is not Supported`));
  }
  return errors;
}

/** Deployments and ReplicaSets: selector, template, both together; upstream: ValidatePodTemplateSpecForReplicaSet. */
export function validateReplicaTemplate(path: FieldPath, spec: JsonObject): FieldError[] {
  const selector = objectAt(spec, "selector");
  const read = readSelector(selector);
  if (!read) return [invalidValue(path.child("selector"), shownSelector(selector), "invalid label selector")];
  const template = objectAt(spec, "template") ?? {};
  const at = path.child("template");
  return [
    ...validateMatch(at, template, read),
    ...validatePodTemplate(at, template),
    ...validateLongRunning(at, template, "ReplicaSet"),
  ];
}

/** Pods take their names, and so their hostnames, from what makes them. */
export function hostnameWarnings(object: KubeObject): string[] {
  const reasons = isDns1123Label(object.metadata.name ?? "");
  if (reasons.length === 0) return [];
  const risk = "this is used in Pod names and hostnames, which can result in surprising behavior";
  return [`metadata.name: ${risk}; a DNS label is recommended: [${reasons.join(" ")}]`];
}
