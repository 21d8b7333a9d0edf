import { objectAt, objectsAt, optionalStringAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import {
  duplicate,
  type FieldError,
  internalFieldError,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { parseIp } from "../../kube/ip.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import {
  checkLabels,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
  type NameCheck,
} from "../../kube/names.js";
import { sameField } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta } from "./core-meta.js";
import { qualifiedDomainName } from "./domain-names.js";
import { ipWarnings, validateEndpointIp, validateIp, validateStrictIp } from "./network.js";
import { immutable } from "./object-meta.js";
import { checked } from "./words.js";

/** upstream: apis/discovery/validation, registry/discovery/endpointslice/strategy.go. */

const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_TOPOLOGY = 16;
const MAX_PORTS = 20_000;
const MAX_HINTS = 8;
const TYPES = ["FQDN", "IPv4", "IPv6"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const ZONE = "topology.kubernetes.io/zone";

function validateSlice(slice: KubeObject, old?: KubeObject): FieldError[] {
  const type = stringAt(slice, "addressType");
  const errors = validateCoreMeta(slice, true, isDns1123Subdomain);
  if (type === "") errors.push(required("addressType"));
  else if (!TYPES.includes(type)) errors.push(notSupported("addressType", type, TYPES));
  errors.push(...validatePorts(objectsAt(slice, "ports")));
  // Endpoints of older releases stay as long as nobody touches them.
  if (old && sameField(slice, old, "endpoints")) return errors;
  return [...errors, ...validateEndpoints(objectsAt(slice, "endpoints"), type)];
}

function validatePorts(ports: readonly JsonObject[]): FieldError[] {
  const path = FieldPath.of("ports");
  if (ports.length > MAX_PORTS) return [tooMany(path, ports.length, MAX_PORTS)];
  const names = ports.map((port) => stringAt(port, "name"));
  return ports.flatMap((port, index) => {
    const at = path.index(index);
    const name = names[index]!;
    const errors = name === "" ? [] : checked(at.child("name"), name, isDns1123Label);
    if (names.indexOf(name) < index) errors.push(duplicate(at.child("name"), name));
    const protocol = optionalStringAt(port, "protocol");
    if (protocol === undefined) errors.push(required(at.child("protocol")));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(at.child("protocol"), protocol, PROTOCOLS));
    const application = optionalStringAt(port, "appProtocol");
    if (application !== undefined) errors.push(...checked(at.child("appProtocol"), application, isQualifiedName));
    return errors;
  });
}

function validateEndpoints(endpoints: readonly JsonObject[], type: string): FieldError[] {
  const path = FieldPath.of("endpoints");
  if (endpoints.length > MAX_ENDPOINTS) return [tooMany(path, endpoints.length, MAX_ENDPOINTS)];
  return endpoints.flatMap((endpoint, index) => validateEndpoint(path.index(index), endpoint, type));
}

function validateEndpoint(path: FieldPath, endpoint: JsonObject, type: string): FieldError[] {
  const errors: FieldError[] = [];
  const addresses = stringsAt(endpoint, "addresses");
  const at = path.child("addresses");
  if (addresses.length === 0) errors.push(required(at, "must contain at least 1 address"));
  else if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(at, addresses.length, MAX_ADDRESSES));
  for (const [index, address] of addresses.entries()) {
    if (type === "FQDN") errors.push(...qualifiedDomainName(at.index(index), address));
    else if (type === "IPv4" || type === "IPv6") errors.push(...validateAddress(at, index, address, type));
  }
  const node = optionalStringAt(endpoint, "nodeName");
  if (node !== undefined) errors.push(...checked(path.child("nodeName"), node, isDns1123Subdomain));
  const topology = stringMapAt(endpoint, "deprecatedTopology");
  const topologyAt = path.child("deprecatedTopology");
  const count = Object.keys(topology).length;
  if (count > MAX_TOPOLOGY) errors.push(tooMany(topologyAt, count, MAX_TOPOLOGY));
  errors.push(...checkLabels(topology, topologyAt));
  if (topology[ZONE] !== undefined) {
    errors.push(internalFieldError(topologyAt.key(ZONE), "reserved key was not removed in conversion"));
  }
  const hostname = optionalStringAt(endpoint, "hostname");
  if (hostname !== undefined) errors.push(...checked(path.child("hostname"), hostname, isDns1123Label));
  const hints = objectAt(endpoint, "hints");
  const hintsAt = path.child("hints");
  const zones = validateHints(hintsAt.child("forZones"), objectsAt(hints, "forZones"), isLabelValue);
  if (objectsAt(hints, "forZones").length > MAX_HINTS) return [...errors, ...zones];
  const nodes = validateHints(hintsAt.child("forNodes"), objectsAt(hints, "forNodes"), isDns1123Subdomain);
  return [...errors, ...zones, ...nodes];
}

function validateAddress(path: FieldPath, index: number, address: string, type: "IPv4" | "IPv6"): FieldError[] {
  const at = path.index(index);
  const wrong = type === "IPv4" ? validateIp(at, address) : validateStrictIp(at, address);
  if (wrong.length > 0) return wrong;
  const matches = parseIp(address)?.family === (type === "IPv4" ? 4 : 6);
  // Upstream names the list here, not its element.
  const family = matches ? [] : [invalidValue(path, address, `must be an ${type} address`)];
  return [...family, ...validateEndpointIp(at, address)];
}

function validateHints(path: FieldPath, hints: readonly JsonObject[], check: NameCheck): FieldError[] {
  if (hints.length > MAX_HINTS) return [tooMany(path, hints.length, MAX_HINTS)];
  const names = hints.map((hint) => stringAt(hint, "name"));
  return names.flatMap((name, index) => {
    const at = path.index(index).child("name");
    const again = names.indexOf(name) < index ? [duplicate(at, name)] : [];
    return [...again, ...checked(at, name, check)];
  });
}

const MANAGERS = ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"];

function addressWarnings(slice: KubeObject): string[] {
  if (MANAGERS.includes(slice.metadata.labels?.["endpointslice.kubernetes.io/managed-by"] ?? "")) return [];
  return objectsAt(slice, "endpoints").flatMap((endpoint, i) =>
    stringsAt(endpoint, "addresses").flatMap((address, j) =>
      ipWarnings(FieldPath.of("endpoints").index(i).child("addresses").index(j), address),
    ),
  );
}

export const endpointSliceChecks: KindChecks = {
  validateCreate: (slice) => validateSlice(slice),
  validateUpdate: (slice, old) => [
    ...validateSlice(slice, old),
    ...immutable(stringAt(slice, "addressType"), stringAt(old, "addressType"), FieldPath.of("addressType")),
  ],
  createWarnings: (slice) => [
    ...(slice.addressType === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : []),
    ...addressWarnings(slice),
  ],
  updateWarnings: addressWarnings,
};
