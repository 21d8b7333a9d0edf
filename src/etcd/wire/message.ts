import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

interface Scalars {
  readonly uint64: bigint;
  readonly int64: bigint;
  readonly uint32: number;
  readonly enum: number;
  readonly bool: boolean;
  readonly string: string;
  readonly bytes: Uint8Array;
}

type FieldType = keyof Scalars | Message<Fields>;

interface Field {
  readonly no: number;
  readonly type: FieldType;
  readonly list?: true;
}

export type Fields = Readonly<Record<string, Field>>;

type One<T> = T extends keyof Scalars ? Scalars[T] : T extends Message<infer F> ? ValueOf<F> : never;

type FieldValue<F extends Field> = F extends { readonly list: true }
  ? readonly One<F["type"]>[]
  : F["type"] extends keyof Scalars
    ? One<F["type"]>
    : One<F["type"]> | undefined;

/** What is read: absent fields are their zeros, absent messages undefined. */
export type ValueOf<F extends Fields> = { readonly [K in keyof F]: FieldValue<F[K]> };

/** What is written: zeros and what is left out are not on the wire. */
export type Given<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends { readonly list: true; readonly type: Message<infer G> }
    ? readonly Given<G>[]
    : F[K]["type"] extends Message<infer G>
      ? Given<G>
      : FieldValue<F[K]>;
};

/** A message of protocol buffers (proto3), by its fields. */
export class Message<F extends Fields> {
  readonly #fields: F;
  readonly #byNumber: ReadonlyMap<number, readonly [string, Field]>;

  constructor(fields: F) {
    this.#fields = fields;
    this.#byNumber = new Map(Object.entries(fields).map((entry) => [entry[1].no, entry]));
  }

  /** Skips unknown fields. @throws Error for bytes that are no such message */
  decode(bytes: Uint8Array): ValueOf<F> {
    const out: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(this.#fields)) out[name] = field.list ? [] : zeroOf(field.type);
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [no, wire] = reader.tag();
      const known = this.#byNumber.get(no);
      if (known === undefined) {
        reader.skip(wire, no);
        continue;
      }
      const [name, { type, list }] = known;
      if (wire !== wireOf(type)) throw new Error(`wrong wire type ${wire} of field ${no}`);
      const value = readOne(reader, type);
      if (list) (out[name] as unknown[]).push(value);
      else out[name] = value;
    }
    return out as ValueOf<F>;
  }

  encode(value: Given<F>): Uint8Array {
    const writer = new BinaryWriter();
    for (const [name, { no, type, list }] of Object.entries(this.#fields)) {
      const given = (value as Readonly<Record<string, unknown>>)[name];
      if (given === undefined) continue;
      if (list) for (const one of given as readonly unknown[]) writeOne(writer, no, type, one);
      else if (typeof type !== "string" || !isZero(given)) writeOne(writer, no, type, given);
    }
    return writer.finish();
  }
}

const VARINT = 0;
const DELIMITED = 2;

function wireOf(type: FieldType): number {
  return typeof type === "string" && type !== "string" && type !== "bytes" ? VARINT : DELIMITED;
}

function zeroOf(type: FieldType): unknown {
  switch (type) {
    case "uint64":
    case "int64":
      return 0n;
    case "uint32":
    case "enum":
      return 0;
    case "bool":
      return false;
    case "string":
      return "";
    case "bytes":
      return new Uint8Array(0);
    default:
      return undefined;
  }
}

function isZero(value: unknown): boolean {
  return value instanceof Uint8Array ? value.length === 0 : !value;
}

function readOne(reader: BinaryReader, type: FieldType): unknown {
  switch (type) {
    case "uint64":
      return BigInt(reader.uint64());
    case "int64":
      return BigInt(reader.int64());
    case "uint32":
      return reader.uint32();
    case "enum":
      return reader.int32();
    case "bool":
      return reader.bool();
    case "string":
      return reader.string();
    case "bytes":
      return reader.bytes();
    default:
      return type.decode(reader.bytes());
  }
}

function writeOne(writer: BinaryWriter, no: number, type: FieldType, value: unknown): void {
  writer.tag(no, wireOf(type));
  switch (type) {
    case "uint64":
      writer.uint64(value as bigint);
      break;
    case "int64":
      writer.int64(value as bigint);
      break;
    case "uint32":
      writer.uint32(value as number);
      break;
    case "enum":
      writer.int32(value as number);
      break;
    case "bool":
      writer.bool(value as boolean);
      break;
    case "string":
      writer.string(value as string);
      break;
    case "bytes":
      writer.bytes(value as Uint8Array);
      break;
    default:
      writer.bytes(type.encode(value as Given<Fields>));
  }
}
