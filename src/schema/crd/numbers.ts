import { goFloat, goJson } from "../../kube/go-text.js";
import { FloatLiteral, type Json } from "../../kube/json.js";
import type { Finding, Result } from "./result.js";
import type { Schema } from "./schema.js";

type Numeric = number | bigint | FloatLiteral;

/** An int64 as opposed to a float64 that may be whole. */
export function isWhole(value: Numeric): boolean {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}

export function numberOf(value: Json): number {
  return value instanceof FloatLiteral ? value.value : Number(value);
}

/** Integers are compared as integers: a limit loses its fraction then. */
export function checkNumber(schema: Schema, value: Numeric, path: string, result: Result): void {
  const { maximum, minimum, multipleOf } = schema;
  const whole = isWhole(value);
  const limit = (bound: number) => (whole ? Math.trunc(bound) : bound);
  const shown = (bound: number) => (whole ? String(Math.trunc(bound)) : goFloat(bound));
  const exact = value instanceof FloatLiteral ? value.value : value;
  const add = (what: string) => result.add(finding(path, value, `${path} in body should be ${what}`));
  if (multipleOf !== undefined) checkMultiple(value, limit(multipleOf), path, result);
  if (minimum !== undefined) {
    const exclusive = schema.exclusiveMinimum;
    if (exclusive ? exact <= limit(minimum) : exact < limit(minimum)) {
      add(`${exclusive ? "greater than" : "greater than or equal to"} ${shown(minimum)}`);
    }
  }
  if (maximum !== undefined) {
    const exclusive = schema.exclusiveMaximum;
    if (exclusive ? exact >= limit(maximum) : exact > limit(maximum)) {
      add(`${exclusive ? "less than" : "less than or equal to"} ${shown(maximum)}`);
    }
  }
  result.matches += 2;
}

function checkMultiple(value: Numeric, factor: number, path: string, result: Result): void {
  if (factor <= 0) {
    const message = `factor MultipleOf declared for ${path} must be positive: ${goFloat(factor)}`;
    result.add(finding(path, factor, message));
    return;
  }
  const number = numberOf(value);
  const times = factor < 1 ? (1 / factor) * number : number / factor;
  const fits = isWhole(value) ? BigInt(exactInteger(value)) % BigInt(factor) === 0n : isNearlyWhole(times);
  if (!fits) result.add(finding(path, value, `${path} in body should be a multiple of ${goFloat(factor)}`));
}

function exactInteger(value: Numeric): number | bigint {
  return value instanceof FloatLiteral ? value.value : value;
}

/** Within the error of float64; upstream: go-openapi/swag, IsFloat64AJSONInteger. */
export function isNearlyWhole(value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  const whole = Math.trunc(value);
  return value === whole || (value > 1 && (value - whole) / (value + whole) < 1e-9);
}

function finding(path: string, value: Json, message: string): Finding {
  return { kind: "other", path, value, message };
}

/** Equality after Go's conversion of the value to the type of the choice: floats lose their fraction to integers. */
export function sameScalar(value: Json, allowed: Json): boolean {
  if (isNumeric(value) && isNumeric(allowed)) {
    return isWhole(allowed) ? Math.trunc(numberOf(value)) === numberOf(allowed) : numberOf(value) === numberOf(allowed);
  }
  return goJson(value) === goJson(allowed);
}

function isNumeric(value: Json): value is Numeric {
  return typeof value === "number" || typeof value === "bigint" || value instanceof FloatLiteral;
}
