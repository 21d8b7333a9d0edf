import { FloatLiteral, isObject, type Json, type JsonObject, type KubeObject, RawJson } from "../../kube/json.js";
import type { FieldDef, Scalar, StructType, TypeRef } from "../../schema/model.js";
import type { EncodedObject, ObjectIndex } from "../../store/store.js";
import { encodeUntyped } from "./encode-untyped.js";
import { sortedKeys } from "./keys.js";
import { Longest } from "./longest.js";
import { floatText } from "./numbers.js";
import { escapeHtml, quoteJson } from "./quote.js";

export { encodeUntyped } from "./encode-untyped.js";

/** The object as encoding/json writes its Go type: fields in Go's order, zeros of fields without omitempty filled in. */
export function encodeTyped(value: JsonObject, type: StructType): string {
  if (type.unstructured) return encodeUntyped(value);
  return structEncoder(type).encode(value);
}

const SLOT = '"resourceVersion":"';

/** Encodes an object for the store; the resourceVersion is left out, whatever the object's is. */
export function encodeStored(value: KubeObject, type: StructType, index: ObjectIndex): EncodedObject {
  if (type.unstructured) return encodeStoredUntyped(value, index);
  const longest = new Longest();
  const text = structEncoder(type).encode({ ...value, metadata: { ...value.metadata, resourceVersion: "0" } }, longest);
  // Nothing before it can hold this text: the fields up to metadata.resourceVersion are strings, their quotes escaped.
  const at = text.indexOf(SLOT) + SLOT.length;
  const head = Buffer.from(text.slice(0, at));
  const tail = Buffer.from(text.slice(at + 1));
  return { index, head, tail, ...longest.common(text, at + 1) };
}

/** The same for an object without a Go type, as unstructured objects are written: all keys sorted. */
export function encodeStoredUntyped(value: KubeObject, index: ObjectIndex): EncodedObject {
  const parts = { head: "", tail: "" };
  let side: "head" | "tail" = "head";
  let separator = "{";
  const longest = new Longest();
  for (const key of sortedKeys(value)) {
    const field = value[key];
    if (field === undefined) continue;
    const start = parts.tail.length;
    parts[side] += `${separator}${quoteJson(key)}:`;
    separator = ",";
    if (key !== "metadata") {
      parts[side] += encodeUntyped(field);
      if (side === "tail") longest.saw(start, parts.tail.length);
    } else {
      const text = encodeUntyped({ ...value.metadata, resourceVersion: "0" });
      const at = text.indexOf(SLOT, slotFrom(value.metadata)) + SLOT.length;
      parts.head += text.slice(0, at);
      parts.tail += text.slice(at + 1);
      side = "tail";
    }
  }
  parts.tail += "}";
  const { head, tail } = parts;
  return { index, head: Buffer.from(head), tail: Buffer.from(tail), ...longest.common(tail, 0) };
}

/** How far the keys before resourceVersion reach: labels or owner references may hold a field of that name. */
function slotFrom(metadata: JsonObject): number {
  const before: JsonObject = {};
  for (const key of sortedKeys(metadata)) {
    if (key >= "resourceVersion") break;
    before[key] = metadata[key];
  }
  return encodeUntyped(before).length - 1;
}

type Encoder = (value: Json) => string;

interface StructEncoder {
  encode(value: JsonObject, longest?: Longest): string;
  /** What Go writes for the zero struct. */
  zero(): string;
  /** Whether reflect.Value.IsZero holds: omitzero drops such a struct. */
  isZero(value: JsonObject): boolean;
}

interface FieldEncoder {
  readonly name: string;
  /** `"name":` */
  readonly key: string;
  /** What stands there when the field is absent; undefined: nothing. */
  readonly absent: string | undefined;
  /** Whether a present value is dropped all the same. */
  readonly omits: (value: Json) => boolean;
  readonly encode: Encoder;
}

const compiled = new WeakMap<StructType, StructEncoder>();

function structEncoder(type: StructType): StructEncoder {
  const known = compiled.get(type);
  if (known) return known;
  let fields: readonly FieldEncoder[] | undefined;
  const prepared = () => {
    fields ??= flatFields(type).map((field) => fieldEncoder(field, type));
    return fields;
  };
  const encoder: StructEncoder = {
    encode: (value, longest) => encodeFields(value, prepared(), longest),
    zero: () => encodeFields({}, prepared()),
    isZero: (value) => flatFields(type).every((field) => isZeroField(value[field.name], field)),
  };
  compiled.set(type, encoder);
  return encoder;
}

function encodeFields(value: JsonObject, fields: readonly FieldEncoder[], longest?: Longest): string {
  let out = "";
  for (const field of fields) {
    const item = value[field.name];
    if (item === undefined || item === null) {
      if (field.absent !== undefined) out += (out === "" ? "" : ",") + field.key + field.absent;
    } else if (!field.omits(item)) {
      const start = out.length;
      out += (out === "" ? "" : ",") + field.key + field.encode(item);
      // One more for the brace before it all. The metadata, which is each object's own, is no candidate.
      if (longest && field.name !== "metadata") longest.saw(start + 1, out.length + 1);
    }
  }
  return `{${out}}`;
}

