import {
  numberAt,
  objectAt,
  objectsAt,
  optionalStringAt,
  stringAt,
  stringMapAt,
  stringsAt,
  valueAt,
} from "../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { checkLabels, isDns1035Label, isDns1123Label, isDns1123Subdomain, isQualifiedName } from "../../kube/names.js";
import { isExternallyAccessible, needsHealthCheckNodePort, typeOf } from "../strategy/services.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { validateCidr, validateEndpointIp, validateIp } from "./network.js";
import { isHeadless, validateClusterIps } from "./service-ips.js";
import { loadBalancerWarnings, validateLoadBalancerStatus } from "./service-status.js";
import { ONLY_LOAD_BALANCER, validateBalancerClass, validateServiceChange } from "./service-update.js";
import { serviceWarnings } from "./service-warnings.js";
import { checked, goStruct, oneOf, portNumber, portNumberOrName } from "./words.js";

const SPEC = FieldPath.of("spec");
const PORTS = SPEC.child("ports");

/** A service's spec; upstream: apis/core/validation (validateService), in its order. */
function validateService(service: KubeObject, old: KubeObject | undefined): FieldError[] {
  return [
    ...validateTopology(service),
    ...validateType(service),
    ...validatePorts(service),
    ...checkLabels(stringMapAt(service, "spec", "selector"), SPEC.child("selector")),
    ...validateAffinity(service),
    ...validateClusterIps(service, old),
    ...validateExternalIps(service, old),
    ...oneOf(SPEC.child("type"), typeOf(service), ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
    ...validatePortUse(service),
    ...validateLoadBalancer(service, old),
    ...validateTraffic(service),
  ];
}

const HINTS = "service.kubernetes.io/topology-aware-hints";
const MODE = "service.kubernetes.io/topology-mode";

function validateTopology(service: KubeObject): FieldError[] {
  const annotations = service.metadata.annotations ?? {};
  const [mode, hints] = [annotations[MODE], annotations[HINTS]];
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const why = `must match annotations[${HINTS}] when both are specified`;
  return [invalidValue(FieldPath.of("metadata", "annotations").key(MODE), mode, why)];
}

function validateType(service: KubeObject): FieldError[] {
  const type = typeOf(service);
  const errors: FieldError[] = [];
  if (objectsAt(service, "spec", "ports").length === 0 && !isHeadless(service) && type !== "ExternalName") {
    errors.push(required(PORTS));
  }
  if (type === "LoadBalancer" || type === "NodePort") {
    const why = `may not be set to 'None' for ${type} services`;
    if (isHeadless(service)) errors.push(invalidValue(SPEC.child("clusterIPs").index(0), "None", why));
  }
  return type === "ExternalName" ? [...errors, ...validateExternalName(service)] : errors;
}

function validateExternalName(service: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const list of ["clusterIPs", "ipFamilies", "ipFamilyPolicy"]) {
    const value = valueAt(service, "spec", list);
    const isSet = Array.isArray(value) ? value.length > 0 : value !== undefined;
    if (isSet) errors.push(forbiddenField(SPEC.child(list), "may not be set for ExternalName services"));
  }
  const name = stringAt(service, "spec", "externalName").replace(/\.$/, "");
  const at = SPEC.child("externalName");
  return [...errors, ...(name === "" ? [required(at)] : checked(at, name, isDns1123Subdomain))];
}

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

function validatePorts(service: KubeObject): FieldError[] {
  const ports = objectsAt(service, "spec", "ports");
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = PORTS.index(index);
    const appProtocol = optionalStringAt(port, "appProtocol");
    return [
      ...validatePortName(stringAt(port, "name"), ports.length > 1, names, at.child("name")),
      ...portNumber(at.child("port"), numberAt(port, "port")),
      ...oneOf(at.child("protocol"), stringAt(port, "protocol"), PROTOCOLS),
      ...portNumberOrName(at.child("targetPort"), port.targetPort),
      ...(appProtocol === undefined ? [] : checked(at.child("appProtocol"), appProtocol, isQualifiedName)),
    ];
  });
}

