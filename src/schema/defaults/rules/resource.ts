import type { JsonObject } from "../../../kube/json.js";
import { orZero, rulesFor } from "../rule.js";

/**
 * Upstream: pkg/apis/resource/v1/defaults.go. Its default time of device taints is left out: the feature is off, so
 * taints themselves are dropped.
 */
export const RESOURCE_RULES = rulesFor("io.k8s.api.resource.v1", {
  DeviceSubRequest: request,
  ExactDeviceRequest: request,
});

function request(value: JsonObject): void {
  orZero(value, { allocationMode: "ExactCount" });
  if (value.allocationMode === "ExactCount") orZero(value, { count: 1 });
}