/** A struct's fields with those of inlined structs in their place. */
export function flatFields(type: StructType): FieldDef[] {
  return type.fields.flatMap((field) =>
    field.inline && field.type.kind === "struct" ? flatFields(field.type.struct) : [field],
  );
}

function fieldEncoder(field: FieldDef, owner: StructType): FieldEncoder {
  const encode = encoderFor(field.type, owner);
  const droppable = field.omitempty || field.omitzero;
  const key = `${quoteJson(field.name)}:`;
  if (field.pointer)
    return { name: field.name, key, absent: droppable ? undefined : "null", omits: () => false, encode };
  // omitempty never drops a struct; omitzero does.
  const drops = isStructLike(field.type) ? field.omitzero : droppable;
  return {
    name: field.name,
    key,
    absent: drops ? undefined : zeroText(field.type),
    omits: drops ? omitter(field) : () => false,
    encode,
  };
}

function omitter(field: FieldDef): (value: Json) => boolean {
  const { type } = field;
  if (!field.omitempty || isStructLike(type)) return (value) => isZeroField(value, field);
  if (type.kind === "list") return (value) => Array.isArray(value) && value.length === 0;
  if (type.kind === "map") return (value) => isObject(value) && !hasKeys(value);
  return (value) => value === "" || value === 0 || value === false || value === 0n;
}

function isZeroField(value: Json | undefined, field: FieldDef): boolean {
  if (value === undefined || value === null) return true;
  if (field.pointer) return false;
  const { type } = field;
  if (type.kind === "struct") return isObject(value) && structEncoder(type.struct).isZero(value);
  if (type.kind === "list" || type.kind === "map") return false;
  if (type.scalar === "quantity") return value === "0";
  return value === "" || value === 0 || value === false || value === 0n;
}

function hasKeys(value: JsonObject): boolean {
  for (const key in value) if (value[key] !== undefined) return true;
  return false;
}

const STRUCT_SCALARS: ReadonlySet<Scalar> = new Set<Scalar>([
  "time",
  "microtime",
  "duration",
  "quantity",
  "intOrString",
  "rawExtension",
  "fieldsV1",
  "json",
  "jsonSchemaPropsOrBool",
  "jsonSchemaPropsOrArray",
  "jsonSchemaPropsOrStringArray",
]);

function isStructLike(type: TypeRef): boolean {
  return type.kind === "struct" || (type.kind === "scalar" && STRUCT_SCALARS.has(type.scalar));
}

function zeroText(type: TypeRef): string {
  if (type.kind === "struct") return structEncoder(type.struct).zero();
  if (type.kind !== "scalar") return "null";
  switch (type.scalar) {
    case "string":
      return '""';
    case "bool":
    case "jsonSchemaPropsOrBool":
      return "false";
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
    case "float64":
    case "intOrString":
      return "0";
    case "quantity":
      return '"0"';
    case "duration":
      return '"0s"';
    default:
      return "null";
  }
}

function encoderFor(type: TypeRef, owner: StructType): Encoder {
  switch (type.kind) {
    case "struct": {
      const struct = structEncoder(type.struct);
      return (value) => (isObject(value) ? struct.encode(value) : struct.zero());
    }
    case "list": {
      const item = encoderFor(type.of, owner);
      return (value) => (Array.isArray(value) ? encodeList(value, item, type.of) : "null");
    }
    case "map": {
      const item = encoderFor(type.of, owner);
      return (value) => (isObject(value) ? encodeMap(value, item, type.of) : "null");
    }
    case "scalar":
      return scalarEncoder(type.scalar, owner);
  }
}

function encodeList(values: readonly Json[], encode: Encoder, type: TypeRef): string {
  let out = "";
  for (const value of values) out += (out === "" ? "" : ",") + (value === null ? zeroText(type) : encode(value));
  return `[${out}]`;
}

function encodeMap(values: JsonObject, encode: Encoder, type: TypeRef): string {
  let out = "";
  for (const key of sortedKeys(values)) {
    const value = values[key];
    if (value === undefined) continue;
    out += `${(out === "" ? "" : ",") + quoteJson(key)}:${value === null ? zeroText(type) : encode(value)}`;
  }
  return `{${out}}`;
}

function scalarEncoder(scalar: Scalar, owner: StructType): Encoder {
  switch (scalar) {
    case "float64":
      return (value) => floatText(value instanceof FloatLiteral ? value.value : Number(value));
    case "rawExtension":
    case "fieldsV1":
    case "json":
      return (value) => (value instanceof RawJson ? escapeHtml(value.text) : encodeUntyped(value));
    case "jsonSchemaPropsOrBool":
    case "jsonSchemaPropsOrArray":
    case "jsonSchemaPropsOrStringArray":
      return (value) => encodeSchemaUnion(value, owner);
    default:
      return (value) => (typeof value === "string" ? quoteJson(value) : String(value));
  }
}

/** These unions occur only inside JSONSchemaProps and hold that struct again, or a list of it or of strings. */
function encodeSchemaUnion(value: Json, owner: StructType): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return "null";
    return `[${value.map((item) => (isObject(item) ? structEncoder(owner).encode(item) : encodeUntyped(item))).join(",")}]`;
  }
  return isObject(value) ? structEncoder(owner).encode(value) : encodeUntyped(value);
}
