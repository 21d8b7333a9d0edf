import { FormatValue } from "../functions/named-formats.js";
import { type CelError, CelList, CelMap, Opaque, Optional, type Value } from "../lang/values.js";
import { Message } from "../messages/message.js";
import { REGEX, TRAVERSAL } from "./range.js";

type Arg = Value | CelError;

/** What a call costs beyond its arguments, of which the first two count. */
export type ActualCost = (first: Arg, second: Arg) => number;

/** As long as a value is: characters, bytes, elements. Everything else, errors included, is one long. */
function sizeOf(value: Arg): number {
  if (typeof value === "string") return characters(value);
  if (typeof value !== "object" || value === null) return 1;
  if (value instanceof CelList || value instanceof CelMap) return value.size;
  if (value instanceof Uint8Array) return value.length;
  return value instanceof Opaque ? value.size : 1;
}

function characters(text: string): number {
  let count = text.length;
  for (let at = 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // The second half of a pair.
    if (unit >= 0xdc00 && unit <= 0xdfff && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}

/** The language's own functions look into optional values. */
function innerSize(value: Arg): number {
  return value instanceof Optional && value.value !== undefined ? innerSize(value.value) : sizeOf(value);
}

const reading = (size: number, factor = 1) => Math.ceil(size * factor * TRAVERSAL);
const searching = (text: number, pattern: number) => Math.ceil((1 + text) * TRAVERSAL) * Math.ceil(pattern * REGEX);

const nominal: ActualCost = () => 1;
const ofFirst: ActualCost = (first) => reading(sizeOf(first));
const twiceFirst: ActualCost = (first) => reading(sizeOf(first), 2);
const find: ActualCost = (text, pattern) => searching(sizeOf(text), sizeOf(pattern));

/** Everything in a value once, down to its texts. */
function traversal(value: Arg): number {
  if (typeof value === "string") return Math.floor(Buffer.byteLength(value) * TRAVERSAL);
  if (value instanceof Uint8Array) return Math.floor(value.length * TRAVERSAL);
  let cost = 0;
  if (value instanceof CelList) for (const item of value) cost += traversal(item);
  else if (value instanceof CelMap) for (const key of value.keys()) cost += traversal(key) + traversal(value.get(key)!);
  else return 1;
  return cost;
}

function containment(textId: string, own: (size: number) => number) {
  return (id: string | undefined): ActualCost =>
    (range, other) => {
      const size = sizeOf(range);
      const parsed = id === textId ? reading(sizeOf(other)) : 0;
      return reading(size + size) + own(size) + parsed;
    };
}

type Choose = (id: string | undefined) => ActualCost | undefined;

function named(names: string, cost: ActualCost): readonly (readonly [string, Choose])[] {
  return names.split(" ").map((name) => [name, () => cost] as const);
}

/** Functions whose costs Kubernetes says itself; upstream: apiserver/pkg/cel/library/cost.go, CallCost. */
const KUBERNETES: ReadonlyMap<string, Choose> = new Map<string, Choose>([
  ...named("isSorted sum max min indexOf lastIndexOf", (first) => traversal(first)),
  ...named("url lowerAscii upperAscii substring trim cidr isIP isCIDR quantity isQuantity semver isSemver", ofFirst),
  ...named("replace split ip.isCanonical", twiceFirst),
  ...named("find findAll", find),
  ["ip", (id) => (id === "cidr_ip" ? nominal : ofFirst)],
  ["containsIP", containment("cidr_contains_ip_string", () => 0)],
  ["containsCIDR", containment("cidr_contains_cidr_string", (size) => reading(size) + 1)],
  ...named("validate", (format, text) =>
    format instanceof FormatValue ? searching(sizeOf(text), format.regexSize) : 1,
  ),
]);

const smaller: ActualCost = (a, b) => reading(Math.min(innerSize(a), innerSize(b)));
const isKubernetes = (value: Arg) =>
  value instanceof Opaque && value.typeName !== "unknown" && !(value instanceof Message);
const ofText: ActualCost = (text) => reading(innerSize(text));
const both: ActualCost = (a, b) => reading(innerSize(a) + innerSize(b));
const sets =
  (factor: number): ActualCost =>
  (a, b) =>
    1 + sizeOf(a) * sizeOf(b) * factor;

function byId(ids: string, cost: ActualCost): readonly (readonly [string, ActualCost])[] {
  return ids.split(" ").map((id) => [id, cost] as const);
}

/** By overload; upstream: cel-go/interpreter/runtimecost.go, costCall, and ext/sets.go. */
const STANDARD: ReadonlyMap<string, ActualCost> = new Map([
  ...byId("starts_with_string ends_with_string string_to_bytes bytes_to_string strings_quote string_format", ofText),
  ...byId("in_list", (_, list) => innerSize(list)),
  ...byId("less_string greater_string less_equals_string greater_equals_string", smaller),
  ...byId("less_bytes greater_bytes less_equals_bytes greater_equals_bytes not_equals", smaller),
  // Kubernetes' own values are equal, or not, at once.
  ...byId("equals", (a, b) => (isKubernetes(a) ? 1 : smaller(a, b))),
  ...byId("add_string add_bytes", both),
  ...byId("matches_string", (text, pattern) => searching(innerSize(text), innerSize(pattern))),
  ...byId("contains_string", (text, part) => reading(innerSize(text)) * reading(innerSize(part))),
  ...byId("list_sets_contains_list list_sets_intersects_list", sets(1)),
  ...byId("list_sets_equivalent_list", sets(2)),
]);

/** `id` undefined: which overload it is shows only in the arguments, which the costs do not look at then. */
export function actualCost(name: string, id: string | undefined): ActualCost {
  return KUBERNETES.get(name)?.(id) ?? (id === undefined ? undefined : STANDARD.get(id)) ?? nominal;
}

/** What join() costs, which depends on what it makes. */
export function resultCost(result: Arg): number {
  return reading(sizeOf(result), 2);
}
