import { listAt, optionalStringAt, stringAt, stringsAt } from "../../kube/access.js";
import { duplicate, type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { parseIp } from "../../kube/ip.js";
import type { KubeObject } from "../../kube/json.js";
import { validateIp } from "./network.js";

const SPEC = FieldPath.of("spec");
const CLUSTER_IPS = SPEC.child("clusterIPs");
const POLICIES = ["PreferDualStack", "RequireDualStack", "SingleStack"];
const FAMILIES = ["IPv4", "IPv6"];

export function isHeadless(service: KubeObject): boolean {
  const ips = listAt(service, "spec", "clusterIPs");
  return ips.length === 1 && ips[0] === "None";
}

/**
 * clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy against each other; upstream: apis/core/validation
 * (ValidateServiceClusterIPsRelatedFields), which the allocator asks before it gives out addresses.
 */
export function validateClusterIps(service: KubeObject, old: KubeObject | undefined): FieldError[] {
  if (stringAt(service, "spec", "type") === "ExternalName") return [];
  const ip = stringAt(service, "spec", "clusterIP");
  const ips = stringsAt(service, "spec", "clusterIPs");
  const errors: FieldError[] = [];
  if (ip !== "" && ips.length === 0) errors.push(required(CLUSTER_IPS));
  else if (ip !== "" && ips[0] !== ip) {
    errors.push(invalidValue(CLUSTER_IPS, ips, "first value must match `clusterIP`"));
  } else if (ip === "" && ips.length > 0) {
    errors.push(invalidValue(CLUSTER_IPS, ips, "must be empty when `clusterIP` is not specified"));
  }
  errors.push(...validateFamilies(service));
  const wrong = validateAddresses(ips, stringsAt(old, "spec", "clusterIPs"));
  errors.push(...wrong);
  if (ips.length > 2) errors.push(invalidValue(CLUSTER_IPS, ips, "may only hold up to 2 values"));
  if (wrong.length > 0) return errors;
  if (ips.length > 1 && new Set(ips.map((each) => parseIp(each)?.family)).size < 2) {
    errors.push(invalidValue(CLUSTER_IPS, ips, "may specify no more than one IP for each IP family"));
  }
  if (!isHeadless(service)) errors.push(...validateFamilyOrder(ips, stringsAt(service, "spec", "ipFamilies")));
  return errors;
}

function validateFamilies(service: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const families = stringsAt(service, "spec", "ipFamilies");
  for (const [index, family] of families.entries()) {
    const at = SPEC.child("ipFamilies").index(index);
    if (!FAMILIES.includes(family)) errors.push(notSupported(at, family, FAMILIES));
    if (families.indexOf(family) < index) errors.push(duplicate(at, family));
  }
  const policy = optionalStringAt(service, "spec", "ipFamilyPolicy");
  if (policy !== undefined && !POLICIES.includes(policy)) {
    errors.push(notSupported(SPEC.child("ipFamilyPolicy"), policy, POLICIES));
  }
  return errors;
}

function validateAddresses(ips: string[], known: string[]): FieldError[] {
  return ips.flatMap((ip, index) => {
    if (index > 0 || ip !== "None") return validateIp(CLUSTER_IPS.index(index), ip, known);
    return ips.length > 1 ? [invalidValue(CLUSTER_IPS, ips, "'None' must be the first and only value")] : [];
  });
}

function validateFamilyOrder(ips: string[], families: string[]): FieldError[] {
  return ips.slice(0, families.length).flatMap((ip, index) => {
    const isV6 = parseIp(ip)?.family === 6;
    const wanted = families[index];
    if ((wanted === "IPv4" && !isV6) || (wanted === "IPv6" && isV6) || !FAMILIES.includes(wanted ?? "")) return [];
    const detail = `expected an ${wanted} value as indicated by \`ipFamilies[${index}]\``;
    return [invalidValue(CLUSTER_IPS.index(index), ip, detail)];
  });
}
