import { listAt, numberAt, objectAt, objectsAt, optionalStringAt, stringAt, stringsAt } from "../../kube/access.js";
import { type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { goQuote } from "../../kube/go-text.js";
import { parseIp } from "../../kube/ip.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1035Label, isDns1123Subdomain } from "../../kube/names.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { isHost } from "./domain-names.js";
import { validateTypedReference } from "./ingress-classes.js";
import { ipWarnings, validateIp } from "./network.js";
import { checked, isPortName, portNumber } from "./words.js";

/** upstream: apis/networking/validation (ValidateIngress and below). */

const SPEC = FieldPath.of("spec");
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

function validateIngress(ingress: KubeObject, old?: KubeObject): FieldError[] {
  const spec = objectAt(ingress, "spec") ?? {};
  const errors = validateCoreMeta(ingress, true, isDns1123Subdomain);
  const backend = objectAt(spec, "defaultBackend");
  const rules = objectsAt(spec, "rules");
  if (rules.length === 0 && !backend) {
    const shown = spec.rules ?? null;
    errors.push(invalidValue(SPEC, shown, "either `defaultBackend` or `rules` must be specified"));
  }
  if (backend) errors.push(...validateBackend(SPEC.child("defaultBackend"), backend));
  const lenient = objectsAt(old, "spec", "rules").some(
    (rule) => isWildcard(rule) && validateHttp(SPEC, rule).length > 0,
  );
  for (const [index, rule] of rules.entries()) {
    const at = SPEC.child("rules").index(index);
    errors.push(...validateRuleHost(at.child("host"), stringAt(rule, "host")));
    if (!isWildcard(rule) || !lenient) errors.push(...validateHttp(at.child("http"), rule));
  }
  errors.push(...validateTls(objectsAt(spec, "tls"), objectsAt(old, "spec", "tls")));
  const name = optionalStringAt(spec, "ingressClassName");
  if (name !== undefined) errors.push(...checked(SPEC.child("ingressClassName"), name, isDns1123Subdomain));
  return errors;
}

const isWildcard = (rule: JsonObject): boolean => stringAt(rule, "host").includes("*");

function validateRuleHost(path: FieldPath, host: string): FieldError[] {
  if (host === "") return [];
  const address = parseIp(host) ? [invalidValue(path, host, "must be a DNS name, not an IP address")] : [];
  return [...address, ...checked(path, host, isHost)];
}

function validateHttp(path: FieldPath, rule: JsonObject): FieldError[] {
  const http = objectAt(rule, "http");
  if (!http) return [];
  const paths = objectsAt(http, "paths");
  const at = path.child("paths");
  if (paths.length === 0) return [required(at)];
  return paths.flatMap((each, index) => validatePath(at.index(index), each));
}

const FORBIDDEN_PARTS = ["//", "/./", "/../", "%2f", "%2F"];
const FORBIDDEN_ENDS = ["/..", "/."];
const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];

function validatePath(path: FieldPath, value: JsonObject): FieldError[] {
  const type = optionalStringAt(value, "pathType");
  if (type === undefined) return [required(path.child("pathType"), "pathType must be specified")];
  const text = stringAt(value, "path");
  const at = path.child("path");
  const errors: FieldError[] = [];
  const anything = type === "ImplementationSpecific";
  if (!PATH_TYPES.includes(type)) errors.push(notSupported(path.child("pathType"), type, PATH_TYPES));
  else if (!text.startsWith("/") && !(anything && text === "")) {
    errors.push(invalidValue(at, text, "must be an absolute path"));
  }
  if (type === "Exact" || type === "Prefix") {
    const parts = FORBIDDEN_PARTS.filter((part) => text.includes(part));
    errors.push(...parts.map((part) => invalidValue(at, text, `must not contain '${part}'`)));
    const ends = FORBIDDEN_ENDS.filter((end) => text.endsWith(end));
    errors.push(...ends.map((end) => invalidValue(at, text, `cannot end with '${end}'`)));
  }
  return [...errors, ...validateBackend(path.child("backend"), objectAt(value, "backend"))];
}

