import { badRequest } from "../../kube/errors.js";
import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldNames, fieldOf, hasField, setField } from "../../kube/json-access.js";
import { goKey } from "./values.js";

export const PATCH = "$patch";
export const RETAIN_KEYS = "$retainKeys";
export const SET_ELEMENT_ORDER = "$setElementOrder";
export const DELETE_FROM_PRIMITIVE_LIST = "$deleteFromPrimitiveList";

const BAD_FORMAT: Readonly<Record<string, string>> = {
  [SET_ELEMENT_ORDER]: "invalid patch format of setElementOrder list",
  [DELETE_FROM_PRIMITIVE_LIST]: "invalid patch format of primitive list",
};

/** "$setElementOrder/containers" → "containers". @throws ApiError 400 when only the beginning is the directive's */
export function directiveTarget(name: string, directive: string): string {
  if (!name.startsWith(`${directive}/`)) throw badRequest(BAD_FORMAT[directive] ?? directive);
  return name.slice(directive.length + 1);
}

/**
 * Takes objects with `$patch` out of a value that is going to be used as it is. Changes objects in place.
 * Undefined: the value itself is such an object.
 */
export function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (hasField(value, PATCH)) return undefined;
  for (const name of fieldNames(value)) {
    const kept = withoutDirectives(fieldOf(value, name) ?? null);
    if (kept === undefined) delete value[name];
    else setField(value, name, kept);
  }
  return value;
}

/** Takes nulls out of every object within, in place; nulls in lists stay. */
export function dropNulls(value: Json): void {
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item);
  } else if (isObject(value)) {
    for (const name of fieldNames(value)) {
      const field = fieldOf(value, name) ?? null;
      if (field === null) delete value[name];
      else dropNulls(field);
    }
  }
}

/**
 * Obeys `$retainKeys`: fields that it doesn't name leave `target`. Takes the directive out of `patch`.
 * @throws ApiError 400 when it is no list or the patch sets a field that it doesn't name
 */
export function retainKeys(target: JsonObject, patch: JsonObject): void {
  const directive = fieldOf(patch, RETAIN_KEYS);
  if (directive === undefined) return;
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(directive)) throw badRequest("invalid patch format of retainKeys");
  const retained = new Set(directive.map(goKey));
  for (const name of fieldNames(patch)) {
    if (fieldOf(patch, name) === null) continue;
    if (name.startsWith(DELETE_FROM_PRIMITIVE_LIST) || name.startsWith(SET_ELEMENT_ORDER)) continue;
    if (!retained.has(goKey(name))) throw badRequest("invalid patch format of retainKeys");
  }
  for (const name of fieldNames(target)) {
    if (!retained.has(goKey(name))) delete target[name];
  }
}
