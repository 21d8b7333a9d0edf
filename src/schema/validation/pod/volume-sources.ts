import {
  listAt,
  numberAt,
  objectAt,
  objectsAt,
  optionalNumberAt,
  optionalStringAt,
  stringAt,
} from "../../../kube/access.js";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../../kube/names.js";
import { parseQuantity } from "../../../kube/quantity.js";
import { descendingPath, fileMode, noBacksteps, nonReservedPath } from "../paths.js";
import { validateClaimTemplate } from "../persistent-volume-claim-spec.js";
import { checked, inRange, oneOf } from "../words.js";
import { validateDownwardFile } from "./field-references.js";
import { validateProjections } from "./projections.js";

type Check = (path: FieldPath, source: JsonObject, isPod: boolean) => FieldError[];

/** Required fields, with what their absence is told with. */
const requires =
  (...fields: readonly (string | readonly [field: string, detail: string])[]): Check =>
  (path, source) =>
    fields.flatMap((row) => {
      const [field, detail] = typeof row === "string" ? [row, ""] : row;
      const value = source[field];
      const isEmpty = Array.isArray(value) ? value.length === 0 : (value ?? "") === "";
      return isEmpty ? [required(path.child(field), detail)] : [];
    });

const all =
  (...checks: readonly Check[]): Check =>
  (path, source, isPod) =>
    checks.flatMap((check) => check(path, source, isPod));

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

const hostPath: Check = (path, source) => {
  const text = stringAt(source, "path");
  if (text === "") return [required(path.child("path"))];
  const type = optionalStringAt(source, "type");
  const known = type === undefined || HOST_PATH_TYPES.includes(type);
  return [
    ...noBacksteps(path.child("path"), text),
    ...(known ? [] : [notSupported(path.child("type"), type, HOST_PATH_TYPES)]),
  ];
};

const emptyDir: Check = (path, source) => {
  const limit = optionalStringAt(source, "sizeLimit");
  if (limit === undefined || parseQuantity(limit).unscaled >= 0n) return [];
  return [forbiddenField(path.child("sizeLimit"), "SizeLimit field must be a valid resource quantity")];
};

/** Keys of a secret or config map as files. */
export function validateKeyPaths(path: FieldPath, items: readonly JsonObject[]): FieldError[] {
  return items.flatMap((item, index) => {
    const at = path.index(index);
    return [
      ...requires("key", "path")(at, item, true),
      ...nonReservedPath(at.child("path"), stringAt(item, "path")),
      ...fileMode(at.child("mode"), optionalNumberAt(item, "mode")),
    ];
  });
}

const keyed =
  (nameField: string): Check =>
  (path, source, isPod) => [
    ...requires(nameField)(path, source, isPod),
    ...fileMode(path.child("defaultMode"), optionalNumberAt(source, "defaultMode")),
    ...validateKeyPaths(path.child("items"), objectsAt(source, "items")),
  ];

const nfs: Check = (path, source, isPod) => {
  const text = stringAt(source, "path");
  const absolute = text.startsWith("/") ? [] : [invalidValue(path.child("path"), text, "must be an absolute path")];
  return [...requires("server", "path")(path, source, isPod), ...absolute];
};

const partition: Check = (path, source) => {
  const value = numberAt(source, "partition");
  // The reason's lower bound is not the one that holds.
  return value >= 0 && value <= 255 ? [] : inRange(path.child("partition"), value, 1, 255);
};

export const INITIATORS = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

function validateInitiator(path: FieldPath, name: string): FieldError[] {
  const prefix = Object.entries(INITIATORS).find(([start]) => name.startsWith(start));
  if (!prefix) return [invalidValue(path, name, "must be valid format starting with iqn, eui, or naa")];
  return prefix[1].test(name) ? [] : [invalidValue(path, name, "must be valid format")];
}

const iscsi: Check = (path, source, isPod) => {
  const [iqn, initiator] = [stringAt(source, "iqn"), optionalStringAt(source, "initiatorName")];
  const chap = source.chapAuthDiscovery === true || source.chapAuthSession === true;
  return [
    ...requires("targetPortal", "iqn")(path, source, isPod),
    ...(iqn === "" ? [] : validateInitiator(path.child("iqn"), iqn)),
    ...inRange(path.child("lun"), numberAt(source, "lun"), 0, 255),
    ...(chap && !objectAt(source, "secretRef") ? [required(path.child("secretRef"))] : []),
    ...(initiator === undefined ? [] : validateInitiator(path.child("initiatorname"), initiator)),
  ];
};

