import { decodeTyped } from "../codec/json/decode.js";
import { encodeUntyped } from "../codec/json/encode-untyped.js";
import { DecodeError } from "../codec/json/errors.js";
import { integerOf } from "../codec/json/numbers.js";
import { goType as typeOf } from "../kube/go-format.js";
import { FloatLiteral, isObject, type Json, type JsonObject } from "../kube/json.js";
import { setField } from "../kube/json-access.js";
import type { Scalar, StructType, TypeRef } from "../schema/model.js";

/** Deeper values are left alone: decoding refuses them. */
const MAX_DEPTH = 1000;
const INT64_MIN = -(2n ** 63n);

/**
 * Brings what a strategic merge or an apply made into the type's form. A real server does not read it as text but
 * copies it from maps: floats without a fraction become integers, integers that are too large wrap, and errors have
 * words of their own. Upstream: apimachinery/pkg/runtime/converter.go. `strict` gets unknown fields. @throws DecodeError
 */
export function decodeUnstructured(document: Json, type: StructType, strict?: string[]): JsonObject {
  const copied = type.unstructured ? document : copyStruct(document, type, 0);
  try {
    return decodeTyped(copied, type, strict ? { strict } : {});
  } catch (error) {
    // What is left to complain are the types that read JSON by themselves, and those don't know where they are.
    const message = error instanceof DecodeError ? error.message.replace(/Go struct field \S+/, "Go value") : "";
    throw message === "" ? error : new DecodeError(message);
  }
}

/** Go's name of the kind of a value in a decoded map. */
function kindOf(value: Json): string {
  if (Array.isArray(value)) return "slice";
  return isObject(value) ? "map" : typeOf(value);
}

function copy(value: Json, type: TypeRef, goType: string | undefined, depth: number): Json {
  if (value === null || depth > MAX_DEPTH) return value;
  const element = goType === undefined ? undefined : /^(?:\[\]|map\[[^\]]*\])(.+)/.exec(goType)?.[1];
  switch (type.kind) {
    case "struct":
      return copyStruct(value, type.struct, depth);
    case "list":
      if (!Array.isArray(value)) throw new DecodeError(`cannot restore slice from ${kindOf(value)}`);
      return value.map((item) => copy(item, type.of, element, depth + 1));
    case "map":
      if (!isObject(value)) throw new DecodeError(`cannot restore map from ${kindOf(value)}`);
      return copyMap(value, type.of, element, depth);
    case "scalar":
      return copyScalar(value, type.scalar, goType ?? type.scalar);
  }
}

/** In the order of the fields, so that the first one that does not fit is upstream's. */
function copyStruct(value: Json, { byJsonName }: StructType, depth: number): Json {
  if (!isObject(value)) throw new DecodeError(`cannot restore struct from: ${kindOf(value)}`);
  const copied = new Map<string, Json>();
  for (const [name, path] of byJsonName) {
    const item = Object.hasOwn(value, name) ? value[name] : undefined;
    const field = path.at(-1);
    if (item !== undefined && field) copied.set(name, copy(item, field.type, field.goType, depth + 1));
  }
  const out: JsonObject = {};
  for (const [name, item] of Object.entries(value)) setField(out, name, copied.get(name) ?? item ?? null);
  return out;
}

function copyMap(value: JsonObject, of: TypeRef, element: string | undefined, depth: number): JsonObject {
  const out: JsonObject = {};
  for (const [name, item] of Object.entries(value)) setField(out, name, copy(item ?? null, of, element, depth + 1));
  return out;
}

function copyScalar(value: Exclude<Json, null>, scalar: Scalar, goType: string): Json {
  switch (scalar) {
    case "string":
      if (typeof value === "string") return value;
      // Go makes a string of a character's number, if only the converter let it.
      throw new DecodeError(kindOf(value) === "int64" ? `cannot convert int64 to ${goType}` : unrecognized(scalar));
    case "bool":
      if (typeof value === "boolean") return value;
      throw new DecodeError(unrecognized(scalar));
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
      return copyInteger(value, scalar, goType);
    case "float64": {
      const kind = kindOf(value);
      if (kind !== "int64" && kind !== "float64") throw new DecodeError(unrecognized(scalar));
      return value instanceof FloatLiteral ? value.value : value;
    }
    case "bytes":
      if (typeof value === "string" || Array.isArray(value)) return value;
      throw new DecodeError(`cannot restore slice from ${kindOf(value)}`);
    default:
      return asWritten(value);
  }
}

function unrecognized(kind: string): string {
  return `unrecognized type: ${kind}`;
}

function copyInteger(value: Exclude<Json, null>, kind: "int32" | "int64" | "uint32" | "uint64", goType: string): Json {
  const found = kindOf(value);
  if (found !== "int64" && found !== "float64") throw new DecodeError(unrecognized(kind));
  const integer = found === "int64" ? BigInt(value as number | bigint) : truncated(value);
  if (integer === undefined) throw new DecodeError(`cannot convert float64 to ${goType}`);
  const bits = kind.endsWith("32") ? 32 : 64;
  const wrapped = kind.startsWith("u") ? BigInt.asUintN(bits, integer) : BigInt.asIntN(bits, integer);
  const small = Number(wrapped);
  return Number.isSafeInteger(small) ? small : wrapped;
}

/** A float as 64 bits on amd64, where whatever is out of range becomes the least; undefined for a fraction. */
function truncated(value: Json): bigint | undefined {
  const float = value instanceof FloatLiteral ? value.value : Number(value);
  if (!Number.isInteger(float)) return undefined;
  const integer = BigInt(float);
  return BigInt.asIntN(64, integer) === integer ? integer : INT64_MIN;
}

/** What a type's own UnmarshalJSON gets to read, which is how Go writes the value: 1.0 as 1. */
function asWritten(value: Json): Json {
  if (Array.isArray(value)) return value.map(asWritten);
  if (isObject(value)) {
    const out: JsonObject = {};
    for (const [name, item] of Object.entries(value)) setField(out, name, asWritten(item ?? null));
    return out;
  }
  if (!(value instanceof FloatLiteral || typeof value === "number" || typeof value === "bigint")) return value;
  if (typeOf(value) === "int64") return value;
  const text = encodeUntyped(typeof value === "bigint" ? Number(value) : value);
  return integerOf(text) ?? new FloatLiteral(Number(text), text);
}
