import { objectAt, objectsAt, optionalStringAt, stringAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, required } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import type { JsonObject } from "../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../kube/names.js";
import { noBacksteps } from "./paths.js";
import { csiDriverName, INITIATORS, sourcePath, validateSource } from "./pod/volume-sources.js";
import { checked } from "./words.js";

/** What a source of a volume is looked at for; `volume` is the volume's name, "" where it has none. */
type Check = (path: FieldPath, source: JsonObject, volume: string) => FieldError[];

/** What a volume's own type of source adds to what a pod's has; upstream: validateGlusterfsPersistentVolumeSource. */
const glusterfs: Check = (path, source) => {
  const namespace = optionalStringAt(source, "endpointsNamespace");
  const at = path.child("endpointsNamespace");
  if (namespace === undefined) return [];
  if (namespace !== "") return checked(at, namespace, isDns1123Label);
  return [invalidValue(at, namespace, "if the endpointnamespace is set, it must be a valid namespace name")];
};

const requiredParts = (path: FieldPath, secret: JsonObject | undefined, ...parts: readonly string[]): FieldError[] =>
  secret ? parts.filter((part) => stringAt(secret, part) === "").map((part) => required(path.child(part))) : [];

const azureFile: Check = (path, source) =>
  optionalStringAt(source, "secretNamespace") === "" ? [required(path.child("secretNamespace"))] : [];

const cinder: Check = (path, source) => [
  ...(stringAt(source, "volumeID") === "" ? [required(path.child("volumeID"))] : []),
  ...requiredParts(path.child("secretRef"), objectAt(source, "secretRef"), "name", "namespace"),
];

/** Others than a pod's are told without the forms that there are. */
function initiator(path: FieldPath, name: string): FieldError[] {
  const form = Object.entries(INITIATORS).find(([start]) => name.startsWith(start));
  return form?.[1].test(name) ? [] : [invalidValue(path, name, "must be valid format")];
}

const MAX_INITIATOR_NAME = 64;

const iscsi: Check = (path, source, volume) => {
  const [portal, iqn] = [stringAt(source, "targetPortal"), stringAt(source, "iqn")];
  const name = optionalStringAt(source, "initiatorName");
  const lun = Number(source.lun ?? 0);
  const chap = source.chapAuthDiscovery === true || source.chapAuthSession === true;
  const errors: FieldError[] = [];
  if (portal === "") errors.push(required(path.child("targetPortal")));
  if (name !== undefined && Buffer.byteLength(`${volume}:${portal}`) > MAX_INITIATOR_NAME) {
    const whole = "Total length of <volume name>:<iscsi.targetPortal>";
    const why = `${whole} must be under 64 characters if iscsi.initiatorName is specified.`;
    errors.push(invalidValue(path.child("targetportal"), portal, why));
  }
  errors.push(...(iqn === "" ? [required(path.child("iqn"))] : initiator(path.child("iqn"), iqn)));
  if (lun < 0 || lun > 255) {
    errors.push(invalidValue(path.child("lun"), lun, "must be between 0 and 255, inclusive"));
  }
  if (chap && !objectAt(source, "secretRef")) errors.push(required(path.child("secretRef")));
  errors.push(...requiredParts(path.child("secretRef"), objectAt(source, "secretRef"), "name"));
  if (name !== undefined) errors.push(...initiator(path.child("initiatorname"), name));
  return errors;
};

const storageos: Check = (path, source) =>
  requiredParts(path.child("secretRef"), objectAt(source, "secretRef"), "namespace");

const local: Check = (path, source) => {
  const text = stringAt(source, "path");
  return text === "" ? [required(path.child("path"))] : noBacksteps(path.child("path"), text);
};

const SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
];

const csi: Check = (path, source) => {
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
};

const both =
  (name: string, more: Check): Check =>
  (path, source, volume) => [...validateSource(name, path, source, false), ...more(path, source, volume)];

const OWN: Readonly<Record<string, Check>> = {
  azureFile: both("azureFile", azureFile),
  cinder,
  csi,
  glusterfs: both("glusterfs", glusterfs),
  iscsi,
  local,
  storageos: both("storageos", storageos),
};

/** Sources in upstream's order. */
export const SOURCES = [
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

/** Exactly one source, and what is in it. */
export function validateSources(path: FieldPath, spec: JsonObject, volume: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const name of SOURCES) {
    const source = objectAt(spec, name);
    if (!source) continue;
    // A flexVolume is looked into even where it is one too many.
    const refused = count++ > 0 && name !== "flexVolume";
    const at = sourcePath(path, name, refused);
    if (refused) {
      errors.push(forbiddenField(at, "may not specify more than 1 volume type"));
      continue;
    }
    errors.push(...(OWN[name]?.(at, source, volume) ?? validateSource(name, at, source, false)));
    if (name === "local" && !objectAt(spec, "nodeAffinity")) {
      errors.push(required(path.child("nodeAffinity"), "Local volume requires node affinity"));
    }
  }
  if (count === 0) errors.push(required(path, "must specify a volume type"));
  return errors;
}

/** In the order in which they are looked for: field, the path's word for it, since when. */
const DEAD_SOURCES = [
  ["cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"],
] as const;

export function sourceWarnings(path: FieldPath, spec: JsonObject | undefined): string[] {
  return DEAD_SOURCES.flatMap(([field, told, why]) => (objectAt(spec, field) ? [`${path.child(told)}: ${why}`] : []));
}

/** Node selector terms of a volume's affinity. */
export function affinityTerms(spec: JsonObject | undefined): JsonObject[] {
  return objectsAt(spec, "nodeAffinity", "required", "nodeSelectorTerms");
}
