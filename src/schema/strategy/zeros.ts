import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import type { StructType, TypeRef } from "../model.js";

/**
 * Takes away fields whose value is Go's zero and not behind a pointer: absent says the same, and comparisons then need
 * no types. The encoder writes again what it always writes. Changes `object`.
 */
export function dropZeros(object: JsonObject, type: StructType): void {
  for (const key of Object.keys(object)) {
    const field = type.byJsonName.get(key)?.at(-1);
    const value = object[key];
    if (!field || value === undefined) continue;
    if (!field.pointer && field.type.kind === "scalar" && isZero(value, field.type.scalar)) delete object[key];
    else dropInside(value, field.type);
  }
}

function dropInside(value: Json, type: TypeRef): void {
  if (type.kind === "struct") {
    if (isObject(value)) dropZeros(value, type.struct);
  } else if (type.kind === "list") {
    if (Array.isArray(value)) for (const item of value) dropInside(item, type.of);
  } else if (type.kind === "map" && isObject(value)) {
    for (const item of Object.values(value)) if (item !== undefined) dropInside(item, type.of);
  }
}

function isZero(value: Json, scalar: string): boolean {
  // No bytes are not nil, no port name is not port 0: messages tell them apart.
  if (scalar === "bytes" || (scalar === "intOrString" && value === "")) return false;
  return value === "" || value === 0 || value === 0n || value === false || (scalar === "quantity" && value === "0");
}
