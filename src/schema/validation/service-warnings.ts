import { listAt, stringAt, stringsAt } from "../../kube/access.js";
import { FieldPath } from "../../kube/field-path.js";
import { goQuote } from "../../kube/go-text.js";
import type { KubeObject } from "../../kube/json.js";
import { typeOf } from "../strategy/services.js";
import { cidrWarnings, ipWarnings } from "./network.js";
import { isHeadless } from "./service-ips.js";

const SPEC = FieldPath.of("spec");
const HINTS = "service.kubernetes.io/topology-aware-hints";
const MODE = "service.kubernetes.io/topology-mode";

/** What a service says in vain; upstream: api/service/warnings.go. */
export function serviceWarnings(service: KubeObject): string[] {
  const warnings: string[] = [];
  if (service.metadata.annotations?.[HINTS] !== undefined) {
    warnings.push(`annotation ${HINTS} is deprecated, please use ${MODE} instead`);
  }
  const isSet = !["", "None"].includes(stringAt(service, "spec", "clusterIP"));
  for (const [index, ip] of stringsAt(service, "spec", "clusterIPs").entries()) {
    if (isSet) warnings.push(...ipWarnings(SPEC.child("clusterIPs").index(index), ip));
  }
  const external = stringsAt(service, "spec", "externalIPs");
  const balancerIp = stringAt(service, "spec", "loadBalancerIP");
  if (isHeadless(service)) {
    const ignored = (field: string): number => warnings.push(`spec.${field} is ignored for headless services`);
    if (balancerIp !== "") ignored("loadBalancerIP");
    if (external.length > 0) ignored("externalIPs");
    if (stringAt(service, "spec", "sessionAffinity") !== "None") ignored("SessionAffinity");
  }
  for (const [index, ip] of external.entries())
    warnings.push(...ipWarnings(SPEC.child("externalIPs").index(index), ip));
  if (balancerIp !== "") warnings.push(...ipWarnings(SPEC.child("loadBalancerIP"), balancerIp));
  for (const [index, cidr] of stringsAt(service, "spec", "loadBalancerSourceRanges").entries()) {
    warnings.push(...cidrWarnings(SPEC.child("loadBalancerSourceRanges").index(index), cidr));
  }
  const isName = typeOf(service) === "ExternalName";
  if (isName && listAt(service, "spec", "externalIPs").length > 0) {
    warnings.push(`spec.externalIPs is ignored when spec.type is ${goQuote("ExternalName")}`);
  }
  if (!isName && stringAt(service, "spec", "externalName") !== "") {
    warnings.push(`spec.externalName is ignored when spec.type is not ${goQuote("ExternalName")}`);
  }
  return warnings;
}
