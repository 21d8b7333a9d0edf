import { objectAt, objectsAt, optionalNumberAt, optionalStringAt, stringAt, stringsAt } from "../../kube/access.js";
import { duplicate, type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain, isQualifiedName } from "../../kube/names.js";
import { parseQuantity } from "../../kube/quantity.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { internalJson } from "./internal-json.js";
import { validateLabelSelector } from "./label-selectors.js";
import { nodeLabelWarnings } from "./node-labels.js";
import { IMMUTABLE, immutable, immutableStruct } from "./object-meta.js";
import { csiDriverName } from "./pod/volume-sources.js";
import { checked, NOT_NEGATIVE, notNegative } from "./words.js";

/** upstream: apis/storage/validation (ValidateCSIDriver, ValidateCSINode, ValidateCSIStorageCapacity). */

const SPEC = FieldPath.of("spec");
const POLICIES = ["File", "None", "ReadWriteOnceWithFSType"];
const MODES = ["Persistent", "Ephemeral"];
const MIN_PERIOD_S = 10;
const MIN_TOKEN_S = 600;
const MAX_TOKEN_S = 2 ** 32;

function validateDriverSpec(driver: KubeObject): FieldError[] {
  const spec = objectAt(driver, "spec") ?? {};
  const errors: FieldError[] = [];
  if (spec.attachRequired === undefined) errors.push(required(SPEC.child("attachedRequired")));
  for (const field of ["podInfoOnMount", "storageCapacity"]) {
    if (spec[field] === undefined) errors.push(required(SPEC.child(field)));
  }
  const policy = optionalStringAt(spec, "fsGroupPolicy");
  if (policy !== undefined && !POLICIES.includes(policy)) {
    errors.push(notSupported(SPEC.child("fsGroupPolicy"), policy, POLICIES));
  }
  errors.push(...validateTokenRequests(SPEC.child("tokenRequests"), objectsAt(spec, "tokenRequests")));
  for (const mode of stringsAt(spec, "volumeLifecycleModes")) {
    if (!MODES.includes(mode)) errors.push(notSupported(SPEC.child("volumeLifecycleModes"), mode, MODES));
  }
  const period = optionalNumberAt(spec, "nodeAllocatableUpdatePeriodSeconds");
  if (period === undefined || period >= MIN_PERIOD_S) return errors;
  const at = SPEC.child("nodeAllocatableUpdatePeriodSeconds");
  return [...errors, invalidValue(at, period, `must be greater than or equal to ${MIN_PERIOD_S} seconds`)];
}

function validateTokenRequests(path: FieldPath, requests: readonly JsonObject[]): FieldError[] {
  const audiences = requests.map((request) => stringAt(request, "audience"));
  return requests.flatMap((request, index) => {
    const at = path.index(index);
    if (audiences.indexOf(audiences[index]!) < index) return [duplicate(at.child("audience"), audiences[index]!)];
    const seconds = optionalNumberAt(request, "expirationSeconds");
    const refuse = (why: string): FieldError[] => [invalidValue(at.child("expirationSeconds"), seconds!, why)];
    if (seconds === undefined) return [];
    if (seconds < MIN_TOKEN_S) return refuse("may not specify a duration less than 10 minutes");
    return seconds > MAX_TOKEN_S ? refuse("may not specify a duration larger than 2^32 seconds") : [];
  });
}

export const csiDriverChecks: KindChecks = {
  validateCreate: (driver) => [...validateCoreMeta(driver, false, isDns1123Subdomain), ...validateDriverSpec(driver)],
  validateUpdate(driver, old) {
    const [spec, before] = [objectAt(driver, "spec") ?? {}, objectAt(old, "spec") ?? {}];
    return [
      ...validateCoreMetaUpdate(driver, old),
      ...validateDriverSpec(driver),
      ...immutable(spec.attachRequired, before.attachRequired, SPEC.child("attachedRequired")),
      ...immutable(spec.volumeLifecycleModes, before.volumeLifecycleModes, SPEC.child("volumeLifecycleModes")),
    ];
  },
};

const MAX_NODE_ID = 256;
const NODE_DRIVER = "io.k8s.api.storage.v1.CSINodeDriver";
const DRIVERS = SPEC.child("drivers");

