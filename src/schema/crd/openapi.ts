import { apiVersionOf } from "../../kube/gvr.js";
import { FloatLiteral, type Json, type JsonObject } from "../../kube/json.js";
import type { ResourceDef } from "../model.js";
import type { SchemaTables } from "../tables.js";
import { isIntOrString } from "./int-or-string.js";
import type { Schema, ValidationRule } from "./schema.js";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";

/** What a document's version can say. */
export type OpenApiVersion = "v2" | "v3";

/** A component that an OpenAPI document has for custom resources, and the components that it mentions. */
export interface CustomComponent {
  readonly schema: JsonObject;
  readonly references: readonly string[];
}

/** By name: the kind and its list. Upstream: apiextensions' controller/openapi/builder/builder.go. */
export function customComponents(
  tables: SchemaTables,
  def: ResourceDef,
  version: OpenApiVersion,
): [string, CustomComponent][] {
  const kind = { schema: kindSchema(tables, def, version), references: [`${META}ObjectMeta`] };
  const list = { schema: listSchema(tables, def, version), references: [`${META}ListMeta`, def.type.name] };
  return [
    [def.type.name, kind],
    [def.listType.name, list],
  ];
}

function kindSchema(tables: SchemaTables, def: ResourceDef, version: OpenApiVersion): JsonObject {
  const { schema } = def.served!.version;
  const preserves = schema?.preserveUnknownFields || def.served!.definition.preserveUnknownFields;
  // kubectl would take a schema with properties for a complete one.
  const bare = !schema || (version === "v2" && preserves);
  const out: JsonObject = bare
    ? { type: "object" }
    : asObjectSchema(tables, new Writer(version).write(schema), version);
  return { ...out, ...kindExtensions(def, def.gvk.kind) };
}

/** Built-in kinds of which upstream takes the texts for the fields that all custom resources have. */
const LIKE_KIND = "io.k8s.api.core.v1.ConfigMap";
const LIKE_LIST = "io.k8s.api.core.v1.PodList";
const LIKE_LIST_OF = "pods";

/** @returns schema with the text that the field of a built-in kind has */
function described(tables: SchemaTables, kind: string, field: string, schema: JsonObject): JsonObject {
  const description = tables.descriptions.fieldText(tables.struct(kind), field);
  return description === "" ? schema : { description, ...schema };
}

function asObjectSchema(tables: SchemaTables, schema: JsonObject, version: OpenApiVersion): JsonObject {
  const like = (field: string, own: JsonObject) => described(tables, LIKE_KIND, field, own);
  const properties = {
    ...((schema.properties as JsonObject | undefined) ?? {}),
    apiVersion: like("apiVersion", { type: "string" }),
    kind: like("kind", { type: "string" }),
    metadata: like("metadata", reference(`${META}ObjectMeta`, version)),
  };
  return { ...schema, properties: sorted(properties) };
}

function listSchema(tables: SchemaTables, def: ResourceDef, version: OpenApiVersion): JsonObject {
  const like = (field: string, own: JsonObject) => described(tables, LIKE_LIST, field, own);
  const items = like("items", { type: "array", items: { $ref: prefixOf(version) + def.type.name } });
  if (typeof items.description === "string") {
    items.description = items.description.replace(LIKE_LIST_OF, def.gvr.resource);
  }
  return {
    description: `${def.listKind} is a list of ${def.gvk.kind}`,
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: like("apiVersion", { type: "string" }),
      items,
      kind: like("kind", { type: "string" }),
      metadata: like("metadata", reference(`${META}ListMeta`, version)),
    },
    ...kindExtensions(def, def.listKind),
  };
}

function kindExtensions(def: ResourceDef, kind: string): JsonObject {
  const { group, version } = def.gvk;
  const fields = def.served!.version.selectableFields.map((path) => ({ fieldPath: path.replace(/^\./, "") }));
  return {
    "x-kubernetes-group-version-kind": [{ group, kind, version }],
    ...(fields.length > 0 ? { "x-kubernetes-selectable-fields": fields } : {}),
  };
}

function prefixOf(version: OpenApiVersion): string {
  return version === "v2" ? "#/definitions/" : "#/components/schemas/";
}

