import { objectAt, objectsAt, optionalNumberAt, optionalStringAt, stringAt, stringsAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { parseCidr } from "../../kube/ip.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { validateLabelSelector } from "./label-selectors.js";
import { cidrWarnings, validateCidr } from "./network.js";
import { checked, isPortName, portNumber } from "./words.js";

/** upstream: apis/networking/validation (ValidateNetworkPolicy and below). */

const SPEC = FieldPath.of("spec");
const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const POLICY_TYPES = ["Ingress", "Egress"];
const DIRECTIONS = [
  ["ingress", "from"],
  ["egress", "to"],
] as const;

function validatePort(path: FieldPath, port: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const protocol = optionalStringAt(port, "protocol");
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(path.child("protocol"), protocol, PROTOCOLS));
  }
  const end = optionalNumberAt(port, "endPort");
  const [at, endAt] = [path.child("port"), path.child("endPort")];
  const { port: number } = port;
  if (typeof number === "string") {
    if (end !== undefined) errors.push(invalidValue(endAt, end, "may not be specified when `port` is non-numeric"));
    return [...errors, ...checked(at, number, isPortName)];
  }
  if (typeof number !== "number") {
    if (end === undefined) return errors;
    return [...errors, invalidValue(endAt, end, "may not be specified when `port` is not specified")];
  }
  errors.push(...portNumber(at, number));
  if (end === undefined) return errors;
  // Upstream shows the port here, not its end.
  if (end < number) errors.push(invalidValue(endAt, number, "must be greater than or equal to `port`"));
  return [...errors, ...portNumber(endAt, end)];
}

function validatePeer(path: FieldPath, peer: JsonObject, known: readonly string[]): FieldError[] {
  const [pods, namespaces] = [objectAt(peer, "podSelector"), objectAt(peer, "namespaceSelector")];
  const block = objectAt(peer, "ipBlock");
  const errors = [
    ...validateLabelSelector(path.child("podSelector"), pods),
    ...validateLabelSelector(path.child("namespaceSelector"), namespaces),
    ...(block ? validateBlock(path.child("ipBlock"), block, known) : []),
  ];
  if (!pods && !namespaces && !block) errors.push(required(path, "must specify a peer"));
  else if (block && (pods || namespaces)) {
    errors.push(forbiddenField(path, "may not specify both ipBlock and another peer"));
  }
  return errors;
}

function validateBlock(path: FieldPath, block: JsonObject, known: readonly string[]): FieldError[] {
  const text = stringAt(block, "cidr");
  if (text === "") return [required(path.child("cidr"))];
  const errors = validateCidr(path.child("cidr"), text, known);
  const whole = parseCidr(text);
  if (!whole) return errors;
  for (const [index, except] of stringsAt(block, "except").entries()) {
    const at = path.child("except").index(index);
    errors.push(...validateCidr(at, except, known));
    const part = parseCidr(except);
    if (!part) continue;
    const within = part.family === whole.family && part.first >= whole.first && part.last <= whole.last;
    if (!within || part.bits <= whole.bits) errors.push(invalidValue(at, except, "must be a strict subset of `cidr`"));
  }
  return errors;
}

function validateSpec(policy: KubeObject, old?: KubeObject): FieldError[] {
  const spec = objectAt(policy, "spec") ?? {};
  const errors = validateLabelSelector(SPEC.child("podSelector"), objectAt(spec, "podSelector"));
  const known = old ? blocksOf(old).flatMap(([, { cidr, except }]) => [cidr, ...except]) : [];
  for (const [direction, peers] of DIRECTIONS) {
    for (const [index, rule] of objectsAt(spec, direction).entries()) {
      const at = SPEC.child(direction).index(index);
      const ports = objectsAt(rule, "ports");
      errors.push(...ports.flatMap((port, i) => validatePort(at.child("ports").index(i), port)));
      const given = objectsAt(rule, peers);
      errors.push(...given.flatMap((peer, i) => validatePeer(at.child(peers).index(i), peer, known)));
    }
  }
  const types = stringsAt(spec, "policyTypes");
  const at = SPEC.child("policyTypes");
  if (types.length > 2) return [...errors, invalidValue(at, types, "may not specify more than two policyTypes")];
  const unknown = types.flatMap((type, i) =>
    POLICY_TYPES.includes(type) ? [] : [notSupported(at.index(i), type, POLICY_TYPES)],
  );
  return [...errors, ...unknown];
}

type Block = readonly [FieldPath, { readonly cidr: string; readonly except: readonly string[] }];

function blocksOf(policy: KubeObject): Block[] {
  return DIRECTIONS.flatMap(([direction, peers]) =>
    objectsAt(policy, "spec", direction).flatMap((rule, i) =>
      objectsAt(rule, peers).flatMap((peer, j): Block[] => {
        const block = objectAt(peer, "ipBlock");
        if (!block) return [];
        const at = SPEC.child(direction).index(i).child(peers).index(j).child("ipBlock");
        return [[at, { cidr: stringAt(block, "cidr"), except: stringsAt(block, "except") }]];
      }),
    ),
  );
}

function blockWarnings(policy: KubeObject): string[] {
  return blocksOf(policy).flatMap(([path, { cidr, except }]) => [
    ...cidrWarnings(path.child("cidr"), cidr),
    ...except.flatMap((each, index) => cidrWarnings(path.child("except").index(index), each)),
  ]);
}

const validatePolicy = (policy: KubeObject): FieldError[] => [
  ...validateCoreMeta(policy, true, isDns1123Subdomain),
  ...validateSpec(policy),
];

export const networkPolicyChecks: KindChecks = {
  validateCreate: validatePolicy,
  validateUpdate: (policy, old) => [
    ...validatePolicy(policy),
    ...validateCoreMetaUpdate(policy, old),
    ...validateSpec(policy, old),
  ],
  createWarnings: blockWarnings,
  updateWarnings: blockWarnings,
};
