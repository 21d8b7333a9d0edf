import { isObject, type Json } from "../../kube/json.js";
import { quantityOf } from "../../kube/quantity.js";
import type { FieldDef, StructType, TypeRef } from "../model.js";
import { isZero, type Rule } from "./rule.js";
import type { Visit } from "./walk.js";

const CORE = "io.k8s.api.core.v1.";
/** Quantities are rounded up to this scale in every v1.ResourceList; upstream: core/v1/defaults.go. */
const MILLI = -3;

/** A default in OpenAPI is one that the server applies, unless it is just the zero of a field that is always there. */
export function declaredDefault(_owner: StructType, field: FieldDef): Rule | undefined {
  const { name, pointer } = field;
  const value = field.default as Json | undefined;
  if (value === undefined || typeof value === "object" || (!pointer && isZero(value))) return undefined;
  return (parent) => {
    if (pointer ? parent[name] === undefined : isZero(parent[name])) parent[name] = value;
  };
}

export function roundedQuantities(owner: StructType, type: TypeRef): Visit | undefined {
  const isResourceList = type.kind === "map" && type.of.kind === "scalar" && type.of.scalar === "quantity";
  return isResourceList && owner.name.startsWith(CORE) ? roundUp : undefined;
}

function roundUp(value: Json): void {
  if (!isObject(value)) return;
  for (const [name, amount] of Object.entries(value)) {
    // Only these suffixes, and exponents, stand for less than milli.
    if (typeof amount === "string" && /[nueE]/.test(amount)) value[name] = quantityOf(amount).roundUp(MILLI).toString();
  }
}
