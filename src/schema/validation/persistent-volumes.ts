import { objectAt, optionalStringAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../kube/names.js";
import { parseQuantity } from "../../kube/quantity.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta } from "./core-meta.js";
import { internalDiff } from "./internal-json.js";
import { immutable, validateObjectMetaUpdate } from "./object-meta.js";
import { noBacksteps } from "./paths.js";
import { VOLUME_MODES, validateAccessModes } from "./persistent-volume-claim-spec.js";
import { validateNodeSelector } from "./pod/affinity.js";
import { csiDriverName, validateSource } from "./pod/volume-sources.js";
import { checked } from "./words.js";

const SPEC = FieldPath.of("spec");
const RECLAIM = ["Delete", "Recycle", "Retain"];

/** upstream: apis/core/validation (ValidatePersistentVolumeSpec). */
function validateVolume(volume: KubeObject): FieldError[] {
  const spec = objectAt(volume, "spec") ?? {};
  const modes = stringsAt(spec, "accessModes");
  const reclaim = stringAt(spec, "persistentVolumeReclaimPolicy");
  const mode = optionalStringAt(spec, "volumeMode");
  const className = stringAt(spec, "storageClassName");
  return [
    ...validateCoreMeta(volume, false, isDns1123Subdomain),
    ...(modes.length === 0 ? [required(SPEC.child("accessModes"))] : []),
    ...validateAccessModes(SPEC.child("accessModes"), modes),
    ...validateCapacity(SPEC.child("capacity"), spec),
    ...(reclaim === "" || RECLAIM.includes(reclaim)
      ? []
      : [notSupported(SPEC.child("persistentVolumeReclaimPolicy"), reclaim, RECLAIM)]),
    ...validateAffinity(spec),
    ...validateSources(spec),
    ...(className === "" ? [] : checked(SPEC.child("storageClassName"), className, isDns1123Subdomain)),
    ...(mode === undefined || VOLUME_MODES.includes(mode)
      ? []
      : [notSupported(SPEC.child("volumeMode"), mode, VOLUME_MODES)]),
    ...validateAttributesClass(spec),
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

function validateAffinity(spec: JsonObject): FieldError[] {
  const affinity = objectAt(spec, "nodeAffinity");
  if (!affinity) return [];
  const at = SPEC.child("nodeAffinity", "required");
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

function validateSources(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const name of SOURCES) {
    const source = objectAt(spec, name);
    if (!source) continue;
    const at = SPEC.child(name);
    if (count++ > 0) errors.push(forbiddenField(at, "may not specify more than 1 volume type"));
    else if (name === "csi") errors.push(...validateCsi(at, source));
    else if (name === "local") errors.push(...validateLocal(at, source, spec));
    else errors.push(...validateSource(name, at, source, false));
  }
  if (count === 0) errors.push(required(SPEC, "must specify a volume type"));
  const root = stringAt(spec, "hostPath", "path");
  if (/^\/+$/.test(root) && stringAt(spec, "persistentVolumeReclaimPolicy") === "Recycle") {
    const why = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbiddenField(SPEC.child("persistentVolumeReclaimPolicy"), why));
  }
  return errors;
}

function validateLocal(path: FieldPath, source: JsonObject, spec: JsonObject): FieldError[] {
  const text = stringAt(source, "path");
  const errors = text === "" ? [required(path.child("path"))] : noBacksteps(path.child("path"), text);
  if (!objectAt(spec, "nodeAffinity", "required")) {
    errors.push(required(SPEC.child("nodeAffinity"), "Local volume requires node affinity"));
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

function validateAttributesClass(spec: JsonObject): FieldError[] {
  const name = optionalStringAt(spec, "volumeAttributesClassName");
  if (name === undefined) return [];
  const at = SPEC.child("volumeAttributesClassName");
  const errors = name === "" ? [required(at, "an empty string is disallowed")] : checked(at, name, isDns1123Subdomain);
  if (objectAt(spec, "csi")) return errors;
  return [...errors, required(SPEC.child("csi"), "has to be specified when using volumeAttributesClassName")];
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
  subresources: { status: { validateUpdate: validateObjectMetaUpdate } },
};
