import { listAt, objectAt, stringAt, stringMapAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain, isQualifiedName } from "../../kube/names.js";
import { parseQuantity } from "../../kube/quantity.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { internalDiff } from "./internal-json.js";
import { IMMUTABLE, immutable, METADATA } from "./object-meta.js";
import { validateClaimSpec } from "./persistent-volume-claim-spec.js";
import { claimWarnings } from "./pod/warnings.js";
import { isNativeResource } from "./resources.js";
import { checked } from "./words.js";

const CLAIM_SPEC = "io.k8s.api.core.v1.PersistentVolumeClaimSpec";
const SPEC = FieldPath.of("spec");
const STATUS = FieldPath.of("status");
const BETA_CLASS = "volume.beta.kubernetes.io/storage-class";

function validateClaim(claim: KubeObject): FieldError[] {
  return [
    ...validateCoreMeta(claim, true, isDns1123Subdomain),
    ...validateClaimSpec(SPEC, objectAt(claim, "spec") ?? {}),
  ];
}

/** Only the size of a bound claim, and what a controller fills in; upstream: ValidatePersistentVolumeClaimUpdate. */
function validateUpdate(claim: KubeObject, old: KubeObject): FieldError[] {
  const errors = [...validateClaim(claim), ...validateCoreMetaUpdate(claim, old), ...validateClaim(claim)];
  const [annotation, before] = [claim.metadata.annotations?.[BETA_CLASS], old.metadata.annotations?.[BETA_CLASS]];
  const adopted = before !== undefined && stringAt(claim, "spec", "storageClassName") === before;
  if (annotation !== before && !adopted) {
    errors.push(invalidValue(METADATA.child("annotations", BETA_CLASS), annotation ?? "", IMMUTABLE));
  }
  const [spec, then] = [objectAt(claim, "spec") ?? {}, objectAt(old, "spec") ?? {}];
  const fixed = fixedPart(claim, old);
  if (!semanticEqual(fixed, then, CLAIM_SPEC)) {
    const named = then.volumeName === undefined ? { volumeName: spec.volumeName } : {};
    const diff = internalDiff({ ...then, ...named }, { ...fixed, ...named }, CLAIM_SPEC);
    const what = "resources.requests and volumeAttributesClassName for bound claims";
    errors.push(forbiddenField(SPEC, `spec is immutable after creation except ${what}\n${diff}`));
  }
  errors.push(...validateShrinking(claim, old));
  return [...errors, ...immutable(spec.volumeMode, then.volumeMode, FieldPath.of("volumeMode"))];
}

/** The new spec with everything that may change as it was. */
function fixedPart(claim: KubeObject, old: KubeObject): JsonObject {
  const [spec, then] = [{ ...(objectAt(claim, "spec") ?? {}) }, objectAt(old, "spec") ?? {}];
  if (stringAt(then, "volumeName") === "") delete spec.volumeName;
  const annotation = old.metadata.annotations?.[BETA_CLASS];
  if (then.storageClassName === undefined && (annotation === undefined || annotation === spec.storageClassName)) {
    delete spec.storageClassName;
  }
  if (stringAt(claim, "status", "phase") !== "Bound") return spec;
  const requests = { ...(objectAt(spec, "resources", "requests") ?? {}) };
  const size = stringMapAt(then, "resources", "requests").storage;
  if (size !== undefined) requests.storage = size;
  spec.resources = { ...(objectAt(spec, "resources") ?? {}), requests };
  if (then.volumeAttributesClassName === undefined) delete spec.volumeAttributesClassName;
  else spec.volumeAttributesClassName = then.volumeAttributesClassName;
  return spec;
}

function validateShrinking(claim: KubeObject, old: KubeObject): FieldError[] {
  const size = (object: KubeObject, ...path: string[]) => parseQuantity(stringMapAt(object, ...path).storage ?? "0");
  const now = size(claim, "spec", "resources", "requests");
  if (now.compare(size(old, "spec", "resources", "requests")) >= 0) return [];
  if (now.compare(size(old, "status", "capacity")) > 0) return [];
  const at = SPEC.child("resources", "requests", "storage");
  return [forbiddenField(at, "field can not be less than status.capacity")];
}

/** The path's capital letter is upstream's. */
function validateStatus(claim: KubeObject, old: KubeObject): FieldError[] {
  const errors = validateCoreMetaUpdate(claim, old);
  if (listAt(claim, "spec", "accessModes").length === 0) errors.push(required(FieldPath.of("Spec", "accessModes")));
  for (const [name, text] of Object.entries(stringMapAt(claim, "status", "capacity"))) {
    const amount = parseQuantity(text);
    if (amount.unscaled >= 0n) continue;
    const at = FieldPath.of("status", "capacity").key(name);
    errors.push(invalidValue(at, Number(amount.scaled(0)), "must be a valid resource quantity"));
  }
  return [...errors, ...validateResizing(claim)];
}

const RESIZES = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
];

function validateResizing(claim: KubeObject): FieldError[] {
  const [statuses, resources] = [STATUS.child("allocatedResourceStatuses"), STATUS.child("allocatedResources")];
  const states = Object.entries(stringMapAt(claim, "status", "allocatedResourceStatuses"));
  const amounts = Object.entries(stringMapAt(claim, "status", "allocatedResources"));
  return [
    ...states.flatMap(([name, state]) => [
      ...validateResourceName(statuses, name),
      // The value shown is the name, not the state.
      ...(RESIZES.includes(state) ? [] : [notSupported(statuses, name, RESIZES)]),
    ]),
    ...amounts.flatMap(([name, text]) => {
      const errors = validateResourceName(resources, name);
      const amount = parseQuantity(text);
      if (errors.length > 0 || amount.unscaled >= 0n) return errors;
      return [invalidValue(resources.key(name), Number(amount.scaled(0)), "must be a valid resource quantity")];
    }),
  ];
}

/** Of Kubernetes' own names, storage is the only one. */
function validateResourceName(path: FieldPath, name: string): FieldError[] {
  const errors = checked(path, name, isQualifiedName);
  if (errors.length > 0 || !isNativeResource(name) || name === "storage") return errors;
  return [notSupported(path, name, ["storage"])];
}

function ownWarnings(claim: KubeObject): string[] {
  const old = claim.metadata.annotations?.[BETA_CLASS] !== undefined;
  const why = 'deprecated since v1.8; use "storageClassName" attribute instead';
  return [
    ...(old ? [`${METADATA.child("annotations").key(BETA_CLASS)}: ${why}`] : []),
    ...claimWarnings(SPEC, objectAt(claim, "spec")),
  ];
}

export const persistentVolumeClaimChecks: KindChecks = {
  validateCreate: validateClaim,
  validateUpdate,
  createWarnings: ownWarnings,
  updateWarnings: ownWarnings,
  subresources: { status: { validateUpdate: validateStatus } },
};
