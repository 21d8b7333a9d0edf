import { type FieldError, forbiddenField, invalidValue } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { compileRules } from "../cel/rule-set.js";
import type { MetadataReader } from "../metadata.js";
import { type Schema, schemasIn } from "../schema.js";
import { validateDefaults } from "./defaults.js";
import { goSchema } from "./go-internal.js";
import { unsupportedField, validateSchemaRules } from "./schema-rules.js";
import { validateStructural } from "./structural.js";

/** Names of Go fields that may stand at the root where there is a status subresource, as the message lists them. */
const ALLOWED_AT_ROOT =
  "Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern " +
  "MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields " +
  "XValidations";

const ROOT_FIELDS: ReadonlySet<string> = new Set([
  ...["description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"],
  ...["maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "required", "items"],
  ...["properties", "externalDocs", "example", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations"],
]);

/** A version's schema; upstream: validateCustomResourceDefinitionValidation. `path` is that of its openAPIV3Schema. */
export function validateRootSchema(
  schema: Schema,
  path: FieldPath,
  hasStatus: boolean,
  reader: MetadataReader,
): FieldError[] {
  const errors = hasStatus ? statusErrors(schema, path) : [];
  if (schema.nullable) errors.push(forbiddenField(path.child("nullable"), "nullable cannot be true at the root"));
  const unsupported = [...schemasIn(schema)].map(unsupportedField).find((problem) => problem !== undefined);
  const structural = unsupported === undefined ? structuralErrors(schema, path, reader) : [];
  errors.push(...structural);
  const checksRules = unsupported === undefined && structural.length === 0;
  errors.push(...validateSchemaRules(schema, path, checksRules));
  if (errors.length === 0 && unsupported !== undefined) errors.push(invalidValue(path, "", unsupported));
  return errors;
}

/** Defaults are looked at once the schema they belong to is sound. */
function structuralErrors(schema: Schema, path: FieldPath, reader: MetadataReader): FieldError[] {
  const errors = validateStructural(schema, path);
  if (errors.length > 0) return errors;
  return validateDefaults(schema, path, { reader, rulesOf: compileRules });
}

function statusErrors(schema: Schema, path: FieldPath): FieldError[] {
  const tail = "at the root of the schema if the status subresource is enabled";
  const errors: FieldError[] = [];
  if (schema.type !== "" && schema.type !== "object") {
    const why = `only "object" is allowed as the type ${tail}`;
    return [invalidValue(path.child("type"), schema.type, why)];
  }
  const { source } = schema;
  const odd = Object.keys(source).find((name) => isSet(source[name]) && !ROOT_FIELDS.has(name));
  if (odd !== undefined) {
    const why = `only [${ALLOWED_AT_ROOT}] fields are allowed ${tail}`;
    errors.push(invalidValue(path, goSchema(source), why));
  }
  return errors;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && value !== "" && !(Array.isArray(value) && value.length === 0);
}
