import { boolAt, numberAt, objectAt, objectsAt, optionalStringAt, stringAt } from "../../../kube/access.js";
import { type FieldError, invalidValue, required, tooLong } from "../../../kube/field-errors.js";
import { FieldPath } from "../../../kube/field-path.js";
import { type JsonObject, type KubeObject, RawJson } from "../../../kube/json.js";
import { isDns1123Label, isDns1123Subdomain } from "../../../kube/names.js";
import { internalJson } from "../internal-json.js";
import { immutable } from "../object-meta.js";
import { validateNodeSelector } from "../pod/affinity.js";
import { checked, goStruct } from "../words.js";
import { attributeName, driverName, each, isSet, poolName, repeated, shownKey } from "./words.js";

const SPEC = FieldPath.of("spec");
const MAX_DEVICES = 128;
const MAX_ENTRIES = 32;
const MAX_VALUE = 64;
const PLACES = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
const NUMBER = "(?:0|[1-9]\\d*)";
const PART = "(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const BUILD = "[0-9a-zA-Z-]+";
const SEMVER = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${PART}(?:\\.${PART})*)?(?:\\+${BUILD}(?:\\.${BUILD})*)?$`,
);

/** Devices that a driver offers; upstream: validateResourceSliceSpec, for what no feature gate drops before. */
export function validateSliceSpec(slice: KubeObject, old?: KubeObject): FieldError[] {
  const spec = objectAt(slice, "spec") ?? {};
  const devices = objectsAt(spec, "devices");
  const at = SPEC.child("devices");
  return [
    ...driverName(SPEC.child("driver"), stringAt(spec, "driver")),
    ...validatePool(SPEC.child("pool"), objectAt(spec, "pool")),
    ...(old ? validateKept(spec, objectAt(old, "spec") ?? {}) : []),
    ...validatePlace(spec),
    ...each(at, devices, MAX_DEVICES, validateDevice),
    ...repeated(
      at,
      devices.map((device) => stringAt(device, "name")),
      "name",
    ),
  ];
}

function validatePool(path: FieldPath, pool: JsonObject | undefined): FieldError[] {
  const [count, generation] = [numberAt(pool, "resourceSliceCount"), numberAt(pool, "generation")];
  const few = count <= 0 ? [invalidValue(path.child("resourceSliceCount"), count, "must be greater than zero")] : [];
  const early = "must be greater than or equal to zero";
  return [
    ...poolName(path.child("name"), stringAt(pool, "name")),
    ...few,
    ...(generation < 0 ? [invalidValue(path.child("generation"), generation, early)] : []),
  ];
}

function validateKept(spec: JsonObject, before: JsonObject): FieldError[] {
  const [pool, old] = [objectAt(spec, "pool"), objectAt(before, "pool")];
  return [
    ...immutable(pool?.name, old?.name, SPEC.child("pool", "name"), ""),
    ...immutable(spec.driver, before.driver, SPEC.child("driver"), ""),
    ...immutable(spec.nodeName, before.nodeName, SPEC.child("nodeName")),
  ];
}

function validatePlace(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const set: string[] = [];
  const node = optionalStringAt(spec, "nodeName");
  const selector = objectAt(spec, "nodeSelector");
  if (node === "") {
    errors.push(invalidValue(SPEC.child("nodeName"), node, "must be either unset or set to a non-empty string"));
  } else if (node !== undefined) {
    set.push("`nodeName`");
    errors.push(...checked(SPEC.child("nodeName"), node, isDns1123Subdomain));
  }
  if (selector) {
    const at = SPEC.child("nodeSelector");
    const terms = objectsAt(selector, "nodeSelectorTerms");
    set.push("`nodeSelector`");
    errors.push(...validateNodeSelector(at, selector));
    if (terms.length !== 1) {
      const shown = internalJson({ nodeSelectorTerms: terms }, "io.k8s.api.core.v1.NodeSelector");
      const [, list = "null"] = /^\{"NodeSelectorTerms":(.*)\}$/s.exec(shown.text) ?? [];
      const why = "must have exactly one node selector term";
      errors.push(
        invalidValue(
          at.child("nodeSelectorTerms"),
          selector.nodeSelectorTerms === undefined ? null : new RawJson(list),
          why,
        ),
      );
    }
  }
  if (boolAt(spec, "allNodes")) set.push("`allNodes`");
  else if (isSet(spec, "allNodes")) {
    errors.push(invalidValue(SPEC.child("allNodes"), false, "must be either unset or set to true"));
  }
  if (set.length === 0) errors.push(required(SPEC, PLACES));
  else if (set.length > 1) {
    errors.push(invalidValue(SPEC, `{${set.join(", ")}}`, `${PLACES}, but multiple fields are set`));
  }
  return errors;
}

function validateDevice(path: FieldPath, device: JsonObject): FieldError[] {
  const [attributes, capacity] = [objectAt(device, "attributes") ?? {}, objectAt(device, "capacity") ?? {}];
  const errors = checked(path.child("name"), stringAt(device, "name"), isDns1123Label);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > MAX_ENTRIES) {
    const why = `the total number of attributes and capacities must not exceed ${MAX_ENTRIES}`;
    errors.push(invalidValue(path, count, why));
  }
  for (const name of Object.keys(attributes)) {
    const at = path.child("attributes").key(shownKey(name));
    errors.push(...attributeName(at, name), ...validateAttribute(at, objectAt(attributes, name) ?? {}));
  }
  for (const name of Object.keys(capacity)) {
    errors.push(...attributeName(path.child("capacity").key(shownKey(name)), name));
  }
  return errors;
}

const KINDS = ["bool", "int", "string", "version"];

function validateAttribute(path: FieldPath, attribute: JsonObject): FieldError[] {
  const set = KINDS.filter((kind) => isSet(attribute, kind));
  const errors: FieldError[] = [];
  const version = optionalStringAt(attribute, "version");
  if (version !== undefined && !SEMVER.test(version)) {
    const why = "must be a string compatible with semver.org spec 2.0.0";
    errors.push(invalidValue(path.child("version"), version, why));
  }
  for (const kind of ["string", "version"]) {
    const long = Buffer.byteLength(stringAt(attribute, kind)) > MAX_VALUE;
    if (long) errors.push(tooLong(path.child(kind), MAX_VALUE));
  }
  const why = "exactly one value must be specified";
  if (set.length === 0) errors.push(required(path, why));
  if (set.length > 1) errors.push(invalidValue(path, shownAttribute(attribute), why));
  return errors;
}

/** As upstream's internal type is shown. */
function shownAttribute(attribute: JsonObject) {
  return goStruct({
    IntValue: attribute.int ?? null,
    BoolValue: attribute.bool ?? null,
    StringValue: attribute.string ?? null,
    VersionValue: attribute.version ?? null,
  });
}