const fc: Check = (path, source) => {
  const [wwns, wwids] = [listAt(source, "targetWWNs"), listAt(source, "wwids")];
  const at = path.child("targetWWNs");
  const errors: FieldError[] = [];
  if (wwns.length === 0 && wwids.length === 0) {
    errors.push(required(at, "must specify either targetWWNs or wwids, but not both"));
  }
  if (wwns.length > 0 && wwids.length > 0) {
    errors.push(invalidValue(at, wwns, "targetWWNs and wwids can not be specified simultaneously"));
  }
  if (wwns.length === 0) return errors;
  const lun = optionalNumberAt(source, "lun");
  const lunAt = path.child("lun");
  if (lun === undefined) errors.push(required(lunAt, "lun is required if targetWWNs is specified"));
  else errors.push(...inRange(lunAt, lun, 0, 255));
  return errors;
};

export const csiDriverName = (path: FieldPath, name: string): FieldError[] => [
  ...(name === "" ? [required(path)] : []),
  ...(Buffer.byteLength(name) > 63 ? [tooLong(path, 63)] : []),
  ...isDns1123Subdomain(name.toLowerCase()).map((why) => invalidValue(path, name, why)),
];

const csi: Check = (path, source) => {
  const secret = objectAt(source, "nodePublishSecretRef");
  const name = stringAt(secret, "name");
  const errors = csiDriverName(path.child("driver"), stringAt(source, "driver"));
  if (secret && name === "") errors.push(required(path.child("nodePublishSecretRef", "name")));
  else if (secret) errors.push(...checked(path.child("name"), name, isDns1123Subdomain));
  return errors;
};

const downwardApi: Check = (path, source) => [
  ...fileMode(path.child("defaultMode"), optionalNumberAt(source, "defaultMode")),
  ...objectsAt(source, "items").flatMap((file) => validateDownwardFile(path, file)),
];

const projected: Check = (path, source) => [
  ...fileMode(path.child("defaultMode"), optionalNumberAt(source, "defaultMode")),
  ...validateProjections(path, objectsAt(source, "sources")),
];

const flexVolume: Check = (path, source, isPod) => {
  const reserved = Object.keys(objectAt(source, "options") ?? {}).filter((key) => {
    const domain = `.${key.split("/").slice(0, -1)[0] ?? key}`.toLowerCase();
    return domain.endsWith(".kubernetes.io") || domain.endsWith(".k8s.io");
  });
  const why = "kubernetes.io and k8s.io namespaces are reserved";
  return [
    ...requires("driver")(path, source, isPod),
    ...reserved.map((key) => invalidValue(path.child("options").key(key), key, why)),
  ];
};

const ephemeral: Check = (path, source) => {
  const template = objectAt(source, "volumeClaimTemplate");
  const at = path.child("volumeClaimTemplate");
  return template ? validateClaimTemplate(at, template) : [required(at)];
};

const image: Check = (path, source, isPod) => [
  ...(isPod ? requires("reference")(path, source, isPod) : []),
  ...oneOf(path.child("pullPolicy"), stringAt(source, "pullPolicy"), ["Always", "IfNotPresent", "Never"]),
];

const secretName: Check = (path, source) => {
  const secret = objectAt(source, "secretRef");
  return secret && stringAt(secret, "name") === "" ? [required(path.child("secretRef", "name"))] : [];
};

