import { isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { setField } from "../../kube/json-access.js";
import { canonicalQuantity } from "../../kube/quantity.js";
import { QuantityError } from "../../kube/quantity-text.js";
import type { FieldDef, Scalar, StructType, TypeRef } from "../../schema/model.js";
import { durationText } from "../json/duration.js";
import { DecodeError } from "../json/errors.js";
import { documentText, wellFormed } from "../json/text.js";
import { inCalendar, timeText } from "../json/time.js";
import { WireReader } from "./reader.js";

/**
 * Decodes a message by the type's field numbers; fields it does not know are dropped. The result is as after decoding
 * the same object's JSON. Throws DecodeError with gogo's message.
 */
export function decodeProto(bytes: Buffer, type: StructType): JsonObject {
  try {
    return messageDecoder(type).into({}, bytes);
  } catch (error) {
    // A schema nested too deep for the stack; Go's stack grows until the process dies.
    if (error instanceof RangeError) throw new DecodeError("exceeded max depth");
    throw error;
  }
}

/** Reads a value after its tag. `before`: what an earlier occurrence left, which messages are merged into. */
type Take = (reader: WireReader, before: Json | undefined) => Json | undefined;

interface FieldDecoder {
  readonly goName: string;
  readonly wire: number;
  read(reader: WireReader, out: JsonObject): void;
}

class MessageDecoder {
  readonly #type: StructType;
  #fields: ReadonlyMap<number, FieldDecoder> | undefined;

  constructor(type: StructType) {
    this.#type = type;
  }

  into(out: JsonObject, bytes: Buffer): JsonObject {
    this.#fields ??= fieldsOf(this.#type);
    const reader = new WireReader(bytes);
    const { length } = reader;
    while (reader.at < length) {
      const head = reader.unsigned();
      const wire = head % 8;
      const number = Math.floor(head / 8) | 0;
      if (wire === 4) throw new DecodeError(`proto: ${this.#name}: wiretype end group for non-group`);
      if (number <= 0) throw new DecodeError(`proto: ${this.#name}: illegal tag ${number} (wire type ${head})`);
      const field = this.#fields.get(number);
      if (field === undefined) reader.skip(wire);
      else if (field.wire !== wire) {
        throw new DecodeError(`proto: wrong wireType = ${wire} for field ${field.goName}`);
      } else field.read(reader, out);
    }
    return out;
  }

  get #name(): string {
    return this.#type.goName.slice(this.#type.goName.lastIndexOf(".") + 1);
  }
}

const compiled = new WeakMap<StructType, MessageDecoder>();

function messageDecoder(type: StructType): MessageDecoder {
  let decoder = compiled.get(type);
  if (!decoder) {
    decoder = new MessageDecoder(type);
    compiled.set(type, decoder);
  }
  return decoder;
}

function fieldsOf(type: StructType): Map<number, FieldDecoder> {
  const fields = new Map<number, FieldDecoder>();
  for (const field of type.fields) {
    if (field.number !== undefined) fields.set(field.number, fieldDecoder(field, type));
  }
  return fields;
}

function fieldDecoder(field: FieldDef, owner: StructType): FieldDecoder {
  const { name, goName, type, pointer } = field;
  if (field.inline && type.kind === "struct") {
    const message = messageDecoder(type.struct);
    return { goName, wire: 2, read: (reader, out) => void message.into(out, reader.bytes()) };
  }
  if (type.kind === "map") return { goName, wire: 2, read: mapReader(name, type.of, owner) };
  if (type.kind === "list" && !field.wrapped) {
    const take = takeFor(type.of, owner);
    const read = (reader: WireReader, out: JsonObject) => {
      const value = take(reader, undefined) ?? zeroOf(type.of);
      const items = out[name];
      if (Array.isArray(items)) items.push(value);
      else out[name] = [value];
    };
    return { goName, wire: wireTypeOf(type.of), read };
  }
  const take = type.kind === "list" ? takeWrapped(type.of, owner) : takeFor(type, owner);
  const keepsZero = pointer || type.kind !== "scalar" || type.scalar === "bytes" || type.scalar === "intOrString";
  const read = (reader: WireReader, out: JsonObject) => {
    const value = take(reader, out[name]);
    if (value !== undefined && (keepsZero || !isZero(value))) out[name] = value;
    else delete out[name];
  };
  return { goName, wire: wireTypeOf(type), read };
}

/** Go's zero of a field that is no pointer is the same as its absence. */
function isZero(value: Json): boolean {
  return value === "" || value === 0 || value === false;
}

function mapReader(name: string, of: TypeRef, owner: StructType): (reader: WireReader, out: JsonObject) => void {
  const take = of.kind === "list" ? takeWrapped(of.of, owner) : takeFor(of, owner);
  return (reader, out) => {
    const entry = new WireReader(reader.bytes());
    let key = "";
    let value: Json | undefined;
    while (entry.at < entry.length) {
      const head = entry.unsigned();
      const number = Math.floor(head / 8);
      if (number === 1) key = entry.string();
      else if (number === 2) value = take(entry, value);
      else entry.skip(head % 8);
    }
    const before = out[name];
    const map = isObject(before) ? before : {};
    setField(map, key, value ?? zeroOf(of));
    out[name] = map;
  };
}

function takeWrapped(of: TypeRef, owner: StructType): Take {
  const take = takeFor(of, owner);
  return (reader, before) => {
    const inner = new WireReader(reader.bytes());
    const items: Json[] = Array.isArray(before) ? before : [];
    fieldsIn(inner, (number, wire) => {
      if (number === 1) items.push(take(inner, undefined) ?? zeroOf(of));
      else inner.skip(wire);
    });
    return items;
  };
}

