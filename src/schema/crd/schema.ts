import {
  boolAt,
  listAt,
  objectAt,
  objectsAt,
  optionalNumberAt,
  stringAt,
  stringsAt,
  valueAt,
} from "../../kube/access.js";
import { compareUtf8 } from "../../kube/go-text.js";
import { isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { expandRaw } from "../../kube/raw-json.js";
import { checkedFormat } from "./formats.js";

/** A rule of x-kubernetes-validations as it was written; "" and undefined where nothing was said. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression: string;
  readonly reason: string | undefined;
  readonly fieldPath: string;
  readonly optionalOldSelf: boolean | undefined;
}

export interface AdditionalProperties {
  readonly allows: boolean;
  readonly schema: Schema | undefined;
}

/**
 * A JSONSchemaProps made ready for use: what is pruned, defaulted, validated and compared by. Immutable, and shared by
 * all clusters that have the same definition.
 */
export interface Schema {
  readonly type: string;
  /** What validation compares with: "integer" and "string" for x-kubernetes-int-or-string. */
  readonly types: readonly string[];
  readonly format: string;
  /** The format if the server knows it, else "": unknown ones are not checked. */
  readonly checkedFormat: string;
  readonly title: string;
  readonly description: string;
  readonly nullable: boolean;
  /** Undefined: none; null in a definition means none, too. Never to be changed or shared: clone it. */
  readonly default: Json | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMaximum: boolean;
  readonly minimum: number | undefined;
  readonly exclusiveMinimum: boolean;
  readonly maxLength: number | undefined;
  readonly minLength: number | undefined;
  readonly pattern: string;
  readonly maxItems: number | undefined;
  readonly minItems: number | undefined;
  readonly uniqueItems: boolean;
  readonly multipleOf: number | undefined;
  readonly enum: readonly Json[];
  readonly maxProperties: number | undefined;
  readonly minProperties: number | undefined;
  readonly required: readonly string[];
  /** By name, in the order of their bytes. */
  readonly properties: ReadonlyMap<string, Schema>;
  readonly additionalProperties: AdditionalProperties | undefined;
  readonly items: Schema | undefined;
  /** `items` was a list of schemas, which no structural schema may have. */
  readonly itemList: readonly Schema[];
  readonly allOf: readonly Schema[];
  readonly oneOf: readonly Schema[];
  readonly anyOf: readonly Schema[];
  readonly not: Schema | undefined;
  readonly preserveUnknownFields: boolean | undefined;
  readonly embeddedResource: boolean;
  readonly intOrString: boolean;
  readonly listType: string | undefined;
  readonly listMapKeys: readonly string[];
  readonly mapType: string | undefined;
  readonly rules: readonly ValidationRule[];
  /** The definition's own fields, for what is refused or only shown. */
  readonly source: JsonObject;
}

export function readSchema(source: JsonObject): Schema {
  const type = stringAt(source, "type");
  const intOrString = boolAt(source, "x-kubernetes-int-or-string");
  const format = stringAt(source, "format");
  const items = valueAt(source, "items");
  return {
    type,
    types: intOrString ? ["integer", "string"] : type === "" ? [] : [type],
    format,
    checkedFormat: checkedFormat(format),
    title: stringAt(source, "title"),
    description: stringAt(source, "description"),
    nullable: boolAt(source, "nullable"),
    default: expanded(source.default) ?? undefined,
    ...limits(source),
    enum: listAt(source, "enum").map((value) => expanded(value) ?? null),
    required: stringsAt(source, "required"),
    properties: schemaMap(objectAt(source, "properties")),
    additionalProperties: additional(valueAt(source, "additionalProperties")),
    items: isObject(items) ? readSchema(items) : undefined,
    itemList: Array.isArray(items) ? objectsAt(source, "items").map(readSchema) : [],
    allOf: objectsAt(source, "allOf").map(readSchema),
    oneOf: objectsAt(source, "oneOf").map(readSchema),
    anyOf: objectsAt(source, "anyOf").map(readSchema),
    not: optionalSchema(objectAt(source, "not")),
    preserveUnknownFields: source["x-kubernetes-preserve-unknown-fields"] as boolean | undefined,
    embeddedResource: boolAt(source, "x-kubernetes-embedded-resource"),
    intOrString,
    listType: source["x-kubernetes-list-type"] as string | undefined,
    listMapKeys: stringsAt(source, "x-kubernetes-list-map-keys"),
    mapType: source["x-kubernetes-map-type"] as string | undefined,
    rules: objectsAt(source, "x-kubernetes-validations").map(readRule),
    source,
  };
}

function limits(source: JsonObject) {
  return {
    maximum: optionalNumberAt(source, "maximum"),
    exclusiveMaximum: boolAt(source, "exclusiveMaximum"),
    minimum: optionalNumberAt(source, "minimum"),
    exclusiveMinimum: boolAt(source, "exclusiveMinimum"),
    maxLength: optionalNumberAt(source, "maxLength"),
    minLength: optionalNumberAt(source, "minLength"),
    pattern: stringAt(source, "pattern"),
    maxItems: optionalNumberAt(source, "maxItems"),
    minItems: optionalNumberAt(source, "minItems"),
    uniqueItems: boolAt(source, "uniqueItems"),
    multipleOf: optionalNumberAt(source, "multipleOf"),
    maxProperties: optionalNumberAt(source, "maxProperties"),
    minProperties: optionalNumberAt(source, "minProperties"),
  };
}

function optionalSchema(source: JsonObject | undefined): Schema | undefined {
  return source && readSchema(source);
}

function schemaMap(source: JsonObject | undefined): ReadonlyMap<string, Schema> {
  const names = Object.keys(source ?? {}).sort(compareUtf8);
  return new Map(names.map((name) => [name, readSchema(objectAt(source, name) ?? {})]));
}

function additional(source: Json | undefined): AdditionalProperties | undefined {
  if (source === undefined) return undefined;
  return isObject(source)
    ? { allows: true, schema: readSchema(source) }
    : { allows: source === true, schema: undefined };
}

function readRule(source: JsonObject): ValidationRule {
  return {
    rule: stringAt(source, "rule"),
    message: stringAt(source, "message"),
    messageExpression: stringAt(source, "messageExpression"),
    reason: source.reason as string | undefined,
    fieldPath: stringAt(source, "fieldPath"),
    optionalOldSelf: source.optionalOldSelf as boolean | undefined,
  };
}

/** A field that was kept as text. */
function expanded(value: Json | undefined): Json | undefined {
  return value instanceof RawJson ? expandRaw(value) : value;
}

/** A node and all below it, those of allOf, anyOf, oneOf and not among them. */
export function* schemasIn(schema: Schema): Generator<Schema> {
  yield schema;
  for (const child of childrenOf(schema)) yield* schemasIn(child);
}

function childrenOf(schema: Schema): Schema[] {
  const { items, not, additionalProperties: extra } = schema;
  return [
    ...(items ? [items] : []),
    ...schema.itemList,
    ...schema.allOf,
    ...schema.anyOf,
    ...schema.oneOf,
    ...(not ? [not] : []),
    ...schema.properties.values(),
    ...(extra?.schema ? [extra.schema] : []),
  ];
}

/** The schema of a value under a key of an object. */
export function schemaOfKey(schema: Schema | undefined, key: string): Schema | undefined {
  return schema?.properties.get(key) ?? schema?.additionalProperties?.schema;
}