/** v3 wraps a reference that has siblings; the original has a description there. */
function reference(name: string, version: OpenApiVersion): JsonObject {
  const $ref = prefixOf(version) + name;
  return version === "v2" ? { $ref } : { allOf: [{ $ref }] };
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const INT_OR_STRING: readonly Json[] = [{ type: "integer" }, { type: "string" }];

/** Writes schemas with the fields in kube-openapi's order. */
class Writer {
  readonly #version: OpenApiVersion;

  constructor(version: OpenApiVersion) {
    this.#version = version;
  }

  write(schema: Schema): JsonObject {
    return this.#version === "v2" ? this.#writeV2(schema) : this.#writeV3(schema);
  }

  #writeV3(schema: Schema): JsonObject {
    const { nullable, type, items, not } = schema;
    const out: JsonObject = {
      ...descriptionOf(schema),
      ...(type === "" ? {} : { type }),
      ...(nullable ? { nullable } : {}),
    };
    Object.assign(out, titled(schema), schema.default === undefined ? {} : { default: plain(schema.default) });
    Object.assign(out, valueFields(schema), requiredFields(this.#required(schema)));
    if (items) out.items = this.write(items);
    const any = schema.anyOf.map((each) => this.write(each));
    const all = schema.allOf.map((each) => this.write(each));
    if (schema.intOrString && !isIntOrString(schema)) {
      if (any.length === 0) any.push(...(INT_OR_STRING as JsonObject[]));
      else all.unshift({ anyOf: [...INT_OR_STRING] });
    }
    if (all.length > 0) out.allOf = all;
    if (schema.oneOf.length > 0) out.oneOf = schema.oneOf.map((each) => this.write(each));
    if (any.length > 0) out.anyOf = any;
    if (not) out.not = this.write(not);
    return { ...out, ...this.#members(schema), ...extensions(schema) };
  }

  /** Without what kubectl's reader of v2 stumbles over; upstream: apiextensions' controller/openapi/v2/conversion.go. */
  #writeV2(schema: Schema): JsonObject {
    const { nullable, preserveUnknownFields: keeps } = schema;
    const bare = nullable || keeps === true;
    const items = bare ? undefined : schema.items;
    const untyped =
      nullable ||
      (!items && schema.type === "array") ||
      (keeps && (schema.type === "object" || schema.type === "array"));
    const type = untyped || schema.type === "" ? {} : { type: schema.type };
    const extra = schema.additionalProperties?.schema?.nullable;
    const required = extra
      ? []
      : this.#required(schema).filter((name) => bare || !schema.properties.get(name)?.nullable);
    const out: JsonObject = { ...descriptionOf(schema), ...type, ...titled(schema), ...valueFields(schema) };
    Object.assign(out, requiredFields(required));
    if (items) out.items = this.write(items);
    return { ...out, ...this.#members(bare ? { ...schema, properties: new Map() } : schema), ...extensions(schema) };
  }

  /** Embedded resources have their kind, except where v2 must not know any field. */
  #embeds(schema: Schema): boolean {
    return schema.embeddedResource && !(this.#version === "v2" && schema.preserveUnknownFields);
  }

  #required(schema: Schema): string[] {
    if (!this.#embeds(schema)) return [...schema.required];
    const missing = ["kind", "apiVersion"].filter((name) => !schema.required.includes(name));
    return [...schema.required, ...missing];
  }

  #members(schema: Schema): JsonObject {
    const out: JsonObject = {};
    const properties = Object.fromEntries([...schema.properties].map(([name, child]) => [name, this.write(child)]));
    const embedded = this.#embeds(schema)
      ? {
          apiVersion: { type: "string" },
          kind: { type: "string" },
          metadata: reference(`${META}ObjectMeta`, this.#version),
        }
      : {};
    const all: JsonObject = { ...properties, ...embedded };
    if (Object.keys(all).length > 0) out.properties = sorted(all);
    const { additionalProperties: extra } = schema;
    if (extra) out.additionalProperties = extra.schema ? this.write(extra.schema) : extra.allows;
    return out;
  }
}

function descriptionOf({ description }: Schema): JsonObject {
  return description === "" ? {} : { description };
}

function titled({ title, format }: Schema): JsonObject {
  return { ...(format === "" ? {} : { format }), ...(title === "" ? {} : { title }) };
}

function requiredFields(required: readonly string[]): JsonObject {
  return required.length > 0 ? { required: [...required] } : {};
}

const VALUE_FIELDS = [
  "maximum",
  "exclusiveMaximum",
  "minimum",
  "exclusiveMinimum",
  "maxLength",
  "minLength",
  "pattern",
  "maxItems",
  "minItems",
  "uniqueItems",
  "multipleOf",
  "enum",
  "maxProperties",
  "minProperties",
] as const;

function valueFields(schema: Schema): JsonObject {
  const out: JsonObject = {};
  for (const name of VALUE_FIELDS) {
    const value = schema[name] as Json | undefined;
    const absent =
      value === undefined || value === false || value === "" || (Array.isArray(value) && value.length === 0);
    if (!absent) out[name] = plain(value);
  }
  return out;
}

/** As JSON.stringify can write it. */
function plain(value: Json): Json {
  if (value instanceof FloatLiteral) return value.value;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field as Json)]));
}

function extensions(schema: Schema): JsonObject {
  const out: JsonObject = {};
  if (schema.embeddedResource) out["x-kubernetes-embedded-resource"] = true;
  if (schema.intOrString) out["x-kubernetes-int-or-string"] = true;
  if (schema.listMapKeys.length > 0) out["x-kubernetes-list-map-keys"] = [...schema.listMapKeys];
  if (schema.listType !== undefined) out["x-kubernetes-list-type"] = schema.listType;
  if (schema.mapType !== undefined) out["x-kubernetes-map-type"] = schema.mapType;
  if (schema.preserveUnknownFields) out["x-kubernetes-preserve-unknown-fields"] = true;
  if (schema.rules.length > 0) out["x-kubernetes-validations"] = schema.rules.map(ruleObject);
  return out;
}

function ruleObject(rule: ValidationRule): JsonObject {
  const { message, messageExpression, reason, fieldPath, optionalOldSelf } = rule;
  return {
    rule: rule.rule,
    ...(message === "" ? {} : { message }),
    ...(messageExpression === "" ? {} : { messageExpression }),
    ...(reason === undefined ? {} : { reason }),
    ...(fieldPath === "" ? {} : { fieldPath }),
    ...(optionalOldSelf === undefined ? {} : { optionalOldSelf }),
  };
}

/** The title of a document whose group has custom resources only. */
export const CUSTOM_INFO = { title: "Kubernetes CRD Swagger", version: "v0.1.0" } as const;

/** How routes and operations call the group-version of a custom resource. */
export function pathRoot(def: ResourceDef): string {
  return `/apis/${apiVersionOf(def.gvk)}`;
}
