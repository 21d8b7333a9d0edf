import { numberAt, optionalStringAt, stringAt, stringsAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { KubeObject } from "../../kube/json.js";
import { isQualifiedName } from "../../kube/names.js";
import { needsHealthCheckNodePort, typeOf } from "../strategy/services.js";
import { isHeadless } from "./service-ips.js";
import { checked } from "./words.js";

const SPEC = FieldPath.of("spec");
const POLICY = SPEC.child("ipFamilyPolicy");
export const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'";
const FIXED = "may not change once set";

/** What of a service can't change any more; upstream: apis/core/validation (ValidateServiceUpdate). */
export function validateServiceChange(service: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (typeOf(service) !== "ExternalName" && typeOf(old) !== "ExternalName") {
    const [headless, was] = [isHeadless(service), isHeadless(old)];
    if (!(headless && was)) errors.push(...validateIps(service, old));
    if (!headless && !was) errors.push(...validateFamilies(service, old));
  }
  const balancerClass = optionalStringAt(service, "spec", "loadBalancerClass");
  const isBalancer = typeOf(service) === "LoadBalancer" && typeOf(old) === "LoadBalancer";
  if (isBalancer && balancerClass !== optionalStringAt(old, "spec", "loadBalancerClass")) {
    errors.push(invalidValue(SPEC.child("loadBalancerClass"), balancerClass ?? null, FIXED));
  }
  errors.push(...validateBalancerClass(service));
  const port = numberAt(service, "spec", "healthCheckNodePort");
  if (needsHealthCheckNodePort(service) && needsHealthCheckNodePort(old)) {
    if (port !== numberAt(old, "spec", "healthCheckNodePort")) {
      errors.push(forbiddenField(SPEC.child("healthCheckNodePort"), "field is immutable"));
    }
  }
  return errors;
}

/** An update looks at it twice. */
export function validateBalancerClass(service: KubeObject): FieldError[] {
  const name = optionalStringAt(service, "spec", "loadBalancerClass");
  const at = SPEC.child("loadBalancerClass");
  if (name === undefined) return [];
  return typeOf(service) === "LoadBalancer"
    ? checked(at, name, isQualifiedName)
    : [forbiddenField(at, ONLY_LOAD_BALANCER)];
}

/** The first of a list stays, the second may come and go. */
function validateIps(service: KubeObject, old: KubeObject): FieldError[] {
  const at = SPEC.child("clusterIPs");
  const [now, before] = [stringsAt(service, "spec", "clusterIPs"), stringsAt(old, "spec", "clusterIPs")];
  if (now.length === before.length) {
    return before.flatMap((ip, index) => (ip === now[index] ? [] : [invalidValue(at.index(index), now, FIXED)]));
  }
  const errors: FieldError[] = [];
  if (now.length === 0) errors.push(invalidValue(at.index(0), null, "primary clusterIP can not be unset"));
  if (now.length > 0 && before.length > 0 && now[0] !== before[0]) errors.push(invalidValue(at.index(0), now, FIXED));
  if (now.length < before.length && now.length === 1) errors.push(...validateRelease(service, "clusterIP"));
  return errors;
}

/** Two of the messages show the addresses instead of the families, as upstream's do. */
function validateFamilies(service: KubeObject, old: KubeObject): FieldError[] {
  const at = SPEC.child("ipFamilies").index(0);
  const ips = stringsAt(service, "spec", "clusterIPs");
  const [now, before] = [stringsAt(service, "spec", "ipFamilies"), stringsAt(old, "spec", "ipFamilies")];
  if (now.length === before.length) {
    return before.flatMap((family, index) => (family === now[index] ? [] : [invalidValue(at, now, FIXED)]));
  }
  const errors: FieldError[] = [];
  if (now.length < before.length && ips.length === 0) {
    errors.push(invalidValue(at, now, "primary ipFamily can not be unset"));
  }
  if (now.length > 0 && before.length > 0 && now[0] !== before[0]) errors.push(invalidValue(at, ips, FIXED));
  if (now.length < before.length && now.length === 1) errors.push(...validateRelease(service, "ipFamily"));
  return errors;
}

function validateRelease(service: KubeObject, what: string): FieldError[] {
  if (stringAt(service, "spec", "ipFamilyPolicy") === "SingleStack") return [];
  const policy = optionalStringAt(service, "spec", "ipFamilyPolicy") ?? null;
  return [invalidValue(POLICY, policy, `must be set to 'SingleStack' when releasing the secondary ${what}`)];
}
