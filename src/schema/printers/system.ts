import type { JsonObject } from "../../kube/json.js";
import { age, type Printer, since } from "./cells.js";
import { count, field, isBeingDeleted, items, name, text, textOr } from "./fields.js";

const printLease: Printer = (object) => [name(object), text(object, "spec", "holderIdentity"), age(object)];

const printLeaseCandidate: Printer = (object) => [
  name(object),
  text(object, "spec", "leaseName"),
  text(object, "spec", "binaryVersion"),
  text(object, "spec", "emulationVersion"),
  age(object),
];

const printRuntimeClass: Printer = (object) => [name(object), text(object, "handler"), age(object)];

const nameAndAge: Printer = (object) => [name(object), age(object)];

const printResourceClaim: Printer = (object) => [name(object), claimState(object), age(object)];

function claimState(claim: JsonObject): string {
  const states = isBeingDeleted(claim) ? ["deleted"] : [];
  if (field(claim, "status", "allocation") !== undefined) {
    states.push("allocated");
    if (count(claim, "status", "reservedFor") > 0) states.push("reserved");
  } else if (states.length === 0) states.push("pending");
  return states.join(",");
}

const printResourceSlice: Printer = (object) => [
  name(object),
  text(object, "spec", "nodeName"),
  text(object, "spec", "driver"),
  text(object, "spec", "pool", "name"),
  age(object),
];

const printDeviceTaintRule: Printer = (object) => {
  const taint = field(object, "spec", "taint");
  return [
    name(object),
    text(taint, "key"),
    text(taint, "value"),
    text(taint, "effect"),
    field(taint, "timeAdded") === undefined ? "" : since(taint, "timeAdded"),
    age(object),
  ];
};

const printStorageVersion: Printer = (object) => {
  const servers = items(object, "status", "storageVersions").map(
    (server) => `${text(server, "apiServerID")}=${text(server, "encodingVersion")}`,
  );
  const more = servers.length > 3 ? ` + ${servers.length - 3} more...` : "";
  return [
    name(object),
    textOr("<unset>", object, "status", "commonEncodingVersion"),
    servers.slice(0, 3).join(",") + more || "<unset>",
    age(object),
  ];
};

const printStorageVersionMigration: Printer = (object) => {
  const resource = field(object, "spec", "resource");
  return [name(object), `${text(resource, "resource")}.${text(resource, "version")}.${text(resource, "group")}`];
};

/** Upstream: kube-aggregator/pkg/registry/apiservice/etcd/etcd.go. */
const printApiService: Printer = (object) => {
  const service = field(object, "spec", "service");
  const location = service === undefined ? "Local" : `${text(service, "namespace")}/${text(service, "name")}`;
  return [name(object), location, availability(object), age(object)];
};

function availability(object: JsonObject): string {
  const available = items(object, "status", "conditions").find((condition) => text(condition, "type") === "Available");
  if (!available) return "Unknown";
  const status = text(available, "status");
  const reason = text(available, "reason");
  return status === "True" || reason === "" ? status : `${status} (${reason})`;
}

export const systemPrinters: Readonly<Record<string, Printer>> = {
  "coordination.k8s.io/Lease": printLease,
  "coordination.k8s.io/LeaseCandidate": printLeaseCandidate,
  "node.k8s.io/RuntimeClass": printRuntimeClass,
  "resource.k8s.io/DeviceClass": nameAndAge,
  "resource.k8s.io/ResourceClaim": printResourceClaim,
  "resource.k8s.io/ResourceClaimTemplate": nameAndAge,
  "resource.k8s.io/ResourceSlice": printResourceSlice,
  "resource.k8s.io/DeviceTaintRule": printDeviceTaintRule,
  "internal.apiserver.k8s.io/StorageVersion": printStorageVersion,
  "storagemigration.k8s.io/StorageVersionMigration": printStorageVersionMigration,
  "apiregistration.k8s.io/APIService": printApiService,
};
