import { compare, same, settledly } from "../lang/compare.js";
import { PlainList } from "../lang/containers.js";
import { CelError, CelList, CelMap, Duration, Optional, Timestamp, Uint, type Value } from "../lang/values.js";
import { Message } from "../messages/message.js";
import { checkedDuration, checkedInt, checkedUint } from "./bounds.js";
import { define, type FunctionDef, overload } from "./declare.js";
import { STRING_INDEXES } from "./strings.js";

const SUMMABLE = ["int", "uint", "double", "duration"];
const COMPARABLE = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];

function ordered(a: Value, b: Value): number {
  const order = compare(a, b);
  if (order === undefined) throw new CelError("no such overload");
  return order;
}

function isSorted(list: CelList): boolean {
  for (let index = 1; index < list.size; index++) if (ordered(list.at(index - 1), list.at(index)) > 0) return false;
  return true;
}

function extreme(name: string, sign: number): (list: CelList) => Value {
  return (list) => {
    if (list.size === 0) throw new CelError(`${name} called on empty list`);
    return [...list].reduce((best, item) => (ordered(best, item) * sign < 0 ? item : best));
  };
}

function sum(type: string): (list: CelList) => Value {
  return (list) => {
    const items = [...list];
    if (type === "double") return items.reduce<number>((total, item) => total + (item as number), 0);
    if (type === "uint") return checkedUint(items.reduce<bigint>((total, item) => total + (item as Uint).value, 0n));
    if (type === "int") return items.reduce<bigint>((total, item) => checkedInt(total + (item as bigint)), 0n);
    return items.reduce<Duration>(
      (total, item) => checkedDuration(total.nanos + (item as Duration).nanos),
      new Duration(0n),
    );
  };
}

function overlap(name: string, id: string, holds: (a: CelList, b: CelList) => boolean): FunctionDef {
  return define(name, overload(`list_sets_${id}_list`, "(list(T), list(T)) -> bool", holds));
}

/** Throws {@link CelError} where an object's list has no such element, but one that can't be compared. */
export function contains(list: CelList, value: Value): boolean {
  if (list instanceof PlainList) return [...list].some((item) => settledly(() => same(value, item), false));
  let failure: CelError | undefined;
  for (let index = 0; index < list.size; index++) {
    try {
      if (same(list.at(index), value)) return true;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failure ??= error;
    }
  }
  if (failure) throw failure;
  return false;
}

function containsAll(list: CelList, wanted: CelList): boolean {
  return [...wanted].every((item) => contains(list, item));
}

function place(list: CelList, value: Value, last: boolean): bigint {
  const items = [...list];
  const isIt = (item: Value) => settledly(() => same(item, value), false);
  const index = last ? items.findLastIndex(isIt) : items.findIndex(isIt);
  return BigInt(index);
}

/** Upstream: apiserver/pkg/cel/library/lists.go, cel-go/ext/sets.go. */
export const LISTS: readonly FunctionDef[] = [
  define(
    "isSorted",
    ...COMPARABLE.map((type) => overload(`list_${type}_is_sorted_bool`, `list(${type}).() -> bool`, isSorted)),
  ),
  define(
    "sum",
    ...SUMMABLE.map((type) => overload(`list_${type}_sum_${type}`, `list(${type}).() -> ${type}`, sum(type))),
  ),
  define(
    "max",
    ...COMPARABLE.map((type) => overload(`list_${type}_max_${type}`, `list(${type}).() -> ${type}`, extreme("max", 1))),
  ),
  define(
    "min",
    ...COMPARABLE.map((type) =>
      overload(`list_${type}_min_${type}`, `list(${type}).() -> ${type}`, extreme("min", -1)),
    ),
  ),
  define(
    "indexOf",
    overload("list_a_index_of_int", "list(A).(A) -> int", (list: CelList, value: Value) => place(list, value, false)),
    ...STRING_INDEXES.indexOf,
  ),
  define(
    "lastIndexOf",
    overload("list_a_last_index_of_int", "list(A).(A) -> int", (list: CelList, value: Value) =>
      place(list, value, true),
    ),
    ...STRING_INDEXES.lastIndexOf,
  ),
  overlap("sets.contains", "contains", containsAll),
  overlap("sets.equivalent", "equivalent", (a, b) => containsAll(a, b) && containsAll(b, a)),
  overlap("sets.intersects", "intersects", (a, b) => [...a].some((item) => settledly(() => contains(b, item), false))),
];

function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === "") return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0;
  if (value instanceof Message) return value.isEmpty;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return value.nanos === -62_135_596_800_000_000_000n;
  return value instanceof Uint8Array && value.length === 0;
}

function contentOf({ value }: Optional): Value {
  if (value === undefined) throw new CelError("optional.none() dereference");
  return value;
}

const at = (list: CelList, index: number) => (list.size === 0 ? Optional.none : new Optional(list.at(index)));
const present = (list: CelList): Value =>
  new PlainList(
    [...list].flatMap((item) => (item instanceof Optional && item.value !== undefined ? [item.value] : [])),
  );

/** Upstream: cel-go/cel/library.go. or() and orValue() leave out what they don't need: the evaluator has them. */
export const OPTIONALS: readonly FunctionDef[] = [
  define(
    "optional.of",
    overload("optional_of", "(V) -> optional_type(V)", (value: Value) => new Optional(value)),
  ),
  define(
    "optional.none",
    overload("optional_none", "() -> optional_type(V)", () => Optional.none),
  ),
  define(
    "optional.ofNonZeroValue",
    overload("optional_ofNonZeroValue", "(V) -> optional_type(V)", (value: Value) =>
      isZero(value) ? Optional.none : new Optional(value),
    ),
  ),
  define("value", overload("optional_value", "optional_type(V).() -> V", contentOf)),
  define(
    "hasValue",
    overload("optional_hasValue", "optional_type(V).() -> bool", ({ value }: Optional) => value !== undefined),
  ),
  define("or", overload("optional_or_optional", "optional_type(V).(optional_type(V)) -> optional_type(V)")),
  define("orValue", overload("optional_orValue_value", "optional_type(V).(V) -> V")),
  define(
    "first",
    overload("list_first", "list(V).() -> optional_type(V)", (list: CelList) => at(list, 0)),
  ),
  define(
    "last",
    overload("list_last", "list(V).() -> optional_type(V)", (list: CelList) => at(list, list.size - 1)),
  ),
  define("optional.unwrap", overload("optional_unwrap", "(list(optional_type(V))) -> list(V)", present)),
  define("unwrapOpt", overload("optional_unwrapOpt", "list(optional_type(V)).() -> list(V)", present)),
];
