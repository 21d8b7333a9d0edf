import { compareUtf8 } from "../../kube/go-text.js";
import type { JsonObject } from "../../kube/json.js";

const BEYOND_SURROGATES = /[\ud800-\uffff]/;

/** The keys of a map as encoding/json orders them: by the bytes of their UTF-8. */
export function sortedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object);
  if (keys.length < 2) return keys;
  return keys.some((key) => BEYOND_SURROGATES.test(key)) ? keys.sort(compareUtf8) : keys.sort();
}
