import { goFloat, goQuote } from "../../kube/go-text.js";
import { FloatLiteral, isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldNames, fieldOf } from "../../kube/json-access.js";
import type { Correlation } from "./correlation.js";
import { matchesFormat } from "./formats.js";
import { checkNumber, isNearlyWhole, isWhole, numberOf, sameScalar } from "./numbers.js";
import { goRegex } from "./regex.js";
import { Result } from "./result.js";
import type { Schema } from "./schema.js";

/**
 * Validates a value as upstream's fork of go-openapi does, its messages and order included; upstream:
 * kube-openapi/pkg/validation/validate. With a correlation, what has not changed since then is not held against it
 * (apiextensions-apiserver/pkg/apiserver/validation/ratcheting.go).
 */
export function validateValue(schema: Schema, value: Json, path = "", before?: Correlation): Result {
  const result = validateNode(schema, value, path, before);
  return !result.valid && before?.unchanged ? new Result() : result;
}

function validateNode(schema: Schema, value: Json, path: string, before: Correlation | undefined): Result {
  const result = new Result();
  checkType(schema, value, path, result);
  if (value === null) {
    checkEnum(schema, value, path, result);
    return result;
  }
  checkAlternatives(schema, value, path, before, result);
  if (typeof value === "string") checkString(schema, value, path, result);
  else if (isNumber(value)) checkNumber(schema, value, path, result);
  else if (Array.isArray(value)) checkItems(schema, value, path, before, result);
  checkEnum(schema, value, path, result);
  if (isObject(value)) checkObject(schema, value, path, before, result);
  result.matches++;
  return result;
}

function isNumber(value: Json): value is number | bigint | FloatLiteral {
  return typeof value === "number" || typeof value === "bigint" || value instanceof FloatLiteral;
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "string";
  if (isNumber(value)) return isWhole(value) ? "integer" : "number";
  return Array.isArray(value) ? "array" : "object";
}

const GO_FORMATS: Readonly<Record<string, string>> = { integer: "int64", number: "float64" };

function checkType(schema: Schema, value: Json, path: string, result: Result): void {
  const { types, checkedFormat: format } = schema;
  if (types.length === 0 && format === "") return;
  const found = typeOf(value);
  const wrong = (wanted: string, value: string) => {
    result.add({ kind: "type", path, value, message: `${path} in body must be of type ${wanted}: ${goQuote(value)}` });
  };
  if (value === null) {
    if (types.length > 0 && !schema.nullable) wrong(types.join(","), "null");
    else result.matches++;
    return;
  }
  const numeric = types.includes("number") || types.includes("integer");
  const fits =
    types.includes(found) ||
    (found === "integer" && types.includes("number")) ||
    (found === "number" && types.includes("integer") && isNearlyWhole(numberOf(value)));
  const textual = found === "string" || found === "array";
  if (!textual && format !== "" && !fits) wrong(format, GO_FORMATS[found] ?? "");
  else if (!(textual && format !== "" && !numeric) && !fits) wrong(types.join(","), found);
  else result.matches += 2;
}

/** A value is compared after Go's conversion to the type of each choice. */
function checkEnum(schema: Schema, value: Json, path: string, result: Result): void {
  if (schema.enum.length === 0) return;
  if (value !== null && schema.enum.some((allowed) => sameScalar(value, allowed))) {
    result.matches++;
    return;
  }
  const shown = schema.enum.map(goText).join(" ");
  const message = `${path} in body should be one of [${shown}]`;
  result.add({ kind: "enum", path, value, allowed: schema.enum, message });
}

function goText(value: Json): string {
  if (typeof value === "string") return value;
  return isNumber(value) ? goFloat(Number(numberOf(value))) : String(value);
}

function checkString(schema: Schema, value: string, path: string, result: Result): void {
  const length = schema.maxLength !== undefined || schema.minLength !== undefined ? [...value].length : 0;
  const { maxLength, minLength, pattern, checkedFormat } = schema;
  if (maxLength !== undefined && length > maxLength) {
    const message = `${path} in body should be at most ${maxLength} chars long`;
    result.add({ kind: "too long", path, value, limit: maxLength, message });
  } else if (minLength !== undefined && length < minLength) {
    const message = `${path} in body should be at least ${minLength} chars long`;
    result.add({ kind: "other", path, value, message });
  } else if (pattern !== "" && !goRegex(pattern).test(value)) {
    result.add({ kind: "other", path, value, message: `${path} in body should match '${pattern}'` });
  } else result.matches++;
  if (checkedFormat === "") return;
  if (matchesFormat(checkedFormat, value)) result.matches++;
  else {
    const message = `${path} in body must be of type ${checkedFormat}: ${goQuote(value)}`;
    result.add({ kind: "type", path, value, message });
  }
}

