import type { JsonObject } from "../../kube/json.js";
import type { Description, Descriptions } from "../descriptions.js";
import type { FieldDef, Scalar, StructType, TypeRef } from "../model.js";

export const PATCH_TYPE = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
const APIEXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.";

/** Scalars that have a schema of their own. */
export const NAMED_SCALARS: Partial<Record<Scalar, string>> = {
  time: "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
  microtime: "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
  duration: "io.k8s.apimachinery.pkg.apis.meta.v1.Duration",
  fieldsV1: "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
  quantity: "io.k8s.apimachinery.pkg.api.resource.Quantity",
  intOrString: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
  rawExtension: "io.k8s.apimachinery.pkg.runtime.RawExtension",
  json: `${APIEXTENSIONS}JSON`,
  jsonSchemaPropsOrBool: `${APIEXTENSIONS}JSONSchemaPropsOrBool`,
  jsonSchemaPropsOrArray: `${APIEXTENSIONS}JSONSchemaPropsOrArray`,
  jsonSchemaPropsOrStringArray: `${APIEXTENSIONS}JSONSchemaPropsOrStringArray`,
};

const SCALARS: Partial<Record<Scalar, JsonObject>> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  uint32: { type: "integer", format: "int64" },
  uint64: { type: "integer", format: "int64" },
  float64: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
};

/** The schemas of {@link NAMED_SCALARS} and of other types that have no fields to derive one from. */
const SPECIAL_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  [NAMED_SCALARS.time!]: { type: "string", format: "date-time" },
  [NAMED_SCALARS.microtime!]: { type: "string", format: "date-time" },
  [NAMED_SCALARS.duration!]: { type: "string" },
  [NAMED_SCALARS.fieldsV1!]: { type: "object" },
  [NAMED_SCALARS.quantity!]: { oneOf: [{ type: "string" }, { type: "number" }] },
  [NAMED_SCALARS.intOrString!]: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  [NAMED_SCALARS.rawExtension!]: { type: "object" },
  [NAMED_SCALARS.json!]: {},
  [NAMED_SCALARS.jsonSchemaPropsOrBool!]: {},
  [NAMED_SCALARS.jsonSchemaPropsOrArray!]: {},
  [NAMED_SCALARS.jsonSchemaPropsOrStringArray!]: {},
  [PATCH_TYPE]: { type: "object" },
};

/** Elements of these scalars have Go's zero value as their default. */
const ELEMENT_DEFAULTS: Partial<Record<Scalar, string | number | boolean>> = {
  string: "",
  bool: false,
  int32: 0,
  int64: 0,
  float64: 0,
};