function validatePortName(name: string, isNeeded: boolean, names: Set<string>, path: FieldPath): FieldError[] {
  if (name === "") return isNeeded ? [required(path)] : [];
  const errors = checked(path, name, isDns1123Label);
  if (names.has(name)) errors.push(duplicate(path, name));
  names.add(name);
  return errors;
}

function validateAffinity(service: KubeObject): FieldError[] {
  const affinity = stringAt(service, "spec", "sessionAffinity");
  const config = objectAt(service, "spec", "sessionAffinityConfig");
  const at = SPEC.child("sessionAffinityConfig");
  const errors = oneOf(SPEC.child("sessionAffinity"), affinity, ["ClientIP", "None"]);
  if (affinity === "None" && config) {
    errors.push(forbiddenField(at, "must not be set when session affinity is None"));
  }
  return affinity === "ClientIP" ? [...errors, ...validateClientIp(config, at)] : errors;
}

function validateClientIp(config: JsonObject | undefined, path: FieldPath): FieldError[] {
  const requiredFor = "when session affinity type is ClientIP";
  if (!config) return [required(path, requiredFor)];
  const clientIp = objectAt(config, "clientIP");
  if (!clientIp) return [required(path.child("clientIP"), requiredFor)];
  const at = path.child("clientIP", "timeoutSeconds");
  if (clientIp.timeoutSeconds === undefined) return [required(at, requiredFor)];
  const seconds = numberAt(clientIp, "timeoutSeconds");
  if (seconds > 0 && seconds <= 86400) return [];
  return [invalidValue(at, seconds, "must be greater than 0 and less than 86400")];
}

function validateExternalIps(service: KubeObject, old: KubeObject | undefined): FieldError[] {
  const known = stringsAt(old, "spec", "externalIPs");
  return stringsAt(service, "spec", "externalIPs").flatMap((ip, index) => {
    const at = SPEC.child("externalIPs").index(index);
    const errors = validateIp(at, ip, known);
    return errors.length > 0 ? errors : validateEndpointIp(at, ip);
  });
}

/** Node ports only where the type has them, and no port twice in a protocol. */
function validatePortUse(service: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const ports = objectsAt(service, "spec", "ports");
  for (const [index, port] of ports.entries()) {
    if (typeOf(service) !== "ClusterIP" || numberAt(port, "nodePort") === 0) continue;
    errors.push(forbiddenField(PORTS.index(index).child("nodePort"), "may not be used when `type` is 'ClusterIP'"));
  }
  const nodePorts = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const nodePort = numberAt(port, "nodePort");
    const key = `${stringAt(port, "protocol")} ${nodePort}`;
    if (nodePort === 0) continue;
    if (nodePorts.has(key)) errors.push(duplicate(PORTS.index(index).child("nodePort"), nodePort));
    nodePorts.add(key);
  }
  const numbers = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const [protocol, number] = [stringAt(port, "protocol"), numberAt(port, "port")];
    const key = `${protocol} ${number}`;
    if (numbers.has(key)) errors.push(duplicate(PORTS.index(index), portKey(protocol, number)));
    numbers.add(key);
  }
  return errors;
}

function portKey(protocol: string, port: number) {
  return goStruct({ Name: "", Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 });
}

const RANGES_ANNOTATION = "service.beta.kubernetes.io/load-balancer-source-ranges";

function validateLoadBalancer(service: KubeObject, old: KubeObject | undefined): FieldError[] {
  const isBalancer = typeOf(service) === "LoadBalancer";
  const errors = validateSourceRanges(service, old, isBalancer);
  const allocates = valueAt(service, "spec", "allocateLoadBalancerNodePorts");
  if (allocates !== undefined && !isBalancer) {
    errors.push(forbiddenField(SPEC.child("allocateLoadBalancerNodePorts"), ONLY_LOAD_BALANCER));
  }
  if (allocates === undefined && isBalancer) errors.push(required("allocateLoadBalancerNodePorts"));
  return [...errors, ...validateBalancerClass(service)];
}

