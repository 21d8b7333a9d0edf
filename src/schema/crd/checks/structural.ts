import { errorText, type FieldError, forbiddenField, invalidValue, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { compareUtf8 } from "../../../kube/go-text.js";
import { isPair } from "../int-or-string.js";
import { goRegex, RegexError } from "../regex.js";
import type { Schema } from "../schema.js";

type Level = "root" | "item" | "field";

/**
 * What makes a schema not structural, sorted as upstream sorts it; upstream: apiextensions-apiserver/pkg/apiserver/
 * schema/{validation,complete}.go.
 */
export function validateStructural(schema: Schema, path: FieldPath): FieldError[] {
  const errors = [...invariants(schema, "root", path), ...completeness(schema, schema, path, path)];
  return errors.sort((a, b) => compareUtf8(errorText(a), errorText(b)));
}

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function invariants(schema: Schema, level: Level, path: FieldPath): FieldError[] {
  const { items, properties, additionalProperties: extra } = schema;
  const errors: FieldError[] = [];
  if (schema.type === "array" && !items) errors.push(required(path.child("items"), "must be specified"));
  if (items) errors.push(...invariants(items, "item", path.child("items")));
  for (const [name, child] of properties) {
    errors.push(...invariants(child, "field", path.child("properties").key(name)));
  }
  if (extra && level === "root") {
    errors.push(forbiddenField(path.child("additionalProperties"), "must not be used at the root"));
  }
  if (extra?.schema) errors.push(...invariants(extra.schema, "field", path.child("additionalProperties")));
  errors.push(...extensionErrors(schema, path));
  const skips = { anyOf: isPair(schema.anyOf), firstAllOf: isPair(schema.allOf[0]?.anyOf ?? []) };
  errors.push(...valueErrors(schema, path, skips));
  errors.push(...typeErrors(schema, level, path), ...metaErrors(schema, level, path));
  return errors;
}

interface Skips {
  readonly anyOf: boolean;
  readonly firstAllOf: boolean;
}

const NOTHING: Skips = { anyOf: false, firstAllOf: false };

function extensionErrors(schema: Schema, path: FieldPath): FieldError[] {
  if (!schema.intOrString) return [];
  const errors: FieldError[] = [];
  const why = "must be false if x-kubernetes-int-or-string is true";
  if (schema.preserveUnknownFields) {
    errors.push(invalidValue(path.child("x-kubernetes-preserve-unknown-fields"), true, why));
  }
  if (schema.embeddedResource) errors.push(invalidValue(path.child("x-kubernetes-embedded-resource"), true, why));
  return errors;
}

function typeErrors(schema: Schema, level: Level, path: FieldPath): FieldError[] {
  const { type } = schema;
  const at = path.child("type");
  const errors: FieldError[] = [];
  if (schema.embeddedResource && type !== "object") {
    const why = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(type === "" ? required(at, why) : invalidValue(at, type, why));
  } else if (type === "" && !schema.intOrString && !schema.preserveUnknownFields) {
    errors.push(required(at, EMPTY_TYPE[level]));
  }
  if (schema.embeddedResource && schema.additionalProperties) {
    const why = "must not be used if x-kubernetes-embedded-resource is set";
    errors.push(forbiddenField(path.child("additionalProperties"), why));
  }
  if (level === "root" && type !== "" && type !== "object") {
    errors.push(invalidValue(at, type, "must be object at the root"));
  }
  return errors;
}

/** kind, apiVersion and metadata of the root and of embedded resources are the server's to say. */
function metaErrors(schema: Schema, level: Level, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const checks = level === "root" || schema.embeddedResource;
  const of = (name: string) => path.child("properties").key(name);
  for (const name of ["kind", "apiVersion"]) {
    const child = schema.properties.get(name);
    if (checks && child && child.type !== "string") {
      errors.push(invalidValue(of(name).child("type"), child.type, "must be string"));
    }
  }
  const metadata = schema.properties.get("metadata");
  if (metadata && checks && metadata.type !== "object") {
    errors.push(invalidValue(of("metadata").child("type"), metadata.type, "must be object"));
  }
  if (metadata && level === "root" && saysMoreThanNames(metadata)) {
    const why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
    errors.push(forbiddenField(of("metadata"), why));
  }
  if (schema.embeddedResource && !schema.preserveUnknownFields && schema.properties.size === 0) {
    const why =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(path.child("properties"), why));
  }
  return errors;
}