function validateBackend(path: FieldPath, backend: JsonObject | undefined): FieldError[] {
  const [resource, service] = [objectAt(backend, "resource"), objectAt(backend, "service")];
  if (resource && service) return [invalidValue(path, "", "cannot set both resource and service backends")];
  if (resource) return validateTypedReference(path.child("resource"), resource);
  if (!service) return [invalidValue(path, "", "resource or service backend is required")];
  const name = stringAt(service, "name");
  const at = path.child("service");
  const errors = name === "" ? [required(at.child("name"))] : checked(at.child("name"), name, isDns1035Label);
  const [portName, number] = [stringAt(service, "port", "name"), numberAt(service, "port", "number")];
  if (portName !== "" && number !== 0) {
    errors.push(invalidValue(path, "", "cannot set both port name & port number"));
  } else if (portName !== "") errors.push(...checked(at.child("port", "name"), portName, isPortName));
  else if (number !== 0) errors.push(...portNumber(at.child("port", "number"), number));
  else errors.push(required(path, "port name or number is required"));
  return errors;
}

function validateTls(entries: readonly JsonObject[], old: readonly JsonObject[]): FieldError[] {
  const wrong = (entry: JsonObject): string[] => {
    const name = stringAt(entry, "secretName");
    return name === "" ? [] : isDns1123Subdomain(name);
  };
  const lenient = old.some((entry) => wrong(entry).length > 0);
  return entries.flatMap((entry, index) => {
    const at = SPEC.child("tls").index(index);
    const hosts = stringsAt(entry, "hosts").flatMap((host, i) => checked(at.child("hosts").index(i), host, isHost));
    const secret = lenient ? [] : wrong(entry);
    return [...hosts, ...secret.map((why) => invalidValue(at.child("secretName"), stringAt(entry, "secretName"), why))];
  });
}

function validateStatus(ingress: KubeObject, old: KubeObject): FieldError[] {
  const known = objectsAt(old, "status", "loadBalancer", "ingress").map((each) => stringAt(each, "ip"));
  const points = objectsAt(ingress, "status", "loadBalancer", "ingress").flatMap((point, index) => {
    const at = FieldPath.of("status", "loadBalancer", "ingress").index(index);
    const [ip, hostname] = [stringAt(point, "ip"), stringAt(point, "hostname")];
    const errors = ip === "" ? [] : validateIp(at.child("ip"), ip, known);
    if (hostname === "") return errors;
    errors.push(...checked(at.child("hostname"), hostname, isDns1123Subdomain));
    if (parseIp(hostname)) {
      errors.push(invalidValue(at.child("hostname"), hostname, "must be a DNS name, not an IP address"));
    }
    return errors;
  });
  return [...validateCoreMetaUpdate(ingress, old), ...points];
}

function statusWarnings(ingress: KubeObject, old: KubeObject): string[] {
  const now = objectsAt(ingress, "status", "loadBalancer", "ingress");
  if (JSON.stringify(now) === JSON.stringify(listAt(old, "status", "loadBalancer", "ingress"))) return [];
  const at = FieldPath.of("status", "loadBalancer", "ingress");
  return now.flatMap((point, index) => (point.ip ? ipWarnings(at.index(index), stringAt(point, "ip")) : []));
}

export const ingressChecks: KindChecks = {
  validateCreate(ingress) {
    const errors = validateIngress(ingress);
    const annotation = ingress.metadata.annotations?.[CLASS_ANNOTATION];
    const name = optionalStringAt(ingress, "spec", "ingressClassName");
    if (annotation === undefined || name === undefined || annotation === name) return errors;
    const why = "must match `ingressClassName` when both are specified";
    return [...errors, invalidValue(FieldPath.of("annotations", CLASS_ANNOTATION), annotation, why)];
  },
  validateUpdate: (ingress, old) => [...validateCoreMetaUpdate(ingress, old), ...validateIngress(ingress, old)],
  createWarnings(ingress) {
    const set = ingress.metadata.annotations?.[CLASS_ANNOTATION] !== undefined;
    if (!set || optionalStringAt(ingress, "spec", "ingressClassName") !== undefined) return [];
    return [`annotation ${goQuote(CLASS_ANNOTATION)} is deprecated, please use 'spec.ingressClassName' instead`];
  },
  subresources: { status: { validateUpdate: validateStatus, updateWarnings: statusWarnings } },
};
