import { FloatLiteral, isObject, type Json, type JsonObject, RawJson } from "../kube/json.js";
import { fieldNames, fieldOf } from "../kube/json-access.js";
import { expandRaw } from "../kube/raw-json.js";
import { panicked } from "./errors.js";

/**
 * Equality as a JSON patch's `test` sees it: numbers by their text (1 is not 1.0), objects whatever their order.
 * Lists that hold null on either side make the Go library dereference nil (gopkg.in/evanphx/json-patch.v4 patch.go,
 * lazyNode.equal).
 * @throws ApiError 500 for those
 */
export function testEqual(found: Json, wanted: Json): boolean {
  if (found instanceof RawJson) return testEqual(expandRaw(found), wanted);
  if (wanted instanceof RawJson) return testEqual(found, expandRaw(wanted));
  if (isObject(found)) return isObject(wanted) && equalObjects(found, wanted);
  if (Array.isArray(found)) return Array.isArray(wanted) && equalLists(found, wanted);
  if (found instanceof FloatLiteral) return wanted instanceof FloatLiteral && found.text === wanted.text;
  return found === wanted;
}

function equalObjects(found: JsonObject, wanted: JsonObject): boolean {
  const names = fieldNames(found);
  if (names.length !== fieldNames(wanted).length) return false;
  return names.every((name) => {
    const left = fieldOf(found, name);
    const right = fieldOf(wanted, name);
    if (left === undefined || right === undefined) return false;
    if (left === null || right === null) return left === right;
    return testEqual(left, right);
  });
}

function equalLists(found: readonly Json[], wanted: readonly Json[]): boolean {
  if (found.length !== wanted.length) return false;
  return found.every((item, index) => {
    const other = wanted[index] ?? null;
    if (item === null || other === null) throw panicked();
    return testEqual(item, other);
  });
}
