import { objectAt, objectsAt, optionalNumberAt, stringAt, stringMapAt } from "../../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, required } from "../../../kube/field-errors.js";
import { FieldPath } from "../../../kube/field-path.js";
import { goQuote } from "../../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../../kube/names.js";
import { semanticEqual } from "../../strategy/equality.js";
import type { KindChecks } from "../checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "../core-meta.js";
import { internalDiff } from "../internal-json.js";
import { METADATA } from "../object-meta.js";
import { inRange } from "../words.js";
import { MIRROR, validateAnnotationChange, validatePodAnnotations, validateProfiles } from "./annotations.js";
import { validateImage } from "./containers.js";
import { validateResize } from "./resize.js";
import { validateAddedTolerations, validateRemovedGates } from "./scheduling.js";
import { validateNoEphemeral, validatePodSpec } from "./spec.js";
import { statusWarnings, validatePodStatus } from "./status.js";
import { podWarnings } from "./warnings.js";

const SPEC = FieldPath.of("spec");
const ANNOTATIONS = METADATA.child("annotations");
const POD_SPEC = "io.k8s.api.core.v1.PodSpec";
const EPHEMERAL = "io.k8s.api.core.v1.EphemeralContainer";
const MAX_DEADLINE = 2 ** 31 - 1;

function specOf(pod: KubeObject): JsonObject {
  return objectAt(pod, "spec") ?? {};
}

/** upstream: apis/core/validation (validatePodMetadataAndSpec). */
function validateWhole(pod: KubeObject): FieldError[] {
  const spec = specOf(pod);
  const errors = [
    ...validateCoreMeta(pod, true, isDns1123Subdomain),
    ...validatePodAnnotations(ANNOTATIONS, stringMapAt(pod, "metadata", "annotations"), spec),
    ...validatePodSpec(SPEC, spec, pod),
  ];
  if (stringAt(spec, "serviceAccountName") === "") errors.push(...validateNoTokens(spec));
  for (const list of ["containers", "initContainers"]) {
    for (const [index, container] of objectsAt(spec, list).entries()) {
      errors.push(...validateImage(SPEC.child(list).index(index), container));
    }
  }
  return errors;
}

function validateNoTokens(spec: JsonObject): FieldError[] {
  return objectsAt(spec, "volumes").flatMap((volume, index) =>
    objectsAt(volume, "projected", "sources").flatMap((source, nth) => {
      if (!objectAt(source, "serviceAccountToken")) return [];
      const at = SPEC.child("volumes").index(index).child("projected", "sources").index(nth);
      return [
        forbiddenField(at.child("serviceAccountToken"), "must not be specified when serviceAccountName is not set"),
      ];
    }),
  );
}

function validateCreate(pod: KubeObject): FieldError[] {
  const spec = specOf(pod);
  const errors = [...validateWhole(pod), ...validateNoEphemeral(SPEC, spec, "cannot be set on create")];
  if (stringAt(spec, "nodeName") !== "" && objectsAt(spec, "schedulingGates").length > 0) {
    errors.push(forbiddenField(SPEC.child("nodeName"), "cannot be set until all schedulingGates have been cleared"));
  }
  return [...errors, ...validateProfiles(SPEC, stringMapAt(pod, "metadata", "annotations"), spec)];
}

const MUTABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
];

/** Images, a shorter deadline and more tolerations: all that a pod lets change; upstream: ValidatePodUpdate. */
function validateUpdate(pod: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [specOf(pod), specOf(old)];
  const errors = [...validateCoreMetaUpdate(pod, old), ...validateWhole(pod), ...validateAnnotations(pod, old)];
  for (const list of ["containers", "initContainers"]) {
    const [now, then] = [objectsAt(spec, list), objectsAt(before, list)];
    if (now.length !== then.length) {
      return [...errors, forbiddenField(SPEC.child(list), "pod updates may not add or remove containers")];
    }
    for (const [index, container] of now.entries()) {
      const at = SPEC.child(list).index(index);
      if (stringAt(container, "image") === "") errors.push(required(at.child("image")));
      errors.push(...validateImage(at, container));
    }
  }
  const deadline = validateDeadline(spec, before);
  errors.push(...deadline.errors);
  if (deadline.stop) return errors;
  errors.push(...validateAddedTolerations(SPEC.child("tolerations"), spec, before));
  errors.push(...validateRemovedGates(SPEC.child("schedulingGates"), spec, before));
  const fixed = withMutableOf(spec, before);
  if (!semanticEqual(fixed, before, POD_SPEC)) {
    const diff = internalDiff(before, fixed, POD_SPEC);
    errors.push(forbiddenField(SPEC, `pod updates may not change fields other than ${MUTABLE.join(",")}\n${diff}`));
  }
  return errors;
}

