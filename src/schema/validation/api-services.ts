import { boolAt, numberAt, objectAt, objectsAt, stringAt } from "../../kube/access.js";
import { type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { goQuote } from "../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName, rangeReason } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateObjectMeta, validateObjectMetaUpdate } from "./object-meta.js";
import { checked } from "./words.js";

const SPEC = FieldPath.of("spec");

/** upstream: kube-aggregator/pkg/apis/apiregistration/validation (ValidateAPIService). */
function validateService(service: KubeObject): FieldError[] {
  const spec = objectAt(service, "spec") ?? {};
  const [group, version] = [stringAt(spec, "group"), stringAt(spec, "version")];
  const wanted = `${version}.${group}`;
  const errors = validateObjectMeta(service, false, (name) => {
    const wrong = isPathSegmentName(name);
    if (wrong.length > 0 || name === wanted) return wrong;
    return [`must be \`spec.version+"."+spec.group\`: ${goQuote(wanted)}`];
  });
  if (group === "" && version !== "v1") {
    errors.push(required(SPEC.child("group"), "only v1 may have an empty group and it better be legacy kube"));
  }
  if (group !== "") errors.push(...checked(SPEC.child("group"), group, isDns1123Subdomain));
  errors.push(...checked(SPEC.child("version"), version, isDns1035Label));
  for (const [field, highest] of [
    ["groupPriorityMinimum", 20_000],
    ["versionPriority", 1000],
  ] as const) {
    const value = numberAt(spec, field);
    if (value > 0 && value <= highest) continue;
    errors.push(invalidValue(SPEC.child(field), value, `must be positive and less than ${highest}`));
  }
  return [...errors, ...validateTarget(spec)];
}

function validateTarget(spec: JsonObject): FieldError[] {
  const bundle = Buffer.byteLength(stringAt(spec, "caBundle"), "base64");
  const insecure = boolAt(spec, "insecureSkipTLSVerify");
  const target = objectAt(spec, "service");
  const insecureAt = SPEC.child("insecureSkipTLSVerify");
  const errors: FieldError[] = [];
  if (!target) {
    if (bundle > 0) {
      errors.push(invalidValue(SPEC.child("caBundle"), `${bundle} bytes`, "local APIServices may not have a caBundle"));
    }
    if (!insecure) return errors;
    return [...errors, invalidValue(insecureAt, true, "local APIServices may not have insecureSkipTLSVerify")];
  }
  const at = SPEC.child("service");
  for (const field of ["namespace", "name"]) if (stringAt(target, field) === "") errors.push(required(at.child(field)));
  const port = numberAt(target, "port");
  if (port < 1 || port > 65535) {
    errors.push(invalidValue(at.child("port"), port, `port is not valid: ${rangeReason(1, 65535)}`));
  }
  if (!insecure || bundle === 0) return errors;
  return [...errors, invalidValue(insecureAt, true, "may not be true if caBundle is present")];
}

const STATES = ["True", "False", "Unknown"];

function validateStatus(service: KubeObject, old: KubeObject): FieldError[] {
  const conditions = objectsAt(service, "status", "conditions").flatMap((condition, index) => {
    const state = stringAt(condition, "status");
    const at = FieldPath.of("status", "conditions").index(index).child("status");
    return STATES.includes(state) ? [] : [notSupported(at, state, STATES)];
  });
  return [...validateObjectMetaUpdate(service, old), ...conditions];
}

export const apiServiceChecks: KindChecks = {
  validateCreate: validateService,
  validateUpdate: (service, old) => [...validateObjectMetaUpdate(service, old), ...validateService(service)],
  subresources: { status: { validateUpdate: validateStatus } },
};
