import { objectAt, objectsAt, optionalStringAt, stringAt, stringsAt } from "../../../kube/access.js";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from "../../../kube/field-errors.js";
import { FieldPath } from "../../../kube/field-path.js";
import { goQuote } from "../../../kube/go-text.js";
import { formatIp, parseCidr, parseIp } from "../../../kube/ip.js";
import { type Json, type JsonObject, type KubeObject, RawJson } from "../../../kube/json.js";
import { isDns1123Label } from "../../../kube/names.js";
import { validateConditions } from "../conditions.js";
import { immutableStruct } from "../object-meta.js";
import { validateNodeSelector } from "../pod/affinity.js";
import { checked } from "../words.js";
import {
  MAX_CONFIGS,
  type RequestNames,
  requestNames,
  validateConfig,
  validateReference,
  validateReferences,
} from "./requests.js";
import { driverName, each, isSet, ownParameters, poolName, repeated } from "./words.js";

const STATUS = FieldPath.of("status");
const ALLOCATION = "io.k8s.api.resource.v1.AllocationResult";
const SOURCES = ["FromClaim", "FromClass"];
const MAX_CONSUMERS = 256;
const MAX_RESULTS = 32;
const MAX_CONDITIONS = 8;
const MAX_DATA = 10 * 1024;
const MAX_IPS = 16;
const MAX_INTERFACE = 256;
const MAX_HARDWARE = 128;

/** What is allocated, reserved and told of devices; upstream: validateResourceClaimStatusUpdate. */
export function validateClaimStatus(claim: KubeObject, old: KubeObject): FieldError[] {
  const [status, before] = [objectAt(claim, "status"), objectAt(old, "status")];
  const [allocation, allocated] = [objectAt(status, "allocation"), objectAt(before, "allocation")];
  const consumers = objectsAt(status, "reservedFor");
  const devices = objectsAt(status, "devices");
  const known = new Set(objectsAt(allocation, "devices", "results").map(deviceId));
  const at = STATUS.child("devices");
  const errors = [
    ...each(STATUS.child("reservedFor"), consumers, MAX_CONSUMERS, validateConsumer),
    ...repeated(
      STATUS.child("reservedFor"),
      consumers.map((one) => stringAt(one, "uid")),
      "uid",
    ),
    ...each(at, devices, Number.POSITIVE_INFINITY, (where, device) => validateDevice(where, device, known)),
    ...repeated(at, devices.map(deviceId), "deviceID", shownId),
  ];
  errors.push(...validateReservations(consumers, objectsAt(before, "reservedFor"), allocation, claim));
  if (!allocation) return errors;
  const where = STATUS.child("allocation");
  if (allocated) return [...errors, ...immutableStruct(allocation, allocated, where, ALLOCATION)];
  return [...errors, ...validateAllocation(where, allocation, requestNames(objectAt(claim, "spec", "devices")))];
}

function validateReservations(
  consumers: readonly JsonObject[],
  before: readonly JsonObject[],
  allocation: JsonObject | undefined,
  claim: KubeObject,
): FieldError[] {
  if (consumers.length === 0) return [];
  const at = STATUS.child("reservedFor");
  if (!allocation) return [forbiddenField(at, "may not be specified when `allocated` is not set")];
  const known = new Set(before.map((one) => JSON.stringify(Object.entries(one).sort())));
  const added = consumers.some((one) => !known.has(JSON.stringify(Object.entries(one).sort())));
  if (!claim.metadata.deletionTimestamp || !added) return [];
  const why = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
  return [forbiddenField(at, why)];
}

/** Tells a device from all others. */
export function deviceId(device: JsonObject): string {
  const share = optionalStringAt(device, "shareID");
  const parts = ["driver", "pool", "device"].map((field) => stringAt(device, field));
  return [...parts, ...(share === undefined ? [] : [share])].join("/");
}

/** Upstream's type is a struct of handles, of which nothing can be shown. */
function shownId(): Json {
  return new RawJson('{"Driver":{},"Pool":{},"Device":{},"ShareID":{}}');
}

function validateConsumer(path: FieldPath, consumer: JsonObject): FieldError[] {
  return ["resource", "name", "uid"].flatMap((field) =>
    stringAt(consumer, field) === "" ? [required(path.child(field))] : [],
  );
}

function validateDevice(path: FieldPath, device: JsonObject, known: ReadonlySet<string>): FieldError[] {
  const errors = validateDeviceName(path, device);
  if (!known.has(deviceId(device)))
    errors.push(invalidValue(path, shownId(), "must be an allocated device in the claim"));
  const conditions = objectsAt(device, "conditions");
  const at = path.child("conditions");
  if (conditions.length > MAX_CONDITIONS) errors.push(tooMany(at, conditions.length, MAX_CONDITIONS));
  errors.push(...validateConditions(at, conditions));
  const data = device.data;
  if (isSet(device, "data") && !(data instanceof RawJson && data.text === "null")) {
    errors.push(...ownParameters(path.child("data"), data, MAX_DATA, false));
  }
  return [...errors, ...validateNetwork(path.child("networkData"), objectAt(device, "networkData"))];
}

function validateDeviceName(path: FieldPath, device: JsonObject): FieldError[] {
  return [
    ...driverName(path.child("driver"), stringAt(device, "driver")),
    ...poolName(path.child("pool"), stringAt(device, "pool")),
    ...checked(path.child("device"), stringAt(device, "device"), isDns1123Label),
  ];
}

function validateNetwork(path: FieldPath, data: JsonObject | undefined): FieldError[] {
  if (!data) return [];
  const long = (field: string, max: number) =>
    Buffer.byteLength(stringAt(data, field)) > max ? [tooLong(path.child(field), max)] : [];
  const ips = stringsAt(data, "ips");
  return [
    ...long("interfaceName", MAX_INTERFACE),
    ...long("hardwareAddress", MAX_HARDWARE),
    ...each(path.child("ips"), ips, MAX_IPS, validateInterfaceAddress),
    ...repeated(path.child("ips"), ips),
  ];
}

/** An address with the size of its network; upstream: apimachinery/pkg/util/validation/ip.go. */
function validateInterfaceAddress(path: FieldPath, value: string): FieldError[] {
  const range = parseCidr(value);
  const address = parseIp(value.slice(0, value.lastIndexOf("/")));
  if (!range || !address) {
    const why = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)";
    return [invalidValue(path, value, why)];
  }
  const canonical = `${formatIp(address)}/${range.bits}`;
  return value === canonical ? [] : [invalidValue(path, value, `must be in canonical form (${goQuote(canonical)})`)];
}

function validateAllocation(path: FieldPath, allocation: JsonObject, names: RequestNames): FieldError[] {
  const at = path.child("devices");
  const selector = objectAt(allocation, "nodeSelector");
  return [
    ...each(at.child("results"), objectsAt(allocation, "devices", "results"), MAX_RESULTS, (where, result) => [
      ...validateReference(where.child("request"), stringAt(result, "request"), names),
      ...validateDeviceName(where, result),
    ]),
    ...each(at.child("config"), objectsAt(allocation, "devices", "config"), 2 * MAX_CONFIGS, (where, config) => [
      ...validateSource(where.child("source"), stringAt(config, "source")),
      ...validateReferences(where.child("requests"), stringsAt(config, "requests"), names),
      ...validateConfig(where, config, false),
    ]),
    ...(selector ? validateNodeSelector(path.child("nodeSelector"), selector) : []),
  ];
}

function validateSource(path: FieldPath, source: string): FieldError[] {
  if (source === "") return [required(path)];
  return SOURCES.includes(source) ? [] : [notSupported(path, source, SOURCES)];
}
