import { textOf } from "../functions/conversions.js";
import { PlainList, PlainMap } from "../lang/containers.js";
import {
  Breakdown,
  CelError,
  CelList,
  CelMap,
  Duration,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from "../lang/values.js";
import { JsonList } from "../objects/json-list.js";
import { KeyedList } from "../objects/keyed-list.js";
import { Message } from "./message.js";
import type { Native } from "./shapes.js";

/*
 * What a value becomes when a field of a message takes it. That fields are typed shows in the types of expressions; what
 * is refused here are values of no known type. Upstream: ConvertToNative in cel-go/common/types.
 */

const INT32 = 2n ** 31n;
const SAFE = 2n ** 53n - 1n;

/** Throws {@link CelError}. */
export function converted(value: Value, to: Native): Value {
  if (value instanceof Optional) {
    if (value.value === undefined) throw new CelError("optional.none() dereference");
    return converted(value.value, to);
  }
  const made = to === "*structpb.Value" ? jsonOf(value) : nativeOf(value, to);
  if (made === undefined) throw new CelError(refusal(value, to));
  return made;
}

function nativeOf(value: Value, to: Native): Value | undefined {
  switch (to) {
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "string":
      return typeof value === "string" ? value : value instanceof Opaque ? value.text : undefined;
    case "float64":
      return typeof value === "number" ? value : undefined;
    case "float32":
      return typeof value === "number" ? Math.fround(value) : undefined;
    case "int64":
      return typeof value === "bigint" ? value : undefined;
    case "int32":
    case "protoreflect.EnumNumber":
      return typeof value === "bigint" ? int32(value) : undefined;
    case "uint64":
      return value instanceof Uint ? value : undefined;
    case "uint32":
      return value instanceof Uint ? bounded(value, 32) : undefined;
    case "uint8":
      return value instanceof Uint ? bounded(value, 8) : undefined;
    case "[]uint8":
      if (value instanceof JsonList || value instanceof KeyedList) throw new Breakdown(`invalid type: ${value.goType}`);
      return value instanceof PlainList ? bytesOf(value) : value instanceof Uint8Array ? value : undefined;
    case "*structpb.ListValue":
      if (value instanceof PlainMap && value.size === 0) return new PlainList([]);
      return value instanceof PlainList ? listOf(value) : undefined;
    case "*structpb.Struct":
      return value instanceof PlainMap ? structOf(value) : undefined;
    case "*structpb.Value":
      return jsonOf(value);
  }
}

function int32(value: bigint): bigint {
  if (value < -INT32 || value >= INT32) throw new CelError("integer overflow");
  return value;
}

function bounded(value: Uint, bits: number): Uint {
  if (value.value >> BigInt(bits) !== 0n) throw new CelError("unsigned integer overflow");
  return value;
}

function bytesOf(list: PlainList): Uint8Array {
  return Buffer.from([...list].map((item) => Number((converted(item, "uint8") as Uint).value)));
}

function listOf(list: CelList): PlainList {
  return new PlainList([...list].map((item) => converted(item, "*structpb.Value")));
}

function structOf(map: PlainMap): PlainMap {
  return PlainMap.literal(
    [...map.entries()].map(([key, value]) => [converted(key, "string"), converted(value, "*structpb.Value")] as const),
  );
}

/** Whole numbers become doubles where these are exact, or else text. */
function jsonOf(value: Value): Value | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "number") {
    return value;
  }
  const whole = value instanceof Uint ? value.value : value;
  if (typeof whole === "bigint") return whole >= -SAFE && whole <= SAFE ? Number(whole) : String(whole);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Timestamp || value instanceof Duration) return textOf(value);
  if (value instanceof PlainList) return listOf(value);
  if (value instanceof PlainMap) return structOf(value);
  return value instanceof Message
    ? PlainMap.literal([...value.fields].map(([name, each]) => [name, finite(each)]))
    : undefined;
}

/** What goes through JSON text; upstream: protobuf-go/encoding/protojson. */
function finite(value: Value): Value {
  if (typeof value === "number" && !Number.isFinite(value)) {
    const shown = Number.isNaN(value) ? "NaN" : value < 0 ? "-Inf" : "+Inf";
    throw new CelError(`proto: google.protobuf.Value.number_value: invalid ${shown} value`);
  }
  if (value instanceof CelList) for (const item of value) finite(item);
  if (value instanceof PlainMap) for (const [, item] of value.entries()) finite(item);
  return value;
}

const OPAQUE: Readonly<Record<string, string>> = { NamedFormat: "Format" };

function refusal(value: Value, to: Native): string {
  const plain = (from: string) => `type conversion error from ${from} to '${to}'`;
  switch (typeof value) {
    case "boolean":
      return plain("bool");
    case "bigint":
      return `unsupported type conversion from 'int' to ${to}`;
    case "number":
      return plain("Double");
    case "string":
      return `unsupported native conversion from string to '${to}'`;
  }
  if (value === null) return plain("'null_type'");
  if (value instanceof Uint) return `unsupported type conversion from 'uint' to ${to}`;
  if (value instanceof Uint8Array) return plain("Bytes");
  if (value instanceof Duration) return plain("'Duration'");
  if (value instanceof Timestamp) return plain("'Timestamp'");
  if (value instanceof TypeValue) return "type conversion not supported for 'type'";
  if (value instanceof CelList) return plain(value instanceof PlainList ? "list" : "'list(dyn)'");
  if (value instanceof CelMap) return plain(value instanceof PlainMap ? "map" : "'map(dyn, dyn)'");
  if (value instanceof Message) return mismatch(value, to);
  if (!(value instanceof Opaque) || value.typeName === "unknown") {
    return `type conversion to '${to}' not supported for values preserved by x-kubernetes-preserve-unknown-fields`;
  }
  const name = value.typeName.split(".").at(-1)!;
  return plain(`'${OPAQUE[name] ?? name}'`);
}

function mismatch({ typeName }: Message, to: Native): string {
  if (!to.startsWith("*")) return `type conversion error from '*dynamicpb.Message' to '${to}'`;
  const wanted = to.replace("*structpb", "google.protobuf");
  return `type conversion error: pb.Merge() arguments must be the same type. got: ${wanted}, ${typeName}`;
}
