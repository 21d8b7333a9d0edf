import { objectAt, stringAt } from "../../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { goQuote } from "../../../kube/go-text.js";
import type { JsonObject } from "../../../kube/json.js";
import { descendingPath } from "../paths.js";
import { containersWithPaths } from "./scope.js";

export const MIRROR = "kubernetes.io/config.mirror";
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

type Annotations = Readonly<Record<string, string>>;

function sorted(annotations: Annotations, prefix: string): [string, string][] {
  return Object.entries(annotations)
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Annotations that mean something on pods and templates; upstream: ValidatePodSpecificAnnotations. */
export function validatePodAnnotations(path: FieldPath, annotations: Annotations, spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && stringAt(spec, "nodeName") === "") {
    errors.push(invalidValue(path.key(MIRROR), mirror, "must set spec.nodeName if mirror pod annotation is set"));
  }
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost)) {
    errors.push(invalidValue(path.key(DELETION_COST), cost, "must be a 32bit integer"));
  }
  const whole = annotations[SECCOMP_POD];
  if (whole !== undefined) errors.push(...validateSeccomp(path.child(SECCOMP_POD), whole));
  for (const [key, profile] of sorted(annotations, SECCOMP_CONTAINER)) {
    errors.push(...validateSeccomp(path.child(key), profile));
  }
  return [...errors, ...validateAppArmor(path, annotations, spec)];
}

/** Go's ParseInt after "0" and a sign that would change the text have been sorted out. */
function isInt32(text: string): boolean {
  return /^(0|-?[1-9]\d*)$/.test(text) && Math.abs(Number(text)) <= 2 ** 31 - 1;
}

function validateSeccomp(path: FieldPath, profile: string): FieldError[] {
  if (["runtime/default", "docker/default", "unconfined"].includes(profile)) return [];
  if (profile.startsWith("localhost/")) return descendingPath(path, profile.slice("localhost/".length));
  return [invalidValue(path, profile, "must be a valid seccomp profile")];
}

function validateAppArmor(path: FieldPath, annotations: Annotations, spec: JsonObject): FieldError[] {
  const names = new Set(containersWithPaths(spec, path).map(([container]) => stringAt(container, "name")));
  return sorted(annotations, APPARMOR).flatMap(([key, profile]) => {
    const name = key.slice(APPARMOR.length);
    const errors = names.has(name) ? [] : [invalidValue(path.key(key), name, "container not found")];
    if (!["", "runtime/default", "unconfined"].includes(profile) && !profile.startsWith("localhost/")) {
      errors.push(invalidValue(path.key(key), profile, `invalid AppArmor profile name: ${goQuote(profile)}`));
    }
    return errors;
  });
}

/** What of them an update can't change; upstream: ValidatePodSpecificAnnotationUpdates. */
export function validateAnnotationChange(path: FieldPath, annotations: Annotations, old: Annotations): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of sorted(old, "")) {
    if (annotations[key] === value) continue;
    if (key.startsWith(APPARMOR))
      errors.push(forbiddenField(path.key(key), "may not remove or update AppArmor annotations"));
    if (key === MIRROR) errors.push(forbiddenField(path.key(key), "may not remove or update mirror pod annotation"));
  }
  for (const [key] of sorted(annotations, "")) {
    if (Object.hasOwn(old, key)) continue;
    if (key.startsWith(APPARMOR)) errors.push(forbiddenField(path.key(key), "may not add AppArmor annotations"));
    if (key === MIRROR) errors.push(forbiddenField(path.key(key), "may not add mirror pod annotation"));
  }
  return errors;
}

/** Profiles given both ways must say the same; upstream: validateSeccompAnnotationsAndFields and its AppArmor twin. */
export function validateProfiles(path: FieldPath, annotations: Annotations, spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const own = objectAt(spec, "securityContext", "seccompProfile");
  const wanted = annotations[SECCOMP_POD];
  if (own && wanted !== undefined) {
    errors.push(...match(path.child("securityContext", "seccompProfile"), own, wanted, "seccomp"));
  }
  for (const [container, at] of containersWithPaths(spec, path)) {
    const profile = objectAt(container, "securityContext", "seccompProfile");
    const text = annotations[SECCOMP_CONTAINER + stringAt(container, "name")];
    if (profile && text !== undefined) {
      errors.push(...match(at.child("securityContext", "seccompProfile"), profile, text, "seccomp"));
    }
  }
  const fallback = objectAt(spec, "securityContext", "appArmorProfile");
  for (const [container, at] of containersWithPaths(spec, path)) {
    const profile = objectAt(container, "securityContext", "appArmorProfile") ?? fallback;
    const text = annotations[APPARMOR + stringAt(container, "name")];
    if (profile && text !== undefined) {
      errors.push(...match(at.child("securityContext", "appArmorProfile"), profile, text, "apparmor"));
    }
  }
  return errors;
}

function match(path: FieldPath, profile: JsonObject, text: string, what: "seccomp" | "apparmor"): FieldError[] {
  const type = stringAt(profile, "type");
  const wrongType = forbiddenField(path.child("type"), `${what} type in annotation and field must match`);
  if (type === "Unconfined") return text === "unconfined" ? [] : [wrongType];
  if (type === "RuntimeDefault") {
    return text === "runtime/default" || (what === "seccomp" && text === "docker/default") ? [] : [wrongType];
  }
  if (type !== "Localhost") return [];
  if (!text.startsWith("localhost/")) return [wrongType];
  if (text.slice("localhost/".length) === stringAt(profile, "localhostProfile")) return [];
  return [forbiddenField(path.child("localhostProfile"), `${what} profile in annotation and field must match`)];
}
