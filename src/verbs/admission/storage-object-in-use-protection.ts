import { ensureList } from "../../kube/access.js";
import { type AdmissionPlugin, isFor } from "./attributes.js";

const FINALIZERS = [
  { group: "", resource: "persistentvolumes", finalizer: "kubernetes.io/pv-protection" },
  { group: "", resource: "persistentvolumeclaims", finalizer: "kubernetes.io/pvc-protection" },
  { group: "storage.k8s.io", resource: "volumeattributesclasses", finalizer: "kubernetes.io/vac-protection" },
];

/** Volumes in use outlive their deletion; upstream: plugin/pkg/admission/storage/storageobjectinuseprotection. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  operations: ["CREATE"],
  mutate(attributes) {
    const row = FINALIZERS.find((candidate) => isFor(attributes, candidate.group, candidate.resource));
    if (!row || !attributes.object) return;
    const finalizers = ensureList(attributes.object.metadata, "finalizers");
    if (!finalizers.includes(row.finalizer)) finalizers.push(row.finalizer);
  },
};
