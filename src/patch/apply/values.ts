import { byteOrdered } from "../../kube/go-text.js";
import { FloatLiteral, isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { fieldNames, fieldOf, hasField } from "../../kube/json-access.js";

/** A number's value whatever its form; undefined for anything else. Integers beyond 2^53 stay exact. */
export function numberOf(value: Json): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  return value instanceof FloatLiteral ? value.value : undefined;
}

/** Objects without a field, as Go counts them. */
export function isEmptyObject(value: JsonObject): boolean {
  for (const name in value) if (hasField(value, name)) return false;
  return true;
}

/** structured-merge-diff's equality: 1 and 1.0 are the same, null is not an empty list. */
export function sameValue(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a === "string" || typeof a === "boolean" || a === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index] ?? null));
  }
  if (isObject(a)) return isObject(b) && sameFields(a, b);
  if (a instanceof RawJson) return b instanceof RawJson && a.text === b.text;
  const [left, right] = [numberOf(a), numberOf(b)];
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint may equal a number
  return left !== undefined && left == right;
}

function sameFields(a: JsonObject, b: JsonObject): boolean {
  const names = fieldNames(a);
  if (names.length !== fieldNames(b).length) return false;
  return names.every((name) => {
    const other = fieldOf(b, name);
    return other !== undefined && sameValue(fieldOf(a, name) ?? null, other);
  });
}

/** The order of scalars inside keys: numbers, strings, booleans, null; each by value. */
export function compareScalars(a: Json, b: Json): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (typeof a === "string" && typeof b === "string") return order(byteOrdered(a), byteOrdered(b));
  if (typeof a === "boolean") return order(Number(a), Number(b));
  return order(numberOf(a) ?? 0, numberOf(b) ?? 0);
}

function rankOf(value: Json): number {
  if (numberOf(value) !== undefined) return 0;
  if (typeof value === "string") return 1;
  return typeof value === "boolean" ? 2 : 3;
}

export function order<T extends string | number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
