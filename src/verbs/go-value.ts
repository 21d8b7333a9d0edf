import { isObject, type Json } from "../kube/json.js";

/** A value as Go's fmt prints it with %+v: `map[a:1 b:[x y]]`, keys sorted. */
export function goValue(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (value === null || value === undefined) return "<nil>";
  if (isObject(value)) {
    const keys = Object.keys(value).sort();
    return `map[${keys.map((key) => `${key}:${goValue(value[key])}`).join(" ")}]`;
  }
  return typeof value === "object" ? value.text : String(value);
}
