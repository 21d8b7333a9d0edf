import { numberAt, objectAt, objectsAt, optionalStringAt, stringAt } from "../../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  internalFieldError,
  invalidValue,
} from "../../../kube/field-errors.js";
import { FieldPath } from "../../../kube/field-path.js";
import { parseIp } from "../../../kube/ip.js";
import type { JsonObject, KubeObject } from "../../../kube/json.js";
import { isDns1123Subdomain, isQualifiedName } from "../../../kube/names.js";
import { ipWarnings, validateIp } from "../network.js";
import { immutable } from "../object-meta.js";
import { checked, goStruct } from "../words.js";

const STATUS = FieldPath.of("status");
const SYSTEM_CONDITIONS = ["PodScheduled", "Ready", "Initialized"];
const NOT_NEGATIVE = "must be a non-negative integer";

/** What a kubelet can't say; upstream: apis/core/validation (ValidatePodStatusUpdate). */
export function validatePodStatus(pod: KubeObject, old: KubeObject): FieldError[] {
  const errors = validateConditions(pod);
  if (stringAt(pod, "spec", "nodeName") !== stringAt(old, "spec", "nodeName")) {
    errors.push(forbiddenField(STATUS.child("nodeName"), "may not be changed directly"));
  }
  const nominated = stringAt(pod, "status", "nominatedNodeName");
  if (nominated !== "" && nominated !== stringAt(old, "status", "nominatedNodeName")) {
    errors.push(...checked(STATUS.child("nominatedNodeName"), nominated, isDns1123Subdomain));
  }
  const observed = numberAt(pod, "status", "observedGeneration");
  if (observed < 0) errors.push(invalidValue(STATUS.child("observedGeneration"), observed, NOT_NEGATIVE));
  const [qos, before] = [stringAt(pod, "status", "qosClass"), stringAt(old, "status", "qosClass")];
  errors.push(...immutable(qos, before, STATUS.child("qosClass"), ""));
  for (const list of ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]) {
    errors.push(...validateTransitions(list, pod, old));
  }
  return [...errors, ...validateClaimStatuses(pod), ...validatePodIps(pod, old), ...validateHostIps(pod, old)];
}

/** The path's capital letter is upstream's. */
function validateConditions(pod: KubeObject): FieldError[] {
  return objectsAt(pod, "status", "conditions").flatMap((condition, index) => {
    const at = STATUS.child("conditions").index(index);
    const [type, observed] = [stringAt(condition, "type"), numberAt(condition, "observedGeneration")];
    const errors = observed < 0 ? [invalidValue(at.child("observedGeneration"), observed, NOT_NEGATIVE)] : [];
    if (SYSTEM_CONDITIONS.includes(type)) return errors;
    return [...errors, ...checked(at.child("Type"), type, isQualifiedName)];
  });
}

/** What has terminated for good stays so. */
function validateTransitions(list: string, pod: KubeObject, old: KubeObject): FieldError[] {
  const policy = stringAt(old, "spec", "restartPolicy");
  const ephemeral = list === "ephemeralContainerStatuses";
  if (policy === "Always" && !ephemeral) return [];
  const now = objectsAt(pod, "status", list);
  return objectsAt(old, "status", list).flatMap((before, index) => {
    const terminated = objectAt(before, "state", "terminated");
    if (!terminated) return [];
    const retried = numberAt(terminated, "exitCode") !== 0 && policy === "OnFailure";
    if (!ephemeral && (retried || isSidecar(old, stringAt(before, "name")))) return [];
    const revived = now.filter((status) => status.name === before.name && !objectAt(status, "state", "terminated"));
    const at = STATUS.child(list).index(index).child("state");
    return revived.map(() => forbiddenField(at, "may not be transitioned to non-terminated state"));
  });
}

function isSidecar(pod: KubeObject, name: string): boolean {
  const containers = objectsAt(pod, "spec", "initContainers");
  return containers.some((container) => container.name === name && container.restartPolicy === "Always");
}

function validateClaimStatuses(pod: KubeObject): FieldError[] {
  const claims = objectsAt(pod, "spec", "resourceClaims").map((claim) => stringAt(claim, "name"));
  const seen = new Set<string>();
  return objectsAt(pod, "status", "resourceClaimStatuses").flatMap((status, index) => {
    const at = STATUS.child("resourceClaimStatuses").index(index).child("name");
    const name = stringAt(status, "name");
    const errors: FieldError[] = [];
    if (!claims.includes(name)) {
      errors.push(invalidValue(at, name, "must match the name of an entry in `spec.resourceClaims`"));
    }
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    const claim = optionalStringAt(status, "resourceClaimName");
    return claim === undefined ? errors : [...errors, ...checked(at, claim, isDns1123Subdomain)];
  });
}

function ipsOf(pod: KubeObject, list: string): string[] {
  return objectsAt(pod, "status", list).map((entry) => stringAt(entry, "ip"));
}

function validateIps(pod: KubeObject, old: KubeObject, list: string): FieldError[] {
  const at = STATUS.child(list);
  const ips = ipsOf(pod, list);
  const errors = ips.flatMap((ip, index) => validateIp(at.index(index), ip, ipsOf(old, list)));
  const families = new Set(ips.map((ip) => parseIp(ip)?.family));
  const bad = ips.findIndex((ip) => !parseIp(ip));
  if (ips.length > 1 && bad >= 0) {
    errors.push(internalFieldError(at, `failed to check for dual stack with error:invalid IP[${bad}]: ${ips[bad]}`));
  }
  if (ips.length > 1 && (bad >= 0 || families.size < 2 || ips.length > 2)) {
    const shown = ips.map((ip) => goStruct({ IP: ip }));
    errors.push(invalidValue(at, shown, "may specify no more than one IP for each IP family"));
  }
  return errors;
}

function validatePodIps(pod: KubeObject, old: KubeObject): FieldError[] {
  return validateIps(pod, old, "podIPs");
}

function validateHostIps(pod: KubeObject, old: KubeObject): FieldError[] {
  const first = ipsOf(pod, "hostIPs")[0];
  if (first === undefined) return [];
  const same = first === stringAt(pod, "status", "hostIP");
  const at = STATUS.child("hostIPs").index(0).child("ip");
  return [...(same ? [] : [invalidValue(at, first, "must be equal to `hostIP`")]), ...validateIps(pod, old, "hostIPs")];
}

export function statusWarnings(pod: KubeObject): string[] {
  return ["podIPs", "hostIPs"].flatMap((list) =>
    objectsAt(pod, "status", list).flatMap((entry: JsonObject, index) =>
      ipWarnings(STATUS.child(list).index(index).child("ip"), stringAt(entry, "ip")),
    ),
  );
}
