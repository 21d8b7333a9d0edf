import { isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import type { FieldDef, Scalar, StructType, TypeRef } from "../../schema/model.js";
import { parseDuration } from "../json/duration.js";
import { encodeUntyped } from "../json/encode-untyped.js";
import { sortedKeys } from "../json/keys.js";
import { ReverseWriter } from "./writer.js";

/** Writes a present value without its tag, but with its length where it has one. */
export type Put = (writer: ReverseWriter, value: Json) => void;

/** The message of a typed object as gogo's generated code writes it, TypeMeta left out. */
export function encodeProto(value: JsonObject, type: StructType): Buffer {
  const writer = new ReverseWriter();
  messageEncoder(type)(writer, value);
  return writer.finish();
}

/** Whether the type has a protobuf form at all: metav1.Table and version.Info have none. */
export function hasProto(type: StructType): boolean {
  return type.fields.every((field) => field.number !== undefined || field.inline);
}

type MessageEncoder = (writer: ReverseWriter, value: JsonObject) => void;

const compiled = new WeakMap<StructType, MessageEncoder>();

function messageEncoder(type: StructType): MessageEncoder {
  const known = compiled.get(type);
  if (known) return known;
  let fields: MessageEncoder[] | undefined;
  const encoder: MessageEncoder = (writer, value) => {
    fields ??= type.fields
      .filter((field) => field.number !== undefined)
      .sort((a, b) => (b.number ?? 0) - (a.number ?? 0))
      .map((field) => fieldEncoder(field, type));
    for (const field of fields) field(writer, value);
  };
  compiled.set(type, encoder);
  return encoder;
}

function fieldEncoder(field: FieldDef, owner: StructType): MessageEncoder {
  const { name, type, pointer } = field;
  const number = field.number ?? 0;
  if (field.inline && type.kind === "struct") {
    const message = messageEncoder(type.struct);
    return (writer, value) => {
      delimited(writer, () => message(writer, value));
      tag(writer, number, 2);
    };
  }
  if (field.wrapped && type.kind === "list") {
    const put = wrappedList(type.of, owner);
    return (writer, value) => {
      const items = value[name];
      if (!Array.isArray(items)) return;
      put(writer, items);
      tag(writer, number, 2);
    };
  }
  if (type.kind === "list")
    return listEncoder(name, number, putFor(type.of, owner), wireTypeOf(type.of), zeroOf(type.of));
  if (type.kind === "map") return mapEncoder(name, number, type.of, owner);
  const put = putFor(type, owner);
  const wire = wireTypeOf(type);
  const optional = pointer || (type.kind === "scalar" && type.scalar === "bytes");
  const zero = zeroOf(type);
  return (writer, value) => {
    const item = value[name];
    if (item === undefined || item === null) {
      if (optional) return;
      put(writer, zero);
    } else put(writer, item);
    tag(writer, number, wire);
  };
}

function listEncoder(name: string, number: number, put: Put, wire: number, zero: Json): MessageEncoder {
  return (writer, value) => {
    const items = value[name];
    if (!Array.isArray(items)) return;
    for (let i = items.length - 1; i >= 0; i--) {
      put(writer, items[i] ?? zero);
      tag(writer, number, wire);
    }
  };
}

/** Entries {key = 1, value = 2}, sorted by key. */
function mapEncoder(name: string, number: number, of: TypeRef, owner: StructType): MessageEncoder {
  // Only named list types occur as map values, and protobuf wraps those in a message.
  const put = of.kind === "list" ? wrappedList(of.of, owner) : putFor(of, owner);
  const wire = wireTypeOf(of);
  const zero = zeroOf(of);
  const nil = of.kind === "scalar" && of.scalar === "bytes";
  return (writer, value) => {
    const map = value[name];
    if (!isObject(map)) return;
    const keys = sortedKeys(map);
    for (let i = keys.length - 1; i >= 0; i--) {
      const key = keys[i] ?? "";
      const item = map[key];
      if (item === undefined) continue;
      const before = writer.size;
      // The value of an entry is left out only where Go's byte slice is nil.
      if (item !== null || !nil) {
        put(writer, item ?? zero);
        tag(writer, 2, wire);
      }
      writer.string(key);
      writer.byte(0x0a);
      writer.varint(writer.size - before);
      tag(writer, number, 2);
    }
  };
}

/** A message whose field 1 repeats the elements. */
function wrappedList(of: TypeRef, owner: StructType): Put {
  const put = putFor(of, owner);
  const wire = wireTypeOf(of);
  return (writer, value) => {
    const items = Array.isArray(value) ? value : [];
    delimited(writer, () => {
      for (let i = items.length - 1; i >= 0; i--) {
        put(writer, items[i] ?? "");
        tag(writer, 1, wire);
      }
    });
  };
}

function delimited(writer: ReverseWriter, write: () => void): void {
  const before = writer.size;
  write();
  writer.varint(writer.size - before);
}

function tag(writer: ReverseWriter, number: number, wire: number): void {
  writer.varint(number * 8 + wire);
}

function wireTypeOf(type: TypeRef): number {
  if (type.kind !== "scalar") return 2;
  switch (type.scalar) {
    case "bool":
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
      return 0;
    case "float64":
      return 1;
    default:
      return 2;
  }
}

/** What an absent value that is not a pointer is written as. */
function zeroOf(type: TypeRef): Json {
  if (type.kind === "struct") return {};
  if (type.kind !== "scalar") return null;
  switch (type.scalar) {
    case "string":
    case "bytes":
      return "";
    case "quantity":
      return "0";
    case "bool":
    case "jsonSchemaPropsOrBool":
      return false;
    case "duration":
      return "0s";
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
    case "float64":
    case "intOrString":
      return 0;
    default:
      return null;
  }
}

function putFor(type: TypeRef, owner: StructType): Put {
  if (type.kind === "struct") {
    const message = messageEncoder(type.struct);
    return (writer, value) => {
      const before = writer.size;
      message(writer, isObject(value) ? value : {});
      writer.varint(writer.size - before);
    };
  }
  if (type.kind === "scalar") return putScalar(type.scalar, owner);
  throw new Error("protobuf has no list of lists, nor a list of maps");
}

function putScalar(scalar: Scalar, owner: StructType): Put {
  switch (scalar) {
    case "string":
      return (writer, value) => writer.string(String(value));
    case "bool":
      return (writer, value) => writer.byte(value === true ? 1 : 0);
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
      return (writer, value) => writer.int64(typeof value === "bigint" ? value : Number(value));
    case "float64":
      return (writer, value) => writer.double(Number(value));
    case "bytes":
      return (writer, value) => writer.bytes(Buffer.from(String(value), "base64"));
    case "time":
    case "microtime":
      return (writer, value) => putTime(writer, value, scalar === "microtime");
    case "duration":
      return (writer, value) => {
        delimited(writer, () => {
          writer.int64(parseDuration(String(value)));
          writer.byte(0x08);
        });
      };
    case "quantity":
      return (writer, value) => {
        delimited(writer, () => {
          writer.string(String(value));
          writer.byte(0x0a);
        });
      };
    case "intOrString":
      return putIntOrString;
    case "rawExtension":
    case "fieldsV1":
    case "json":
      return putRaw;
    default:
      return (writer, value) => putSchemaUnion(writer, value, scalar, owner);
  }
}

/** Timestamp{seconds = 1, nanos = 2}; nothing inside for the zero time. */
function putTime(writer: ReverseWriter, value: Json, micro: boolean): void {
  if (typeof value !== "string") {
    writer.byte(0);
    return;
  }
  const before = writer.size;
  const micros = micro ? Number(/\.(\d{6})/.exec(value)?.[1] ?? 0) : 0;
  writer.varint(micros * 1000);
  writer.byte(0x10);
  writer.int64(Math.floor(Date.parse(micro ? value.replace(/\.\d+/, "") : value) / 1000));
  writer.byte(0x08);
  writer.varint(writer.size - before);
}

/** {type = 1 (0 int, 1 string), intVal = 2, strVal = 3}. */
function putIntOrString(writer: ReverseWriter, value: Json): void {
  const before = writer.size;
  const text = typeof value === "string";
  writer.string(text ? value : "");
  writer.byte(0x1a);
  writer.int64(text ? 0 : Number(value));
  writer.byte(0x10);
  writer.byte(text ? 1 : 0);
  writer.byte(0x08);
  writer.varint(writer.size - before);
}

/** {raw = 1}, nothing inside where Go's slice is nil. */
function putRaw(writer: ReverseWriter, value: Json): void {
  if (value === null) {
    writer.byte(0);
    return;
  }
  const before = writer.size;
  writer.string(value instanceof RawJson ? value.text : encodeUntyped(value));
  writer.byte(0x0a);
  writer.varint(writer.size - before);
}

/** Upstream: JSONSchemaPropsOr… in apiextensions/v1/generated.proto. */
function putSchemaUnion(writer: ReverseWriter, value: Json, scalar: Scalar, owner: StructType): void {
  const schema = putFor({ kind: "struct", struct: owner }, owner);
  const before = writer.size;
  if (Array.isArray(value)) {
    for (let i = value.length - 1; i >= 0; i--) {
      const item = value[i] ?? null;
      if (typeof item === "string") writer.string(item);
      else schema(writer, item);
      writer.byte(0x12);
    }
  } else if (isObject(value)) {
    schema(writer, value);
    writer.byte(scalar === "jsonSchemaPropsOrBool" ? 0x12 : 0x0a);
  }
  if (scalar === "jsonSchemaPropsOrBool") {
    writer.byte(value === false || value === null ? 0 : 1);
    writer.byte(0x08);
  }
  writer.varint(writer.size - before);
}
