import { objectAt, stringAt, stringsAt } from "../../kube/access.js";
import { type FieldError, invalidValue, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { parseCidr } from "../../kube/ip.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain, isPathSegmentName, type NameCheck } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { requiredSegment } from "./domain-names.js";
import { validateStrictCidr, validateStrictIp } from "./network.js";
import { IMMUTABLE, immutable } from "./object-meta.js";
import { checked, goStruct } from "./words.js";

const SPEC = FieldPath.of("spec");
const isIpName: NameCheck = (name) => validateStrictIp(SPEC, name).map(({ detail }) => detail);

function validateParent(parent: JsonObject | undefined): FieldError[] {
  const at = SPEC.child("parentRef");
  if (!parent) return [required(at)];
  const [group, namespace] = [stringAt(parent, "group"), stringAt(parent, "namespace")];
  return [
    ...(group === "" ? [] : checked(at.child("group"), group, isDns1123Subdomain)),
    ...requiredSegment(at.child("resource"), stringAt(parent, "resource")),
    ...requiredSegment(at.child("name"), stringAt(parent, "name")),
    ...(namespace === "" ? [] : checked(at.child("namespace"), namespace, isPathSegmentName)),
  ];
}

function shownParent(parent: JsonObject | undefined) {
  if (!parent) return null;
  const of = (field: string): string => stringAt(parent, field);
  return goStruct({ Group: of("group"), Resource: of("resource"), Namespace: of("namespace"), Name: of("name") });
}

const validateAddress = (address: KubeObject): FieldError[] => [
  ...validateCoreMeta(address, false, isIpName),
  ...validateParent(objectAt(address, "spec", "parentRef")),
];

/** upstream: apis/networking/validation (ValidateIPAddress). */
export const ipAddressChecks: KindChecks = {
  validateCreate: validateAddress,
  validateUpdate(address, old) {
    const [now, before] = [objectAt(address, "spec", "parentRef"), objectAt(old, "spec", "parentRef")];
    const same = immutable(now, before, SPEC.child("parentRef")).length === 0;
    const errors = [...validateAddress(address), ...validateCoreMetaUpdate(address, old)];
    return same ? errors : [...errors, invalidValue(SPEC.child("parentRef"), shownParent(now), IMMUTABLE)];
  },
};

const CIDRS = SPEC.child("cidrs");

function validateCidrs(cidrs: readonly string[]): FieldError[] {
  if (cidrs.length === 0) return [required(CIDRS, "at least one CIDR required")];
  if (cidrs.length > 2) return [invalidValue(CIDRS, goStruct({ CIDRs: [...cidrs] }), "may only hold up to 2 values")];
  const errors = cidrs.flatMap((cidr, index) => validateStrictCidr(CIDRS.index(index), cidr));
  const families = cidrs.map((cidr) => parseCidr(cidr)?.family);
  if (cidrs.length === 2 && families[0] !== undefined && families[0] === families[1]) {
    const why = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
    errors.push(invalidValue(CIDRS, [...cidrs], why));
  }
  return errors;
}

function validateCidrChange(now: readonly string[], old: readonly string[]): FieldError[] {
  const changed = (index: number): FieldError[] =>
    now[index] === old[index] ? [] : [invalidValue(CIDRS.index(index), now[index]!, IMMUTABLE)];
  if (now.length === old.length) return old.flatMap((_, index) => changed(index));
  // A second family may come later.
  if (old.length === 1 && now.length === 2) return [...changed(0), ...validateCidrs(now)];
  return [invalidValue(CIDRS, [...now], IMMUTABLE)];
}

const cidrsOf = (object: KubeObject): string[] => stringsAt(object, "spec", "cidrs");

/** upstream: apis/networking/validation (ValidateServiceCIDR). */
export const serviceCidrChecks: KindChecks = {
  validateCreate: (object) => [
    ...validateCoreMeta(object, false, isDns1123Subdomain),
    ...validateCidrs(cidrsOf(object)),
  ],
  validateUpdate: (object, old) => [
    ...validateCoreMetaUpdate(object, old),
    ...validateCidrChange(cidrsOf(object), cidrsOf(old)),
  ],
  subresources: { status: { validateUpdate: validateCoreMetaUpdate } },
};
