import { isObject, type Json, type JsonObject, RawJson } from "../kube/json.js";
import { fieldNames, fieldOf, setField } from "../kube/json-access.js";
import { expandRaw } from "../kube/raw-json.js";
import { withinStack } from "./errors.js";
import { checkMergePatch, type ShapeOptions } from "./shape.js";
import { sortedCopy } from "./sorted.js";

/**
 * RFC 7386 with the habits of the Go library that upstream uses (gopkg.in/evanphx/json-patch.v4 merge.go): nulls go
 * from everything that is new, those inside lists included, except from a list that replaces an object.
 *
 * `current` is the object as encoded on the wire. Neither argument is changed; the outcome shares parts with both.
 * Objects that were touched come out with sorted keys, as Go's encoder writes them.
 * @throws ApiError 400 for a patch that is no object
 */
export function applyMergePatch(current: Json, patch: Json, options: ShapeOptions = {}): Json {
  checkMergePatch(patch, options);
  return withinStack(() => (isObject(patch) ? merge(current, patch) : withoutNulls(patch)));
}

function merge(current: Json | undefined, patch: Json): Json {
  const target = current instanceof RawJson ? expandRaw(current) : current;
  if (!isObject(target)) return withoutNulls(patch);
  return isObject(patch) ? mergeObjects(target, patch) : patch;
}

function mergeObjects(target: JsonObject, patch: JsonObject): JsonObject {
  const out = { ...target };
  for (const name of fieldNames(patch)) {
    const value = fieldOf(patch, name) ?? null;
    if (value === null) delete out[name];
    else setField(out, name, merge(fieldOf(target, name), value));
  }
  return sortedCopy(out);
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const name of fieldNames(value)) {
    const field = fieldOf(value, name) ?? null;
    if (field !== null) setField(out, name, withoutNulls(field));
  }
  return sortedCopy(out);
}
