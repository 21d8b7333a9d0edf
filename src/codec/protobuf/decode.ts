import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { setField } from "../../kube/json-access.js";
import type { FieldDef, Scalar, StructType, TypeRef } from "../../schema/model.js";
import { isSchemaUnion, type SchemaUnion } from "../json/leaf.js";
import { type Member, readMessage, WireReader, wrongWireType } from "./reader.js";
import { scalarReader } from "./scalars.js";

/**
 * Decodes a message by the type's field numbers; fields it does not know are dropped. The result is as after decoding
 * the same object's JSON. Throws DecodeError with gogo's message.
 */
export function decodeProto(bytes: Buffer, type: StructType): JsonObject {
  return messageDecoder(type).fields({}, new WireReader(bytes));
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
  readonly #name: string;
  #fields: ReadonlyMap<number, FieldDecoder> | undefined;

  constructor(type: StructType) {
    this.#type = type;
    this.#name = type.goName.slice(type.goName.lastIndexOf(".") + 1);
  }

  /** Reads a message inside another, its length first. */
  into(out: JsonObject, reader: WireReader): JsonObject {
    const outer = reader.enter();
    this.fields(out, reader);
    reader.leave(outer);
    return out;
  }

  fields(out: JsonObject, reader: WireReader): JsonObject {
    this.#fields ??= fieldsOf(this.#type);
    while (reader.more) {
      const wire = reader.tag(this.#name);
      const field = this.#fields.get(reader.number);
      if (field === undefined) reader.skip(wire);
      else if (field.wire !== wire) throw wrongWireType(wire, field.goName);
      else field.read(reader, out);
    }
    return out;
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
    return { goName, wire: 2, read: (reader, out) => void message.into(out, reader) };
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
    const outer = reader.enter();
    let key = "";
    let value: Json | undefined;
    while (reader.more) {
      const head = reader.unsigned();
      const number = Math.floor(head / 8);
      if (number === 1) key = reader.string();
      else if (number === 2) value = take(reader, value);
      else reader.skip(head % 8);
    }
    reader.leave(outer);
    const before = out[name];
    const map = isObject(before) ? before : {};
    setField(map, key, value ?? zeroOf(of));
    out[name] = map;
  };
}

function takeWrapped(of: TypeRef, owner: StructType): Take {
  const take = takeFor(of, owner);
  return (reader, before) => {
    const items: Json[] = Array.isArray(before) ? before : [];
    readMessage(reader, "ExtraValue", [["items", 2]], () => items.push(take(reader, undefined) ?? zeroOf(of)));
    return items;
  };
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
    return (reader, before) => message.into(isObject(before) ? before : {}, reader);
  }
  if (type.kind === "scalar") return takeScalar(type.scalar, owner);
  throw new Error("protobuf has no list of lists, nor a list of maps");
}

function takeScalar(scalar: Scalar, owner: StructType): Take {
  if (!isSchemaUnion(scalar)) return scalarReader(scalar);
  return (reader) => takeSchemaUnion(reader, scalar, messageDecoder(owner));
}

const UNIONS: Readonly<Record<SchemaUnion, readonly [type: string, members: readonly Member[]]>> = {
  jsonSchemaPropsOrBool: [
    "JSONSchemaPropsOrBool",
    [
      ["Allows", 0],
      ["Schema", 2],
    ],
  ],
  jsonSchemaPropsOrArray: [
    "JSONSchemaPropsOrArray",
    [
      ["Schema", 2],
      ["JSONSchemas", 2],
    ],
  ],
  jsonSchemaPropsOrStringArray: [
    "JSONSchemaPropsOrStringArray",
    [
      ["Schema", 2],
      ["Property", 2],
    ],
  ],
};

function takeSchemaUnion(reader: WireReader, scalar: SchemaUnion, schema: MessageDecoder): Json | undefined {
  const [type, members] = UNIONS[scalar];
  let allows = false;
  let single: JsonObject | undefined;
  const items: Json[] = [];
  readMessage(reader, type, members, () => {
    const member = members[reader.number - 1]?.[0];
    if (member === "Allows") allows = reader.bool();
    else if (member === "Schema") single = schema.into(single ?? {}, reader);
    else items.push(member === "Property" ? reader.string() : schema.into({}, reader));
  });
  if (scalar === "jsonSchemaPropsOrBool") return single ?? allows;
  return items.length > 0 ? items : single;
}
