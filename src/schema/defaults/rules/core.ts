import { ensureObject, objectAt, stringAt } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";
import { orAbsent, orZero, rulesFor } from "../rule.js";

/** Upstream: pkg/apis/core/v1/defaults.go. An empty ConfigMap's data is left out, as it shows nowhere. */
export const CORE_RULES = rulesFor("io.k8s.api.core.v1", {
  LimitRangeItem: limitRangeItem,
  Namespace: namespace,
  NamespaceStatus: (status) => orZero(status, { phase: "Active" }),
  NodeStatus: nodeStatus,
  PersistentVolume: persistentVolume,
  PersistentVolumeClaim: (claim) => orZero(ensureObject(claim, "status"), { phase: "Pending" }),
  PersistentVolumeClaimSpec: (spec) => orAbsent(spec, { volumeMode: "Filesystem" }),
  ReplicationController: replicationController,
  Secret: (secret) => orZero(secret, { type: "Opaque" }),
});

/** Without a name (generateName) there is nothing to label with; the strategy does it then. */
function namespace(value: JsonObject): void {
  const name = stringAt(value, "metadata", "name");
  if (name !== "") ensureObject(ensureObject(value, "metadata"), "labels")["kubernetes.io/metadata.name"] = name;
}

function nodeStatus(status: JsonObject): void {
  const capacity = objectAt(status, "capacity");
  if (capacity && status.allocatable === undefined) status.allocatable = { ...capacity };
}

function persistentVolume(value: JsonObject): void {
  orZero(ensureObject(value, "status"), { phase: "Pending" });
  const spec = ensureObject(value, "spec");
  orZero(spec, { persistentVolumeReclaimPolicy: "Retain" });
  orAbsent(spec, { volumeMode: "Filesystem" });
}

/** A container's default limit is the maximum, its default request the default limit, or the minimum. */
function limitRangeItem(item: JsonObject): void {
  if (item.type !== "Container") return;
  const limit = { ...objectAt(item, "max"), ...objectAt(item, "default") };
  item.default = limit;
  item.defaultRequest = { ...objectAt(item, "min"), ...limit, ...objectAt(item, "defaultRequest") };
}

/** The template's labels serve as selector and as the controller's own labels. */
function replicationController(value: JsonObject): void {
  const labels = objectAt(value, "spec", "template", "metadata", "labels");
  if (labels) {
    adopt(ensureObject(value, "spec"), "selector", labels);
    adopt(ensureObject(value, "metadata"), "labels", labels);
  }
}

/** Copies a map to where there is none, or an empty one. */
export function adopt(parent: JsonObject, name: string, entries: JsonObject): void {
  if (Object.keys(objectAt(parent, name) ?? {}).length === 0) parent[name] = { ...entries };
}
