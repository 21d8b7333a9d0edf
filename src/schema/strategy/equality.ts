import { FloatLiteral, isObject, type Json, RawJson } from "../../kube/json.js";
import { fieldOf } from "../../kube/json-access.js";

/**
 * Whether two decoded values mean the same; upstream: apimachinery/third_party/forked/golang/reflect (Semantic.DeepEqual).
 * Empty lists, maps and structs equal absent ones. Quantities and times are canonical strings by now.
 */
export function semanticEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isEmpty(a) && isEmpty(b)) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => semanticEqual(item, b[index]));
  }
  if (isObject(a)) {
    if (!isObject(b)) return isEmpty(a) && isEmpty(b);
    for (const key of Object.keys(a)) if (!semanticEqual(a[key], fieldOf(b, key))) return false;
    for (const key of Object.keys(b)) if (!Object.hasOwn(a, key) && !isEmpty(b[key])) return false;
    return true;
  }
  if (a instanceof RawJson) return b instanceof RawJson && a.text === b.text;
  return numeric(a) !== undefined && numeric(a) === numeric(b);
}

/** Absent, or nothing in it at any depth. */
function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}

function numeric(value: Json | undefined): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  return value instanceof FloatLiteral ? value.value : undefined;
}
