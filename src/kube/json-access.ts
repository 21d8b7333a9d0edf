import { FloatLiteral, isObject, type Json, type JsonObject, RawJson } from "./json.js";

/**
 * Field access for objects whose keys come from clients: "constructor" is then a name like any other, and
 * "__proto__" must become a field instead of changing the prototype.
 */
export function fieldOf(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function hasField(object: JsonObject, key: string): boolean {
  return fieldOf(object, key) !== undefined;
}

export function setField(object: JsonObject, key: string, value: Json): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** Field names that have a value, in reading order. */
export function fieldNames(object: JsonObject): string[] {
  const names = Object.keys(object);
  return names.some((name) => object[name] === undefined) ? names.filter((name) => object[name] !== undefined) : names;
}

/** A copy that shares only immutable parts (strings, numbers, RawJson, FloatLiteral). */
export function cloneJson<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map(cloneJson) as T;
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const name of Object.keys(value)) {
    const field = value[name];
    if (field !== undefined) setField(out, name, cloneJson(field));
  }
  return out as T;
}

/** True for everything that holds no other values: null, booleans, numbers, strings. */
export function isScalar(value: Json): boolean {
  return value instanceof FloatLiteral || (!Array.isArray(value) && !isObject(value) && !(value instanceof RawJson));
}
