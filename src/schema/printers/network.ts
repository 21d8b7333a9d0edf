import { compareUtf8 } from "../../kube/go-text.js";
import { qualifiedResource } from "../../kube/gvr.js";
import { isObject, type JsonObject } from "../../kube/json.js";
import { age, type Printer } from "./cells.js";
import { field, integer, items, name, strings, text, textOr } from "./fields.js";
import { formatLabels, formatSelector } from "./labels.js";

/** How many entries a cell shows before it only counts the rest. */
const SHOWN = 3;

function firstOf(entries: readonly string[], total = entries.length): string {
  const shown = entries.slice(0, SHOWN).join(",");
  return entries.length > SHOWN ? `${shown} + ${total - SHOWN} more...` : shown;
}

const printService: Printer = (object) => [
  name(object),
  text(object, "spec", "type"),
  strings(object, "spec", "clusterIPs")[0] ?? "<none>",
  externalIp(object),
  items(object, "spec", "ports").map(portText).join(",") || "<none>",
  age(object),
  formatLabels(field(object, "spec", "selector")),
];

function externalIp(service: JsonObject): string {
  const own = strings(service, "spec", "externalIPs");
  switch (text(service, "spec", "type")) {
    case "ClusterIP":
    case "NodePort":
      return own.length > 0 ? own.join(",") : "<none>";
    case "LoadBalancer":
      return [...loadBalancerAddresses(service), ...own].join(",") || "<pending>";
    case "ExternalName":
      return text(service, "spec", "externalName");
    default:
      return "<unknown>";
  }
}

function loadBalancerAddresses(object: JsonObject): string[] {
  const ingress = items(object, "status", "loadBalancer", "ingress");
  const addresses = new Set(ingress.map((each) => text(each, "ip") || text(each, "hostname")));
  addresses.delete("");
  return [...addresses].sort(compareUtf8);
}

function portText(port: JsonObject): string {
  const nodePort = integer(port, "nodePort");
  const outside = nodePort > 0 ? `:${nodePort}` : "";
  return `${integer(port, "port")}${outside}/${text(port, "protocol")}`;
}

const printEndpoints: Printer = (object) => [name(object), endpoints(object), age(object)];

function endpoints(object: JsonObject): string {
  const subsets = items(object, "subsets");
  if (subsets.length === 0) return "<none>";
  return firstOf(subsets.flatMap(subsetAddresses));
}

/** A headless service may have no ports: then the bare addresses. */
function subsetAddresses(subset: JsonObject): string[] {
  const addresses = items(subset, "addresses").map((address) => text(address, "ip"));
  const ports = items(subset, "ports");
  if (ports.length === 0) return addresses;
  return ports.flatMap((port) =>
    addresses.map((ip) => `${ip.includes(":") ? `[${ip}]` : ip}:${integer(port, "port")}`),
  );
}

const printEndpointSlice: Printer = (object) => [
  name(object),
  text(object, "addressType"),
  firstOf(items(object, "ports").map(slicePort)) || "<unset>",
  firstOf(items(object, "endpoints").flatMap((endpoint) => strings(endpoint, "addresses"))) || "<unset>",
  age(object),
];

function slicePort(port: JsonObject): string {
  const value = field(port, "port");
  return value === undefined ? textOr("*", port, "name") : String(value);
}

const printIngress: Printer = (object) => [
  name(object),
  textOr("<none>", object, "spec", "ingressClassName"),
  hosts(items(object, "spec", "rules")),
  loadBalancerAddresses(object).join(","),
  items(object, "spec", "tls").length > 0 ? "80, 443" : "80",
  age(object),
];

/** Rules beyond the shown hosts are counted whether they name a host or not. */
function hosts(rules: readonly JsonObject[]): string {
  const shown: string[] = [];
  for (const rule of rules) {
    if (shown.length === SHOWN) return `${shown.join(",")} + ${rules.length - SHOWN} more...`;
    const host = text(rule, "host");
    if (host !== "") shown.push(host);
  }
  return shown.join(",") || "*";
}

const printIngressClass: Printer = (object) => [
  name(object),
  text(object, "spec", "controller"),
  classParameters(object),
  age(object),
];

function classParameters(object: JsonObject): string {
  const parameters = field(object, "spec", "parameters");
  if (!isObject(parameters)) return "<none>";
  const group = field(parameters, "apiGroup");
  const kind = text(parameters, "kind") + (group === undefined ? "" : `.${group}`);
  return `${kind}/${text(parameters, "name")}`;
}

const printNetworkPolicy: Printer = (object) => [
  name(object),
  formatSelector(field(object, "spec", "podSelector")),
  age(object),
];

const printServiceCidr: Printer = (object) => [name(object), strings(object, "spec", "cidrs").join(","), age(object)];

const printIpAddress: Printer = (object) => [name(object), parentReference(object), age(object)];

function parentReference(object: JsonObject): string {
  const parent = field(object, "spec", "parentRef");
  if (!isObject(parent)) return "<none>";
  const resource = qualifiedResource({ group: text(parent, "group"), resource: text(parent, "resource") });
  const path = [resource.toLowerCase(), text(parent, "namespace"), text(parent, "name")];
  return path.filter((part, index) => index !== 1 || part !== "").join("/");
}

export const networkPrinters: Readonly<Record<string, Printer>> = {
  "/Service": printService,
  "/Endpoints": printEndpoints,
  "discovery.k8s.io/EndpointSlice": printEndpointSlice,
  "networking.k8s.io/Ingress": printIngress,
  "networking.k8s.io/IngressClass": printIngressClass,
  "networking.k8s.io/NetworkPolicy": printNetworkPolicy,
  "networking.k8s.io/ServiceCIDR": printServiceCidr,
  "networking.k8s.io/IPAddress": printIpAddress,
};
