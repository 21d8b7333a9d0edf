import { goString, goType, goValue } from "../../kube/go-format.js";
import { FloatLiteral, isObject, type Json, type JsonObject } from "../../kube/json.js";
import { hasField } from "../../kube/json-access.js";
import type { ApiError } from "../../kube/status.js";
import { panicked, strategicFailure, unprocessablePatch } from "../errors.js";

/** {@link itemType} of objects. */
export const OBJECT = "map[string]interface {}";

/** Equality of two interface{} values in Go: types count, and comparing two maps or two slices panics. */
export function goEqual(left: Json | undefined, right: Json | undefined): boolean {
  if (goType(left) !== goType(right)) return false;
  if (Array.isArray(left) || isObject(left ?? null)) throw panicked();
  return scalarOf(left) === scalarOf(right);
}

/** A text that is equal for values that are, so that a Map can find them. @throws ApiError 500 for lists and objects */
export function goKey(value: Json | undefined): string {
  if (Array.isArray(value) || isObject(value ?? null)) throw panicked();
  return `${goType(value)} ${String(scalarOf(value))}`;
}

function scalarOf(value: Json | undefined): unknown {
  if (value instanceof FloatLiteral) return value.value;
  if (typeof value === "bigint" && goType(value) === "float64") return Number(value);
  return value ?? null;
}

/** The one type of all items, as Go names it. @throws ApiError for mixed types, nested lists and no items at all */
export function itemType(...lists: readonly (readonly Json[])[]): string {
  let found: string | undefined;
  for (const item of lists.flat(1)) {
    const type = goType(item);
    if (found === undefined) {
      if (item === null) throw panicked();
      if (Array.isArray(item)) throw unprocessablePatch();
      found = type;
    } else if (found !== type) {
      throw strategicFailure(`list element types are not identical: ${goValue(lists.map((list) => [...list]))}`);
    }
  }
  if (found === undefined) throw strategicFailure("no elements in any of the given slices");
  return found;
}

/** @throws ApiError 500 when it is something else */
export function asList(value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw wrongType("[]interface {}", value);
  return value;
}

/** @throws ApiError 500 when it is something else */
export function asObject(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw wrongType(OBJECT, value);
  return value;
}

/** The value under the merge key. @throws ApiError 500 when it is missing */
export function mergeKeyOf(item: JsonObject, mergeKey: string): Json {
  if (!hasField(item, mergeKey)) {
    throw strategicFailure(`map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return item[mergeKey] ?? null;
}

export function unknownDirective(directive: Json | undefined, patch: JsonObject): ApiError {
  return strategicFailure(`unknown patch type: ${goString(directive)} in map: ${goValue(patch)}`);
}

function wrongType(expected: string, actual: Json | undefined): ApiError {
  return strategicFailure(`expected a ${expected}, but received a ${goType(actual)}`);
}
