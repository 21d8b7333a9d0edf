import { assign, ensureObject, listAt, numberAt, objectAt, objectsAt, stringAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { semanticEqual } from "./equality.js";

export function specOf(service: KubeObject): JsonObject {
  return objectAt(service, "spec") ?? {};
}

export function typeOf(service: KubeObject): string {
  return stringAt(service, "spec", "type");
}

export function needsClusterIp(service: KubeObject): boolean {
  return typeOf(service) !== "ExternalName";
}

export function needsNodePort(service: KubeObject): boolean {
  return typeOf(service) === "NodePort" || typeOf(service) === "LoadBalancer";
}

export function needsHealthCheckNodePort(service: KubeObject): boolean {
  return typeOf(service) === "LoadBalancer" && stringAt(service, "spec", "externalTrafficPolicy") === "Local";
}

/** Reachable from outside: upstream: api/service/util.go (ExternallyAccessible). */
export function isExternallyAccessible(service: KubeObject): boolean {
  const external = listAt(service, "spec", "externalIPs").length > 0;
  return needsNodePort(service) || (typeOf(service) === "ClusterIP" && external);
}

export function sameClusterIps(a: KubeObject, b: KubeObject): boolean {
  return same(a, b, "clusterIP") && same(a, b, "clusterIPs");
}

function same(a: KubeObject, b: KubeObject, field: string): boolean {
  return semanticEqual(specOf(a)[field], specOf(b)[field]);
}

/** A real server stores it but never shows it; upstream: service/storage/storage.go (defaultOnRead). */
export function dropFieldsOfOtherTypes(service: KubeObject): void {
  if (!needsClusterIp(service)) delete ensureObject(service, "spec").internalTrafficPolicy;
}

/**
 * A change of type drops what the old type needed and the new one doesn't, unless the client changed it;
 * upstream: registry/core/service/strategy.go (dropTypeDependentFields).
 */
export function dropTypeDependentFields(service: KubeObject, old: KubeObject): void {
  const spec = ensureObject(service, "spec");
  const left = (needed: (service: KubeObject) => boolean): boolean => needed(old) && !needed(service);
  const dropSame = (...fields: string[]): void => {
    for (const field of fields) if (same(service, old, field)) delete spec[field];
  };
  if (left(needsClusterIp)) {
    if (sameClusterIps(service, old)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    dropSame("ipFamilies", "ipFamilyPolicy");
  }
  if (left(needsNodePort) && hasNoNewNodePorts(service, old)) {
    for (const port of objectsAt(spec, "ports")) delete port.nodePort;
  }
  if (left(needsHealthCheckNodePort)) dropSame("healthCheckNodePort");
  if (left((any) => typeOf(any) === "LoadBalancer")) dropSame("allocateLoadBalancerNodePorts", "loadBalancerClass");
  if (left(isExternallyAccessible)) dropSame("externalTrafficPolicy");
  if (typeOf(service) !== "LoadBalancer") clearLoadBalancer(service);
}

function hasNoNewNodePorts(service: KubeObject, old: KubeObject): boolean {
  const before = new Set(nodePortsOf(old));
  return nodePortsOf(service).every((port) => before.has(port));
}

export function nodePortsOf(service: KubeObject): number[] {
  return objectsAt(service, "spec", "ports")
    .map((port) => numberAt(port, "nodePort"))
    .filter((port) => port !== 0);
}

/** The status here is the old object's, so it is replaced, not changed. */
function clearLoadBalancer(service: KubeObject): void {
  const status = objectAt(service, "status");
  if (!status) return;
  const { loadBalancer: _, ...rest } = status;
  assign(service, "status", rest as JsonObject);
}
