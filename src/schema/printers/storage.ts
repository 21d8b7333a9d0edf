import type { JsonObject } from "../../kube/json.js";
import { age, type Printer } from "./cells.js";
import { count, field, isBeingDeleted, items, name, quantity, strings, text, textOr, truth } from "./fields.js";

const ACCESS_MODES = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
] as const;

function accessModes(modes: readonly string[]): string {
  return ACCESS_MODES.filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

/** The annotation is older than the field and still goes before it. */
function storageClass(object: JsonObject): string {
  const annotation = field(object, "metadata", "annotations", "volume.beta.kubernetes.io/storage-class");
  return typeof annotation === "string" ? annotation : text(object, "spec", "storageClassName");
}

function phase(object: JsonObject): string {
  return isBeingDeleted(object) ? "Terminating" : text(object, "status", "phase");
}

const printPersistentVolume: Printer = (object) => [
  name(object),
  quantity(object, "spec", "capacity", "storage"),
  accessModes(strings(object, "spec", "accessModes")),
  text(object, "spec", "persistentVolumeReclaimPolicy"),
  phase(object),
  claim(object),
  storageClass(object),
  textOr("<unset>", object, "spec", "volumeAttributesClassName"),
  text(object, "status", "reason"),
  age(object),
  textOr("<unset>", object, "spec", "volumeMode"),
];

function claim(volume: JsonObject): string {
  const reference = field(volume, "spec", "claimRef");
  return reference === undefined ? "" : `${text(reference, "namespace")}/${text(reference, "name")}`;
}

/** Size and modes are those of the volume, so there are none before it is bound. */
const printPersistentVolumeClaim: Printer = (object) => {
  const volume = text(object, "spec", "volumeName");
  return [
    name(object),
    phase(object),
    volume,
    volume === "" ? "" : quantity(object, "status", "capacity", "storage"),
    volume === "" ? "" : accessModes(strings(object, "status", "accessModes")),
    storageClass(object),
    textOr("<unset>", object, "spec", "volumeAttributesClassName"),
    age(object),
    textOr("<unset>", object, "spec", "volumeMode"),
  ];
};

const DEFAULT_CLASS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

const printStorageClass: Printer = (object) => {
  const isDefault = DEFAULT_CLASS.some((key) => text(object, "metadata", "annotations", key) === "true");
  return [
    isDefault ? `${name(object)} (default)` : name(object),
    text(object, "provisioner"),
    textOr("Delete", object, "reclaimPolicy"),
    textOr("Immediate", object, "volumeBindingMode"),
    truth(object, "allowVolumeExpansion"),
    age(object),
  ];
};

const printVolumeAttributesClass: Printer = (object) => [name(object), text(object, "driverName"), age(object)];

const printVolumeAttachment: Printer = (object) => [
  name(object),
  text(object, "spec", "attacher"),
  text(object, "spec", "source", "persistentVolumeName"),
  text(object, "spec", "nodeName"),
  truth(object, "status", "attached"),
  age(object),
];

const printCsiNode: Printer = (object) => [name(object), count(object, "spec", "drivers"), age(object)];

const printCsiDriver: Printer = (object) => {
  const tokens = field(object, "spec", "tokenRequests");
  const audiences = items(object, "spec", "tokenRequests").map((request) => text(request, "audience"));
  return [
    name(object),
    field(object, "spec", "attachRequired") !== false,
    truth(object, "spec", "podInfoOnMount"),
    truth(object, "spec", "storageCapacity"),
    tokens === undefined ? "<unset>" : audiences.join(","),
    truth(object, "spec", "requiresRepublish"),
    strings(object, "spec", "volumeLifecycleModes").join(",") || "<none>",
    age(object),
  ];
};

export const storagePrinters: Readonly<Record<string, Printer>> = {
  "/PersistentVolume": printPersistentVolume,
  "/PersistentVolumeClaim": printPersistentVolumeClaim,
  "storage.k8s.io/StorageClass": printStorageClass,
  "storage.k8s.io/VolumeAttributesClass": printVolumeAttributesClass,
  "storage.k8s.io/VolumeAttachment": printVolumeAttachment,
  "storage.k8s.io/CSINode": printCsiNode,
  "storage.k8s.io/CSIDriver": printCsiDriver,
};
