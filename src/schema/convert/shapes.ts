import { goJson } from "../../kube/go-text.js";
import { isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { canonicalQuantity } from "../../kube/quantity.js";
import { QuantityError } from "../../kube/quantity-text.js";
import { expandRaw } from "../../kube/raw-json.js";

/** A Go type that no served kind has, and so no table: the parts of annotations that carry fields of other versions. */
export type Shape =
  | "string"
  | "int"
  | "quantity"
  | "time"
  | "strings"
  | "stringMap"
  | Struct
  | { readonly list: Struct };

/** Fields in Go's order. */
export interface Struct {
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly shape: Shape;
  /** Left out when absent or empty; an empty struct is a pointer to one, and stays. */
  readonly omit?: boolean;
  /** Null when absent, instead of its zero. */
  readonly nullable?: boolean;
}

/** Text that is not what the shape wants; upstream then ignores an annotation as a whole. */
class ShapeError extends Error {}

/** A list in an annotation; undefined when it can't be read. */
export function readList(text: string, of: Struct): JsonObject[] | undefined {
  return read(text, { list: of }) as JsonObject[] | undefined;
}

/** Undefined when the text can't be read. Names may differ in case, as for Go's own decoder. */
export function read(text: string, shape: Shape): Json | undefined {
  try {
    return decode(expandRaw(new RawJson(text)), shape);
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError || error instanceof QuantityError) return undefined;
    throw error;
  }
}

/** As encoding/json writes it: fields in the shape's order. */
export function write(value: Json | undefined, shape: Shape): string {
  if (value === undefined || value === null) return zeroOf(shape);
  if (typeof shape === "string") return goJson(value);
  if ("list" in shape) return `[${(value as Json[]).map((item) => write(item, shape.list)).join(",")}]`;
  const fields = shape.fields.flatMap((field) => {
    const inner = (value as JsonObject)[field.name];
    if (field.omit && isEmpty(inner, field.shape)) return [];
    return `${goJson(field.name)}:${field.nullable && inner === undefined ? "null" : write(inner, field.shape)}`;
  });
  return `{${fields.join(",")}}`;
}

function isEmpty(value: Json | undefined, shape: Shape): boolean {
  if (value === undefined || value === "") return true;
  return Array.isArray(value)
    ? value.length === 0
    : shape === "stringMap" && Object.keys(value as JsonObject).length === 0;
}

function zeroOf(shape: Shape): string {
  if (shape === "string") return '""';
  if (shape === "int") return "0";
  if (shape === "quantity") return '"0"';
  return typeof shape === "object" && "fields" in shape ? write({}, shape) : "null";
}

function decode(value: Json, shape: Shape): Json | undefined {
  if (value === null) return undefined;
  switch (shape) {
    case "string":
    case "time":
      return expect(typeof value === "string", value);
    case "int":
      return expect(typeof value === "number" && Number.isInteger(value), value);
    case "quantity":
      return canonicalQuantity(value);
    case "strings":
      return expect(Array.isArray(value) && value.every((item) => typeof item === "string"), value);
    case "stringMap":
      return expect(isObject(value) && Object.values(value).every((item) => typeof item === "string"), value);
  }
  if ("list" in shape) {
    if (!Array.isArray(value)) throw new ShapeError();
    return value.map((item) => decode(item, shape.list) ?? {});
  }
  return decodeStruct(value, shape);
}

function decodeStruct(value: Json, { fields }: Struct): JsonObject {
  if (!isObject(value)) throw new ShapeError();
  const out: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    const folded = name.toLowerCase();
    const field =
      fields.find((known) => known.name === name) ?? fields.find((known) => known.name.toLowerCase() === folded);
    const decoded = field && decode(inner ?? null, field.shape);
    if (field && decoded !== undefined) out[field.name] = decoded;
  }
  return out;
}

function expect(holds: boolean, value: Json): Json {
  if (!holds) throw new ShapeError();
  return value;
}
