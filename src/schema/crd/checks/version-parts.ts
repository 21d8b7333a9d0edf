import { duplicate, type FieldError, invalidValue, required, tooMany } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { PrinterColumn, ScalePaths } from "../definition.js";
import type { Schema } from "../schema.js";
import { fieldAt } from "./field-path.js";

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

export function validateColumn(column: PrinterColumn, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (column.name === "") errors.push(required(path.child("name")));
  const types = `must be one of ${COLUMN_TYPES.join(",")}`;
  if (column.type === "") errors.push(required(path.child("type"), types));
  else if (!COLUMN_TYPES.includes(column.type)) errors.push(invalidValue(path.child("type"), column.type, types));
  if (column.format !== "" && !COLUMN_FORMATS.includes(column.format)) {
    errors.push(invalidValue(path.child("format"), column.format, `must be one of ${COLUMN_FORMATS.join(",")}`));
  }
  if (column.jsonPath === "") errors.push(required(path.child("JSONPath")));
  else errors.push(...simplePathErrors(column.jsonPath, path.child("JSONPath")));
  return errors;
}

function simplePathErrors(jsonPath: string, path: FieldPath): FieldError[] {
  return jsonPath.startsWith(".") ? [] : [invalidValue(path, jsonPath, "must be a simple json path starting with .")];
}

export function validateScalePaths(scale: ScalePaths | undefined, path: FieldPath): FieldError[] {
  if (!scale) return [];
  const under = (name: string, value: string, roots: readonly string[], where: string): FieldError[] => {
    const at = path.child(name);
    const simple = simplePathErrors(value, at);
    if (simple.length > 0 || roots.some((root) => value.startsWith(root))) return simple;
    return [invalidValue(at, value, `should be a json path under ${where}`)];
  };
  const needed = (name: string, value: string, root: string) =>
    value === "" ? [required(path.child(name))] : under(name, value, [`${root}.`], root);
  const selector =
    scale.selector === "" ? [] : under("scale.labelSelectorPath", scale.selector, [".spec.", ".status."], EITHER);
  return [
    ...needed("scale.specReplicasPath", scale.spec, ".spec"),
    ...needed("scale.statusReplicasPath", scale.status, ".status"),
    ...selector,
  ];
}

const EITHER = "either .spec or .status";
const MAX_SELECTABLE = 8;
const SELECTABLE_TYPES = ["string", "boolean", "integer"];

export function validateSelectableFields(paths: readonly string[], schema: Schema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, jsonPath] of paths.entries()) {
    const at = path.index(index).child("jsonPath");
    if (jsonPath === "") {
      errors.push(required(at));
      continue;
    }
    const found = fieldAt(jsonPath, schema, false);
    if ("problem" in found) {
      errors.push(invalidValue(at, jsonPath, `is an invalid path: ${found.problem}`));
      continue;
    }
    const text = String(found.path);
    if (text.split(".")[0] === "metadata") {
      errors.push(invalidValue(at, jsonPath, "must not point to fields in metadata"));
    }
    if (!SELECTABLE_TYPES.includes(found.schema?.type ?? "")) {
      const why =
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
      errors.push(invalidValue(at, jsonPath, why));
    }
    if (seen.has(text)) errors.push(duplicate(at, jsonPath));
    seen.add(text);
  }
  if (seen.size > MAX_SELECTABLE) errors.push(tooMany(path, seen.size, MAX_SELECTABLE));
  return errors;
}

/** Upstream: validateDeprecationWarning. */
export function deprecationProblems(deprecated: boolean, warning: string | undefined): string[] {
  if (warning === undefined) return [];
  if (!deprecated) return ["can only be set for deprecated versions"];
  const problems: string[] = [];
  if (Buffer.byteLength(warning) > 256) problems.push("must be <= 256 characters long");
  if (warning === "") problems.push("must not be an empty string");
  const odd = /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/u.exec(warning);
  if (odd) {
    const index = Buffer.byteLength(warning.slice(0, odd.index));
    problems.push(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
  }
  return problems;
}
