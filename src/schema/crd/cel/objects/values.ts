import { boundedInteger } from "../../../../kube/digits.js";
import { goJson } from "../../../../kube/go-text.js";
import { FloatLiteral, isObject, type Json, type JsonObject } from "../../../../kube/json.js";
import { fieldNames, fieldOf } from "../../../../kube/json-access.js";
import type { Schema } from "../../schema.js";
import { readDuration, readTimestamp } from "../functions/time.js";
import { same } from "../lang/compare.js";
import { CelError, CelMap, Duration, noOverload, Opaque, type Timestamp, type Value } from "../lang/values.js";
import { escapeName, unescapeName } from "./escape.js";
import { type Element, Foreign, JsonList } from "./json-list.js";
import { KeyedList } from "./keyed-list.js";
import { withTypeAndObjectMeta } from "./resource.js";

/** The value that expressions see of JSON; upstream: apiserver/pkg/cel/common/valuesunstructured.go. */
export function celValue(json: Json, schema: Schema): Value {
  if (json === null) {
    if (schema.nullable) return null;
    throw new CelError("invalid data, got null for schema with nullable=false");
  }
  if (schema.intOrString) {
    if (typeof json === "string") return json;
    const whole = wholeOf(json);
    if (whole !== undefined) return whole;
    throw new CelError("invalid data, expected XIntOrString value to be either a string or integer");
  }
  switch (schema.type) {
    case "object":
      if (isObject(json)) return new JsonMap(json, schema.embeddedResource ? withTypeAndObjectMeta(schema) : schema);
      throw new CelError("invalid data, expected a map for the provided schema with type=object");
    case "array":
      if (Array.isArray(json)) return listOf(json, schema);
      throw new CelError("invalid data, expected an array for the provided schema with type=array");
    case "string":
      if (typeof json === "string") return textValue(json, schema.format);
      throw unexpected("string", json);
    case "number":
      if (typeof json === "number" || typeof json === "bigint") return Number(json);
      if (json instanceof FloatLiteral) return json.value;
      throw unexpected("float", json);
    case "integer":
      return wholeOf(json) ?? fail(unexpected("int", json));
    case "boolean":
      if (typeof json === "boolean") return json;
      throw unexpected("bool", json);
    default:
      return new Preserved(json);
  }
}

function fail(error: CelError): never {
  throw error;
}

function wholeOf(json: Json): bigint | undefined {
  if (typeof json === "bigint") return json;
  return typeof json === "number" && Number.isInteger(json) ? BigInt(json) : undefined;
}

const GO_TYPES: Readonly<Record<string, string>> = { boolean: "bool", string: "string", bigint: "int64" };

function unexpected(wanted: string, json: Json): CelError {
  const whole = typeof json === "number" && Number.isInteger(json);
  const other = json instanceof FloatLiteral || typeof json === "number" ? "float64" : "map[string]interface {}";
  const got = whole ? "int64" : Array.isArray(json) ? "[]interface {}" : (GO_TYPES[typeof json] ?? other);
  return new CelError(`invalid data, expected ${wanted}, got ${got}`);
}

function textValue(text: string, format: string): Value {
  switch (format) {
    case "duration":
      return readDuration(text) ?? namedUnits(text) ?? fail(new CelError(`Invalid duration ${text}`));
    case "date":
      return timeOf(`${text}T00:00:00Z`) ?? fail(new CelError(`Invalid date formatted string ${text}`));
    case "date-time":
      return timeOf(text) ?? fail(new CelError(`Invalid date-time formatted string ${text}`));
    case "byte":
      return Buffer.from(text, "base64");
    default:
      return text;
  }
}

/** Formats are more lenient than CEL's timestamps: letters may be small, the zone may lack its colon or be missing. */
function timeOf(text: string): Timestamp | undefined {
  const upper = text.toUpperCase().replace(/([+-]\d{2})(\d{2})$/, "$1:$2");
  return readTimestamp(/(Z|[+-]\d{2}:\d{2})$/.test(upper) ? upper : `${upper}Z`);
}

