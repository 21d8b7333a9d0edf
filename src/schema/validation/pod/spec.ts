import {
  objectAt,
  objectsAt,
  optionalNumberAt,
  optionalStringAt,
  stringAt,
  stringMapAt,
  valueAt,
} from "../../../kube/access.js";
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { checkLabels, isDns1123Label, isDns1123Subdomain, type NameCheck } from "../../../kube/names.js";
import { checked, goStruct, inRange, oneOf } from "../words.js";
import { validateAffinity } from "./affinity.js";
import { validateContainers, validateEphemeral, validateHostNetwork, validateInitContainers } from "./containers.js";
import { validateDnsConfig, validateHostAliases } from "./network.js";
import { podResourceName, validateRequirements } from "./requirements.js";
import {
  validateReadinessGates,
  validateSchedulingGates,
  validateTolerations,
  validateTopologySpread,
} from "./scheduling.js";
import { containersWithPaths, type PodScope } from "./scope.js";
import { validateHostUsers, validatePodSecurity } from "./security.js";
import { validateVolumes } from "./volumes.js";
import { validateHostProcess, validateOs } from "./windows.js";

/**
 * A pod's spec, or that of a template; upstream: apis/core/validation (ValidatePodSpec), in its order.
 * `pod` is the Pod itself where there is one.
 */
export function validatePodSpec(path: FieldPath, spec: JsonObject, pod?: JsonObject): FieldError[] {
  const gracePeriod = optionalNumberAt(spec, "terminationGracePeriodSeconds");
  const podName = stringAt(pod, "metadata", "name");
  const volumes = validateVolumes(path.child("volumes"), objectsAt(spec, "volumes"), podName, pod !== undefined);
  const claims = objectsAt(spec, "resourceClaims");
  const scope: PodScope = {
    isPod: pod !== undefined,
    hostUsers: valueAt(spec, "hostUsers") !== false,
    restartPolicy: stringAt(spec, "restartPolicy"),
    gracePeriod,
    volumes: volumes.byName,
    claims: new Set(claims.map((claim) => stringAt(claim, "name")).filter((name) => name !== "")),
  };
  return [
    ...(gracePeriod === undefined ? [required(path.child("terminationGracePeriodSeconds"))] : []),
    ...volumes.errors,
    ...validateResourceClaims(path.child("resourceClaims"), claims),
    ...validateContainers(path.child("containers"), objectsAt(spec, "containers"), scope),
    ...validateInitContainers(path.child("initContainers"), spec, scope),
    ...validateEphemeral(path.child("ephemeralContainers"), spec, scope),
    ...validatePodResources(path.child("resources"), spec),
    ...validateHostNetwork(path, spec, scope.isPod),
    ...validatePolicies(path, spec),
    ...checkLabels(stringMapAt(spec, "nodeSelector"), path.child("nodeSelector")),
    ...validatePodSecurity(path.child("securityContext"), spec),
    ...validateAffinity(path.child("affinity"), objectAt(spec, "affinity")),
    ...validateDnsConfig(path.child("dnsConfig"), spec),
    ...validateReadinessGates(path.child("readinessGates"), objectsAt(spec, "readinessGates")),
    ...validateSchedulingGates(path.child("schedulingGates"), objectsAt(spec, "schedulingGates")),
    ...validateTopologySpread(path.child("topologySpreadConstraints"), objectsAt(spec, "topologySpreadConstraints")),
    ...validateHostProcess(path, spec),
    ...validateHostUsers(path, spec, containersWithPaths(spec, path)),
    ...validateNames(path, spec),
  ];
}

function validateResourceClaims(path: FieldPath, claims: readonly JsonObject[]): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap((claim, index) => {
    const at = path.index(index);
    const name = stringAt(claim, "name");
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(at.child("name")));
    else if (seen.has(name)) errors.push(duplicate(at.child("name"), name));
    else errors.push(...checked(at.child("name"), name, isDns1123Label));
    seen.add(name);
    const fields = ["resourceClaimName", "resourceClaimTemplateName"];
    const given = fields.filter((field) => claim[field] !== undefined);
    const shown = goStruct({
      Name: name,
      ResourceClaimName: claim.resourceClaimName ?? null,
      ResourceClaimTemplateName: claim.resourceClaimTemplateName ?? null,
    });
    const both = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
    const none = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
    if (given.length !== 1) errors.push(invalidValue(at, shown, given.length > 1 ? both : none));
    for (const field of given) errors.push(...checked(at.child(field), stringAt(claim, field), isDns1123Subdomain));
    return errors;
  });
}

function validatePodResources(path: FieldPath, spec: JsonObject): FieldError[] {
  const resources = objectAt(spec, "resources");
  if (!resources) return [];
  const claims = "claims may not be set for Resources at pod-level";
  return [
    ...(resources.claims === undefined ? [] : [forbiddenField(path.child("claims"), claims)]),
    ...validateRequirements(path, resources, new Set(), podResourceName),
  ];
}

const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

function validatePolicies(path: FieldPath, spec: JsonObject): FieldError[] {
  return [
    ...oneOf(path.child("restartPolicy"), stringAt(spec, "restartPolicy"), ["Always", "OnFailure", "Never"]),
    ...oneOf(path.child("dnsPolicy"), stringAt(spec, "dnsPolicy"), DNS_POLICIES),
  ];
}

/** Names of other objects and of the pod, and what else comes last. */
function validateNames(path: FieldPath, spec: JsonObject): FieldError[] {
  const named = (field: string, check: NameCheck): FieldError[] => {
    const value = stringAt(spec, field);
    return value === "" ? [] : checked(path.child(field), value, check);
  };
  const deadline = optionalNumberAt(spec, "activeDeadlineSeconds");
  const runtimeClass = optionalStringAt(spec, "runtimeClassName");
  const preemption = optionalStringAt(spec, "preemptionPolicy");
  const overhead = objectAt(spec, "overhead");
  return [
    ...named("serviceAccountName", isDns1123Subdomain),
    ...named("nodeName", isDns1123Subdomain),
    ...(deadline === undefined ? [] : inRange(path.child("activeDeadlineSeconds"), deadline, 1, 2 ** 31 - 1)),
    ...named("hostname", isDns1123Label),
    ...named("subdomain", isDns1123Label),
    ...validateTolerations(path.child("tolerations"), objectsAt(spec, "tolerations")),
    ...validateHostAliases(path.child("hostAliases"), objectsAt(spec, "hostAliases")),
    ...named("priorityClassName", isDns1123Subdomain),
    ...(runtimeClass === undefined ? [] : checked(path.child("runtimeClassName"), runtimeClass, isDns1123Subdomain)),
    ...(preemption === undefined
      ? []
      : oneOf(path.child("preemptionPolicy"), preemption, ["PreemptLowerPriority", "Never"])),
    ...(overhead ? validateRequirements(path.child("overhead"), { limits: overhead }, new Set()) : []),
    ...validateOs(path, spec),
  ];
}

export function validateNoEphemeral(path: FieldPath, spec: JsonObject, why: string): FieldError[] {
  if (objectsAt(spec, "ephemeralContainers").length === 0) return [];
  return [forbiddenField(path.child("ephemeralContainers"), why)];
}