const flocker: Check = (path, source) => {
  const [name, uuid] = [stringAt(source, "datasetName"), stringAt(source, "datasetUUID")];
  const errors: FieldError[] = [];
  if (name === "" && uuid === "") errors.push(required(path, "one of datasetName and datasetUUID is required"));
  if (name !== "" && uuid !== "") {
    // The value is upstream's word.
    errors.push(invalidValue(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
  }
  if (name.includes("/")) errors.push(invalidValue(path.child("datasetName"), name, "must not contain '/'"));
  return errors;
};

/** As far as Go's net.SplitHostPort takes a text apart. */
const isHostPort = (text: string): boolean => /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(text);

const quobyte: Check = (path, source) => {
  const [registry, tenant] = [stringAt(source, "registry"), stringAt(source, "tenant")];
  const [at, why] = [path.child("registry"), "must be a host:port pair or multiple pairs separated by commas"];
  const errors: FieldError[] = [];
  if (registry === "") errors.push(required(at, why));
  else if (Buffer.byteLength(tenant) >= 65) {
    errors.push(required(path.child("tenant"), "must be a UUID and may not exceed a length of 64 characters"));
  } else {
    const wrong = registry.split(",").filter((pair) => !isHostPort(pair));
    errors.push(...wrong.map(() => invalidValue(at, registry, why)));
  }
  if (stringAt(source, "volume") === "") errors.push(required(path.child("volume")));
  return errors;
};

const storageOs: Check = (path, source) => {
  const [name, namespace] = [stringAt(source, "volumeName"), stringAt(source, "volumeNamespace")];
  return [
    ...(name === "" ? [required(path.child("volumeName"))] : checked(path.child("volumeName"), name, isDns1123Label)),
    ...(namespace === "" ? [] : checked(path.child("volumeNamespace"), namespace, isDns1123Label)),
  ];
};

const gitDirectory: Check = (path, source) => descendingPath(path.child("directory"), stringAt(source, "directory"));

const MANAGED_DISK = "/subscriptions/";
const MANAGED_FORM = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_FORM = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
const CACHING = ["None", "ReadOnly", "ReadWrite"];
const DISK_KINDS = ["Dedicated", "Managed", "Shared"];

const azureDisk: Check = (path, source) => {
  const [uri, kind] = [stringAt(source, "diskURI"), stringAt(source, "kind")];
  const caching = stringAt(source, "cachingMode");
  const errors = requires("diskName", "diskURI")(path, source, true);
  if (source.cachingMode !== undefined && !CACHING.includes(caching)) {
    errors.push(notSupported(path.child("cachingMode"), caching, CACHING));
  }
  if (source.kind !== undefined && !DISK_KINDS.includes(kind)) {
    errors.push(notSupported(path.child("kind"), kind, DISK_KINDS));
  }
  // Whether it is managed is in the URI, too.
  if (kind === "Managed" && !uri.startsWith(MANAGED_DISK)) {
    errors.push(notSupported(path.child("diskURI"), uri, [MANAGED_FORM]));
  }
  if (source.kind !== undefined && kind !== "Managed" && !uri.startsWith("https://")) {
    errors.push(notSupported(path.child("diskURI"), uri, [BLOB_FORM]));
  }
  return errors;
};

/** In the order in which upstream looks; upstream: validateVolumeSource. */
const CHECKS: Readonly<Record<string, Check>> = {
  emptyDir,
  hostPath,
  gitRepo: all(requires("repository"), gitDirectory),
  gcePersistentDisk: all(requires("pdName"), partition),
  awsElasticBlockStore: all(requires("volumeID"), partition),
  secret: keyed("secretName"),
  nfs,
  iscsi,
  glusterfs: requires("endpoints", "path"),
  flocker,
  persistentVolumeClaim: requires("claimName"),
  rbd: requires("monitors", "image"),
  cinder: all(requires("volumeID"), secretName),
  cephfs: requires("monitors"),
  quobyte,
  downwardAPI: downwardApi,
  fc,
  flexVolume,
  configMap: keyed("name"),
  azureFile: requires("secretName", "shareName"),
  vsphereVolume: requires("volumePath"),
  photonPersistentDisk: requires("pdID"),
  portworxVolume: requires("volumeID"),
  azureDisk,
  storageos: all(storageOs, secretName),
  projected,
  scaleIO: requires("gateway", "system", "volumeName"),
  csi,
  ephemeral,
  image,
};

export const VOLUME_SOURCES = Object.keys(CHECKS);

const REFUSED_AS: Readonly<Record<string, string>> = { cephfs: "cephFS", downwardAPI: "downwarAPI" };

/** Where a source stands; some go by other words than their fields, one when it is looked into, two when refused. */
export function sourcePath(path: FieldPath, name: string, refused: boolean): FieldPath {
  if (name === "gcePersistentDisk" && !refused) return path.child("persistentDisk");
  return path.child(refused ? (REFUSED_AS[name] ?? name) : name);
}

export function validateSource(name: string, path: FieldPath, source: JsonObject, isPod: boolean): FieldError[] {
  return CHECKS[name]?.(path, source, isPod) ?? [];
}
