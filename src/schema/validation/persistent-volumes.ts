import { posix } from "node:path";
import { assign, objectAt, objectsAt, optionalStringAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { Json, JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import { parseQuantity } from "../../kube/quantity.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { internalDiff, internalJson } from "./internal-json.js";
import { newLabelOf, nodeLabelWarnings } from "./node-labels.js";
import { IMMUTABLE, immutable, METADATA } from "./object-meta.js";
import { VOLUME_MODES, validateAccessModes } from "./persistent-volume-claim-spec.js";
import { affinityTerms, SOURCES, sourceWarnings, validateSources } from "./persistent-volume-sources.js";
import { validateNodeSelector } from "./pod/affinity.js";
import { checked } from "./words.js";

const SPEC = FieldPath.of("spec");
const AFFINITY = "io.k8s.api.core.v1.VolumeNodeAffinity";
const SOURCE = "io.k8s.api.core.v1.PersistentVolumeSource";
const RECLAIM = ["Delete", "Recycle", "Retain"];

const validateVolume = (volume: KubeObject): FieldError[] => [
  ...validateCoreMeta(volume, false, isDns1123Subdomain),
  ...validateVolumeSpec(SPEC, objectAt(volume, "spec") ?? {}, volume.metadata.name ?? ""),
];

/**
 * A volume's spec; upstream: apis/core/validation (ValidatePersistentVolumeSpec). An `inline` one stands in a
 * VolumeAttachment and may only be CSI.
 */
export function validateVolumeSpec(path: FieldPath, spec: JsonObject, volume: string, inline = false): FieldError[] {
  const modes = stringsAt(spec, "accessModes");
  const reclaim = stringAt(spec, "persistentVolumeReclaimPolicy");
  return [
    ...(inline ? inlineErrors(path, spec) : []),
    ...(modes.length === 0 ? [required(path.child("accessModes"))] : []),
    ...validateAccessModes(path.child("accessModes"), modes),
    ...(inline ? [] : validateCapacity(path.child("capacity"), spec)),
    ...(inline ? inlinePolicy(path, reclaim) : validatePolicy(path, reclaim)),
    ...validateAffinity(path, spec, inline),
    ...validateSources(path, spec, volume),
    ...validateRecycling(path, spec),
    ...(inline ? inlineClass(path, spec) : validateClass(path, spec)),
    ...(inline ? [] : validateAttributesClass(path, spec)),
  ];
}

const INLINE = "in the context of inline volumes";

function inlineErrors(path: FieldPath, spec: JsonObject): FieldError[] {
  const set = (field: string) => Object.keys(objectAt(spec, field) ?? {}).length > 0;
  return [
    ...["claimRef", "capacity"]
      .filter((field) => (field === "capacity" ? set(field) : objectAt(spec, field)))
      .map((field) => forbiddenField(path.child(field), `may not be specified ${INLINE}`)),
    ...(objectAt(spec, "csi") ? [] : [required(path.child("csi"), `has to be specified ${INLINE}`)]),
  ];
}

function inlinePolicy(path: FieldPath, reclaim: string): FieldError[] {
  if (reclaim === "" || reclaim === "Retain") return [];
  const why = `may only be Retain ${INLINE}`;
  return [forbiddenField(path.child("persistentVolumeReclaimPolicy"), why)];
}

function inlineClass(path: FieldPath, spec: JsonObject): FieldError[] {
  const mode = optionalStringAt(spec, "volumeMode");
  const strange = mode !== undefined && mode !== "Filesystem";
  return [
    ...(stringAt(spec, "storageClassName") === ""
      ? []
      : [forbiddenField(path.child("storageClassName"), `may not be specified ${INLINE}`)]),
    ...(strange
      ? [forbiddenField(path.child("volumeMode"), `may not specify volumeMode other than Filesystem ${INLINE}`)]
      : []),
  ];
}

function validatePolicy(path: FieldPath, reclaim: string): FieldError[] {
  if (reclaim === "" || RECLAIM.includes(reclaim)) return [];
  return [notSupported(path.child("persistentVolumeReclaimPolicy"), reclaim, RECLAIM)];
}

function validateClass(path: FieldPath, spec: JsonObject): FieldError[] {
  const className = stringAt(spec, "storageClassName");
  const mode = optionalStringAt(spec, "volumeMode");
  return [
    ...(className === "" ? [] : checked(path.child("storageClassName"), className, isDns1123Subdomain)),
    ...(mode === undefined || VOLUME_MODES.includes(mode)
      ? []
      : [notSupported(path.child("volumeMode"), mode, VOLUME_MODES)]),
  ];
}

function validateCapacity(path: FieldPath, spec: JsonObject): FieldError[] {
  const capacity = stringMapAt(spec, "capacity");
  const names = Object.keys(capacity);
  const errors = names.length === 0 ? [required(path)] : [];
  if (names.length !== 1 || names[0] !== "storage") {
    errors.push(notSupported(path, objectAt(spec, "capacity") ?? null, ["storage"]));
  }
  for (const [name, text] of Object.entries(capacity)) {
    const amount = parseQuantity(text);
    if (amount.unscaled < 0n) {
      errors.push(invalidValue(path.key(name), Number(amount.scaled(0)), "must be a valid resource quantity"));
    }
    if (amount.unscaled <= 0n) errors.push(invalidValue(path.key(name), text, "must be greater than zero"));
  }
  return errors;
}

function validateAffinity(path: FieldPath, spec: JsonObject, inline: boolean): FieldError[] {
  const affinity = objectAt(spec, "nodeAffinity");
  if (!affinity) return [];
  if (inline) return [forbiddenField(path.child("nodeAffinity"), `may not be specified ${INLINE}`)];
  const at = path.child("nodeAffinity", "required");
  const needed = objectAt(affinity, "required");
  return needed ? validateNodeSelector(at, needed) : [required(at, "must specify required node constraints")];
}

/** All of a disk can't be scrubbed for the next claim. */
function validateRecycling(path: FieldPath, spec: JsonObject): FieldError[] {
  const root = stringAt(spec, "hostPath", "path");
  if (!root.startsWith("/") || posix.normalize(root).replace(/(.)\/$/, "$1") !== "/") return [];
  if (stringAt(spec, "persistentVolumeReclaimPolicy") !== "Recycle") return [];
  const why = "may not be 'recycle' for a hostPath mount of '/'";
  return [forbiddenField(path.child("persistentVolumeReclaimPolicy"), why)];
}

function validateAttributesClass(path: FieldPath, spec: JsonObject): FieldError[] {
  const name = optionalStringAt(spec, "volumeAttributesClassName");
  if (name === undefined) return [];
  const at = path.child("volumeAttributesClassName");
  const errors = name === "" ? [required(at, "an empty string is disallowed")] : checked(at, name, isDns1123Subdomain);
  if (objectAt(spec, "csi")) return errors;
  return [...errors, required(path.child("csi"), "has to be specified when using volumeAttributesClassName")];
}

function validateChange(volume: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [objectAt(volume, "spec") ?? {}, objectAt(old, "spec") ?? {}];
  const errors: FieldError[] = [];
  const [now, then] = [sourceOf({ ...spec, csi: withoutNewSecret(spec, before) }), sourceOf(before)];
  if (!semanticEqual(now, then, SOURCE)) {
    const diff = internalDiff(then, now, SOURCE);
    const why = `spec.persistentvolumesource is immutable after creation\n${diff}`;
    errors.push(forbiddenField(SPEC.child("persistentvolumesource"), why));
  }
  errors.push(...immutable(spec.volumeMode, before.volumeMode, FieldPath.of("volumeMode")));
  if (before.nodeAffinity !== undefined) {
    errors.push(...validateAffinityChange(spec, before));
  }
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const why = "update from non-nil value to nil is forbidden";
    errors.push(forbiddenField(SPEC.child("volumeAttributesClassName"), why));
  }
  return errors;
}

function sourceOf(spec: JsonObject): JsonObject {
  return Object.fromEntries(SOURCES.filter((name) => objectAt(spec, name)).map((name) => [name, spec[name]!]));
}

/** The secret to expand a CSI volume with may come later. */
function withoutNewSecret(spec: JsonObject, old: JsonObject): Json | undefined {
  const [csi, before] = [objectAt(spec, "csi"), objectAt(old, "csi")];
  if (!csi || !before || before.controllerExpandSecretRef !== undefined) return csi;
  const { controllerExpandSecretRef: _, ...rest } = csi;
  return rest as JsonObject;
}

/** Labels of nodes may take their final names. */
function validateAffinityChange(spec: JsonObject, old: JsonObject): FieldError[] {
  const [now, before] = [objectAt(spec, "nodeAffinity"), structuredClone(objectAt(old, "nodeAffinity"))];
  for (const [i, term] of affinityTerms({ nodeAffinity: before ?? {} }).entries()) {
    const current = affinityTerms(spec)[i];
    for (const list of ["matchExpressions", "matchFields"]) {
      for (const [j, expression] of objectsAt(term, list).entries()) {
        const other = objectsAt(current, list)[j];
        const key = stringAt(other, "key");
        // A key without a new name may even become empty.
        if (other && key === (newLabelOf(stringAt(expression, "key")) ?? "")) assign(expression, "key", other.key);
      }
    }
  }
  if (now && semanticEqual(now, before, AFFINITY)) return [];
  const why = `${IMMUTABLE}, except for updating from beta label to GA`;
  return [invalidValue(FieldPath.of("nodeAffinity"), now ? internalJson(now, AFFINITY) : null, why)];
}

const OLD_ANNOTATIONS = [
  ["volume.beta.kubernetes.io/storage-class", 'deprecated since v1.8; use "storageClassName" attribute instead'],
  ["volume.beta.kubernetes.io/mount-options", 'deprecated since v1.31; use "mountOptions" attribute instead'],
] as const;

/** upstream: api/persistentvolume/util.go. */
function volumeWarnings(volume: KubeObject): string[] {
  const spec = objectAt(volume, "spec");
  const terms = SPEC.child("nodeAffinity", "required", "nodeSelectorTerms");
  const recycled =
    "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
  return [
    ...OLD_ANNOTATIONS.flatMap(([key, why]) =>
      volume.metadata.annotations?.[key] === undefined ? [] : [`${METADATA.child("annotations").key(key)}: ${why}`],
    ),
    ...(stringAt(spec, "persistentVolumeReclaimPolicy") === "Recycle"
      ? [`${SPEC.child("persistentVolumeReclaimPolicy")}: ${recycled}`]
      : []),
    ...affinityTerms(spec).flatMap((term, i) =>
      objectsAt(term, "matchExpressions").flatMap((expression, j) =>
        nodeLabelWarnings(
          terms.index(i).child("matchExpressions").index(j).child("key"),
          stringAt(expression, "key"),
          true,
        ),
      ),
    ),
    ...sourceWarnings(SPEC, spec),
  ];
}

export const persistentVolumeChecks: KindChecks = {
  validateCreate: validateVolume,
  validateUpdate: (volume, old) => [
    ...validateVolume(volume),
    ...validateVolume(volume),
    ...validateChange(volume, old),
  ],
  createWarnings: volumeWarnings,
  updateWarnings: volumeWarnings,
  subresources: { status: { validateUpdate: validateCoreMetaUpdate } },
};
