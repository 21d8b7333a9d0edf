import { boolAt, objectAt, stringAt, stringMapAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { compareUtf8 } from "../../kube/go-text.js";
import type { KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { keyPairProblem } from "./key-pair.js";
import { immutable } from "./object-meta.js";
import { checked, isConfigMapKey } from "./words.js";

const DATA = FieldPath.of("data");
/** How upstream writes the path of the object itself. */
const NOWHERE = "[]";
const MAX_SIZE = 1024 * 1024;

function sorted(object: KubeObject, field: string): [string, string][] {
  return Object.entries(stringMapAt(object, field)).sort(([a], [b]) => compareUtf8(a, b));
}

/** The bytes that a base64 text stands for. */
function decodedLength(base64: string): number {
  return Buffer.byteLength(base64, "base64");
}

function validateConfigMap(map: KubeObject): FieldError[] {
  const errors = validateCoreMeta(map, true, isDns1123Subdomain);
  const binary = objectAt(map, "binaryData") ?? {};
  let size = 0;
  for (const [key, value] of sorted(map, "data")) {
    errors.push(...checked(DATA.key(key), key, isConfigMapKey));
    if (Object.hasOwn(binary, key)) {
      errors.push(invalidValue(DATA.key(key), key, "duplicate of key present in binaryData"));
    }
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of sorted(map, "binaryData")) {
    errors.push(...checked(FieldPath.of("binaryData").key(key), key, isConfigMapKey));
    size += decodedLength(value);
  }
  if (size > MAX_SIZE) errors.push(tooLong(NOWHERE, MAX_SIZE));
  return errors;
}

/** What `immutable: true` forbids, itself included. */
function frozen(object: KubeObject, old: KubeObject, ...fields: string[]): FieldError[] {
  if (!boolAt(old, "immutable")) return [];
  const why = "field is immutable when `immutable` is set";
  const thawed = boolAt(object, "immutable") ? [] : [forbiddenField("immutable", why)];
  const changed = fields.filter((field) => !semanticEqual(object[field], old[field]));
  return [...thawed, ...changed.map((field) => forbiddenField(field, why))];
}

export const configMapChecks: KindChecks = {
  validateCreate: validateConfigMap,
  validateUpdate: (map, old) => [
    ...validateCoreMetaUpdate(map, old),
    ...frozen(map, old, "data", "binaryData"),
    ...validateConfigMap(map),
  ],
};

const SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name";

function validateSecret(secret: KubeObject): FieldError[] {
  const errors = validateCoreMeta(secret, true, isDns1123Subdomain);
  let size = 0;
  for (const [key, value] of sorted(secret, "data")) {
    errors.push(...checked(DATA.key(key), key, isConfigMapKey));
    size += decodedLength(value);
  }
  if (size > MAX_SIZE) errors.push(tooLong(DATA, MAX_SIZE));
  return [...errors, ...validateSecretType(secret)];
}

/** The keys that a secret's type asks for. */
function validateSecretType(secret: KubeObject): FieldError[] {
  const data = objectAt(secret, "data") ?? {};
  const missing = (...keys: string[]): FieldError[] =>
    keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(DATA.key(key)));
  switch (stringAt(secret, "type")) {
    case "kubernetes.io/service-account-token":
      if (secret.metadata.annotations?.[SERVICE_ACCOUNT_NAME]) return [];
      return [required(FieldPath.of("metadata", "annotations").key(SERVICE_ACCOUNT_NAME))];
    case "kubernetes.io/dockercfg":
      return validateJsonKey(stringMapAt(secret, "data"), ".dockercfg");
    case "kubernetes.io/dockerconfigjson":
      return validateJsonKey(stringMapAt(secret, "data"), ".dockerconfigjson");
    case "kubernetes.io/basic-auth": {
      const errors = missing("username", "password");
      return errors.length === 2 ? errors : [];
    }
    case "kubernetes.io/ssh-auth":
      return stringAt(data, "ssh-privatekey") === "" ? [required(DATA.key("ssh-privatekey"))] : [];
    case "kubernetes.io/tls":
      return missing("tls.crt", "tls.key");
    default:
      return [];
  }
}

function validateJsonKey(data: Record<string, string>, key: string): FieldError[] {
  const value = data[key];
  if (value === undefined) return [required(DATA.key(key))];
  const why = notJsonObject(Buffer.from(value, "base64").toString());
  return why === undefined ? [] : [invalidValue(DATA.key(key), "<secret contents redacted>", why)];
}

/** Why Go would not read a text into a map, for the mistakes that happen: nothing, no JSON at all, another type. */
function notJsonObject(text: string): string | undefined {
  const start = text.trimStart();
  if (start === "") return "unexpected end of JSON input";
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || (typeof value === "object" && !Array.isArray(value))) return undefined;
    const found = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
    return `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`;
  } catch {
    if (!/^["{[\d\-tfn]/.test(start)) return `invalid character '${[...start][0]}' looking for beginning of value`;
    const [, inside] = /^\{\s*([^"}\s])/u.exec(start) ?? [];
    if (inside) return `invalid character '${inside}' looking for beginning of object key string`;
    return brokenWord(start) ?? "unexpected end of JSON input";
  }
}

/** Go names the letter at which a literal is no literal any more. */
function brokenWord(text: string): string | undefined {
  const word = ["true", "false", "null"].find((candidate) => candidate[0] === text[0]);
  const at = word === undefined ? -1 : [...word].findIndex((letter, i) => text[i] !== letter);
  if (word === undefined || at < 0 || text[at] === undefined) return undefined;
  return `invalid character '${text[at]}' in literal ${word} (expecting '${word[at]}')`;
}

function secretWarnings(secret: KubeObject): string[] {
  if (stringAt(secret, "type") !== "kubernetes.io/tls") return [];
  const data = stringMapAt(secret, "data");
  const text = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
  const problem = keyPairProblem(text("tls.crt"), text("tls.key"));
  return problem === undefined ? [] : [problem];
}

export const secretChecks: KindChecks = {
  createWarnings: secretWarnings,
  updateWarnings: secretWarnings,
  validateCreate: validateSecret,
  validateUpdate: (secret, old) => [
    ...validateCoreMetaUpdate(secret, old),
    ...immutable(secret.type, old.type, FieldPath.of("type"), ""),
    ...frozen(secret, old, "data"),
    ...validateSecret(secret),
  ],
};
