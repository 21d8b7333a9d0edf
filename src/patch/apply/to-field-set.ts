import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldNames, fieldOf } from "../../kube/json-access.js";
import type { Atom, ListAtom, MapAtom } from "./atom.js";
import { FieldSet, type SetEntry } from "./field-set.js";
import { itemElement, listItems } from "./list-items.js";
import { narrow } from "./narrow.js";
import { PathElement } from "./path-element.js";
import { isEmptyObject } from "./values.js";

/**
 * Every leaf and item that a value mentions. Fields that a type names are no members unless they are leaves.
 * Upstream: structured-merge-diff typed/tofieldset.go. @throws ItemError for list items without a key
 */
export function toFieldSet(atom: Atom, value: Json): FieldSet {
  const entries: SetEntry[] = [];
  collect(atom, value, entries);
  return FieldSet.of(entries);
}

/** Adds what is below the value; true if the value itself is a member. */
function collect(atom: Atom, value: Json, below: SetEntry[]): boolean {
  const { map, scalar, list } = narrow(atom, value);
  if (map) {
    if (!map.atomic && isObject(value)) collectFields(map, value, below);
    return map.atomic;
  }
  if (scalar) return true;
  if (list?.associative && Array.isArray(value)) collectItems(list, value, below);
  return list !== undefined && !list.associative;
}

function collectFields(map: MapAtom, value: JsonObject, out: SetEntry[]): void {
  for (const name of fieldNames(value)) {
    const item = fieldOf(value, name) ?? null;
    const field = map.fields.get(name);
    const atom = field?.atom ?? map.element;
    if (!atom) continue;
    const below: SetEntry[] = [];
    const isLeaf = collect(atom, item, below);
    const isEmpty = item === null || (isObject(item) && isEmptyObject(item));
    push(out, field?.element ?? PathElement.field(name), isLeaf || isEmpty || !field, below);
  }
}

/** Items that share a key are one member, whatever is in them. */
function collectItems(list: ListAtom, values: readonly Json[], out: SetEntry[]): void {
  const items = listItems(list, values);
  const counts = new Map<string, number>();
  for (const { id } of items) counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const { id, value } of items) {
    const count = counts.get(id);
    if (count === undefined) continue;
    counts.delete(id);
    const below: SetEntry[] = [];
    if (count === 1) collect(list.element, value, below);
    push(out, itemElement(list, value), true, below);
  }
}

function push(out: SetEntry[], element: PathElement, member: boolean, below: SetEntry[]): void {
  const children = below.length > 0 ? FieldSet.of(below) : undefined;
  if (member || children) out.push({ element, member, children });
}
