import { objectAt, optionalNumberAt, stringAt } from "../../../kube/access.js";
import { type FieldError, invalidValue, notSupported, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { compareUtf8 } from "../../../kube/go-text.js";
import type { JsonObject } from "../../../kube/json.js";
import { isQualifiedName } from "../../../kube/names.js";
import { parseQuantity } from "../../../kube/quantity.js";
import { fileMode, nonReservedPath } from "../paths.js";
import { checked } from "../words.js";

const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const VOLUME_FIELDS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];
/** Labels that the pod version knows, allowed here or not; upstream: apis/core/pods/helpers.go. */
const LABELS = new Set([...ENV_FIELDS, ...VOLUME_FIELDS, "spec.restartPolicy", "spec.schedulerName", "status.phase"]);

/** A fieldRef of an environment variable or of a downward API file. */
export function validateFieldRef(path: FieldPath, reference: JsonObject, use: "env" | "volume"): FieldError[] {
  const [version, label] = [stringAt(reference, "apiVersion"), stringAt(reference, "fieldPath")];
  if (version === "") return [required(path.child("apiVersion"))];
  const at = path.child("fieldPath");
  if (label === "") return [required(at)];
  const unknown = (why: string): FieldError[] => [invalidValue(at, label, `error converting fieldPath: ${why}`)];
  if (version !== "v1") return unknown(`unsupported pod version: ${version}`);
  const subscripted = /^(.*)\['(.*)'\]$/s.exec(label);
  if (subscripted) {
    const [, base, key] = subscripted as unknown as [string, string, string];
    if (base === "metadata.annotations") return checked(path, key.toLowerCase(), isQualifiedName);
    if (base === "metadata.labels") return checked(path, key, isQualifiedName);
    return unknown(`field label does not support subscript: ${label}`);
  }
  const known = label === "spec.host" ? "spec.nodeName" : label;
  if (!LABELS.has(known)) return unknown(`field label not supported: ${label}`);
  const allowed = use === "env" ? ENV_FIELDS : VOLUME_FIELDS;
  return allowed.includes(known) ? [] : [notSupported(at, known, [...allowed].sort(compareUtf8))];
}

const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

export function validateResourceFieldRef(path: FieldPath, reference: JsonObject, use: "env" | "volume"): FieldError[] {
  const resource = stringAt(reference, "resource");
  const errors: FieldError[] = [];
  if (use === "volume" && stringAt(reference, "containerName") === "")
    errors.push(required(path.child("containerName")));
  else if (resource === "") errors.push(required(path.child("resource")));
  else if (!RESOURCES.includes(resource) && !/^(requests|limits)\.hugepages-/.test(resource)) {
    errors.push(notSupported(path.child("resource"), resource, RESOURCES));
  }
  return [...errors, ...validateDivisor(path, resource, stringAt(reference, "divisor"))];
}

const SIZES = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

function validateDivisor(path: FieldPath, resource: string, divisor: string): FieldError[] {
  if (divisor === "" || parseQuantity(divisor).isZero) return [];
  const refuse = (allowed: string, what: string): FieldError[] => {
    const why = `only divisor's values ${allowed} are supported with the ${what} resource`;
    return [invalidValue(path.child("divisor"), resource, why)];
  };
  const name = resource.replace(/^(requests|limits)\./, "");
  if (name === "cpu") return ["1m", "1"].includes(divisor) ? [] : refuse("1m and 1", "cpu");
  if (SIZES.includes(divisor)) return [];
  if (name === "memory") return refuse(SIZES.join(", "), "memory");
  if (name === "ephemeral-storage") return refuse(SIZES.join(", "), "local ephemeral storage");
  if (!name.startsWith("hugepages-")) return [];
  const why = `only divisor's values ${SIZES.join(", ")} are supported with the hugepages resource`;
  return [invalidValue(path.child("divisor"), resource, why)];
}

/** A file of a downward API volume. Upstream tells no index. */
export function validateDownwardFile(path: FieldPath, file: JsonObject): FieldError[] {
  const name = stringAt(file, "path");
  const errors = name === "" ? [required(path.child("path"))] : [];
  errors.push(...nonReservedPath(path.child("path"), name));
  const [field, resource] = [objectAt(file, "fieldRef"), objectAt(file, "resourceFieldRef")];
  if (field) {
    errors.push(...validateFieldRef(path.child("fieldRef"), field, "volume"));
    if (resource) {
      errors.push(invalidValue(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
    }
  } else if (resource) errors.push(...validateResourceFieldRef(path.child("resourceFieldRef"), resource, "volume"));
  else errors.push(required(path, "one of fieldRef and resourceFieldRef is required"));
  return [...errors, ...fileMode(path.child("mode"), optionalNumberAt(file, "mode"))];
}
