import { objectsAt, optionalStringAt, stringAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { parseIp } from "../../kube/ip.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import { typeOf } from "../strategy/services.js";
import { ipWarnings, validateIp } from "./network.js";
import { checked } from "./words.js";

const INGRESS = FieldPath.of("status", "loadBalancer", "ingress");
const MODES = ["Proxy", "VIP"];

/** Where a load balancer answers; upstream: apis/core/validation (ValidateLoadBalancerStatus). */
export function validateLoadBalancerStatus(service: KubeObject, old: KubeObject): FieldError[] {
  const ingresses = ingressesOf(service);
  if (typeOf(service) !== "LoadBalancer" && ingresses.length > 0) {
    return [forbiddenField(INGRESS, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  const known = ingressesOf(old).map((ingress) => stringAt(ingress, "ip"));
  return ingresses.flatMap((ingress, index) => validateIngress(ingress, INGRESS.index(index), known));
}

function ingressesOf(service: KubeObject): JsonObject[] {
  return objectsAt(service, "status", "loadBalancer", "ingress");
}

function validateIngress(ingress: JsonObject, path: FieldPath, known: string[]): FieldError[] {
  const [ip, mode, hostname] = [
    stringAt(ingress, "ip"),
    optionalStringAt(ingress, "ipMode"),
    stringAt(ingress, "hostname"),
  ];
  const at = path.child("ipMode");
  const errors = ip === "" ? [] : validateIp(path.child("ip"), ip, known);
  if (mode === undefined) {
    if (ip !== "") errors.push(required(at, "must be specified when `ip` is set"));
  } else if (ip === "") errors.push(forbiddenField(at, "may not be specified when `ip` is not set"));
  else if (!MODES.includes(mode)) errors.push(notSupported(at, mode, MODES));
  if (hostname === "") return errors;
  errors.push(...checked(path.child("hostname"), hostname, isDns1123Subdomain));
  if (parseIp(hostname)) {
    errors.push(invalidValue(path.child("hostname"), hostname, "must be a DNS name, not an IP address"));
  }
  return errors;
}

export function loadBalancerWarnings(service: KubeObject): string[] {
  return ingressesOf(service).flatMap((ingress, index) => ipWarnings(INGRESS.index(index), stringAt(ingress, "ip")));
}
