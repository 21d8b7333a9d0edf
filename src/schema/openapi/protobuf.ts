import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { isObject, type Json, type JsonObject } from "../../kube/json.js";

/** Writes one JSON value as the protobuf field with this number. */
export type FieldWriter = (writer: BinaryWriter, number: number, value: Json) => void;

/** How the members of a JSON object become the fields of a message. */
export interface Message {
  /** JSON name → field. */
  readonly fields: Readonly<Record<string, readonly [number, FieldWriter]>>;
  /** The repeated NamedAny field that takes the members whose names begin with "x-". */
  readonly extensions?: number;
  /** The repeated field of {name = 1, value = 2} that takes all other members. */
  readonly rest?: readonly [number, FieldWriter];
}

export function encodeMessage(message: Message, value: JsonObject): Uint8Array {
  const writer = new BinaryWriter();
  writeFields(writer, message, value);
  return writer.finish();
}

export const text: FieldWriter = (writer, number, value) => {
  if (value !== "") writer.tag(number, WireType.LengthDelimited).string(String(value));
};

export const flag: FieldWriter = (writer, number, value) => {
  if (value === true) writer.tag(number, WireType.Varint).bool(true);
};

export const real: FieldWriter = (writer, number, value) => {
  if (value !== 0) writer.tag(number, WireType.Bit64).double(Number(value));
};

export const whole: FieldWriter = (writer, number, value) => {
  if (value !== 0) writer.tag(number, WireType.Varint).int64(Number(value));
};

export const texts: FieldWriter = (writer, number, value) => {
  for (const item of value as Json[]) writer.tag(number, WireType.LengthDelimited).string(String(item));
};

/** A value whose type the message does not know: YAML text in field 2. */
export const any: FieldWriter = (writer, number, value) => {
  writer.tag(number, WireType.LengthDelimited).fork();
  writer.tag(2, WireType.LengthDelimited).string(`${yaml(value, "")}\n`);
  writer.join();
};

export function each(one: FieldWriter): FieldWriter {
  return (writer, number, value) => {
    for (const item of value as Json[]) one(writer, number, item);
  };
}

/** `message` is a function because messages refer to each other in circles. */
export function nested(message: () => Message): FieldWriter {
  return (writer, number, value) => {
    writer.tag(number, WireType.LengthDelimited).fork();
    writeFields(writer, message(), value as JsonObject);
    writer.join();
  };
}

/** A message around the value, which `choose` puts into one of its fields. */
export function around(choose: (value: Json) => readonly [number, FieldWriter] | undefined): FieldWriter {
  return (writer, number, value) => {
    writer.tag(number, WireType.LengthDelimited).fork();
    const chosen = choose(value);
    if (chosen) chosen[1](writer, chosen[0], value);
    writer.join();
  };
}

/** An object with arbitrary keys: a message whose field 1 repeats {name = 1, value = 2}. */
export function named(value: FieldWriter): FieldWriter {
  return nested(() => ({ fields: {}, rest: [1, value] }));
}

/** Whether an object is a JSON reference. */
export function isReference(value: Json): boolean {
  return isObject(value) && value.$ref !== undefined;
}

function writeFields(writer: BinaryWriter, message: Message, value: JsonObject): void {
  const known: (readonly [number, FieldWriter, Json])[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const field = message.fields[key];
    if (field) known.push([field[0], field[1], member]);
    else if (key.startsWith("x-") && message.extensions !== undefined)
      known.push([message.extensions, pair(key, any), member]);
    else if (message.rest) known.push([message.rest[0], pair(key, message.rest[1]), member]);
    else throw new Error(`OpenAPI's protobuf form has no place for ${JSON.stringify(key)}`);
  }
  // As Go writes them; the sort is stable, so that repeated fields keep their order.
  known.sort(([a], [b]) => a - b);
  for (const [number, write, member] of known) write(writer, number, member);
}

function pair(name: string, value: FieldWriter): FieldWriter {
  return (writer, number, member) => {
    writer.tag(number, WireType.LengthDelimited).fork();
    text(writer, 1, name);
    value(writer, 2, member);
    writer.join();
  };
}

/** Block-style YAML for what the documents hold: lists and objects of short strings, numbers and booleans. */
function yaml(value: Json | undefined, indent: string): string {
  if (isEmpty(value)) return Array.isArray(value) ? "[]" : "{}";
  if (Array.isArray(value)) return value.map((item) => `- ${yaml(item, `${indent}  `)}`).join(`\n${indent}`);
  if (!isObject(value)) return typeof value === "string" ? yamlString(value) : String(value);
  // libyaml's rule for an indent of four, which also counts the two columns of a list's dash.
  const inner = " ".repeat(4 * (Math.floor(indent.length / 4) + 1));
  return Object.entries(value)
    .map(([key, item]) => {
      const onOwnLine = (isObject(item) || Array.isArray(item)) && !isEmpty(item);
      return onOwnLine
        ? `${yamlString(key)}:\n${inner}${yaml(item, inner)}`
        : `${yamlString(key)}: ${yaml(item, inner)}`;
    })
    .join(`\n${indent}`);
}

function isEmpty(value: Json | undefined): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/** Plain where that reads back as the same string, else quoted as Go's yaml quotes it. */
function yamlString(value: string): string {
  if (value === "" || /^(?:true|false|null|~|[-+.]*(?:\d.*|inf|nan))$/i.test(value)) return JSON.stringify(value);
  return /^[A-Za-z_/](?:[\w ./+,-]*[\w./+,-])?$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
}
