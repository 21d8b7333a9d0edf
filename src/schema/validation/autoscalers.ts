import { numberAt, objectAt, objectsAt, optionalNumberAt, stringAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain, isPathSegmentName } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta } from "./core-meta.js";
import { validateObjectMetaUpdate } from "./object-meta.js";
import { checked, notNegative } from "./words.js";

const SPEC = FieldPath.of("spec");

/** Bounds and target; upstream: apis/autoscaling/validation. Metrics and behaviour are not looked into. */
function validateSpec(autoscaler: KubeObject): FieldError[] {
  const spec = objectAt(autoscaler, "spec");
  const [min, max] = [optionalNumberAt(spec, "minReplicas"), numberAt(spec, "maxReplicas")];
  const errors: FieldError[] = [];
  if (min !== undefined && min < 1) {
    errors.push(invalidValue(SPEC.child("minReplicas"), min, "must be greater than or equal to 1"));
  }
  if (max < 1) errors.push(invalidValue(SPEC.child("maxReplicas"), max, "must be greater than 0"));
  if (min !== undefined && max < min) {
    errors.push(invalidValue(SPEC.child("maxReplicas"), max, "must be greater than or equal to `minReplicas`"));
  }
  errors.push(...validateTarget(objectAt(spec, "scaleTargetRef")));
  const types = objectsAt(spec, "metrics").map((metric) => stringAt(metric, "type"));
  if (min === 0 && !types.includes("Object") && !types.includes("External")) {
    const why = "must specify at least one Object or External metric to support scaling to zero replicas";
    errors.push(forbiddenField(SPEC.child("metrics"), why));
  }
  return errors;
}

function validateTarget(target: JsonObject | undefined): FieldError[] {
  const path = SPEC.child("scaleTargetRef");
  const errors = ["kind", "name"].flatMap((field) => {
    const value = stringAt(target, field);
    return value === "" ? [required(path.child(field))] : checked(path.child(field), value, isPathSegmentName);
  });
  const version = stringAt(target, "apiVersion");
  const parts = version.split("/");
  const refuse = (why: string) => errors.push(invalidValue(path.child("apiVersion"), version, why));
  if (parts.length > 2) refuse(`unexpected GroupVersion string: ${version}`);
  else if ((parts.length === 1 || parts[0] === "") && version !== "v1") refuse("apiVersion must specify API group");
  return errors;
}

export const autoscalerChecks: KindChecks = {
  validateCreate: (autoscaler) => [
    ...validateCoreMeta(autoscaler, true, isDns1123Subdomain),
    ...validateSpec(autoscaler),
  ],
  validateUpdate: (autoscaler, old) => [...validateObjectMetaUpdate(autoscaler, old), ...validateSpec(autoscaler)],
  subresources: {
    status: {
      validateUpdate: (autoscaler, old) => [
        ...validateObjectMetaUpdate(autoscaler, old),
        ...["currentReplicas", "desiredReplicas"].flatMap((field) =>
          notNegative(FieldPath.of("status", field), optionalNumberAt(autoscaler, "status", field)),
        ),
      ],
    },
  },
};
