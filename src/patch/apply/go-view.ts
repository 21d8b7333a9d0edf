import { isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { fieldOf, setField } from "../../kube/json-access.js";
import { expandRaw } from "../../kube/raw-json.js";
import type { FieldDef, Scalar, StructType, TypeRef } from "../../schema/model.js";
import { isEmptyObject } from "./values.js";

/**
 * A decoded object as Go's reflection shows it: fields without omitempty are there even when they are zero or nil,
 * those with it only when they are not. Ownership is computed from this view. Shares parts with `value`.
 * Upstream: structured-merge-diff value/structreflect.go.
 */
export function goView(value: JsonObject, type: StructType): JsonObject {
  return viewOf(type).of(value);
}

type Convert = (value: Json) => Json;

interface FieldView {
  readonly name: string;
  readonly omits: ((value: Json) => boolean) | undefined;
  /** Undefined where the value can stand as it is. */
  readonly convert: Convert | undefined;
  /** Makes what an absent field shows; undefined where it shows nothing. */
  readonly absent: (() => Json) | undefined;
}

const views = new WeakMap<StructType, StructView>();

function viewOf(type: StructType): StructView {
  let view = views.get(type);
  if (!view) {
    view = new StructView(type);
    views.set(type, view);
  }
  return view;
}

class StructView {
  readonly #type: StructType;
  #fields: Map<string, FieldView> | undefined;
  #always: FieldView[] = [];
  #zero: JsonObject | undefined;

  constructor(type: StructType) {
    this.#type = type;
  }

  /** The view of the zero struct. */
  get zero(): JsonObject {
    this.#zero ??= this.of({});
    return this.#zero;
  }

  of(value: JsonObject): JsonObject {
    const fields = this.#prepared();
    const out: JsonObject = {};
    for (const name in value) {
      const item = value[name];
      if (item === undefined || item === null) continue;
      const field = fields.get(name);
      if (!field || field.omits?.(item)) continue;
      out[name] = field.convert ? field.convert(item) : item;
    }
    for (const { name, absent } of this.#always) {
      if (out[name] === undefined) out[name] = absent!();
    }
    return out;
  }

  isZero(value: JsonObject): boolean {
    for (const name in value) {
      const item = value[name];
      const field = this.#type.byJsonName.get(name)?.at(-1);
      if (item !== undefined && item !== null && field && !isZero(item, field)) return false;
    }
    return true;
  }

  #prepared(): Map<string, FieldView> {
    if (this.#fields) return this.#fields;
    const fields = new Map<string, FieldView>();
    for (const [name, path] of this.#type.byJsonName) fields.set(name, fieldView(name, path.at(-1)!, this.#type));
    this.#always = [...fields.values()].filter((field) => field.absent !== undefined);
    this.#fields = fields;
    return fields;
  }
}

function fieldView(name: string, field: FieldDef, owner: StructType): FieldView {
  const { type, pointer, omitempty, omitzero } = field;
  const convert = converter(type, owner);
  const drops = omitempty || omitzero;
  if (pointer) return { name, convert, omits: undefined, absent: drops ? undefined : () => null };
  // omitempty never drops a struct.
  const droppable = isStructLike(type) ? omitzero : drops;
  if (!droppable) return { name, convert, omits: undefined, absent: zeroOf(type) };
  return { name, convert, omits: (value) => isZero(value, field) || isEmptyContainer(value, type), absent: undefined };
}

function isEmptyContainer(value: Json, type: TypeRef): boolean {
  if (type.kind === "list") return Array.isArray(value) && value.length === 0;
  return type.kind === "map" && isObject(value) && isEmptyObject(value);
}

function isZero(value: Json, { type, pointer }: FieldDef): boolean {
  if (pointer) return false;
  if (type.kind === "struct") return isObject(value) && viewOf(type.struct).isZero(value);
  if (type.kind === "list" || type.kind === "map") return false;
  if (type.scalar === "quantity") return value === "0";
  return value === "" || value === 0 || value === false || value === 0n;
}

const STRUCT_SCALARS: ReadonlySet<Scalar> = new Set<Scalar>([
  ...(["time", "microtime", "duration", "quantity", "intOrString", "rawExtension", "fieldsV1", "json"] as const),
  ...(["jsonSchemaPropsOrBool", "jsonSchemaPropsOrArray", "jsonSchemaPropsOrStringArray"] as const),
]);

function isStructLike(type: TypeRef): boolean {
  return type.kind === "struct" || (type.kind === "scalar" && STRUCT_SCALARS.has(type.scalar));
}

const ZEROS: Readonly<Partial<Record<Scalar, Json>>> = {
  string: "",
  bool: false,
  jsonSchemaPropsOrBool: false,
  int32: 0,
  int64: 0,
  uint32: 0,
  uint64: 0,
  float64: 0,
  intOrString: 0,
  quantity: "0",
  duration: "0s",
};

function zeroOf(type: TypeRef): () => Json {
  if (type.kind === "struct") return () => viewOf(type.struct).zero;
  const zero = type.kind === "scalar" ? (ZEROS[type.scalar] ?? null) : null;
  return () => zero;
}

function converter(type: TypeRef, owner: StructType): Convert | undefined {
  switch (type.kind) {
    case "struct": {
      const view = viewOf(type.struct);
      return (value) => (isObject(value) ? view.of(value) : view.zero);
    }
    case "list": {
      const convert = converter(type.of, owner);
      return convert && ((value) => (Array.isArray(value) ? value.map(convert) : value));
    }
    case "map": {
      const convert = converter(type.of, owner);
      return convert && ((value) => (isObject(value) ? convertedMap(value, convert) : value));
    }
    case "scalar":
      return scalarConverter(type.scalar, owner);
  }
}

function convertedMap(value: JsonObject, convert: Convert): JsonObject {
  const out: JsonObject = {};
  for (const name of Object.keys(value)) setField(out, name, convert(fieldOf(value, name) ?? null));
  return out;
}

function scalarConverter(scalar: Scalar, owner: StructType): Convert | undefined {
  switch (scalar) {
    case "rawExtension":
    case "fieldsV1":
    case "json":
      return (value) => (value instanceof RawJson ? expandRaw(value) : value);
    case "jsonSchemaPropsOrBool":
    case "jsonSchemaPropsOrArray":
    case "jsonSchemaPropsOrStringArray": {
      const one: Convert = (value) => (isObject(value) ? viewOf(owner).of(value) : value);
      return (value) => (Array.isArray(value) ? value.map(one) : one(value));
    }
    default:
      return undefined;
  }
}
