import { isObject, type Json } from "../../kube/json.js";
import { canonicalQuantity } from "../../kube/quantity.js";

/** Whether an object that is there lacks anything of one that is wanted. What it has beyond that is others'. */
export function lacks(found: Json | undefined, wanted: Json): boolean {
  if (isObject(wanted)) {
    return (
      !isObject(found) || Object.entries(wanted).some(([key, value]) => value !== undefined && lacks(found[key], value))
    );
  }
  if (Array.isArray(wanted)) {
    // An empty list is not sent back.
    if (wanted.length === 0) return Array.isArray(found) && found.length > 0;
    if (!Array.isArray(found) || found.length !== wanted.length) return true;
    return wanted.some((value, at) => lacks(found[at], value));
  }
  return found !== wanted && !sameQuantity(found, wanted);
}

/** "1024Mi" comes back as "1Gi". */
function sameQuantity(one: Json | undefined, other: Json): boolean {
  if (typeof one !== "string" || typeof other !== "string") return false;
  if (!/^[0-9.]+[A-Za-z]*$/.test(one) || !/^[0-9.]+[A-Za-z]*$/.test(other)) return false;
  try {
    return canonicalQuantity(one) === canonicalQuantity(other);
  } catch {
    return false;
  }
}
