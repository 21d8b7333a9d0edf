import { objectAt, valueAt } from "../../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { isObject, type Json } from "../../../kube/json.js";
import { RuleContext } from "../cel/check.js";
import type { Schema } from "../schema.js";
import { fieldAt } from "./field-path.js";
import { goItems } from "./go-internal.js";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const META_FIELDS: ReadonlySet<string> = new Set(["metadata", "kind", "apiVersion"]);
const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/** What a node inherits from those above it. */
interface Place {
  readonly isRoot: boolean;
  /** Why no default may stand here; undefined: one may. */
  readonly noDefaults: string | undefined;
  readonly insideMeta: boolean;
  /** The nearest node above whose parts can't be told apart between two versions of an object. */
  readonly uncorrelatable: FieldPath | undefined;
  /** Undefined: rules are not looked at. */
  readonly rules: RuleContext | undefined;
}

interface Findings {
  readonly schema: FieldError[];
  readonly rules: FieldError[];
}

/**
 * What of a schema is refused beyond its structure; upstream: apis/apiextensions/validation/validation.go
 * (ValidateCustomResourceDefinitionOpenAPISchema). Rules are compiled only where `withRules` is set.
 */
export function validateSchemaRules(schema: Schema, path: FieldPath, withRules: boolean): FieldError[] {
  const rules = withRules ? RuleContext.root(schema) : undefined;
  const place: Place = {
    isRoot: true,
    noDefaults: undefined,
    insideMeta: false,
    uncorrelatable: undefined,
    rules,
  };
  const found = check(schema, path, place);
  return [...found.schema, ...found.rules, ...(rules?.totalErrors(path) ?? [])];
}

function check(schema: Schema, path: FieldPath, place: Place): Findings {
  const found: Findings = { schema: ownErrors(schema, path, place), rules: [] };
  const descend = (child: Schema | undefined, at: FieldPath, inside: Partial<Place>) => {
    if (!child) return;
    const inner = check(child, at, { ...place, isRoot: false, ...inside });
    found.schema.push(...inner.schema);
    found.rules.push(...inner.rules);
  };
  checkAdditional(schema, path, place, found.schema, descend);
  for (const [name, child] of schema.properties) {
    descend(child, path.child("properties").key(name), propertyPlace(schema, name, child, path, place));
  }
  descend(schema.not, path.child("not"), { rules: undefined });
  for (const list of ["allOf", "oneOf", "anyOf"] as const) {
    for (const [index, child] of schema[list].entries()) {
      descend(child, path.child(list).index(index), { rules: undefined });
    }
  }
  const uncorrelatable = place.uncorrelatable ?? (schema.listType === "map" ? undefined : path);
  if (schema.items) {
    descend(schema.items, path.child("items"), { uncorrelatable, rules: place.rules?.items(schema.items) });
  }
  for (const [index, child] of schema.itemList.entries()) {
    descend(child, path.child("items").index(index), { uncorrelatable, rules: undefined });
  }
  found.schema.push(...extensionErrors(schema, path), ...listErrors(schema, path), ...ruleFieldErrors(schema, path));
  if (schema.rules.length > 0 && found.schema.length === 0 && place.rules) {
    found.rules.push(...place.rules.check(path.child("x-kubernetes-validations"), place.uncorrelatable));
  }
  return found;
}

type Descend = (child: Schema | undefined, at: FieldPath, inside: Partial<Place>) => void;

function checkAdditional(schema: Schema, path: FieldPath, place: Place, errors: FieldError[], descend: Descend): void {
  const { additionalProperties: extra, properties } = schema;
  if (!extra) return;
  const at = path.child("additionalProperties");
  if (properties.size > 0 && (!extra.allows || extra.schema)) {
    errors.push(forbiddenField(at, "additionalProperties and properties are mutual exclusive"));
  }
  const inside = place.insideMeta ? { noDefaults: "inside additionalProperties applying to object metadata" } : {};
  descend(extra.schema, at, { ...inside, rules: extra.schema && place.rules?.additional(extra.schema) });
}

function propertyPlace(schema: Schema, name: string, child: Schema, path: FieldPath, place: Place): Partial<Place> {
  const isMeta = (place.isRoot || schema.embeddedResource) && META_FIELDS.has(name);
  const atomic = schema.mapType === "atomic";
  return {
    uncorrelatable: place.uncorrelatable ?? (atomic ? path : undefined),
    insideMeta: place.insideMeta || isMeta,
    noDefaults: isMeta && place.isRoot ? `in top-level ${name}` : place.noDefaults,
    rules: place.rules?.property(name, child),
  };
}

