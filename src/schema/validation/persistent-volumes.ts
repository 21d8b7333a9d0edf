import { objectAt, optionalStringAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../kube/names.js";
import { parseQuantity } from "../../kube/quantity.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { internalDiff } from "./internal-json.js";
import { immutable } from "./object-meta.js";
import { noBacksteps } from "./paths.js";
import { VOLUME_MODES, validateAccessModes } from "./persistent-volume-claim-spec.js";
import { validateNodeSelector } from "./pod/affinity.js";
import { csiDriverName, sourcePath, validateSource } from "./pod/volume-sources.js";
import { checked } from "./words.js";

const SPEC = FieldPath.of("spec");
const RECLAIM = ["Delete", "Recycle", "Retain"];

const validateVolume = (volume: KubeObject): FieldError[] => [
  ...validateCoreMeta(volume, false, isDns1123Subdomain),
  ...validateVolumeSpec(SPEC, objectAt(volume, "spec") ?? {}),
];

/**
 * A volume's spec; upstream: apis/core/validation (ValidatePersistentVolumeSpec). An `inline` one stands in a
 * VolumeAttachment and may only be CSI.
 */
export function validateVolumeSpec(path: FieldPath, spec: JsonObject, inline = false): FieldError[] {
  const modes = stringsAt(spec, "accessModes");
  const reclaim = stringAt(spec, "persistentVolumeReclaimPolicy");
  return [
    ...(inline ? inlineErrors(path, spec) : []),
    ...(modes.length === 0 ? [required(path.child("accessModes"))] : []),
    ...validateAccessModes(path.child("accessModes"), modes),
    ...(inline ? [] : validateCapacity(path.child("capacity"), spec)),
    ...(inline ? inlinePolicy(path, reclaim) : validatePolicy(path, reclaim)),
    ...validateAffinity(path, spec, inline),
    ...validateSources(path, spec),
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
  const why = `may only be "" or "Retain" ${INLINE}`;
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

/** Sources in upstream's order; "local" and "csi" are a volume's own, the rest are those of pods. */
const SOURCES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
];

function validateSources(path: FieldPath, spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const name of SOURCES) {
    const source = objectAt(spec, name);
    if (!source) continue;
    const at = sourcePath(path, name, count > 0);
    if (count++ > 0) errors.push(forbiddenField(at, "may not specify more than 1 volume type"));
    else if (name === "csi") errors.push(...validateCsi(at, source));
    else if (name === "local") errors.push(...validateLocal(at, source, path, spec));
    else errors.push(...validateSource(name, at, source, false));
  }
  if (count === 0) errors.push(required(path, "must specify a volume type"));
  const root = stringAt(spec, "hostPath", "path");
  if (/^\/+$/.test(root) && stringAt(spec, "persistentVolumeReclaimPolicy") === "Recycle") {
    const why = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbiddenField(path.child("persistentVolumeReclaimPolicy"), why));
  }
  return errors;
}

function validateLocal(path: FieldPath, source: JsonObject, specPath: FieldPath, spec: JsonObject): FieldError[] {
  const text = stringAt(source, "path");
  const errors = text === "" ? [required(path.child("path"))] : noBacksteps(path.child("path"), text);
  if (!objectAt(spec, "nodeAffinity", "required")) {
    errors.push(required(specPath.child("nodeAffinity"), "Local volume requires node affinity"));
  }
  return errors;
}

const SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
];

function validateCsi(path: FieldPath, source: JsonObject): FieldError[] {
  const errors = csiDriverName(path.child("driver"), stringAt(source, "driver"));
  if (stringAt(source, "volumeHandle") === "") errors.push(required(path.child("volumeHandle")));
  for (const field of SECRETS) {
    const secret = objectAt(source, field);
    if (!secret) continue;
    for (const [part, check] of [
      ["name", isDns1123Subdomain],
      ["namespace", isDns1123Label],
    ] as const) {
      const value = stringAt(secret, part);
      const at = path.child(field, part);
      errors.push(...(value === "" ? [required(at)] : checked(at, value, check)));
    }
  }
  return errors;
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
  if (SOURCES.some((name) => !semanticEqual(withoutNewSecret(name, spec, before), before[name]))) {
    const now = { ...spec, csi: withoutNewSecret("csi", spec, before) };
    const diff = internalDiff(before, now, "io.k8s.api.core.v1.PersistentVolumeSource");
    const why = `spec.persistentvolumesource is immutable after creation\n${diff}`;
    errors.push(forbiddenField(SPEC.child("persistentvolumesource"), why));
  }
  errors.push(...immutable(spec.volumeMode, before.volumeMode, FieldPath.of("volumeMode")));
  if (before.nodeAffinity !== undefined) {
    errors.push(...immutable(spec.nodeAffinity, before.nodeAffinity, FieldPath.of("nodeAffinity")));
  }
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const why = "update from non-nil value to nil is forbidden";
    errors.push(forbiddenField(SPEC.child("volumeAttributesClassName"), why));
  }
  return errors;
}

/** The secret to expand a CSI volume with may come later. */
function withoutNewSecret(name: string, spec: JsonObject, old: JsonObject) {
  const csi = objectAt(spec, "csi");
  if (name !== "csi" || !csi || objectAt(old, "csi")?.controllerExpandSecretRef !== undefined) return spec[name];
  const { controllerExpandSecretRef: _, ...rest } = csi;
  return rest as JsonObject;
}

export const persistentVolumeChecks: KindChecks = {
  validateCreate: validateVolume,
  validateUpdate: (volume, old) => [
    ...validateVolume(volume),
    ...validateVolume(volume),
    ...validateChange(volume, old),
  ],
  subresources: { status: { validateUpdate: validateCoreMetaUpdate } },
};