function validateNode(node: KubeObject): FieldError[] {
  const drivers = objectsAt(node, "spec", "drivers");
  const names = drivers.map((driver) => stringAt(driver, "name"));
  return [
    ...validateCoreMeta(node, false, isDns1123Subdomain),
    ...drivers.flatMap((driver, index) => {
      const again = names.indexOf(names[index]!) < index;
      return validateNodeDriver(DRIVERS.index(index), driver, again);
    }),
  ];
}

function validateNodeDriver(path: FieldPath, driver: JsonObject, again: boolean): FieldError[] {
  const [name, id] = [stringAt(driver, "name"), stringAt(driver, "nodeID")];
  const errors = csiDriverName(path.child("name"), name);
  if (id === "") errors.push(required(path.child("nodeID")));
  if (Buffer.byteLength(id) > MAX_NODE_ID) {
    errors.push(invalidValue(path.child("nodeID"), id, `must be ${MAX_NODE_ID} characters or less`));
  }
  errors.push(...notNegative(path.child("allocatable", "count"), optionalNumberAt(driver, "allocatable", "count")));
  if (again) errors.push(duplicate(path.child("name"), name));
  const keys = stringsAt(driver, "topologyKeys");
  for (const [index, key] of keys.entries()) {
    if (key === "") errors.push(required(path));
    if (keys.indexOf(key) < index) errors.push(duplicate(path, key));
    errors.push(...checked(path, key, isQualifiedName));
  }
  return errors;
}

/** A driver that was there stays as it was, but for what it can take now. */
function validateDriverChanges(node: KubeObject, old: KubeObject): FieldError[] {
  const now = objectsAt(node, "spec", "drivers");
  return objectsAt(old, "spec", "drivers").flatMap((before) =>
    now
      .filter((driver) => stringAt(driver, "name") === stringAt(before, "name") && !semanticEqual(driver, before))
      .map((driver) => invalidValue(DRIVERS, internalJson(driver, NODE_DRIVER), IMMUTABLE)),
  );
}

export const csiNodeChecks: KindChecks = {
  validateCreate: validateNode,
  validateUpdate: (node, old) => [...validateNode(node), ...validateNode(node), ...validateDriverChanges(node, old)],
};

function validateCapacity(object: KubeObject): FieldError[] {
  const amount = optionalStringAt(object, "capacity");
  const negative = amount !== undefined && parseQuantity(amount).unscaled < 0n;
  return [
    ...validateCoreMeta(object, true, isDns1123Subdomain),
    ...validateLabelSelector(FieldPath.of("nodeTopology"), objectAt(object, "nodeTopology")),
    ...checked(FieldPath.of("storageClassName"), stringAt(object, "storageClassName"), isDns1123Subdomain),
    ...(negative ? [invalidValue(FieldPath.of("capacity"), amount, NOT_NEGATIVE)] : []),
  ];
}

/** Deprecated keys of the selector, those of labels sorted. */
function topologyWarnings(object: KubeObject): string[] {
  const topology = objectAt(object, "nodeTopology");
  const path = FieldPath.of("nodeTopology");
  const expressions = objectsAt(topology, "matchExpressions").flatMap((expression, index) =>
    nodeLabelWarnings(path.child("matchExpressions").index(index).child("key"), stringAt(expression, "key"), true),
  );
  const labels = Object.keys(objectAt(topology, "matchLabels") ?? {}).sort();
  return [...expressions, ...labels.flatMap((key) => nodeLabelWarnings(path.child("matchLabels", key), key))];
}

export const capacityChecks: KindChecks = {
  validateCreate: validateCapacity,
  validateUpdate: (object, old) => [
    ...validateCapacity(object),
    ...validateCoreMetaUpdate(object, old),
    ...immutableStruct(
      objectAt(object, "nodeTopology"),
      objectAt(old, "nodeTopology"),
      FieldPath.of("nodeTopology"),
      "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
    ),
    ...immutable(object.storageClassName, old.storageClassName, FieldPath.of("storageClassName"), ""),
  ],
  createWarnings: topologyWarnings,
  updateWarnings: topologyWarnings,
};
