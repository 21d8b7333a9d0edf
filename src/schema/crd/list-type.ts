import { duplicate, type FieldError, invalidValue } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import { goJson } from "../../kube/go-text.js";
import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldNames, fieldOf } from "../../kube/json-access.js";
import { type Schema, schemaOfKey } from "./schema.js";

/** Sets and maps that hold a value twice; upstream: apiextensions' schema/listtype/validation.go. */
export function validateListTypes(value: Json, schema: Schema | undefined, path: FieldPath): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    const inner = value.flatMap((item, index) => validateListTypes(item, schema.items, path.index(index)));
    return [...ownErrors(value, schema, path), ...inner];
  }
  if (!isObject(value)) return [];
  return fieldNames(value).flatMap((name) => {
    const at = schema.properties.has(name) ? path.child(name) : path.key(name);
    return validateListTypes(fieldOf(value, name)!, schemaOfKey(schema, name), at);
  });
}

function ownErrors(values: readonly Json[], schema: Schema, path: FieldPath): FieldError[] {
  if (schema.listType === "set") return repeated(values).map((index) => duplicate(path.index(index), values[index]!));
  if (schema.listType !== "map") return [];
  const odd = values.findIndex((item) => item !== null && !isObject(item));
  if (odd >= 0) {
    return [invalidValue(path.index(odd), values[odd]!, "must be an object for an array of list-type map")];
  }
  const keys = values.map((item) => keysOf(item, schema.listMapKeys));
  return repeated(keys).map((index) => duplicate(path.index(index), keys[index]!));
}

/** The part of an element that tells it from the others. */
export function keysOf(item: Json, names: readonly string[]): JsonObject {
  const key: JsonObject = {};
  for (const name of names) {
    const value = isObject(item) ? fieldOf(item, name) : undefined;
    if (value !== undefined) key[name] = value;
  }
  return key;
}

/** Of every value that comes more than once, where it comes for the second time. */
function repeated(values: readonly Json[]): number[] {
  const seen = new Map<string, number>();
  const found: number[] = [];
  for (const [index, value] of values.entries()) {
    const text = goJson(value);
    const times = seen.get(text) ?? 0;
    if (times === 1) found.push(index);
    seen.set(text, times + 1);
  }
  return found;
}
