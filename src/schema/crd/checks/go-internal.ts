import { boolAt, listAt, objectAt, objectsAt, stringAt, valueAt } from "../../../kube/access.js";
import { goJson } from "../../../kube/go-text.js";
import { isObject, type Json, type JsonObject, RawJson } from "../../../kube/json.js";
import { expandRaw } from "../../../kube/raw-json.js";
import type { ValidationRule } from "../schema.js";

/**
 * Values as messages show them: the server's internal types have no JSON names, so all Go fields appear, in their order;
 * upstream: apis/apiextensions/{types,types_jsonschema}.go.
 */
function struct(fields: readonly (readonly [string, Json])[]): RawJson {
  return new RawJson(`{${fields.map(([name, value]) => `${JSON.stringify(name)}:${goJson(value)}`).join(",")}}`);
}

export function goRule(rule: ValidationRule): RawJson {
  return struct([
    ["Rule", rule.rule],
    ["Message", rule.message],
    ["MessageExpression", rule.messageExpression],
    ["Reason", rule.reason ?? null],
    ["FieldPath", rule.fieldPath],
    ["OptionalOldSelf", rule.optionalOldSelf ?? null],
  ]);
}

/** `hoisted`: fields that all versions have alike, which the internal type keeps outside of them. */
export function goVersion(version: JsonObject, hoisted: ReadonlySet<string>): RawJson {
  const own = (name: string) => (hoisted.has(name) ? undefined : valueAt(version, name));
  const schema = own("schema");
  return struct([
    ["Name", stringAt(version, "name")],
    ["Served", boolAt(version, "served")],
    ["Storage", boolAt(version, "storage")],
    ["Deprecated", boolAt(version, "deprecated")],
    ["DeprecationWarning", valueAt(version, "deprecationWarning") ?? null],
    ["Schema", isObject(schema) ? struct([["OpenAPIV3Schema", optionalSchema(schema.openAPIV3Schema)]]) : null],
    ["Subresources", goSubresources(own("subresources"))],
    ["AdditionalPrinterColumns", hoisted.has("additionalPrinterColumns") ? null : goColumns(version)],
    ["SelectableFields", hoisted.has("selectableFields") ? null : goSelectable(version)],
  ]);
}

function optionalSchema(schema: Json | undefined): Json {
  return isObject(schema) ? goSchema(schema) : null;
}

function goSubresources(value: Json | undefined): Json {
  if (!isObject(value)) return null;
  const scale = objectAt(value, "scale");
  return struct([
    ["Status", isObject(value.status) ? {} : null],
    [
      "Scale",
      scale
        ? struct([
            ["SpecReplicasPath", stringAt(scale, "specReplicasPath")],
            ["StatusReplicasPath", stringAt(scale, "statusReplicasPath")],
            ["LabelSelectorPath", valueAt(scale, "labelSelectorPath") ?? null],
          ])
        : null,
    ],
  ]);
}

function goColumns(version: JsonObject): Json {
  const columns = objectsAt(version, "additionalPrinterColumns");
  if (columns.length === 0) return null;
  return columns.map((column) =>
    struct([
      ["Name", stringAt(column, "name")],
      ["Type", stringAt(column, "type")],
      ["Format", stringAt(column, "format")],
      ["Description", stringAt(column, "description")],
      ["Priority", valueAt(column, "priority") ?? 0],
      ["JSONPath", stringAt(column, "jsonPath")],
    ]),
  );
}

function goSelectable(version: JsonObject): Json {
  const fields = objectsAt(version, "selectableFields");
  return fields.length === 0 ? null : fields.map((field) => struct([["JSONPath", stringAt(field, "jsonPath")]]));
}

type Form = "text" | "flag" | "value" | "raw" | "list" | "schema" | "schemas" | "map" | "bool" | "items" | "rules";

