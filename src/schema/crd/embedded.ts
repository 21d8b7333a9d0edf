import { errorText, type FieldError, invalidValue, required } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldNames, fieldOf } from "../../kube/json-access.js";
import { isDns1035Label } from "../../kube/names.js";
import { validateObjectMeta } from "../validation/object-meta.js";
import type { MetadataReader } from "./metadata.js";
import { type Schema, schemaOfKey } from "./schema.js";
import { UnknownFields } from "./unknown-fields.js";

/** A value that makes the whole object unreadable. */
export class CoercionError extends Error {
  constructor(readonly error: FieldError) {
    super(errorText(error));
    this.name = "CoercionError";
  }
}

export interface CoerceOptions {
  readonly isResourceRoot?: boolean;
  readonly unknown?: UnknownFields;
  /** What is malformed is dropped, or left for later: for objects that were stored under another schema. */
  readonly lenient?: boolean;
}

/**
 * Brings the metadata of embedded resources into its form; changes `value`. Upstream:
 * apiextensions-apiserver/pkg/apiserver/schema/objectmeta/algorithm.go. @throws CoercionError
 */
export function coerceEmbedded(
  value: Json,
  schema: Schema | undefined,
  reader: MetadataReader,
  path: FieldPath,
  options: CoerceOptions = {},
): void {
  if (!schema) return;
  const { isResourceRoot = false, unknown = new UnknownFields(false), lenient = false } = options;
  const inside = { unknown, lenient };
  if (isObject(value)) {
    const embedded = isResourceRoot || schema.embeddedResource;
    for (const name of fieldNames(value)) {
      if (embedded && META_FIELDS.has(name)) coerceMetaField(value, name, reader, path, inside);
      const child = schemaOfKey(schema, name);
      const field = fieldOf(value, name);
      if (!child || field === undefined) continue;
      const at = schema.properties.has(name) ? path.child(name) : path.key(name);
      unknown.at(name, () => coerceEmbedded(field, child, reader, at, inside));
    }
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      unknown.at(index, () => coerceEmbedded(item, schema.items, reader, path.index(index), inside));
    });
  }
}

const META_FIELDS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

function coerceMetaField(
  value: JsonObject,
  name: string,
  reader: MetadataReader,
  path: FieldPath,
  { unknown, lenient }: Required<Omit<CoerceOptions, "isResourceRoot">>,
): void {
  const field = fieldOf(value, name)!;
  if (name !== "metadata") {
    if (typeof field === "string") return;
    if (!lenient) throw new CoercionError(invalidValue(path.child(name), field, "must be a string"));
    delete value[name];
    return;
  }
  const found: string[] = [];
  try {
    value.metadata = reader.read(field, found);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (lenient) return;
    throw new CoercionError(invalidValue(path.child(name), field, error.message));
  }
  unknown.recordAll(found.map((each) => `metadata.${each}`));
}

/** What is wrong with embedded resources; upstream: objectmeta/validation.go. */
export function validateEmbedded(
  value: Json,
  schema: Schema | undefined,
  reader: MetadataReader,
  path: FieldPath,
  isResourceRoot = false,
): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => validateEmbedded(item, schema.items, reader, path.index(index)));
  }
  if (!isObject(value)) return [];
  const errors = isResourceRoot || schema.embeddedResource ? checkEmbedded(value, reader, path) : [];
  for (const name of fieldNames(value)) {
    const at = schema.properties.has(name) ? path.child(name) : path.key(name);
    errors.push(...validateEmbedded(fieldOf(value, name)!, schemaOfKey(schema, name), reader, at));
  }
  return errors;
}

function checkEmbedded(value: JsonObject, reader: MetadataReader, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ["apiVersion", "kind"]) {
    const field = fieldOf(value, name);
    const at = path.child(name);
    if (field === undefined) errors.push(required(at));
    else if (typeof field !== "string") errors.push(invalidValue(at, field, "must be a string"));
    else if (field === "") errors.push(invalidValue(at, field, "must not be empty"));
    else if (name === "apiVersion") {
      if (field.split("/").length > 2) errors.push(invalidValue(at, field, `unexpected GroupVersion string: ${field}`));
    } else {
      const reasons = isDns1035Label(field.toLowerCase()).join(",");
      if (reasons !== "") {
        errors.push(invalidValue(at, field, `may have mixed case, but should otherwise match: ${reasons}`));
      }
    }
  }
  const metadata = fieldOf(value, "metadata");
  if (metadata !== undefined) errors.push(...checkMetadata(metadata, reader, path.child("metadata")));
  return errors;
}

function checkMetadata(metadata: Json, reader: MetadataReader, path: FieldPath): FieldError[] {
  let read: JsonObject;
  try {
    read = reader.read(metadata);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return [invalidValue(path, metadata, error.message)];
  }
  // An embedded resource needs no name, but the check of metadata does.
  const named = { metadata: { ...read, name: read.name || "fakename" } };
  return validateObjectMeta(named, (read.namespace ?? "") !== "", undefined, path);
}
