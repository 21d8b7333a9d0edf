import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldNames, fieldOf } from "../../kube/json-access.js";
import type { Schema } from "./schema.js";
import { UnknownFields } from "./unknown-fields.js";

const META_FIELDS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/**
 * Takes away what the schema does not name; changes `value`. At the root and in embedded resources the fields of a
 * Kubernetes object stay. Upstream: apiextensions-apiserver/pkg/apiserver/schema/pruning/algorithm.go.
 */
export function prune(
  value: Json,
  schema: Schema | undefined,
  isResourceRoot: boolean,
  unknown = new UnknownFields(false),
): void {
  const keepsMeta = isResourceRoot || (schema?.embeddedResource ?? false);
  if (schema?.preserveUnknownFields) keep(value, schema, keepsMeta, unknown);
  else if (isObject(value)) pruneObject(value, schema, keepsMeta, unknown);
  else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      unknown.at(index, () => prune(item, schema?.items, false, unknown));
    });
  }
}

function pruneObject(value: JsonObject, schema: Schema | undefined, keepsMeta: boolean, unknown: UnknownFields): void {
  for (const key of fieldNames(value)) {
    if (keepsMeta && META_FIELDS.has(key)) continue;
    const child = schema && followed(schema, key);
    if (child) unknown.at(key, () => prune(fieldOf(value, key)!, child.schema, false, unknown));
    else {
      if (!META_FIELDS.has(key) || !unknown.atRoot || !schema) unknown.record(key);
      delete value[key];
    }
  }
}

/** Inside of x-kubernetes-preserve-unknown-fields only what the schema names is looked at. */
function keep(value: Json, schema: Schema, keepsMeta: boolean, unknown: UnknownFields): void {
  if (isObject(value)) {
    for (const key of fieldNames(value)) {
      if (keepsMeta && META_FIELDS.has(key)) continue;
      const child = followed(schema, key);
      if (child) unknown.at(key, () => prune(fieldOf(value, key)!, child.schema, false, unknown));
    }
  } else if (Array.isArray(value) && schema.items) {
    const { items } = schema;
    value.forEach((item, index) => {
      unknown.at(index, () => keep(item, items, items.embeddedResource, unknown));
    });
  }
}

/** The child that the schema names; its own schema may be missing under `additionalProperties: true`. */
function followed(schema: Schema, key: string): { readonly schema: Schema | undefined } | undefined {
  const property = schema.properties.get(key);
  if (property) return { schema: property };
  return schema.additionalProperties && { schema: schema.additionalProperties.schema };
}
