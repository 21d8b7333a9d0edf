import { boundedInteger } from "../../../../kube/digits.js";
import { goFloat } from "../../../../kube/go-text.js";
import {
  CelError,
  CelList,
  CelMap,
  Duration,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  type Value,
} from "../lang/values.js";
import { checkedInt, checkedTimestamp, checkedUint, floorDivide } from "./bounds.js";
import { define, defineShared, type FunctionDef, overload } from "./declare.js";
import { durationSeconds, readDuration, readTimestamp, timestampText } from "./time.js";

const SHOWN: Readonly<Record<string, string>> = {
  duration: "google.protobuf.Duration",
  timestamp: "google.protobuf.Timestamp",
};

function failed(value: Value, to: string): CelError {
  return new CelError(`type conversion error from '${typeNameOf(value)}' to '${SHOWN[to] ?? to}'`);
}

/** Reads text, or says that it is none of the type. */
function reading<T extends Value>(to: string, read: (text: string) => T | undefined): (text: string) => Value {
  return (text) => {
    const value = read(text);
    if (value === undefined) throw failed(text, to);
    return value;
  };
}

function readInt(text: string): bigint | undefined {
  const [, sign, digits] = /^([-+]?)(\d+)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const size = boundedInteger(digits);
  const value = sign === "-" ? -size : size;
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function readUint(text: string): Uint | undefined {
  const value = /^\d+$/.test(text) ? boundedInteger(text) : undefined;
  return value !== undefined && value < 2n ** 64n ? new Uint(value) : undefined;
}

const SPECIAL_DOUBLES: Readonly<Record<string, number>> = { inf: Infinity, infinity: Infinity, nan: NaN };

/** A digit on each side, where Go's numbers have underscores. */
const UNDERSCORE = /(?<=[\da-f])_(?=[\da-f])/gi;

/** Go's strconv.ParseFloat. */
function readDouble(written: string): number | undefined {
  const text = written.replace(/^([-+]?0x)_/i, "$1").replace(UNDERSCORE, "");
  const special = /^([-+]?)(inf|infinity|nan)$/i.exec(text);
  if (special) return (special[1] === "-" ? -1 : 1) * SPECIAL_DOUBLES[special[2]!.toLowerCase()]!;
  const hex = /^([-+]?)0x([\da-f]*)(?:\.([\da-f]*))?p([-+]?\d+)$/i.exec(text);
  if (hex && `${hex[2]}${hex[3] ?? ""}` !== "") return hexDouble(hex);
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function hexDouble([, sign, whole, fraction = "", exponent]: RegExpExecArray): number | undefined {
  const value = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
  return Number.isFinite(value) ? (sign === "-" ? -value : value) : undefined;
}

const BOOLS: Readonly<Record<string, boolean>> = {
  ...{ "1": true, t: true, T: true, true: true, TRUE: true, True: true },
  ...{ "0": false, f: false, F: false, false: false, FALSE: false, False: false },
};

function readBool(text: string): boolean | undefined {
  return Object.hasOwn(BOOLS, text) ? BOOLS[text] : undefined;
}

/** Truncated; bounds themselves are out, as doubles can't tell them from what is beyond. */
function doubleToInt(value: number): bigint {
  if (!(value > -(2 ** 63) && value < 2 ** 63)) throw new CelError("integer overflow");
  return BigInt(Math.trunc(value));
}

function doubleToUint(value: number): Uint {
  if (!(value >= 0 && value < 2 ** 64)) throw new CelError("unsigned integer overflow");
  return new Uint(BigInt(Math.trunc(value)));
}

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function bytesToString(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw new CelError("invalid UTF-8 in bytes, cannot convert to string");
  }
}

const plainFloat = (value: number): string => {
  const text = String(value);
  return text.includes("e") ? value.toLocaleString("en-US", { useGrouping: false, maximumFractionDigits: 20 }) : text;
};

/** What string() gives, and %s of format(). */
export function textOf(value: Value): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return goFloat(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return bytesToString(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return `${plainFloat(durationSeconds(value))}s`;
  return value instanceof TypeValue ? value.name : undefined;
}

function sizeOf(value: Value): Value | undefined {
  if (typeof value === "string") return BigInt([...value].length);
  if (value instanceof Uint8Array) return BigInt(value.length);
  if (value instanceof CelList || value instanceof CelMap) return BigInt(value.size);
  throw new CelError("no such overload: size");
}

/** Of times before 1970 the next whole second before; those of no year wrap as they came. */
function unixSeconds({ nanos }: Timestamp): bigint {
  return BigInt.asIntN(64, floorDivide(nanos, 1_000_000_000n));
}

const IDS: Readonly<Record<string, string>> = { int: "int64", uint: "uint64" };
const same = (value: Value): Value => value;
const SIZED = ["bytes", "list(A)", "map(A, B)", "string"];

/** Upstream: cel-go/common/stdlib/standard.go. */
export const CONVERSIONS: readonly FunctionDef[] = [
  defineShared(
    "size",
    sizeOf,
    ...SIZED.map((type) => overload(`size_${type.split("(")[0]}`, `(${type}) -> int`)),
    ...SIZED.map((type) => overload(`${type.split("(")[0]}_size`, `${type}.() -> int`)),
  ),
  define(
    "type",
    overload("type", "(A) -> type(A)", (value: Value) => new TypeValue(typeNameOf(value))),
  ),
  define("dyn", overload("to_dyn", "(A) -> dyn", same)),
  define(
    "bool",
    overload("bool_to_bool", "(bool) -> bool", same),
    overload("string_to_bool", "(string) -> bool", reading("bool", readBool)),
  ),
  define(
    "bytes",
    overload("bytes_to_bytes", "(bytes) -> bytes", same),
    overload("string_to_bytes", "(string) -> bytes", (text: string) => Buffer.from(text)),
  ),
  define(
    "double",
    overload("double_to_double", "(double) -> double", same),
    overload("int64_to_double", "(int) -> double", (value: bigint) => Number(value)),
    overload("string_to_double", "(string) -> double", reading("double", readDouble)),
    overload("uint64_to_double", "(uint) -> double", ({ value }: Uint) => Number(value)),
  ),
  define(
    "duration",
    overload("duration_to_duration", "(duration) -> duration", same),
    overload("int64_to_duration", "(int) -> duration", (value: bigint) => new Duration(value)),
    overload("string_to_duration", "(string) -> duration", reading("duration", readDuration)),
  ),
  define(
    "int",
    overload("int64_to_int64", "(int) -> int", same),
    overload("double_to_int64", "(double) -> int", doubleToInt),
    overload("duration_to_int64", "(duration) -> int", ({ nanos }: Duration) => nanos),
    overload("string_to_int64", "(string) -> int", reading("int", readInt)),
    overload("timestamp_to_int64", "(timestamp) -> int", unixSeconds),
    overload("uint64_to_int64", "(uint) -> int", ({ value }: Uint) => checkedInt(value)),
  ),
  define(
    "string",
    ...["string", "bool", "bytes", "double", "duration", "int", "timestamp", "uint"].map((type) =>
      overload(`${IDS[type] ?? type}_to_string`, `(${type}) -> string`, (value: Value) => textOf(value)!),
    ),
  ),
  define(
    "timestamp",
    overload("timestamp_to_timestamp", "(timestamp) -> timestamp", same),
    overload("int64_to_timestamp", "(int) -> timestamp", (value: bigint) => checkedTimestamp(value * 1_000_000_000n)),
    overload("string_to_timestamp", "(string) -> timestamp", reading("timestamp", readTimestamp)),
  ),
  define(
    "uint",
    overload("uint64_to_uint64", "(uint) -> uint", same),
    overload("double_to_uint64", "(double) -> uint", doubleToUint),
    overload("int64_to_uint64", "(int) -> uint", (value: bigint) => checkedUint(value)),
    overload("string_to_uint64", "(string) -> uint", reading("uint", readUint)),
  ),
];
