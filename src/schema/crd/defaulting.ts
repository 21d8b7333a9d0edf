import { isObject, type Json } from "../../kube/json.js";
import { cloneJson, fieldNames, fieldOf, setField } from "../../kube/json-access.js";
import { prune } from "./prune.js";
import { type Schema, schemaOfKey } from "./schema.js";

/**
 * Fills in the schema's defaults; a null where none may be counts as absent. Changes `value`.
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/defaulting/algorithm.go.
 */
export function applySchemaDefaults(value: Json, schema: Schema | undefined): void {
  if (!schema) return;
  if (isObject(value)) {
    for (const [name, property] of schema.properties) {
      if (property.default === undefined) continue;
      const present = fieldOf(value, name);
      if (present === undefined || isMisplacedNull(present, property)) setField(value, name, defaultOf(property)!);
    }
    for (const name of fieldNames(value)) {
      const child = schemaOfKey(schema, name);
      if (!schema.properties.has(name) && isMisplacedNull(fieldOf(value, name)!, child)) {
        setField(value, name, defaultOf(child!) ?? null);
      }
      applySchemaDefaults(fieldOf(value, name)!, child);
    }
  } else if (Array.isArray(value)) {
    const { items } = schema;
    value.forEach((item, index) => {
      if (isMisplacedNull(item, items)) value[index] = defaultOf(items!) ?? null;
      applySchemaDefaults(value[index]!, items);
    });
  }
}

/** Takes away nulls that may not be and that no default will replace; upstream: prunenulls.go. */
export function dropNulls(value: Json, schema: Schema | undefined): void {
  if (!schema) return;
  if (isObject(value)) {
    for (const name of fieldNames(value)) {
      const child = schemaOfKey(schema, name);
      const field = fieldOf(value, name)!;
      if (isMisplacedNull(field, child) && child!.default === undefined) delete value[name];
      else dropNulls(field, child);
    }
  } else if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, schema?.items);
  }
}

function isMisplacedNull(value: Json, schema: Schema | undefined): boolean {
  return value === null && schema !== undefined && !schema.nullable;
}

const pruned = new WeakMap<Schema, Json>();

/** A default is served without what its own schema would prune. */
function defaultOf(schema: Schema): Json | undefined {
  if (schema.default === undefined) return undefined;
  let value = pruned.get(schema);
  if (value === undefined) {
    value = cloneJson(schema.default);
    prune(value, schema, schema.embeddedResource);
    pruned.set(schema, value);
  }
  return cloneJson(value);
}
