import { isObject, type Json, type JsonObject } from "../../kube/json.js";

/** What stands at a path of object keys, or undefined. */
export function field(object: Json | undefined, ...path: readonly string[]): Json | undefined {
  let value = object;
  for (const name of path) {
    if (!isObject(value)) return undefined;
    value = value[name];
  }
  return value ?? undefined;
}

/** A string field; Go's zero value when absent. */
export function text(object: Json | undefined, ...path: readonly string[]): string {
  const value = field(object, ...path);
  return typeof value === "string" ? value : "";
}

/** A string behind a pointer: `otherwise` when nil. */
export function textOr(otherwise: string, object: Json | undefined, ...path: readonly string[]): string {
  const value = field(object, ...path);
  return typeof value === "string" ? value : otherwise;
}

/** An integer field; Go's zero value when absent. */
export function integer(object: Json | undefined, ...path: readonly string[]): number | bigint {
  const value = field(object, ...path);
  return typeof value === "number" || typeof value === "bigint" ? value : 0;
}

export function truth(object: Json | undefined, ...path: readonly string[]): boolean {
  return field(object, ...path) === true;
}

/** The objects of a list; none when absent. */
export function items(object: Json | undefined, ...path: readonly string[]): JsonObject[] {
  const value = field(object, ...path);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function strings(object: Json | undefined, ...path: readonly string[]): string[] {
  const value = field(object, ...path);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** How many entries a map or list has. */
export function count(object: Json | undefined, ...path: readonly string[]): number {
  const value = field(object, ...path);
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : 0;
}

/** A quantity by value: "0" when absent. */
export function quantity(object: Json | undefined, ...path: readonly string[]): string {
  return textOr("0", object, ...path);
}

export function name(object: Json | undefined): string {
  return text(object, "metadata", "name");
}

export function isBeingDeleted(object: Json | undefined): boolean {
  return field(object, "metadata", "deletionTimestamp") !== undefined;
}