function saysMoreThanNames({ source, properties }: Schema): boolean {
  const names = [...properties.keys()];
  const others = Object.keys(source).filter((key) => source[key] !== undefined && !MAY_SAY.has(key));
  if (names.length > 0 && !names.every((name) => name === "name" || name === "generateName")) return true;
  return others.length > 0;
}

const MAY_SAY: ReadonlySet<string> = new Set(["type", "default", "properties"]);

function valueErrors(schema: Schema, path: FieldPath, skips: Skips): FieldError[] {
  const errors: FieldError[] = [];
  const nested = (name: string, list: readonly Schema[], skipsOf: (index: number) => Skips) => {
    for (const [index, each] of list.entries()) {
      errors.push(...nestedErrors(each, path.child(name).index(index), skipsOf(index)));
    }
  };
  if (!skips.anyOf) nested("anyOf", schema.anyOf, () => NOTHING);
  nested("allOf", schema.allOf, (index) => (index === 0 && skips.firstAllOf ? { ...NOTHING, anyOf: true } : NOTHING));
  nested("oneOf", schema.oneOf, () => NOTHING);
  if (schema.not) errors.push(...nestedErrors(schema.not, path.child("not"), NOTHING));
  if (schema.pattern !== "") {
    const problem = regexProblem(schema.pattern);
    if (problem !== undefined) {
      const why = `must be a valid regular expression, but isn't: ${problem}`;
      errors.push(invalidValue(path.child("pattern"), schema.pattern, why));
    }
  }
  return errors;
}

function regexProblem(pattern: string): string | undefined {
  try {
    goRegex(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof RegexError) return error.message;
    throw error;
  }
}

/** Alternatives may judge values, but not say what there is. */
function nestedErrors(schema: Schema, path: FieldPath, skips: Skips): FieldError[] {
  const errors = valueErrors(schema, path, skips);
  if (schema.items) errors.push(...nestedErrors(schema.items, path.child("items"), NOTHING));
  for (const [name, child] of schema.properties) {
    errors.push(...nestedErrors(child, path.child("properties").key(name), NOTHING));
  }
  for (const [name, why, found] of forbiddenParts(schema)) {
    if (found) errors.push(forbiddenField(path.child(name), `must be ${why} to be structural`));
  }
  if (schema.properties.has("metadata")) {
    const why = "must not be specified in a nested context";
    errors.push(forbiddenField(path.child("properties").key("metadata"), why));
  }
  return errors;
}

function forbiddenParts(schema: Schema): readonly (readonly [string, string, boolean])[] {
  const { additionalProperties: extra } = schema;
  return [
    ["type", "empty", schema.type !== ""],
    ["additionalProperties", "undefined", extra !== undefined && (extra.schema !== undefined || extra.allows)],
    ["default", "undefined", schema.default !== undefined],
    ["title", "empty", schema.title !== ""],
    ["description", "empty", schema.description !== ""],
    ["nullable", "false", schema.nullable],
    ["x-kubernetes-preserve-unknown-fields", "false", schema.preserveUnknownFields === true],
    ["x-kubernetes-embedded-resource", "false", schema.embeddedResource],
    ["x-kubernetes-int-or-string", "false", schema.intOrString],
    ["x-kubernetes-list-map-keys", "empty", schema.listMapKeys.length > 0],
    ["x-kubernetes-list-type", "undefined", schema.listType !== undefined],
    ["x-kubernetes-map-type", "undefined", schema.mapType !== undefined],
    ["x-kubernetes-validations", "empty", schema.rules.length > 0],
  ];
}

/** What alternatives judge must be named outside of them. */
function completeness(schema: Schema, main: Schema | undefined, mainPath: FieldPath, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const check = (each: Schema, at: FieldPath) => errors.push(...nestedCompleteness(each, main, mainPath, at));
  if (schema.not) check(schema.not, path.child("not"));
  for (const name of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [index, each] of schema[name].entries()) check(each, path.child(name).index(index));
  }
  return errors;
}

function nestedCompleteness(
  schema: Schema,
  main: Schema | undefined,
  mainPath: FieldPath,
  path: FieldPath,
): FieldError[] {
  if (!main) return [required(mainPath, `because it is defined in ${path}`)];
  const errors = completeness(schema, main, mainPath, path);
  if (schema.items) {
    errors.push(...nestedCompleteness(schema.items, main.items, mainPath.child("items"), path.child("items")));
  }
  for (const [name, child] of schema.properties) {
    const at = mainPath.child("properties").key(name);
    errors.push(...nestedCompleteness(child, main.properties.get(name), at, path.child("properties").key(name)));
  }
  return errors;
}
