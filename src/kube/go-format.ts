import { compareUtf8 } from "./go-text.js";
import { FloatLiteral, type Json, type JsonObject, RawJson } from "./json.js";
import { fieldNames } from "./json-access.js";
import { expandRaw } from "./raw-json.js";

/**
 * How Go's fmt writes decoded JSON (map[string]interface{} with int64 and float64): some of the real server's
 * messages carry such text, e.g. `map[name:a] does not contain declared merge key: port`.
 */
export function goValue(value: Json | undefined): string {
  return format(value, "v");
}

/** The same under `%s`, where anything but a string is marked as mismatched: `%!s(int64=5)`. */
export function goString(value: Json | undefined): string {
  return format(value, "s");
}

/** The dynamic type as reflect prints it; null has none, and `%s` of that reads `%!s(<nil>)`. */
export function goType(value: Json | undefined): string {
  if (value === null || value === undefined) return "%!s(<nil>)";
  if (Array.isArray(value)) return "[]interface {}";
  if (value instanceof RawJson) return goType(expandRaw(value));
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return Number.isInteger(value) ? "int64" : "float64";
    case "bigint":
      return BigInt.asIntN(64, value) === value ? "int64" : "float64";
    default:
      return value instanceof FloatLiteral ? "float64" : "map[string]interface {}";
  }
}

/** A float64 inside such a text: shortest digits, in exponent form below 1e-4 and from 1e6 on. */
function float64(value: number): string {
  const [digits = "0", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6) return scientific(digits, exponent);
  return Object.is(value, -0) ? "-0" : value.toString();
}

function scientific(digits: string, exponent: number): string {
  const size = Math.abs(exponent).toString().padStart(2, "0");
  return `${digits}e${exponent < 0 ? "-" : "+"}${size}`;
}

function format(value: Json | undefined, verb: "v" | "s"): string {
  if (value === null || value === undefined) return verb === "v" ? "<nil>" : "%!s(<nil>)";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${value.map((item) => format(item, verb)).join(" ")}]`;
  if (value instanceof RawJson) return format(expandRaw(value), verb);
  if (typeof value === "object" && !(value instanceof FloatLiteral)) return formatMap(value, verb);
  const text = formatScalar(value);
  return verb === "v" ? text : `%!s(${goType(value)}=${text})`;
}

function formatMap(value: JsonObject, verb: "v" | "s"): string {
  const entries = fieldNames(value).sort(compareUtf8);
  return `map[${entries.map((name) => `${name}:${format(value[name], verb)}`).join(" ")}]`;
}

function formatScalar(value: boolean | number | bigint | FloatLiteral): string {
  if (value instanceof FloatLiteral) return float64(value.value);
  if (goType(value) === "float64") return float64(Number(value));
  return String(value);
}
