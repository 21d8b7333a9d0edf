import { ensureObject, objectAt, objectsAt, stringAt } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";
import { isZero, orAbsent, orZero, rulesFor } from "../rule.js";

/** Three hours. */
const AFFINITY_SECONDS = 10_800;

/** Upstream: pkg/apis/core/v1/defaults.go. */
export const SERVICE_RULES = rulesFor("io.k8s.api.core.v1", {
  Service: service,
  EndpointPort: (port) => orZero(port, { protocol: "TCP" }),
});

function service(value: JsonObject): void {
  const spec = ensureObject(value, "spec");
  orZero(spec, { sessionAffinity: "None", type: "ClusterIP" });
  defaultAffinity(spec);
  for (const port of objectsAt(spec, "ports")) {
    orZero(port, { protocol: "TCP" });
    if (isZero(port.targetPort)) port.targetPort = port.port ?? 0;
  }
  const type = stringAt(spec, "type");
  const external = type === "LoadBalancer" || type === "NodePort";
  if (external || (type === "ClusterIP" && Array.isArray(spec.externalIPs) && spec.externalIPs.length > 0)) {
    orZero(spec, { externalTrafficPolicy: "Cluster" });
  }
  if (external || type === "ClusterIP") orAbsent(spec, { internalTrafficPolicy: "Cluster" });
  if (type === "LoadBalancer") {
    orAbsent(spec, { allocateLoadBalancerNodePorts: true });
    for (const ingress of objectsAt(value, "status", "loadBalancer", "ingress")) {
      if (stringAt(ingress, "ip") !== "") orAbsent(ingress, { ipMode: "VIP" });
    }
  }
}

function defaultAffinity(spec: JsonObject): void {
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity !== "ClientIP") return;
  const timeout = objectAt(spec, "sessionAffinityConfig", "clientIP")?.timeoutSeconds;
  if (timeout === undefined) spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
}
