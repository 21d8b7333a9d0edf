import { isObject, type Json, type JsonObject } from "./json.js";

/**
 * Reading decoded objects by path. Whatever is absent or of another JSON type reads as Go's zero value, because a
 * decoded object holds its table's types and nothing else.
 */
export function valueAt(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let current = value;
  for (const key of path) {
    if (!isObject(current)) return undefined;
    current = current[key];
  }
  return current ?? undefined;
}

export function objectAt(value: Json | undefined, ...path: readonly string[]): JsonObject | undefined {
  const found = valueAt(value, ...path);
  return isObject(found) ? found : undefined;
}

export function listAt(value: Json | undefined, ...path: readonly string[]): Json[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The elements of a list of structs. A null element counts as an empty struct, so that indexes stay true. */
export function objectsAt(value: Json | undefined, ...path: readonly string[]): JsonObject[] {
  return listAt(value, ...path).map((item) => (isObject(item) ? item : {}));
}

export function stringsAt(value: Json | undefined, ...path: readonly string[]): string[] {
  return listAt(value, ...path).map((item) => (typeof item === "string" ? item : ""));
}

export function stringAt(value: Json | undefined, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : "";
}

/** A string behind a pointer: undefined when absent. */
export function optionalStringAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** An integer behind a pointer: undefined when absent. Beyond 2^53 it loses digits; compare only. */
export function optionalNumberAt(value: Json | undefined, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path);
  if (typeof found === "number") return found;
  return typeof found === "bigint" ? Number(found) : undefined;
}

export function numberAt(value: Json | undefined, ...path: readonly string[]): number {
  return optionalNumberAt(value, ...path) ?? 0;
}

export function boolAt(value: Json | undefined, ...path: readonly string[]): boolean {
  return valueAt(value, ...path) === true;
}

export function stringMapAt(value: Json | undefined, ...path: readonly string[]): Record<string, string> {
  const found = objectAt(value, ...path);
  const entries = Object.entries(found ?? {}).map(([key, entry]) => [key, typeof entry === "string" ? entry : ""]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** The object under `key`, made when absent. */
export function ensureObject(parent: JsonObject, key: string): JsonObject {
  const found = parent[key];
  if (isObject(found)) return found;
  const made: JsonObject = {};
  parent[key] = made;
  return made;
}

/** The list under `key`, made when absent. */
export function ensureList(parent: JsonObject, key: string): Json[] {
  const found = parent[key];
  if (Array.isArray(found)) return found;
  const made: Json[] = [];
  parent[key] = made;
  return made;
}

/** Assigns, or removes the key for undefined: absent is how a decoded object says nil. */
export function assign(parent: JsonObject, key: string, value: Json | undefined): void {
  if (value === undefined) delete parent[key];
  else parent[key] = value;
}