/** A `$ref` to a type in an OpenAPI v3 document. */
export function referenceTo(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

/** One of {@link SPECIAL_SCHEMAS}; undefined for all other types. */
export function specialSchema(name: string, descriptions: Descriptions): JsonObject | undefined {
  const schema = SPECIAL_SCHEMAS[name];
  return schema && { ...descriptionOf(descriptions.ofType(name)), ...schema };
}

/** Groups of the server's own, which the documents of custom resources don't know: they are made with client-go's types. */
const OF_SERVER: ReadonlySet<string> = new Set([
  "admission.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "imagepolicy.k8s.io",
]);

/**
 * The OpenAPI v3 schema of a struct; field names sorted as a Go map's keys are. `custom`: for a document of custom
 * resources.
 */
export function structSchema(type: StructType, descriptions: Descriptions, custom = false): JsonObject {
  const properties: [string, JsonObject][] = [];
  const required: string[] = [];
  collect(type, descriptions, properties, required);
  const out: JsonObject = { ...descriptionOf(descriptions.ofType(type.name)), type: "object" };
  if (required.length > 0) out.required = required;
  if (properties.length > 0) out.properties = Object.fromEntries(properties.sort(([a], [b]) => (a < b ? -1 : 1)));
  const gvks = custom ? type.gvks.filter(({ group }) => !OF_SERVER.has(group)) : type.gvks;
  if (gvks.length > 0) {
    out["x-kubernetes-group-version-kind"] = gvks.map(({ group, version, kind }) => ({ group, kind, version }));
  }
  if (type.mapType) out["x-kubernetes-map-type"] = type.mapType;
  if (type.unions) out["x-kubernetes-unions"] = type.unions.map((union) => ({ ...union }) as JsonObject);
  return out;
}

function collect(
  type: StructType,
  descriptions: Descriptions,
  properties: [string, JsonObject][],
  required: string[],
): void {
  const texts = descriptions.ofFields(type);
  for (const [index, field] of type.fields.entries()) {
    if (field.inline && field.type.kind === "struct") {
      collect(field.type.struct, descriptions, properties, required);
      continue;
    }
    properties.push([field.name, fieldSchema(field, texts[index]!)]);
    if (field.required) required.push(field.name);
  }
}

/**
 * The real document wraps a `$ref` in `allOf` only to give it siblings, of which the description is one; upstream:
 * kube-openapi/pkg/builder3/util/util.go.
 */
function fieldSchema(field: FieldDef, description: Description): JsonObject {
  const schema = typeSchema(field.type, field.enum);
  const bare = !description.exists && field.default === undefined;
  const out = {
    ...descriptionOf(description),
    ...withDefault(schema, field.default as JsonObject[string], bare),
  };
  if (field.listMapKeys) out["x-kubernetes-list-map-keys"] = [...field.listMapKeys];
  if (field.listType) out["x-kubernetes-list-type"] = field.listType;
  if (field.mapType) out["x-kubernetes-map-type"] = field.mapType;
  if (field.patchMergeKey) out["x-kubernetes-patch-merge-key"] = field.patchMergeKey;
  if (field.patchStrategy) out["x-kubernetes-patch-strategy"] = field.patchStrategy.join(",");
  return out;
}

function descriptionOf({ text }: Description): JsonObject {
  return text === "" ? {} : { description: text };
}

function typeSchema(type: TypeRef, values: readonly string[] | undefined): JsonObject {
  switch (type.kind) {
    case "struct":
      return referenceTo(type.struct.name);
    case "list":
      return { type: "array", items: elementSchema(type.of, values) };
    case "map":
      return { type: "object", additionalProperties: elementSchema(type.of, values) };
    case "scalar": {
      const name = NAMED_SCALARS[type.scalar];
      if (name !== undefined) return referenceTo(name);
      return { ...SCALARS[type.scalar], ...(values ? { enum: [...values] } : {}) };
    }
  }
}

function elementSchema(type: TypeRef, values: readonly string[] | undefined): JsonObject {
  const schema = typeSchema(type, values);
  if (type.kind === "struct") return withDefault(schema, {}, false);
  const zero = type.kind === "scalar" ? ELEMENT_DEFAULTS[type.scalar] : undefined;
  return withDefault(schema, zero, true);
}

/** Adds the default where the real document has it in its order of keys; wraps a reference unless it is to stay bare. */
function withDefault(schema: JsonObject, value: JsonObject[string], bare: boolean): JsonObject {
  const { enum: values, $ref, ...out } = schema;
  if (value !== undefined) out.default = value;
  if (values !== undefined) out.enum = values;
  if ($ref !== undefined && bare) out.$ref = $ref;
  else if ($ref !== undefined) out.allOf = [{ $ref }];
  return out;
}

/** The named types that a field's type leads to directly. */
export function referencesOf(type: StructType): string[] {
  return type.fields.flatMap((field) => {
    if (field.inline && field.type.kind === "struct") return referencesOf(field.type.struct);
    return innermost(field.type);
  });
}

function innermost(type: TypeRef): string[] {
  if (type.kind === "list" || type.kind === "map") return innermost(type.of);
  if (type.kind === "struct") return [type.struct.name];
  const name = NAMED_SCALARS[type.scalar];
  return name === undefined ? [] : [name];
}
