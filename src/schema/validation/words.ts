import { type FieldError, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import { goJson } from "../../kube/go-text.js";
import type { Json } from "../../kube/json.js";
import { RawJson } from "../../kube/json.js";
import { maxLengthReason, type NameCheck, rangeReason, regexReason } from "../../kube/names.js";

/** Small checks that many kinds share, in upstream's words; upstream: apimachinery/pkg/util/validation. */

/** Every reason of a check as an error at a path. */
export function checked(path: FieldPath, value: string, check: NameCheck): FieldError[] {
  return check(value).map((reason) => invalidValue(path, value, reason));
}

export function inRange(path: FieldPath, value: number | bigint, low: number, high: number): FieldError[] {
  return value >= low && value <= high ? [] : [invalidValue(path, value, rangeReason(low, high))];
}

export const portNumber = (path: FieldPath, value: number): FieldError[] => inRange(path, value, 1, 65535);

export const NOT_NEGATIVE = "must be greater than or equal to 0";

export function notNegative(path: FieldPath, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalidValue(path, value, NOT_NEGATIVE)] : [];
}

export function positive(path: FieldPath, value: number): FieldError[] {
  return value > 0 ? [] : [invalidValue(path, value, "must be greater than zero")];
}

/** A required field with a closed set of values, told in order. */
export function oneOf(path: FieldPath, value: string, values: readonly string[]): FieldError[] {
  if (value === "") return [required(path)];
  return values.includes(value) ? [] : [notSupported(path, value, values)];
}

export const isPortName: NameCheck = (value) => {
  const reasons: string[] = [];
  if (Buffer.byteLength(value) > 15) reasons.push(maxLengthReason(15));
  if (!/^[-a-z0-9]+$/.test(value)) {
    reasons.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(value)) reasons.push("must contain at least one letter (a-z)");
  if (value.includes("--")) reasons.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-")) reasons.push("must not begin or end with a hyphen");
  return reasons;
};

/** A port by number or by name. */
export function portNumberOrName(path: FieldPath, value: Json | undefined): FieldError[] {
  return typeof value === "string" ? checked(path, value, isPortName) : portNumber(path, Number(value ?? 0));
}

function directoryReasons(value: string): string[] {
  if (value === "." || value === "..") return [`must not be '${value}'`];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}

export const isConfigMapKey: NameCheck = (value) => {
  const reasons = Buffer.byteLength(value) > 253 ? [maxLengthReason(253)] : [];
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    reasons.push(regexReason(rule, "[-._a-zA-Z0-9]+", "key.name", "KEY_NAME", "key-name"));
  }
  return [...reasons, ...directoryReasons(value)];
};

/** Since 1.34 any printable ASCII but "=". */
export const isEnvVarName: NameCheck = (value) => {
  if (value === "") return ["environment variable name must be non-empty"];
  const rule = "a valid environment variable name must consist only of printable ASCII characters other than '='";
  return /^[ -<>-~]*$/.test(value) ? [] : [rule];
};

export const isHttpHeaderName: NameCheck = (value) => {
  const rule = "a valid HTTP header must consist of alphanumeric characters or '-'";
  return /^[-A-Za-z0-9]+$/.test(value) ? [] : [regexReason(rule, "[-A-Za-z0-9]+", "X-Header-Name")];
};

export const isPercent: NameCheck = (value) => {
  const rule = "a valid percent string must be a numeric string followed by an ending '%'";
  return /^[0-9]+%$/.test(value) ? [] : [regexReason(rule, "[0-9]+%", "1%", "93%")];
};

/** A struct as a message shows it: fields in Go's order, those of internal types under their Go names. */
export function goStruct(fields: Readonly<Record<string, Json>>): RawJson {
  return new RawJson(
    `{${Object.entries(fields)
      .map(([name, value]) => `${JSON.stringify(name)}:${goJson(value)}`)
      .join(",")}}`,
  );
}
