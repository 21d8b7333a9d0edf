import { FloatLiteral, isObject, type Json, type KubeObject, RawJson } from "../../kube/json.js";
import { fieldOf } from "../../kube/json-access.js";
import type { StructType, TypeRef } from "../model.js";
import { loadTables } from "../tables.js";

/**
 * Whether two decoded values mean the same; upstream: apimachinery/third_party/forked/golang/reflect (Semantic.DeepEqual).
 * Empty lists, maps and structs equal absent ones. Quantities and times are canonical strings by now.
 * With a `type` (an OpenAPI name) a struct behind a pointer that is there and empty is not an absent one.
 */
export function semanticEqual(a: Json | undefined, b: Json | undefined, type?: string): boolean {
  if (a === b) return true;
  if (type !== undefined) return sameStructs(a ?? {}, b ?? {}, loadTables("1.34").struct(type));
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

/** The same of one field of objects of a kind, by the kind's type where there is one. */
export function sameField(object: KubeObject, old: KubeObject, name: string): boolean {
  const [group = "", version = ""] = object.apiVersion.includes("/")
    ? object.apiVersion.split("/")
    : ["", object.apiVersion];
  const field = loadTables("1.34").structFor({ group, version, kind: object.kind })?.byJsonName.get(name)?.at(-1);
  if (!field) return semanticEqual(object[name], old[name]);
  return sameValues(object[name], old[name], field.type, field.pointer);
}

function sameStructs(a: Json, b: Json, type: StructType): boolean {
  if (!isObject(a) || !isObject(b)) return semanticEqual(a, b);
  return Object.keys({ ...a, ...b }).every((key) => {
    const field = type.byJsonName.get(key)?.at(-1);
    const [one, other] = [fieldOf(a, key), fieldOf(b, key)];
    return field ? sameValues(one, other, field.type, field.pointer) : semanticEqual(one, other);
  });
}

function sameValues(a: Json | undefined, b: Json | undefined, type: TypeRef, pointer: boolean): boolean {
  if (a === b) return true;
  if (type.kind === "scalar" && type.scalar === "bytes") return (a ?? "") === (b ?? "");
  if (type.kind === "scalar") return semanticEqual(a, b);
  if (pointer && (a === undefined) !== (b === undefined)) return false;
  if (type.kind === "struct") return sameStructs(a ?? {}, b ?? {}, type.struct);
  if (type.kind === "list") {
    const [one, other] = [a ?? [], b ?? []];
    if (!Array.isArray(one) || !Array.isArray(other)) return semanticEqual(a, b);
    return one.length === other.length && one.every((item, index) => sameValues(item, other[index], type.of, false));
  }
  const [one, other] = [a ?? {}, b ?? {}];
  if (!isObject(one) || !isObject(other)) return semanticEqual(a, b);
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && sameValues(one[key], other[key], type.of, false));
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