/** Upstream: specStandardValidatorV3.validate. */
function ownErrors(schema: Schema, path: FieldPath, place: Place): FieldError[] {
  const { source, type } = schema;
  const errors: FieldError[] = [];
  const forbid = (name: string, why: string) => errors.push(forbiddenField(path.child(name), why));
  if (type !== "" && !TYPES.includes(type)) errors.push(notSupported(path.child("type"), type, TYPES));
  if (schema.default !== undefined && place.noDefaults !== undefined) {
    forbid("default", `must not be set ${place.noDefaults}`);
  }
  if (source.id) forbid("id", "id is not supported");
  if (source.additionalItems !== undefined) forbid("additionalItems", "additionalItems is not supported");
  for (const name of ["patternProperties", "definitions"]) {
    if (Object.keys(objectAt(source, name) ?? {}).length > 0) forbid(name, `${name} is not supported`);
  }
  if (source.dependencies !== undefined) forbid("dependencies", "dependencies is not supported");
  if (source.$ref !== undefined) forbid("$ref", "$ref is not supported");
  if (type === "null") forbid("type", "type cannot be set to null, use nullable as an alternative");
  if (schema.itemList.length > 0) forbid("items", "items must be a schema object and not an array");
  if (place.insideMeta && schema.embeddedResource) {
    forbid("x-kubernetes-embedded-resource", "must not be used inside of resource meta");
  }
  if (schema.uniqueItems) {
    forbid("uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
  }
  return errors;
}

function extensionErrors(schema: Schema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { type, mapType, listType, items } = schema;
  const typeMust = (wanted: string, extension: string) => {
    const why = `must be ${wanted} if ${extension} is specified`;
    errors.push(type === "" ? required(path.child("type"), why) : invalidValue(path.child("type"), type, why));
  };
  if (schema.preserveUnknownFields === false) {
    errors.push(invalidValue(path.child("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"));
  }
  if (mapType !== undefined && type !== "object") typeMust("object", "x-kubernetes-map-type");
  if (mapType !== undefined && mapType !== "atomic" && mapType !== "granular") {
    errors.push(notSupported(path.child("x-kubernetes-map-type"), mapType, ["atomic", "granular"]));
  }
  if (listType !== undefined && type !== "array") typeMust("array", "x-kubernetes-list-type");
  else if (listType === "set" && items) errors.push(...setItemErrors(items, path.child("items")));
  if (listType !== undefined && !["atomic", "set", "map"].includes(listType)) {
    errors.push(notSupported(path.child("x-kubernetes-list-type"), listType, ["atomic", "set", "map"]));
  }
  return errors;
}

/** Elements of a set are compared as a whole. */
function setItemErrors(items: Schema, path: FieldPath): FieldError[] {
  const why = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const shown: Json = items.listType ?? null;
  if (items.type === "array" && items.listType !== undefined && items.listType !== "atomic") {
    return [invalidValue(path.child("x-kubernetes-list-type"), shown, why)];
  }
  if (items.type === "object" && items.mapType !== "atomic") {
    return [invalidValue(path.child("x-kubernetes-map-type"), shown, why)];
  }
  return [];
}

function listErrors(schema: Schema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { listType, listMapKeys: keys, items } = schema;
  const typePath = path.child("x-kubernetes-list-type");
  if (keys.length > 0 && listType !== "map") {
    const why = "must be map if x-kubernetes-list-map-keys is non-empty";
    errors.push(listType === undefined ? required(typePath, why) : invalidValue(typePath, listType, why));
  }
  if (listType === "map") errors.push(...mapListErrors(schema, path));
  if ((listType === "map" || listType === "set") && items) {
    if (items.nullable) {
      const why = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
      errors.push(forbiddenField(path.child("items", "nullable"), why));
    }
    if (listType === "map") errors.push(...mapKeyErrors(schema, items, path.child("items", "properties")));
  }
  return errors;
}

function mapListErrors(schema: Schema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { listMapKeys: keys, items } = schema;
  const at = path.child("x-kubernetes-list-map-keys");
  if (keys.length === 0) errors.push(required(at, "must not be empty if x-kubernetes-list-type is map"));
  if (!items) {
    const given = valueAt(schema.source, "items");
    const why = "if x-kubernetes-list-type is map";
    if (given === undefined) errors.push(required(path.child("items"), `must have a schema ${why}`));
    else {
      const shown = goItems(schema.source, given);
      errors.push(invalidValue(path.child("items"), shown, `must only have a single schema ${why}`));
    }
    return errors;
  }
  if (items.type !== "object") {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalidValue(path.child("items", "type"), items.type, why));
    return errors;
  }
  for (const [index, key] of keys.entries()) {
    const property = items.properties.get(key);
    if (property?.type === "array" || property?.type === "object") {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalidValue(path.child("items", "properties").key(key).child("type"), items.type, why));
    } else if (!property) errors.push(invalidValue(at, [...keys], "entries must all be names of item properties"));
    if (keys.indexOf(key) < index) errors.push(invalidValue(at, [...keys], "must not contain duplicate entries"));
  }
  return errors;
}

