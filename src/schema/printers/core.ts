import { compareUtf8 } from "../../kube/go-text.js";
import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { age, type Cell, type Printer, since, timeOf } from "./cells.js";
import { count, field, integer, items, name, quantity, text } from "./fields.js";

const printNamespace: Printer = (object) => [name(object), text(object, "status", "phase"), age(object)];

const printConfigMap: Printer = (object) => [
  name(object),
  count(object, "data") + count(object, "binaryData"),
  age(object),
];

const printSecret: Printer = (object) => [name(object), text(object, "type"), count(object, "data"), age(object)];

const printServiceAccount: Printer = (object) => [name(object), count(object, "secrets"), age(object)];

const printResourceQuota: Printer = (object) => {
  const hard = field(object, "status", "hard");
  const names = isObject(hard) ? Object.keys(hard).sort(compareUtf8) : [];
  const used = (resource: string) =>
    `${resource}: ${quantity(object, "status", "used", resource)}/${quantity(hard, resource)}`;
  const isLimit = (resource: string) => resource.startsWith("limits.");
  const requests = names.filter((resource) => !isLimit(resource));
  return [name(object), requests.map(used).join(", "), names.filter(isLimit).map(used).join(", "), age(object)];
};

const printComponentStatus: Printer = (object) => {
  const healthy = items(object, "conditions").find((condition) => text(condition, "type") === "Healthy");
  const status = healthy ? (text(healthy, "status") === "True" ? "Healthy" : "Unhealthy") : "Unknown";
  return [name(object), status, text(healthy, "message"), text(healthy, "error")];
};

/** Two generations of fields tell when and how often: counters on the event, and a series beside it. */
const printEvent: Printer = (object) => {
  const series = field(object, "series");
  const first = seen(object, "firstTimestamp") ?? since(object, "eventTime");
  const last = series === undefined ? (seen(object, "lastTimestamp") ?? first) : since(series, "lastObservedTime");
  return [
    last,
    text(object, "type"),
    text(object, "reason"),
    involved(field(object, "involvedObject")),
    text(object, "involvedObject", "fieldPath"),
    eventSource(object),
    text(object, "message").trim(),
    first,
    series === undefined ? integer(object, "count") || 1 : integer(series, "count"),
    name(object),
  ];
};

function seen(event: JsonObject, key: string): Cell | undefined {
  return timeOf(event, key) === undefined ? undefined : since(event, key);
}

function involved(reference: Json | undefined): string {
  const kind = text(reference, "kind").toLowerCase();
  const target = text(reference, "name");
  return target === "" ? kind : `${kind}/${target}`;
}

function eventSource(event: JsonObject): string {
  const component = text(event, "source", "component") || text(event, "reportingComponent");
  const instance = text(event, "source", "host") || text(event, "reportingInstance");
  return instance === "" ? component : `${component}, ${instance}`;
}

export const corePrinters: Readonly<Record<string, Printer>> = {
  "/Namespace": printNamespace,
  "/ConfigMap": printConfigMap,
  "/Secret": printSecret,
  "/ServiceAccount": printServiceAccount,
  "/ResourceQuota": printResourceQuota,
  "/ComponentStatus": printComponentStatus,
  "/Event": printEvent,
};
