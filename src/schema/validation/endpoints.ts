import { objectsAt, optionalStringAt, stringAt } from "../../kube/access.js";
import { type FieldError, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain, isQualifiedName } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { ipWarnings, validateEndpointIp, validateIp } from "./network.js";
import { checked, oneOf, portNumber } from "./words.js";

/** upstream: apis/core/validation (ValidateEndpoints), registry/core/endpoint/strategy.go. */

const ADDRESSES = ["addresses", "notReadyAddresses"] as const;

function validateEndpoints(endpoints: KubeObject, old?: KubeObject): FieldError[] {
  const errors = validateCoreMeta(endpoints, true, isDns1123Subdomain);
  // Subsets of older releases stay as long as nobody touches them.
  if (old && semanticEqual(endpoints.subsets, old.subsets)) return errors;
  for (const [index, subset] of objectsAt(endpoints, "subsets").entries()) {
    errors.push(...validateSubset(FieldPath.of("subsets").index(index), subset));
  }
  return errors;
}

function validateSubset(path: FieldPath, subset: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  if (ADDRESSES.every((field) => objectsAt(subset, field).length === 0)) {
    errors.push(required(path, "must specify `addresses` or `notReadyAddresses`"));
  }
  for (const field of ADDRESSES) {
    for (const [index, address] of objectsAt(subset, field).entries()) {
      errors.push(...validateAddress(path.child(field).index(index), address));
    }
  }
  const ports = objectsAt(subset, "ports");
  for (const [index, port] of ports.entries()) {
    errors.push(...validatePort(path.child("ports").index(index), port, ports.length > 1));
  }
  return errors;
}

function validateAddress(path: FieldPath, address: JsonObject): FieldError[] {
  const [ip, hostname] = [stringAt(address, "ip"), stringAt(address, "hostname")];
  const node = optionalStringAt(address, "nodeName");
  return [
    ...validateIp(path.child("ip"), ip),
    ...(hostname === "" ? [] : checked(path.child("hostname"), hostname, isDns1123Label)),
    ...(node === undefined ? [] : checked(path.child("nodeName"), node, isDns1123Subdomain)),
    ...validateEndpointIp(path.child("ip"), ip),
  ];
}

function validatePort(path: FieldPath, port: JsonObject, named: boolean): FieldError[] {
  const name = stringAt(port, "name");
  const application = optionalStringAt(port, "appProtocol");
  const missing = named ? [required(path.child("name"))] : [];
  return [
    ...(name === "" ? missing : checked(path.child("name"), name, isDns1123Label)),
    ...portNumber(path.child("port"), Number(port.port ?? 0)),
    ...oneOf(path.child("protocol"), stringAt(port, "protocol"), ["SCTP", "TCP", "UDP"]),
    ...(application === undefined ? [] : checked(path.child("appProtocol"), application, isQualifiedName)),
  ];
}

function addressWarnings(endpoints: KubeObject): string[] {
  if (endpoints.metadata.labels?.["endpoints.kubernetes.io/managed-by"] === "endpoint-controller") return [];
  return objectsAt(endpoints, "subsets").flatMap((subset, i) =>
    ADDRESSES.flatMap((field) =>
      objectsAt(subset, field).flatMap((address, j) =>
        ipWarnings(FieldPath.of("subsets").index(i).child(field).index(j).child("ip"), stringAt(address, "ip")),
      ),
    ),
  );
}

export const endpointsChecks: KindChecks = {
  validateCreate: (endpoints) => validateEndpoints(endpoints),
  validateUpdate: (endpoints, old) => [...validateCoreMetaUpdate(endpoints, old), ...validateEndpoints(endpoints, old)],
  createWarnings: addressWarnings,
  updateWarnings: addressWarnings,
};
