import { boolAt, stringAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";
import { parseQuantity } from "../../kube/quantity.js";
import { type AdmissionPlugin, isFor, refuse } from "./attributes.js";

const BETA_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class";

/** Only classes that allow it let claims grow; upstream: plugin/pkg/admission/storage/persistentvolume/resize. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: "PersistentVolumeClaimResize",
  operations: ["UPDATE"],
  validate(attributes, view) {
    const { object, old } = attributes;
    if (!isFor(attributes, "", "persistentvolumeclaims") || !object || !old) return;
    if (sizeOf(object).compare(sizeOf(old)) <= 0) return;
    if (stringAt(old, "status", "phase") !== "Bound") {
      throw refuse(attributes, "Only bound persistent volume claims can be expanded");
    }
    const name = className(object);
    const found = name === className(old) ? view.get("storage.k8s.io", "storageclasses", "", name) : undefined;
    if (name !== "" && boolAt(found, "allowVolumeExpansion")) return;
    throw refuse(
      attributes,
      "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
    );
  },
};

function sizeOf(claim: KubeObject) {
  return parseQuantity(stringAt(claim, "spec", "resources", "requests", "storage") || "0");
}

function className(claim: KubeObject): string {
  return claim.metadata.annotations?.[BETA_STORAGE_CLASS] ?? stringAt(claim, "spec", "storageClassName");
}