/** The path's capital letter is upstream's. */
function validateSourceRanges(service: KubeObject, old: KubeObject | undefined, isBalancer: boolean): FieldError[] {
  const ranges = stringsAt(service, "spec", "loadBalancerSourceRanges");
  const annotation = service.metadata.annotations?.[RANGES_ANNOTATION];
  if (ranges.length > 0) {
    const path = SPEC.child("LoadBalancerSourceRanges");
    const known = stringsAt(old, "spec", "loadBalancerSourceRanges").map((range) => range.trim());
    return [
      ...(isBalancer ? [] : [forbiddenField(path, ONLY_LOAD_BALANCER)]),
      ...ranges.flatMap((range, index) => validateCidr(path.index(index), range.trim(), known)),
    ];
  }
  if (annotation === undefined) return [];
  const path = FieldPath.of("metadata", "annotations").key(RANGES_ANNOTATION);
  const errors = isBalancer ? [] : [forbiddenField(path, ONLY_LOAD_BALANCER)];
  const text = annotation.trim();
  if (text === "" || old?.metadata.annotations?.[RANGES_ANNOTATION] === annotation) return errors;
  return [...errors, ...text.split(",").flatMap((range) => validateCidr(path, range.trim()))];
}

const DISTRIBUTIONS = ["PreferClose", "PreferSameZone", "PreferSameNode"];

function validateTraffic(service: KubeObject): FieldError[] {
  const errors = validateExternalTraffic(service);
  const internal = optionalStringAt(service, "spec", "internalTrafficPolicy");
  const at = SPEC.child("internalTrafficPolicy");
  if (internal === undefined) {
    if (["NodePort", "LoadBalancer", "ClusterIP"].includes(typeOf(service))) errors.push(required(at));
  } else if (!["Cluster", "Local"].includes(internal)) errors.push(notSupported(at, internal, ["Cluster", "Local"]));
  const distribution = optionalStringAt(service, "spec", "trafficDistribution");
  if (distribution !== undefined && !DISTRIBUTIONS.includes(distribution)) {
    errors.push(notSupported(SPEC.child("trafficDistribution"), distribution, DISTRIBUTIONS));
  }
  return errors;
}

function validateExternalTraffic(service: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const policy = stringAt(service, "spec", "externalTrafficPolicy");
  const at = SPEC.child("externalTrafficPolicy");
  if (isExternallyAccessible(service)) errors.push(...oneOf(at, policy, ["Cluster", "Local"]));
  else if (policy !== "") errors.push(invalidValue(at, policy, "may only be set for externally-accessible services"));
  const port = numberAt(service, "spec", "healthCheckNodePort");
  const portAt = SPEC.child("healthCheckNodePort");
  if (needsHealthCheckNodePort(service)) {
    errors.push(...(port === 0 ? [required(portAt)] : portNumber(portAt, port)));
  } else if (port !== 0) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalidValue(portAt, port, why));
  }
  return errors;
}

export const serviceChecks: KindChecks = {
  validateCreate: (service) => [
    ...validateCoreMeta(service, true, isDns1035Label),
    ...validateService(service, undefined),
  ],
  validateUpdate: (service, old) => [
    ...validateCoreMetaUpdate(service, old),
    ...validateServiceChange(service, old),
    ...validateService(service, old),
  ],
  createWarnings: serviceWarnings,
  updateWarnings: serviceWarnings,
  subresources: {
    status: {
      validateUpdate: (service, old) => [
        ...validateCoreMetaUpdate(service, old),
        ...validateLoadBalancerStatus(service, old),
      ],
      updateWarnings: loadBalancerWarnings,
    },
  },
};
