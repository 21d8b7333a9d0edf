import { ensureList, ensureObject, objectAt, optionalStringAt, stringAt, stringsAt } from "../../kube/access.js";
import { invalid } from "../../kube/errors.js";
import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { parseIp } from "../../kube/ip.js";
import type { KubeObject } from "../../kube/json.js";
import { semanticEqual } from "../../schema/strategy/index.js";
import { needsClusterIp, sameClusterIps } from "../../schema/strategy/services.js";
import { validateClusterIps } from "../../schema/validation/service-ips.js";

const SPEC = FieldPath.of("spec");
const POLICY = SPEC.child("ipFamilyPolicy");
export const SERVICE = { group: "", kind: "Service" };

function refuseAll(service: KubeObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(SERVICE, service.metadata.name ?? "", errors);
}

/**
 * Fills in ipFamilies and ipFamilyPolicy for a cluster that has one family of cluster IPs; upstream:
 * registry/core/service/storage/alloc.go (initIPFamilyFields). Throws 422.
 */
export function fillFamilies(service: KubeObject, old: KubeObject | undefined, family: string): void {
  if (!needsClusterIp(service)) return;
  const spec = ensureObject(service, "spec");
  const bare = stringAt(spec, "clusterIP") === "None" && !objectAt(spec, "selector");
  spec.ipFamilyPolicy ??=
    optionalStringAt(old, "spec", "ipFamilyPolicy") ?? (bare ? "RequireDualStack" : "SingleStack");
  refuseAll(service, validateClusterIps(service, old));
  const errors: FieldError[] = [];
  if (old) errors.push(...checkReduction(service, old));
  if (spec.ipFamilyPolicy === "SingleStack") errors.push(...checkSingle(service));
  errors.push(...addFamiliesOfIps(service, family));
  refuseAll(service, errors);
  if (bare) {
    fillBareFamilies(service, family);
    return;
  }
  refuseAll(service, checkConfigured(service, family));
  if (stringsAt(spec, "ipFamilies").length === 0) spec.ipFamilies = [family];
}

function checkReduction(service: KubeObject, old: KubeObject): FieldError[] {
  const spec = ensureObject(service, "spec");
  const [ips, families] = [stringsAt(spec, "clusterIPs"), stringsAt(spec, "ipFamilies")];
  if (spec.ipFamilyPolicy === "SingleStack") {
    if (sameClusterIps(old, service) && ips.length > 1) spec.clusterIPs = ips.slice(0, 1);
    const same = semanticEqual(families, stringsAt(old, "spec", "ipFamilies"));
    if (same && families.length > 1) spec.ipFamilies = families.slice(0, 1);
    return [];
  }
  const reduced = (now: string[], before: string[]): boolean => now.length > 0 && now.length < before.length;
  const errors: FieldError[] = [];
  const release = (what: string): void => {
    errors.push(invalidValue(POLICY, spec.ipFamilyPolicy!, `must be 'SingleStack' to release the secondary ${what}`));
  };
  if (reduced(ips, stringsAt(old, "spec", "clusterIPs"))) release("cluster IP");
  if (reduced(families, stringsAt(old, "spec", "ipFamilies"))) release("IP family");
  return errors;
}

function checkSingle(service: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const [list, what] of [
    ["clusterIPs", "cluster IPs"],
    ["ipFamilies", "IP families"],
  ] as const) {
    if (stringsAt(service, "spec", list).length !== 2) continue;
    const detail = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    errors.push(invalidValue(POLICY, "SingleStack", detail));
  }
  return errors;
}

/** Families that the client left out follow its addresses. */
function addFamiliesOfIps(service: KubeObject, family: string): FieldError[] {
  const errors: FieldError[] = [];
  const spec = ensureObject(service, "spec");
  const ips = stringsAt(spec, "clusterIPs");
  for (const [index, ip] of ips.entries()) {
    if (ip === "None") break;
    if (index < stringsAt(spec, "ipFamilies").length) continue;
    const own = parseIp(ip)?.family === 6 ? "IPv6" : "IPv4";
    if (own === family) ensureList(spec, "ipFamilies").push(own);
    else {
      const at = SPEC.child("clusterIPs").index(index);
      errors.push(invalidValue(at, ips, `${own} is not configured on this cluster`));
    }
  }
  return errors;
}

/** Headless and without a selector: its endpoints may be of any family. */
function fillBareFamilies(service: KubeObject, family: string): void {
  const spec = ensureObject(service, "spec");
  const families = ensureList(spec, "ipFamilies");
  if (families.length === 0) families.push(family);
  if (families.length < 2 && spec.ipFamilyPolicy !== "SingleStack") {
    families.push(families[0] === "IPv4" ? "IPv6" : "IPv4");
  }
}

function checkConfigured(service: KubeObject, family: string): FieldError[] {
  const errors: FieldError[] = [];
  if (stringAt(service, "spec", "ipFamilyPolicy") === "RequireDualStack") {
    errors.push(invalidValue(POLICY, "RequireDualStack", "this cluster is not configured for dual-stack services"));
  }
  for (const [index, wanted] of stringsAt(service, "spec", "ipFamilies").entries()) {
    if (wanted === family) continue;
    errors.push(invalidValue(SPEC.child("ipFamilies").index(index), wanted, "not configured on this cluster"));
  }
  return errors;
}