/** Walks a message of a fixed form. */
function fieldsIn(reader: WireReader, field: (number: number, wire: number) => void): void {
  while (reader.at < reader.length) {
    const head = reader.unsigned();
    field(Math.floor(head / 8), head % 8);
  }
}

function wireTypeOf(type: TypeRef): number {
  if (type.kind !== "scalar") return 2;
  if (type.scalar === "float64") return 1;
  return type.scalar === "bool" || /^u?int(32|64)$/.test(type.scalar) ? 0 : 2;
}

function zeroOf(type: TypeRef): Json {
  if (type.kind === "struct") return {};
  if (type.kind !== "scalar") return null;
  if (type.scalar === "string" || type.scalar === "bytes") return "";
  if (type.scalar === "bool") return false;
  if (type.scalar === "quantity") return "0";
  return /int|float/.test(type.scalar) ? 0 : null;
}

function takeFor(type: TypeRef, owner: StructType): Take {
  if (type.kind === "struct") {
    const message = messageDecoder(type.struct);
    return (reader, before) => message.into(isObject(before) ? before : {}, reader.bytes());
  }
  if (type.kind === "scalar") return takeScalar(type.scalar, owner);
  throw new Error("protobuf has no list of lists, nor a list of maps");
}

function takeScalar(scalar: Scalar, owner: StructType): Take {
  switch (scalar) {
    case "string":
      return (reader) => reader.string();
    case "bool":
      return (reader) => reader.bool();
    case "int32":
      return (reader) => reader.int32();
    case "uint32":
      return (reader) => reader.int32() >>> 0;
    case "int64":
      return (reader) => reader.int64();
    case "uint64":
      return (reader) => reader.uint64();
    case "float64":
      return (reader) => reader.double();
    case "bytes":
      return (reader) => reader.bytes().toString("base64");
    case "time":
      return (reader) => takeTime(reader.bytes(), false);
    case "microtime":
      return (reader) => takeTime(reader.bytes(), true);
    case "duration":
      return (reader) => takeDuration(reader.bytes());
    case "quantity":
      return (reader) => takeQuantity(reader.bytes());
    case "intOrString":
      return (reader) => takeIntOrString(reader.bytes());
    case "rawExtension":
    case "fieldsV1":
    case "json":
      return (reader) => takeRaw(reader.bytes());
    default:
      return (reader) => takeSchemaUnion(reader.bytes(), scalar, owner);
  }
}

function takeTime(bytes: Buffer, micro: boolean): string | undefined {
  if (bytes.length === 0) return undefined;
  let seconds: number | bigint = 0;
  let nanos = 0;
  const reader = new WireReader(bytes);
  fieldsIn(reader, (number, wire) => {
    if (number === 1) seconds = reader.int64();
    else if (number === 2) nanos = reader.int32();
    else reader.skip(wire);
  });
  const whole = Number(seconds);
  if (whole === -62135596800) return undefined;
  if (!inCalendar(whole)) throw new DecodeError("Time.MarshalJSON: year outside of range [0,9999]");
  return timeText(whole, micro ? Math.trunc(nanos / 1000) : undefined);
}

function takeDuration(bytes: Buffer): string {
  let value: number | bigint = 0;
  const reader = new WireReader(bytes);
  fieldsIn(reader, (number, wire) => {
    if (number === 1) value = reader.int64();
    else reader.skip(wire);
  });
  return durationText(BigInt(value));
}

function takeQuantity(bytes: Buffer): string {
  let text = "";
  const reader = new WireReader(bytes);
  fieldsIn(reader, (number, wire) => {
    if (number === 1) text = reader.string();
    else reader.skip(wire);
  });
  if (text === "") return "0";
  try {
    return canonicalQuantity(text);
  } catch (error) {
    throw error instanceof QuantityError ? new DecodeError(error.message) : error;
  }
}

function takeIntOrString(bytes: Buffer): Json {
  let type = 0;
  let number = 0;
  let text = "";
  const reader = new WireReader(bytes);
  fieldsIn(reader, (field, wire) => {
    if (field === 1) type = reader.int32();
    else if (field === 2) number = reader.int32();
    else if (field === 3) text = reader.string();
    else reader.skip(wire);
  });
  return type === 1 ? text : number;
}

function takeRaw(bytes: Buffer): RawJson | undefined {
  let raw: Buffer | undefined;
  const reader = new WireReader(bytes);
  fieldsIn(reader, (number, wire) => {
    if (number === 1) raw = reader.bytes();
    else reader.skip(wire);
  });
  return raw && new RawJson(wellFormed(documentText(raw)));
}

function takeSchemaUnion(bytes: Buffer, scalar: Scalar, owner: StructType): Json | undefined {
  const schema = messageDecoder(owner);
  const reader = new WireReader(bytes);
  let allows = false;
  let single: JsonObject | undefined;
  const items: Json[] = [];
  fieldsIn(reader, (number, wire) => {
    if (scalar === "jsonSchemaPropsOrBool" && number === 1) allows = reader.bool();
    else if (number === (scalar === "jsonSchemaPropsOrBool" ? 2 : 1)) single = schema.into({}, reader.bytes());
    else if (number !== 2) reader.skip(wire);
    else if (scalar === "jsonSchemaPropsOrStringArray") items.push(reader.string());
    else items.push(schema.into({}, reader.bytes()));
  });
  if (scalar === "jsonSchemaPropsOrBool") return single ?? allows;
  return items.length > 0 ? items : single;
}
