import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import { goType, goValue } from "../../kube/go-format.js";
import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldOf, setField } from "../../kube/json-access.js";
import type { ScalePaths } from "./definition.js";

/** What stands at a path of the scale subresource: a value of the wanted type, nothing, or Go's complaint. */
export type Found<T> = { readonly value: T | undefined } | { readonly problem: string };

export function stepsOf(path: string): string[] {
  return path.replace(/^\./, "").split(".");
}

export function integerAtPath(object: JsonObject, path: string): Found<number | bigint> {
  const found = lookUp(object, path);
  if ("problem" in found) return found;
  const { value } = found;
  if (value === undefined || typeof value === "bigint") return { value };
  if (typeof value === "number" && Number.isInteger(value)) return { value };
  return { problem: accessorProblem(stepsOf(path), value, "int64") };
}

export function textAtPath(object: JsonObject, path: string): Found<string> {
  const found = lookUp(object, path);
  if ("problem" in found) return found;
  const { value } = found;
  if (value === undefined || typeof value === "string") return { value };
  return { problem: accessorProblem(stepsOf(path), value, "string") };
}

/** Upstream: apimachinery/pkg/apis/meta/v1/unstructured/helpers.go, NestedFieldNoCopy. */
function lookUp(object: JsonObject, path: string): Found<Json> {
  let value: Json | undefined = object;
  for (const [index, step] of stepsOf(path).entries()) {
    if (value === undefined || value === null) return { value: undefined };
    if (!isObject(value)) {
      return { problem: accessorProblem(stepsOf(path).slice(0, index + 1), value, "map[string]interface{}") };
    }
    value = fieldOf(value, step);
  }
  return { value };
}

function accessorProblem(steps: readonly string[], value: Json, wanted: string): string {
  const type = value === null ? "<nil>" : goType(value);
  return `.${steps.join(".")} accessor error: ${goValue(value)} is of the type ${type}, expected ${wanted}`;
}

/** Writes a value, making objects on the way; answers Go's complaint where something else stands in it. */
export function setAtPath(object: JsonObject, path: string, value: Json): string | undefined {
  const steps = stepsOf(path);
  let parent = object;
  for (const [index, step] of steps.slice(0, -1).entries()) {
    const next = fieldOf(parent, step);
    if (next !== undefined && !isObject(next)) {
      const shown = `.${steps.slice(0, index + 1).join(".")}`;
      return `value cannot be set because ${shown} is not a map[string]interface{}`;
    }
    const child: JsonObject = next ?? {};
    if (next === undefined) setField(parent, step, child);
    parent = child;
  }
  setField(parent, steps.at(-1)!, value);
  return undefined;
}

const MAX_INT32 = 2147483647;

/** Upstream: registry/customresource/validator.go, ValidateScaleSpec. */
export function validateScaleSpec(object: JsonObject, scale: ScalePaths | undefined): FieldError[] {
  return scale ? replicaErrors(object, scale.spec) : [];
}

export function validateScaleStatus(object: JsonObject, scale: ScalePaths | undefined): FieldError[] {
  if (!scale) return [];
  const errors = replicaErrors(object, scale.status);
  if (scale.selector === "") return errors;
  const selector = textAtPath(object, scale.selector);
  if ("problem" in selector) errors.push(invalidValue(scale.selector, "", selector.problem));
  return errors;
}

function replicaErrors(object: JsonObject, path: string): FieldError[] {
  const found = integerAtPath(object, path);
  if ("problem" in found) return [invalidValue(path, 0, found.problem)];
  const { value = 0 } = found;
  if (value < 0) return [invalidValue(path, value, "should be a non-negative integer")];
  if (value > MAX_INT32) return [invalidValue(path, value, `should be less than or equal to ${MAX_INT32}`)];
  return [];
}
