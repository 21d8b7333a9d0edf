import { objectAt, objectsAt, optionalNumberAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  internalFieldError,
  invalidValue,
} from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { compareUtf8 } from "../../kube/go-text.js";
import { parseCidr } from "../../kube/ip.js";
import type { KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { cidrWarnings, validateCidr } from "./network.js";
import { validateAmount } from "./resources.js";
import { validateTaints } from "./taints.js";
import { goStruct, positive } from "./words.js";

const SPEC = FieldPath.of("spec");
const STATUS = FieldPath.of("status");
const POD_CIDRS = SPEC.child("podCIDRs");
/** Upstream reports taints below metadata. */
const TAINTS = FieldPath.of("metadata", "taints");

function validateNode(node: KubeObject): FieldError[] {
  const errors = validateCoreMeta(node, false, isDns1123Subdomain);
  errors.push(...validateTaints(TAINTS, objectsAt(node, "spec", "taints")));
  errors.push(...validateAmounts(node));
  const swap = optionalNumberAt(node, "status", "nodeInfo", "swap", "capacity");
  if (swap !== undefined) errors.push(...positive(FieldPath.of("metadata", "nodeSwapStatus", "capacity"), swap));
  return [...errors, ...validatePodCidrs(stringsAt(node, "spec", "podCIDRs"))];
}

function validateAmounts(node: KubeObject): FieldError[] {
  return ["capacity", "allocatable"].flatMap((list) =>
    Object.entries(stringMapAt(node, "status", list))
      .sort(([a], [b]) => compareUtf8(a, b))
      .flatMap(([name, text]) => validateAmount(STATUS.child(list, name), name, text)),
  );
}

function validatePodCidrs(cidrs: string[]): FieldError[] {
  const errors = cidrs.flatMap((cidr, index) => validateCidr(POD_CIDRS.index(index), cidr));
  if (cidrs.length < 2) return errors;
  const bad = cidrs.findIndex((cidr) => !parseCidr(cidr));
  if (bad >= 0) {
    const why = `invalid CIDR[${bad}]: <nil> (invalid CIDR address: ${cidrs[bad]})`;
    const problem = `invalid PodCIDRs. failed to check with dual stack with error:${why}`;
    errors.push(internalFieldError(POD_CIDRS, problem));
  }
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.family));
  if (bad >= 0 || families.size < 2 || cidrs.length > 2) {
    errors.push(invalidValue(POD_CIDRS, cidrs, "may specify no more than one CIDR for each IP family"));
  }
  return errors;
}

function validateNodeUpdate(node: KubeObject, old: KubeObject): FieldError[] {
  const errors = [...validateCoreMetaUpdate(node, old), ...validateAmounts(node)];
  errors.push(...validateAddresses(node));
  const before = stringsAt(old, "spec", "podCIDRs");
  const now = stringsAt(node, "spec", "podCIDRs");
  const keep = 'except from "" to valid';
  if (before.length > 0) {
    const changes = before.length === now.length ? before.filter((cidr, index) => cidr !== now[index]) : ["all"];
    const error = forbiddenField(POD_CIDRS, `node updates may not change podCIDR ${keep}`);
    errors.push(...changes.map(() => error));
  }
  const provider = stringAt(old, "spec", "providerID");
  if (provider !== "" && provider !== stringAt(node, "spec", "providerID")) {
    errors.push(forbiddenField(SPEC.child("providerID"), `node updates may not change providerID ${keep}`));
  }
  errors.push(...validateTaints(TAINTS, objectsAt(node, "spec", "taints")));
  if (stringAt(node, "spec", "externalID") !== stringAt(old, "spec", "externalID")) {
    errors.push(forbiddenField(SPEC.child("externalID"), "may not be updated"));
  }
  return errors;
}

function validateAddresses(node: KubeObject): FieldError[] {
  const seen = new Set<string>();
  return objectsAt(node, "status", "addresses").flatMap((address, index) => {
    const [type, text] = [stringAt(address, "type"), stringAt(address, "address")];
    const pair = `${type} ${text}`;
    if (!seen.has(pair)) {
      seen.add(pair);
      return [];
    }
    return [duplicate(STATUS.child("addresses").index(index), goStruct({ Type: type, Address: text }))];
  });
}

function nodeWarnings(node: KubeObject): string[] {
  const warnings: string[] = [];
  if (objectAt(node, "spec", "configSource")) warnings.push("spec.configSource: the feature is removed");
  if (stringAt(node, "spec", "externalID") !== "") {
    warnings.push("spec.externalID: this field is deprecated, and is unused by Kubernetes");
  }
  const cidrs = stringsAt(node, "spec", "podCIDRs");
  return [...warnings, ...cidrs.flatMap((cidr, index) => cidrWarnings(POD_CIDRS.index(index), cidr))];
}

export const nodeChecks: KindChecks = {
  validateCreate: validateNode,
  validateUpdate: (node, old) => [...validateNode(node), ...validateNodeUpdate(node, old)],
  createWarnings: nodeWarnings,
  updateWarnings: nodeWarnings,
  subresources: { status: { validateUpdate: validateNodeUpdate } },
};
