import { compare } from "../lang/compare.js";
import { PlainMap } from "../lang/containers.js";
import { CelError, CelList, CelMap, Duration, Timestamp, Uint, type Value } from "../lang/values.js";
import { checkedDuration, checkedInt, checkedTimestamp, checkedUint } from "./bounds.js";
import { define, defineShared, type FunctionDef, overload } from "./declare.js";

type Pair = (a: Value, b: Value) => Value | undefined;

const NUMBERS = ["int64", "uint64", "double"] as const;
const NAMES: Readonly<Record<string, string>> = { int64: "int", uint64: "uint" };
const nameOf = (id: string) => NAMES[id] ?? id;

/** All numbers can be ordered with all others, everything else with its like. */
function relation(name: string, id: string, holds: (order: number) => boolean): FunctionDef {
  const pairs = NUMBERS.flatMap((a) => NUMBERS.map((b) => [a, b] as const));
  const numbers = pairs.map(([a, b]) =>
    overload(a === b ? `${id}_${a}` : `${id}_${a}_${b}`, `(${nameOf(a)}, ${nameOf(b)}) -> bool`),
  );
  const others = ["bool", "string", "bytes", "timestamp", "duration"].map((type) =>
    overload(`${id}_${type}`, `(${type}, ${type}) -> bool`),
  );
  const shared: Pair = (a, b) => {
    const order = compare(a, b);
    return order === undefined ? undefined : holds(order);
  };
  return defineShared(name, shared as (...args: Value[]) => Value | undefined, ...others, ...numbers);
}

/** An operation on two numbers of one kind. */
interface Arithmetic {
  readonly ints: (a: bigint, b: bigint) => bigint;
  readonly doubles?: (a: number, b: number) => number;
  readonly others?: Pair;
}

function arithmetic(name: string, id: string, { ints, doubles, others }: Arithmetic, ...more: readonly string[][]) {
  const kinds = doubles ? ["double", "int64", "uint64"] : ["int64", "uint64"];
  const numbers = kinds.map((kind) =>
    overload(`${id}_${kind}`, `(${nameOf(kind)}, ${nameOf(kind)}) -> ${nameOf(kind)}`),
  );
  const shared: Pair = (a, b) => {
    if (typeof a === "bigint" && typeof b === "bigint") return checkedInt(ints(a, b));
    if (typeof a === "number" && typeof b === "number") return doubles?.(a, b);
    if (a instanceof Uint && b instanceof Uint) return checkedUint(ints(a.value, b.value));
    return others?.(a, b);
  };
  const rest = more.map(([suffix, signature]) => overload(`${id}_${suffix}`, signature!));
  return defineShared(name, shared as (...args: Value[]) => Value | undefined, ...numbers, ...rest);
}

const add: Pair = (a, b) => {
  if (typeof a === "string" && typeof b === "string") return a + b;
  if (a instanceof CelList && b instanceof CelList) return a.concat(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.concat([a, b]);
  if (a instanceof Duration && b instanceof Duration) return checkedDuration(a.nanos + b.nanos);
  if (a instanceof Timestamp && b instanceof Duration) return checkedTimestamp(a.nanos + b.nanos, a.offset);
  if (a instanceof Duration && b instanceof Timestamp) return checkedTimestamp(a.nanos + b.nanos, b.offset);
  return undefined;
};

const subtract: Pair = (a, b) => {
  if (a instanceof Duration && b instanceof Duration) return checkedDuration(a.nanos - b.nanos);
  if (a instanceof Timestamp && b instanceof Duration) {
    return checkedTimestamp(a.nanos + checkedInt(-b.nanos), a.offset);
  }
  if (a instanceof Timestamp && b instanceof Timestamp) return checkedDuration(a.nanos - b.nanos);
  return undefined;
};

function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError("division by zero");
  return a / b;
}

function modulo(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError("modulus by zero");
  return a % b;
}

/** The map with one entry, or those of another map, added. */
function inserted(map: CelMap, ...entry: readonly Value[]): Value {
  const own = map instanceof PlainMap ? map : PlainMap.literal(entriesOf(map));
  const [key, value] = entry;
  if (!(key instanceof CelMap) || value !== undefined) return own.with([[key!, value!]]);
  return own.with(entriesOf(key));
}

