import { aggregateText, errorText, type FieldError, invalidValue } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import { goJson } from "../../../kube/go-text.js";
import type { Json, JsonObject } from "../../../kube/json.js";
import { cloneJson } from "../../../kube/json-access.js";
import { CoercionError, coerceEmbedded, validateEmbedded } from "../embedded.js";
import type { MetadataReader } from "../metadata.js";
import { prune } from "../prune.js";
import { fieldErrors, ROOT } from "../result.js";
import { RuleBudget, type RuleSet } from "../rules.js";
import type { Schema } from "../schema.js";
import { validateValue } from "../validate-value.js";

/** Makes an object around a value, as deep as the value lies in the resource. */
type Surround = (value: Json) => Json;

interface Place {
  readonly isRoot: boolean;
  /** Of the nearest resource, embedded or not. */
  readonly resource: Schema;
  readonly surround: Surround;
  readonly insideMeta: boolean;
}

export interface DefaultParts {
  readonly reader: MetadataReader;
  rulesOf(schema: Schema): RuleSet | undefined;
}

/** All defaults of a schema are judged with one budget. */
interface Judging extends DefaultParts {
  readonly budget: RuleBudget;
}

/** Defaults that would not be valid themselves; upstream: schema/defaulting/validation.go. */
export function validateDefaults(schema: Schema, path: FieldPath, parts: DefaultParts): FieldError[] {
  const place = { isRoot: true, resource: schema, surround: withTypeMeta, insideMeta: false };
  return walk(schema, path, place, { ...parts, budget: new RuleBudget() });
}

const withTypeMeta: Surround = (value) => ({
  kind: "Validation",
  apiVersion: "validation/v1",
  ...(value as JsonObject),
});

function walk(schema: Schema, path: FieldPath, outer: Place, parts: Judging): FieldError[] {
  if (parts.budget.exhausted) return [];
  const embedded = outer.isRoot || schema.embeddedResource;
  const place = embedded ? { ...outer, resource: schema, surround: withTypeMeta, insideMeta: false } : outer;
  const errors = schema.default === undefined ? [] : check(schema, schema.default, path.child("default"), place, parts);
  const below = { ...place, isRoot: false };
  if (schema.items) {
    const surround: Surround = (value) => place.surround([value]);
    errors.push(...walk(schema.items, path.child("items"), { ...below, surround }, parts));
  }
  for (const [name, child] of schema.properties) {
    const surround: Surround = (value) => place.surround({ [name]: value });
    const insideMeta = place.insideMeta || (embedded && ["metadata", "apiVersion", "kind"].includes(name));
    errors.push(...walk(child, path.child("properties").key(name), { ...below, surround, insideMeta }, parts));
  }
  return errors;
}

function check(schema: Schema, value: Json, path: FieldPath, place: Place, parts: Judging): FieldError[] {
  const { reader } = parts;
  if (place.insideMeta) {
    const object = place.surround(cloneJson(value));
    const problem = metaProblem(object, place.resource, reader);
    if (problem !== undefined) return [invalidValue(path, value, `must result in valid metadata: ${problem}`)];
    const invalid = valueErrors(schema, value, path);
    return invalid.length > 0 ? invalid : ruleErrors(schema, value, path, parts);
  }
  const isResource = place.isRoot || schema.embeddedResource;
  const pruned = cloneJson(value);
  prune(pruned, schema, isResource);
  const errors = goJson(pruned) === goJson(value) ? [] : [invalidValue(path, value, "must not have unknown fields")];
  try {
    coerceEmbedded(cloneJson(value), schema, reader, path, { isResourceRoot: isResource });
  } catch (error) {
    if (error instanceof CoercionError) return [...errors, error.error];
    throw error;
  }
  const embedded = validateEmbedded(value, schema, reader, path, isResource);
  if (embedded.length > 0) return [...errors, ...embedded];
  const invalid = valueErrors(schema, value, path);
  if (invalid.length > 0) return [...errors, ...invalid];
  return [...errors, ...ruleErrors(schema, value, path, parts)];
}

function valueErrors(schema: Schema, value: Json, path: FieldPath): FieldError[] {
  return fieldErrors(validateValue(schema, value), path);
}

/** A default must be fine as it is, and as something new; what costs more of the two is paid for. */
function ruleErrors(schema: Schema, value: Json, path: FieldPath, { rulesOf, budget }: Judging): FieldError[] {
  const rules = rulesOf(schema);
  if (!rules) return [];
  const [asIs, asNew] = [new RuleBudget(budget.left), new RuleBudget(budget.left)];
  const kept = rules.validate(value, value, path, false, asIs).errors;
  const errors = kept.length > 0 ? kept : rules.validate(value, undefined, path, false, asNew).errors;
  budget.spend(budget.left - Math.min(asIs.left, asNew.left));
  return errors;
}

function metaProblem(object: Json, schema: Schema, reader: MetadataReader): string | undefined {
  try {
    coerceEmbedded(object, schema, reader, ROOT, { isResourceRoot: true });
  } catch (error) {
    if (error instanceof CoercionError) return error.message;
    throw error;
  }
  const errors = validateEmbedded(object, schema, reader, ROOT, true);
  return errors.length > 0 ? aggregateText(errors.map(errorText)) : undefined;
}
