import { objectAt, objectsAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";

/**
 * What is not kept of resource.k8s.io, since the features that it belongs to are off by default: taints, partitions,
 * binding conditions and shared capacity of devices. Upstream: pkg/registry/resource, the strategies' dropDisabledFields.
 */
function drop(object: JsonObject | undefined, ...fields: readonly string[]): void {
  for (const field of fields) delete object?.[field];
}

const OF_DEVICES = [
  ...["taints", "consumesCounters", "nodeName", "nodeSelector", "allNodes", "allowMultipleAllocations"],
  ...["bindingConditions", "bindingFailureConditions", "bindsToNode"],
];

export function dropFromSlice(slice: KubeObject): void {
  const spec = objectAt(slice, "spec");
  drop(spec, "sharedCounters", "perDeviceNodeSelection");
  for (const device of objectsAt(spec, "devices")) {
    drop(device, ...OF_DEVICES);
    for (const capacity of Object.values(objectAt(device, "capacity") ?? {})) drop(objectAt(capacity), "requestPolicy");
  }
}

/** Drops from an updated slice; gives back whether it had changed. */
export function changedAndDropped(slice: KubeObject, changed: boolean): boolean {
  dropFromSlice(slice);
  return changed;
}

export function dropFromClass(deviceClass: KubeObject): void {
  drop(objectAt(deviceClass, "spec"), "extendedResourceName");
}

/** Upstream forgets distinctAttribute, and keeps everything of the feature where an object already has it. */
function dropCapacity(devices: JsonObject | undefined, before: JsonObject | undefined): boolean {
  if (objectsAt(before, "constraints").some(({ distinctAttribute }) => distinctAttribute !== undefined)) return false;
  for (const request of objectsAt(devices, "requests")) {
    drop(objectAt(request, "exactly"), "capacity");
    for (const alternative of objectsAt(request, "firstAvailable")) drop(alternative, "capacity");
  }
  return true;
}

export function dropFromClaim(claim: KubeObject, old?: KubeObject): void {
  const drops = dropCapacity(objectAt(claim, "spec", "devices"), objectAt(old, "spec", "devices"));
  const allocation = objectAt(claim, "status", "allocation");
  drop(allocation, "allocationTimestamp");
  for (const result of objectsAt(allocation, "devices", "results")) {
    drop(result, "bindingConditions", "bindingFailureConditions");
    if (drops) drop(result, "shareID", "consumedCapacity");
  }
  if (drops) for (const device of objectsAt(claim, "status", "devices")) drop(device, "shareID");
}

export function dropFromClaimTemplate(template: KubeObject, old?: KubeObject): void {
  dropCapacity(objectAt(template, "spec", "spec", "devices"), objectAt(old, "spec", "spec", "devices"));
}

/** Devices that are no longer allocated have no status any more. */
export function dropFromClaimStatus(claim: KubeObject, old: KubeObject): void {
  const allocated = (of: KubeObject) => objectsAt(of, "status", "allocation", "devices", "results").map(deviceOf);
  const gone = new Set(allocated(old));
  for (const device of allocated(claim)) gone.delete(device);
  const status = objectAt(claim, "status");
  const kept = objectsAt(status, "devices").filter((device) => !gone.has(deviceOf(device)));
  if (status && kept.length > 0) status.devices = kept;
  else drop(status, "devices");
  dropFromClaim(claim, old);
}

function deviceOf(device: JsonObject): string {
  return JSON.stringify([device.driver, device.pool, device.device, device.shareID]);
}