function mapKeyErrors(schema: Schema, items: Schema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of schema.listMapKeys) {
    const property = items.properties.get(key);
    if (!property) continue;
    const head = "this property is in x-kubernetes-list-map-keys, so it";
    if (!items.required.includes(key) && property.default === undefined) {
      errors.push(required(path.key(key).child("default"), `${head} must have a default or be a required property`));
    }
    if (property.nullable) {
      errors.push(forbiddenField(path.key(key).child("nullable"), `${head} cannot be nullable`));
    }
  }
  return errors;
}

const LINE_BREAK = /[\n\r]/;

function ruleFieldErrors(schema: Schema, path: FieldPath): FieldError[] {
  return schema.rules.flatMap((rule, index) => {
    const at = (name: string) => path.child("x-kubernetes-validations").index(index).child(name);
    const errors: FieldError[] = [];
    const [text, message] = [rule.rule.trim(), rule.message.trim()];
    if (text === "") errors.push(required(at("rule"), "rule is not specified"));
    else if (rule.message !== "" && message === "") {
      errors.push(invalidValue(at("message"), rule.message, "must be non-empty if specified"));
    } else if (LINE_BREAK.test(message)) {
      errors.push(invalidValue(at("message"), rule.message, "must not contain line breaks"));
    } else if (LINE_BREAK.test(text) && message === "") {
      errors.push(required(at("message"), "message must be specified if rule contains line breaks"));
    }
    if (rule.messageExpression !== "" && rule.messageExpression.trim() === "") {
      errors.push(required(at("messageExpression"), "messageExpression must be non-empty if specified"));
    }
    if (rule.reason !== undefined && !REASONS.includes(rule.reason)) {
      errors.push(notSupported(at("reason"), rule.reason, REASONS));
    }
    errors.push(...rulePathErrors(schema, rule.fieldPath, at("fieldPath")));
    return errors;
  });
}

function rulePathErrors(schema: Schema, fieldPath: string, at: FieldPath): FieldError[] {
  if (fieldPath === "") return [];
  const errors: FieldError[] = [];
  if (fieldPath.trim() === "") errors.push(invalidValue(at, fieldPath, "must be non-empty if specified"));
  if (LINE_BREAK.test(fieldPath)) errors.push(invalidValue(at, fieldPath, "must not contain line breaks"));
  if ("problem" in fieldAt(fieldPath, schema, true)) errors.push(invalidValue(at, fieldPath, "must be a valid path"));
  return errors;
}

/** Fields that no structural schema can be made of; upstream: apiserver/schema/convert.go. */
export function unsupportedField(schema: Schema): string | undefined {
  const { source } = schema;
  const named = (name: string) => `OpenAPIV3Schema '${name}' is not supported`;
  if (source.id) return named("id");
  if (source.$schema) return named("schema");
  if (source.$ref) return named("$ref");
  for (const name of ["patternProperties", "dependencies"]) {
    if (Object.keys(objectAt(source, name) ?? {}).length > 0) return named(name);
  }
  if (source.additionalItems !== undefined) return named("additionalItems");
  if (isObject(source.definitions) && Object.keys(source.definitions).length > 0) return named("definitions");
  if (schema.itemList.length > 0) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  if (schema.preserveUnknownFields === false) {
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  }
  return undefined;
}