function entriesOf(map: CelMap): (readonly [Value, Value])[] {
  return [...map.keys()].map((key) => [key, map.get(key)!] as const);
}

/** Operators that know their operands only; upstream: cel-go/common/stdlib/standard.go. */
export const OPERATORS: readonly FunctionDef[] = [
  relation("_<_", "less", (order) => order < 0),
  relation("_<=_", "less_equals", (order) => order <= 0),
  relation("_>_", "greater", (order) => order > 0),
  relation("_>=_", "greater_equals", (order) => order >= 0),
  arithmetic(
    "_+_",
    "add",
    { ints: (a, b) => a + b, doubles: (a, b) => a + b, others: add },
    ["bytes", "(bytes, bytes) -> bytes"],
    ["duration_duration", "(duration, duration) -> duration"],
    ["duration_timestamp", "(duration, timestamp) -> timestamp"],
    ["timestamp_duration", "(timestamp, duration) -> timestamp"],
    ["list", "(list(A), list(A)) -> list(A)"],
    ["string", "(string, string) -> string"],
  ),
  arithmetic(
    "_-_",
    "subtract",
    { ints: (a, b) => a - b, doubles: (a, b) => a - b, others: subtract },
    ["duration_duration", "(duration, duration) -> duration"],
    ["timestamp_duration", "(timestamp, duration) -> timestamp"],
    ["timestamp_timestamp", "(timestamp, timestamp) -> duration"],
  ),
  arithmetic("_*_", "multiply", { ints: (a, b) => a * b, doubles: (a, b) => a * b }),
  arithmetic("_/_", "divide", { ints: divide, doubles: (a, b) => a / b }),
  arithmetic("_%_", "modulo", { ints: modulo }),
  defineShared(
    "-_",
    (value) => (typeof value === "bigint" ? checkedInt(-value) : typeof value === "number" ? -value : undefined),
    overload("negate_double", "(double) -> double"),
    overload("negate_int64", "(int) -> int"),
  ),
  defineShared(
    "!_",
    (value) => (typeof value === "boolean" ? !value : undefined),
    overload("logical_not", "(bool) -> bool"),
  ),
  define(
    "cel.@mapInsert",
    overload("@mapInsert_map_key_value", "(map(K, V), K, V) -> map(K, V)", inserted),
    overload("@mapInsert_map_map", "(map(K, V), map(K, V)) -> map(K, V)", inserted),
  ),
];

/** Operators that decide which of their operands are evaluated, or have paths: the evaluator has them. */
export const SPECIAL: readonly FunctionDef[] = [
  define("_&&_", overload("logical_and", "(bool, bool) -> bool")),
  define("_||_", overload("logical_or", "(bool, bool) -> bool")),
  define("_?_:_", overload("conditional", "(bool, A, A) -> A")),
  define("_==_", overload("equals", "(A, A) -> bool")),
  define("_!=_", overload("not_equals", "(A, A) -> bool")),
  define("@not_strictly_false", overload("@not_strictly_false", "(bool) -> bool")),
  define("@in", overload("in_list", "(A, list(A)) -> bool"), overload("in_map", "(A, map(A, B)) -> bool")),
  define(
    "_[_]",
    overload("index_list", "(list(A), int) -> A"),
    overload("index_map", "(map(A, B), A) -> B"),
    overload("optional_list_index_int", "(optional_type(list(V)), int) -> optional_type(V)"),
    overload("optional_map_index_value", "(optional_type(map(K, V)), K) -> optional_type(V)"),
  ),
  define(
    "_[?_]",
    overload("list_optindex_optional_int", "(list(V), int) -> optional_type(V)"),
    overload("optional_list_optindex_optional_int", "(optional_type(list(V)), int) -> optional_type(V)"),
    overload("map_optindex_optional_value", "(map(K, V), K) -> optional_type(V)"),
    overload("optional_map_optindex_optional_value", "(optional_type(map(K, V)), K) -> optional_type(V)"),
  ),
];