const UNITS: readonly (readonly [RegExp, bigint])[] = [
  [/^(ns|nano.*)$/, 1n],
  [/^(us|µs|micro.*)$/, 1000n],
  [/^(ms|milli.*)$/, 1_000_000n],
  [/^(s|sec.*)$/, 1_000_000_000n],
  [/^(m|min.*)$/, 60_000_000_000n],
  [/^(h|hr|hour.*)$/, 3_600_000_000_000n],
  [/^(d|day.*)$/, 86_400_000_000_000n],
  [/^(w|wk|week.*)$/, 604_800_000_000_000n],
];

/** "2 days 3 hours". */
function namedUnits(text: string): Duration | undefined {
  let total: bigint | undefined;
  for (const [, count, unit] of text.matchAll(/(?<!\d)(\d+)\s*([A-Za-zµ]+)/g)) {
    const size = UNITS.find(([names]) => names.test(unit!.toLowerCase()))?.[1];
    if (size !== undefined) total = (total ?? 0n) + boundedInteger(count!) * size;
  }
  return total === undefined ? undefined : new Duration(total);
}

function unreadable({ goType }: Foreign, { intOrString, type }: Schema): CelError {
  if (intOrString) return new CelError("invalid data, expected XIntOrString value to be either a string or integer");
  if (type === "object") return new CelError("invalid data, expected a map for the provided schema with type=object");
  if (type === "array") return new CelError("invalid data, expected an array for the provided schema with type=array");
  return new CelError(`invalid data, expected ${SHORT[type] ?? type}, got ${goType}`);
}

const SHORT: Readonly<Record<string, string>> = { number: "float", integer: "int", boolean: "bool" };

function listOf(elements: readonly Json[], schema: Schema): Value {
  if (!schema.items) throw new CelError("invalid array type, expected Items with a non-empty Schema");
  const { items } = schema;
  const read = (element: Element) =>
    element instanceof Foreign ? fail(unreadable(element, items)) : celValue(element, items);
  const list = new JsonList(elements, read, items.type === "string" ? "[]string" : "[]interface {}");
  if (schema.listType === "set") return new KeyedList(list, undefined);
  return schema.listType === "map" ? new KeyedList(list, schema.listMapKeys) : list;
}

/** An object or a map. Fields that the schema does not name can't be read. */
export class JsonMap extends CelMap {
  readonly #isObject: boolean;

  constructor(
    readonly object: JsonObject,
    readonly schema: Schema,
  ) {
    super();
    this.#isObject = schema.properties.size > 0;
  }

  get size(): number {
    return fieldNames(this.object).length;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== "string") throw new CelError("no such overload");
    const name = this.#isObject ? unescapeName(key) : key;
    const json = name === undefined ? undefined : fieldOf(this.object, name);
    // A field that may be null counts as absent then.
    if (json === undefined || (this.#isObject && json === null)) return undefined;
    const schema = this.#schemaOf(name!);
    return schema && celValue(json, schema);
  }

  *keys(): Generator<Value> {
    for (const name of fieldNames(this.object)) {
      if (this.#schemaOf(name)) yield this.#isObject ? (escapeName(name) ?? name) : name;
    }
  }

  get element(): Element {
    return this.object;
  }

  equals(other: Value): boolean {
    if (!(other instanceof CelMap)) throw noOverload();
    if (other.size !== this.size) return false;
    return fieldNames(this.object).every((name) => {
      if (!this.#schemaOf(name)) return this.#sameUnknown(name, other);
      const [mine, theirs] = [this.get(name), other.get(name)];
      return mine === undefined || theirs === undefined ? mine === theirs : same(mine, theirs);
    });
  }

  /** What no schema describes is compared as it is, if it is there at all. */
  #sameUnknown(name: string, other: CelMap): boolean {
    if (!(other instanceof JsonMap)) throw noOverload();
    const theirs = fieldOf(other.object, name);
    return theirs === undefined || goJson(fieldOf(this.object, name)!) === goJson(theirs);
  }

  #schemaOf(name: string): Schema | undefined {
    if (this.#isObject || this.schema.embeddedResource) return this.schema.properties.get(name);
    return this.schema.additionalProperties?.schema;
  }
}

/** A value without a type, which can only be compared. */
class Preserved extends Opaque {
  readonly typeName = "unknown";

  constructor(readonly json: Json) {
    super();
  }

  get element(): Element {
    return this.json;
  }

  equals(other: Value): boolean {
    return other instanceof Preserved && goJson(other.json) === goJson(this.json);
  }
}