function checkItems(
  schema: Schema,
  values: readonly Json[],
  path: string,
  before: Correlation | undefined,
  result: Result,
): void {
  const { items, minItems, maxItems } = schema;
  if (items) {
    for (const [index, value] of values.entries()) {
      result.merge(validateValue(items, value, `${path}[${index}]`, before?.index(index)));
    }
  }
  if (minItems !== undefined && values.length < minItems) {
    const message = `${path} in body should have at least ${minItems} items`;
    result.add({ kind: "other", path, value: values.length, message });
  }
  if (maxItems !== undefined && values.length > maxItems) {
    const message = `${path} in body should have at most ${maxItems} items`;
    result.add({ kind: "too many", path, value: values.length, limit: maxItems, message });
  }
  result.matches += 2;
}

function checkObject(
  schema: Schema,
  value: JsonObject,
  path: string,
  before: Correlation | undefined,
  result: Result,
): void {
  const names = fieldNames(value);
  checkSize(schema, names.length, path, result);
  const { additionalProperties: extra, properties } = schema;
  for (const name of names) {
    if (!extra || properties.has(name)) continue;
    const child = fieldOf(value, name)!;
    if (extra.schema) result.merge(validateValue(extra.schema, child, `${path}.${name}`, before?.key(name)));
    else if (!extra.allows) {
      const message = `${path}.${name} in body is a forbidden property`;
      result.add({ kind: "other", path, value: name, message });
    }
  }
  for (const [name, property] of properties) {
    const child = fieldOf(value, name);
    if (child === undefined) continue;
    const typeMeta = path === "" && (name === "kind" || name === "apiVersion");
    const at = path === "" ? name : `${path}.${name}`;
    result.merge(validateValue(property, child, at, typeMeta ? undefined : before?.key(name)));
  }
  for (const name of schema.required) {
    if (fieldOf(value, name) !== undefined) continue;
    const at = `${path}.${name}`;
    result.add({ kind: "required", path: at, message: `${at} in body is required` });
  }
  result.matches++;
}

function checkSize(schema: Schema, size: number, path: string, result: Result): void {
  const { minProperties: min, maxProperties: max } = schema;
  if (min !== undefined && size < min) {
    const message = `${path} in body should have at least ${min} properties`;
    result.add({ kind: "other", path, value: size, message });
  }
  if (max !== undefined && size > max) {
    const message = `${path} in body should have at most ${max} properties`;
    result.add({ kind: "too many", path, value: size, limit: max, message });
  }
}

function checkAlternatives(
  schema: Schema,
  value: Json,
  path: string,
  before: Correlation | undefined,
  result: Result,
): void {
  const { anyOf, oneOf, allOf, not } = schema;
  const outcomeOf = (each: Schema) => validateNode(each, value, path, before);
  const fail = (message: string) => result.add({ kind: "composite", path, message: `${goQuote(path)} ${message}` });
  if (anyOf.length > 0) {
    const outcomes = untilValid(anyOf, outcomeOf);
    const valid = outcomes.find((outcome) => outcome.valid);
    if (!valid) fail("must validate at least one schema (anyOf)");
    result.merge(valid ?? best(outcomes));
  }
  if (oneOf.length > 0) {
    const outcomes = oneOf.map(outcomeOf);
    const valid = outcomes.filter((outcome) => outcome.valid);
    if (valid.length === 1) result.merge(valid[0]!);
    else {
      const found = valid.length === 0 ? "Found none valid" : `Found ${valid.length} valid alternatives`;
      fail(`must validate one and only one schema (oneOf). ${found}`);
      if (valid.length === 0) result.merge(best(outcomes));
    }
  }
  if (allOf.length > 0) {
    const outcomes = allOf.map(outcomeOf);
    for (const outcome of outcomes) result.merge(outcome);
    const valid = outcomes.filter((outcome) => outcome.valid).length;
    if (valid < outcomes.length) {
      fail(`must validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`);
    }
  }
  if (not && outcomeOf(not).valid) fail("must not validate the schema (not)");
  result.matches += 2;
}

function untilValid(schemas: readonly Schema[], outcomeOf: (schema: Schema) => Result): Result[] {
  const outcomes: Result[] = [];
  for (const schema of schemas) {
    outcomes.push(outcomeOf(schema));
    if (outcomes.at(-1)!.valid) break;
  }
  return outcomes;
}

/** The first of those that fitted most. */
function best(outcomes: readonly Result[]): Result {
  return outcomes.reduce((found, outcome) => (outcome.matches > found.matches ? outcome : found));
}
