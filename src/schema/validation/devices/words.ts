import { duplicate, type FieldError, invalidValue, required, tooLong, tooMany } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { type Json, type JsonObject, RawJson } from "../../../kube/json.js";
import { isDns1123Subdomain, regexReason } from "../../../kube/names.js";
import { csiDriverName } from "../pod/volume-sources.js";
import { checked } from "../words.js";

/** Rules that several kinds of resource.k8s.io share; upstream: pkg/apis/resource/validation. */

const MAX_POOL_NAME = 253;
const MAX_IDENTIFIER = 32;
const MAX_KEY = 63 + 1 + MAX_IDENTIFIER;
const C_IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const C_IDENTIFIER_RULE =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters " +
  "or '_'";

export const driverName = csiDriverName;

export function poolName(path: FieldPath, name: string): FieldError[] {
  if (name === "") return [required(path)];
  const long = Buffer.byteLength(name) > MAX_POOL_NAME ? [tooLong(path, MAX_POOL_NAME)] : [];
  return [...long, ...name.split("/").flatMap((part) => checked(path, part, isDns1123Subdomain))];
}

/** An identifier, with a domain before it or without. */
export function attributeName(path: FieldPath, name: string): FieldError[] {
  if (name === "") return [required(path, "name required")];
  const parts = name.split("/");
  if (parts.length > 2) return [];
  const [domain, id] = parts.length === 2 ? parts : [undefined, parts[0]];
  const errors: FieldError[] = [];
  if (domain === "") errors.push(required(path, "the domain must not be empty"));
  else if (domain !== undefined) errors.push(...driverName(path, domain));
  if (domain !== undefined && id === "") return [...errors, required(path, "the name must not be empty")];
  return [...errors, ...identifier(path, id ?? "")];
}

function identifier(path: FieldPath, id: string): FieldError[] {
  const errors = Buffer.byteLength(id) > MAX_IDENTIFIER ? [tooLong(path, MAX_IDENTIFIER)] : [];
  if (C_IDENTIFIER.test(id)) return errors;
  const why = regexReason(C_IDENTIFIER_RULE, C_IDENTIFIER.source.slice(1, -1), "my_name", "MY_NAME", "MyName");
  return [...errors, invalidValue(path, id, why)];
}

export function attributeNameWithDomain(path: FieldPath, name: string): FieldError[] {
  const errors = attributeName(path, name);
  return name === "" || name.includes("/") ? errors : [...errors, invalidValue(path, name, "must include a domain")];
}

/** Keys of a map as paths show them: long ones lose their middle. */
export function shownKey(key: string, max = MAX_KEY): string {
  const bytes = Buffer.from(key);
  if (bytes.length <= max) return key;
  const kept = max - 3;
  const cut = (from: number, to?: number) => bytes.subarray(from, to).toString();
  return `${cut(0, Math.floor((kept + 1) / 2))}...${cut(bytes.length - Math.floor(kept / 2))}`;
}

/** Each item by itself, then how many there are. */
export function each<T>(
  path: FieldPath,
  items: readonly T[],
  max: number,
  check: (at: FieldPath, item: T) => FieldError[],
): FieldError[] {
  const errors = items.flatMap((item, index) => check(path.index(index), item));
  return items.length > max ? [...errors, tooMany(path, items.length, max)] : errors;
}

/** What has been there before. `field`: where in an item its key is. */
export function repeated(path: FieldPath, keys: readonly string[], field?: string, show = (key: string): Json => key) {
  return keys.flatMap((key, index) => {
    if (keys.indexOf(key) === index) return [];
    const at = path.index(index);
    return [duplicate(field === undefined ? at : at.child(field), show(key))];
  });
}

/** Parameters of a driver's own: a JSON object of so many bytes at most. `stored`: how long it may be was settled. */
export function ownParameters(path: FieldPath, value: Json | undefined, max: number, stored: boolean): FieldError[] {
  const text = value instanceof RawJson ? value.text : JSON.stringify(value ?? null);
  if (text === "null") return [required(path)];
  if (!stored && Buffer.byteLength(text) > max) return [tooLong(path, max)];
  return text.startsWith("{") ? [] : [invalidValue(path, "<value omitted>", "must be a valid JSON object")];
}

export function isSet(object: JsonObject | undefined, field: string): boolean {
  return object?.[field] !== undefined && object[field] !== null;
}