/** Go name, JSON name and form of every field of JSONSchemaProps. */
const FIELDS: readonly (readonly [string, string, Form])[] = [
  ["ID", "id", "text"],
  ["Schema", "$schema", "text"],
  ["Ref", "$ref", "value"],
  ["Description", "description", "text"],
  ["Type", "type", "text"],
  ["Nullable", "nullable", "flag"],
  ["Format", "format", "text"],
  ["Title", "title", "text"],
  ["Default", "default", "raw"],
  ["Maximum", "maximum", "value"],
  ["ExclusiveMaximum", "exclusiveMaximum", "flag"],
  ["Minimum", "minimum", "value"],
  ["ExclusiveMinimum", "exclusiveMinimum", "flag"],
  ["MaxLength", "maxLength", "value"],
  ["MinLength", "minLength", "value"],
  ["Pattern", "pattern", "text"],
  ["MaxItems", "maxItems", "value"],
  ["MinItems", "minItems", "value"],
  ["UniqueItems", "uniqueItems", "flag"],
  ["MultipleOf", "multipleOf", "value"],
  ["Enum", "enum", "list"],
  ["MaxProperties", "maxProperties", "value"],
  ["MinProperties", "minProperties", "value"],
  ["Required", "required", "list"],
  ["Items", "items", "items"],
  ["AllOf", "allOf", "schemas"],
  ["OneOf", "oneOf", "schemas"],
  ["AnyOf", "anyOf", "schemas"],
  ["Not", "not", "schema"],
  ["Properties", "properties", "map"],
  ["AdditionalProperties", "additionalProperties", "bool"],
  ["PatternProperties", "patternProperties", "map"],
  ["Dependencies", "dependencies", "map"],
  ["AdditionalItems", "additionalItems", "bool"],
  ["Definitions", "definitions", "map"],
  ["ExternalDocs", "externalDocs", "value"],
  ["Example", "example", "raw"],
  ["XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", "value"],
  ["XEmbeddedResource", "x-kubernetes-embedded-resource", "flag"],
  ["XIntOrString", "x-kubernetes-int-or-string", "flag"],
  ["XListMapKeys", "x-kubernetes-list-map-keys", "list"],
  ["XListType", "x-kubernetes-list-type", "value"],
  ["XMapType", "x-kubernetes-map-type", "value"],
  ["XValidations", "x-kubernetes-validations", "rules"],
];

export function goSchema(source: JsonObject): RawJson {
  return struct(FIELDS.map(([name, key, form]) => [name, fieldValue(source, key, form)]));
}

function fieldValue(source: JsonObject, key: string, form: Form): Json {
  const value = valueAt(source, key);
  switch (form) {
    case "text":
      return stringAt(source, key);
    case "flag":
      return boolAt(source, key);
    case "value":
      return value ?? null;
    case "raw":
      return value === undefined ? null : expanded(value);
    case "list":
      return value === undefined ? null : listAt(source, key).map(expanded);
    case "schema":
      return optionalSchema(value);
    case "schemas":
      return value === undefined ? null : objectsAt(source, key).map(goSchema);
    case "map":
      return goSchemaMap(objectAt(source, key));
    case "bool":
      return goSchemaOrBool(value);
    case "items":
      return goItems(source, value);
    case "rules":
      return value === undefined ? null : objectsAt(source, key).map(goRuleObject);
  }
}

function expanded(value: Json): Json {
  return value instanceof RawJson ? expandRaw(value) : value;
}

function goSchemaMap(map: JsonObject | undefined): Json {
  if (!map) return null;
  const entries = Object.entries(map).map(([name, schema]) => [name, optionalSchema(schema as Json)] as const);
  return Object.fromEntries(entries);
}

function goSchemaOrBool(value: Json | undefined): Json {
  if (value === undefined) return null;
  return struct([
    ["Allows", isObject(value) || value === true],
    ["Schema", optionalSchema(value)],
  ]);
}

/** What Go has of `items`, which may be anything. */
export function goItems(source: JsonObject, value: Json | undefined): Json {
  if (value === undefined) return null;
  return struct([
    ["Schema", optionalSchema(value)],
    ["JSONSchemas", Array.isArray(value) ? objectsAt(source, "items").map(goSchema) : null],
  ]);
}

function goRuleObject(rule: JsonObject): Json {
  return goRule({
    rule: stringAt(rule, "rule"),
    message: stringAt(rule, "message"),
    messageExpression: stringAt(rule, "messageExpression"),
    reason: valueAt(rule, "reason") as string | undefined,
    fieldPath: stringAt(rule, "fieldPath"),
    optionalOldSelf: valueAt(rule, "optionalOldSelf") as boolean | undefined,
  });
}
