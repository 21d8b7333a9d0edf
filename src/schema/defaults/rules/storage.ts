import { ensureObject, listAt } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";
import { orAbsent, rulesFor } from "../rule.js";

/** Upstream: pkg/apis/storage/v1/defaults.go. */
export const STORAGE_RULES = rulesFor("io.k8s.api.storage.v1", {
  CSIDriver: csiDriver,
  StorageClass: (value) => orAbsent(value, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
});

function csiDriver(value: JsonObject): void {
  const spec = ensureObject(value, "spec");
  orAbsent(spec, {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: "ReadWriteOnceWithFSType",
    requiresRepublish: false,
    seLinuxMount: false,
  });
  if (listAt(spec, "volumeLifecycleModes").length === 0) spec.volumeLifecycleModes = ["Persistent"];
}
