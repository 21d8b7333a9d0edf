import type { FieldPath } from "./field-path.js";
import { goFloat, goJson, goQuote } from "./go-text.js";
import { FloatLiteral, type Json } from "./json.js";
import type { StatusCause } from "./status.js";

/** The cause's reason and the words that messages begin with; upstream: util/validation/field/errors.go. */
const WORDS = {
  FieldValueNotFound: "Not found",
  FieldValueRequired: "Required value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  InternalError: "Internal error",
  FieldValueTypeInvalid: "Invalid value",
} as const;

export type FieldErrorType = keyof typeof WORDS;

const WITHOUT_VALUE: ReadonlySet<FieldErrorType> = new Set([
  "FieldValueRequired",
  "FieldValueForbidden",
  "FieldValueTooLong",
  "InternalError",
]);

/** One refusal of a field's value. `badValue` undefined: the message shows none. */
export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  readonly badValue?: Json;
  readonly detail: string;
}

type Where = FieldPath | string;

function fieldError(type: FieldErrorType, where: Where, badValue: Json | undefined, detail: string): FieldError {
  const error = { type, field: String(where), detail };
  return badValue === undefined ? error : { ...error, badValue };
}

export function required(where: Where, detail = ""): FieldError {
  return fieldError("FieldValueRequired", where, undefined, detail);
}

export function invalidValue(where: Where, value: Json, detail: string): FieldError {
  return fieldError("FieldValueInvalid", where, value, detail);
}

export function typeInvalid(where: Where, value: Json | undefined, detail: string): FieldError {
  return fieldError("FieldValueTypeInvalid", where, value, detail);
}

export function notSupported(where: Where, value: Json, supported: readonly string[]): FieldError {
  const detail = supported.length > 0 ? `supported values: ${supported.map(goQuote).join(", ")}` : "";
  return fieldError("FieldValueNotSupported", where, value, detail);
}

export function duplicate(where: Where, value: Json): FieldError {
  return fieldError("FieldValueDuplicate", where, value, "");
}

export function forbiddenField(where: Where, detail: string): FieldError {
  return fieldError("FieldValueForbidden", where, undefined, detail);
}

export function notFoundValue(where: Where, value: Json): FieldError {
  return fieldError("FieldValueNotFound", where, value, "");
}

/** `maxLength` in bytes; a negative one is not told. */
export function tooLong(where: Where, maxLength: number): FieldError {
  const limit = `may not be more than ${maxLength} ${maxLength === 1 ? "byte" : "bytes"}`;
  return fieldError("FieldValueTooLong", where, undefined, maxLength >= 0 ? limit : "value is too long");
}

/** Negative numbers are not told. */
export function tooMany(where: Where, actual: number, max: number): FieldError {
  const limit = `must have at most ${max} ${max === 1 ? "item" : "items"}`;
  return fieldError(
    "FieldValueTooMany",
    where,
    actual >= 0 ? actual : undefined,
    max >= 0 ? limit : "has too many items",
  );
}

export function internalFieldError(where: Where, detail: string): FieldError {
  return fieldError("InternalError", where, undefined, detail);
}

/** The message without the field, as causes carry it. */
export function errorBody(error: FieldError): string {
  const words = WORDS[error.type];
  const shown =
    WITHOUT_VALUE.has(error.type) || error.badValue === undefined ? words : `${words}: ${shownValue(error.badValue)}`;
  return error.detail === "" ? shown : `${shown}: ${error.detail}`;
}

function shownValue(value: Json): string {
  if (typeof value === "string") return goQuote(value);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : goFloat(value);
  if (value instanceof FloatLiteral) return goFloat(value.value);
  return goJson(value);
}

export function errorText(error: FieldError): string {
  return `${error.field}: ${errorBody(error)}`;
}

export function causeOf(error: FieldError): StatusCause {
  return { reason: error.type, message: errorBody(error), field: error.field };
}

/** One message for a list, repeated ones told once: `a`, or `[a, b]`. Empty for none. */
export function aggregateText(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? distinct[0]! : distinct.length === 0 ? "" : `[${distinct.join(", ")}]`;
}