function validateAnnotations(pod: KubeObject, old: KubeObject): FieldError[] {
  const annotations = stringMapAt(pod, "metadata", "annotations");
  return [
    ...validateAnnotationChange(ANNOTATIONS, annotations, stringMapAt(old, "metadata", "annotations")),
    ...validatePodAnnotations(ANNOTATIONS, annotations, specOf(pod)),
  ];
}

function validateDeadline(spec: JsonObject, old: JsonObject): { errors: FieldError[]; stop: boolean } {
  const at = SPEC.child("activeDeadlineSeconds");
  const [now, before] = [
    optionalNumberAt(spec, "activeDeadlineSeconds"),
    optionalNumberAt(old, "activeDeadlineSeconds"),
  ];
  if (now === undefined) {
    const why = "must not update from a positive integer to nil value";
    return { errors: before === undefined ? [] : [invalidValue(at, null, why)], stop: false };
  }
  const wrong = inRange(at, now, 0, MAX_DEADLINE);
  if (wrong.length > 0) return { errors: wrong, stop: true };
  if (before === undefined || before >= now) return { errors: [], stop: false };
  return { errors: [invalidValue(at, now, "must be less than or equal to previous value")], stop: true };
}

/** The new spec with everything that may change as it was: what then differs is refused. */
function withMutableOf(spec: JsonObject, old: JsonObject): JsonObject {
  const images = (list: string): JsonObject[] | undefined => {
    const containers = objectsAt(spec, list);
    if (containers.length === 0) return undefined;
    return containers.map((container, index) => ({ ...container, image: objectsAt(old, list)[index]?.image }));
  };
  const merged: JsonObject = {
    ...spec,
    containers: images("containers"),
    initContainers: images("initContainers"),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
  };
  const wasNegative = (optionalNumberAt(old, "terminationGracePeriodSeconds") ?? 0) < 0;
  if (wasNegative && spec.terminationGracePeriodSeconds === 1) {
    merged.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  }
  if (objectsAt(old, "schedulingGates").length > 0) merged.nodeSelector = old.nodeSelector;
  return merged;
}

/** Ephemeral containers are only ever added; upstream: ValidatePodEphemeralContainersUpdate. */
function validateEphemeral(pod: KubeObject, old: KubeObject): FieldError[] {
  const whole = [...validateCoreMetaUpdate(pod, old), ...validateWhole(pod), ...validateAnnotations(pod, old)];
  if (old.metadata.annotations?.[MIRROR] !== undefined) {
    return [forbiddenField("[]", "static pods do not support ephemeral containers")];
  }
  const at = SPEC.child("ephemeralContainers");
  const now = new Map(objectsAt(pod, "spec", "ephemeralContainers").map((each) => [stringAt(each, "name"), each]));
  const changes = objectsAt(old, "spec", "ephemeralContainers").flatMap((container) => {
    const name = stringAt(container, "name");
    const found = now.get(name);
    const subject = `existing ephemeral containers ${goQuote(name)}`;
    if (!found) return [forbiddenField(at, `${subject} may not be removed\n`)];
    if (semanticEqual(found, container, EPHEMERAL)) return [];
    const diff = internalDiff(container, found, EPHEMERAL);
    return [forbiddenField(at, `${subject} may not be changed\n${diff}`)];
  });
  return [...whole, ...changes];
}

function nameWarnings(pod: KubeObject): string[] {
  const reasons = isDns1123Label(pod.metadata.name ?? "");
  if (reasons.length === 0) return [];
  const risk = "this is used in the Pod's hostname, which can result in surprising behavior";
  return [`metadata.name: ${risk}; a DNS label is recommended: [${reasons.join(" ")}]`];
}

export const podChecks: KindChecks = {
  validateCreate,
  validateUpdate,
  createWarnings: (pod) => [...nameWarnings(pod), ...podWarnings(FieldPath.of(), pod)],
  subresources: {
    status: {
      validateUpdate: (pod, old) => [
        ...validateCoreMetaUpdate(pod, old),
        ...validateAnnotations(pod, old),
        ...validatePodStatus(pod, old),
      ],
      updateWarnings: statusWarnings,
    },
    ephemeralcontainers: { validateUpdate: validateEphemeral },
    resize: { validateUpdate: (pod, old) => validateResize(pod, old, validateWhole(pod)) },
  },
};
