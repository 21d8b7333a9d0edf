import { compareUtf8 } from "../kube/go-text.js";
import type { JsonObject } from "../kube/json.js";
import { fieldNames, fieldOf, setField } from "../kube/json-access.js";

/** The same fields in the order in which Go's encoder writes a map. */
export function sortedCopy(object: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const name of fieldNames(object).sort(compareUtf8)) setField(out, name, fieldOf(object, name) ?? null);
  return out;
}
