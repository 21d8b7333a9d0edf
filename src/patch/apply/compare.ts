import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import type { Atom, ListAtom, MapAtom } from "./atom.js";
import { FieldSet, type SetEntry } from "./field-set.js";
import { itemElement, type ListItem, listItems } from "./list-items.js";
import { narrow } from "./narrow.js";
import { PathElement } from "./path-element.js";
import { isEmptyObject, sameValue } from "./values.js";

/** How one object differs from another; a path is in one of the sets at most. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Upstream: structured-merge-diff typed/compare.go. @throws ItemError for list items without a key */
export function compare(atom: Atom, before: Json, after: Json): Comparison {
  const level = new Level();
  compareValues(atom, before, after, level);
  return level.comparison();
}

/** What became of a path; a value that changes its kind can be two things at once. */
const SAME = 0;
const ADDED = 1;
const MODIFIED = 2;
const REMOVED = 4;

/** The differences below one path. */
class Level {
  added: SetEntry[] = [];
  modified: SetEntry[] = [];
  removed: SetEntry[] = [];

  get isEmpty(): boolean {
    return this.added.length === 0 && this.modified.length === 0 && this.removed.length === 0;
  }

  comparison(): Comparison {
    const { added, modified, removed } = this;
    return { added: FieldSet.of(added), modified: FieldSet.of(modified), removed: FieldSet.of(removed) };
  }

  add(element: PathElement, mark: number, below: Level | undefined): void {
    put(this.added, element, (mark & ADDED) !== 0, below?.added);
    put(this.modified, element, (mark & MODIFIED) !== 0, below?.modified);
    put(this.removed, element, (mark & REMOVED) !== 0, below?.removed);
  }
}

function put(out: SetEntry[], element: PathElement, member: boolean, below: SetEntry[] | undefined): void {
  const children = below && below.length > 0 ? FieldSet.of(below) : undefined;
  if (member || children) out.push({ element, member, children });
}

/** Fills in what differs below and returns what became of the value itself. */
function compareValues(atom: Atom, left: Json | undefined, right: Json | undefined, level: Level): number {
  if (left === right) return SAME;
  const [before, after] = [narrow(atom, left), narrow(atom, right)];
  let isLeaf: boolean;
  if (right === undefined || left === undefined || before === after) {
    isLeaf = compareAs(right === undefined ? before : after, left, right, level);
  } else {
    const [first, second] = [compareAs(before, left, right, level), compareAs(after, left, right, level)];
    isLeaf = first || second;
  }
  if (left === undefined) return ADDED;
  if (right === undefined) return REMOVED;
  return isLeaf && !sameValue(left, right) ? MODIFIED : SAME;
}

/** Whether the value is a leaf, owned as a whole. */
function compareAs(atom: Atom, left: Json | undefined, right: Json | undefined, level: Level): boolean {
  if (atom.map) return compareMaps(atom.map, objectOf(left), objectOf(right), level);
  if (atom.scalar) return true;
  return atom.list ? compareLists(atom.list, listOf(left), listOf(right), level) : false;
}

function objectOf(value: Json | undefined): JsonObject | undefined {
  return isObject(value) && !isEmptyObject(value) ? value : undefined;
}

function listOf(value: Json | undefined): Json[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}

/** Empty ones are given as undefined: that there is an empty map is a fact of its own, as a leaf. */
function compareMaps(map: MapAtom, left: JsonObject | undefined, right: JsonObject | undefined, level: Level): boolean {
  if (map.atomic || (!left && !right)) return true;
  for (const name in left) {
    const value = left[name];
    if (value !== undefined) compareField(map, name, value, own(right, name), level);
  }
  for (const name in right) {
    const value = right[name];
    if (value !== undefined && own(left, name) === undefined) compareField(map, name, undefined, value, level);
  }
  return false;
}

function own(object: JsonObject | undefined, name: string): Json | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

function compareField(map: MapAtom, name: string, left: Json | undefined, right: Json | undefined, level: Level): void {
  if (left === right) return;
  const field = map.fields.get(name);
  const atom = field?.atom ?? map.element;
  if (!atom) return;
  const below = new Level();
  const mark = compareValues(atom, left, right, below);
  if (mark !== SAME || !below.isEmpty) level.add(field?.element ?? PathElement.field(name), mark, below);
}

function compareLists(list: ListAtom, left: Json[] | undefined, right: Json[] | undefined, level: Level): boolean {
  if (!list.associative || (!left && !right)) return true;
  const [before, after] = [grouped(list, left), grouped(list, right)];
  for (const [id, items] of before) compareItems(list, items, after.get(id) ?? [], level);
  for (const [id, items] of after) if (!before.has(id)) compareItems(list, [], items, level);
  return false;
}

function grouped(list: ListAtom, values: readonly Json[] | undefined): Map<string, ListItem[]> {
  const groups = new Map<string, ListItem[]>();
  for (const item of values ? listItems(list, values) : []) {
    const group = groups.get(item.id);
    if (group) group.push(item);
    else groups.set(item.id, [item]);
  }
  return groups;
}

/** Items with the same key: one on each side at most, or else they are a leaf together. */
function compareItems(list: ListAtom, left: readonly ListItem[], right: readonly ListItem[], level: Level): void {
  const below = new Level();
  let mark = SAME;
  if (left.length < 2 && right.length < 2) {
    mark = compareValues(list.element, left[0]?.value, right[0]?.value, below);
  } else if (left.length >= 2 && right.length >= 2) {
    if (!sameItems(left, right)) mark = MODIFIED;
  } else if (left.length >= 2) {
    mark = REMOVED;
    if (right[0]) mark |= compareValues(list.element, undefined, right[0].value, below);
  } else {
    mark = ADDED;
    if (left[0]) mark |= compareValues(list.element, left[0].value, undefined, below);
  }
  if (mark === SAME && below.isEmpty) return;
  level.add(itemElement(list, (left[0] ?? right[0])!.value), mark, below);
}

function sameItems(left: readonly ListItem[], right: readonly ListItem[]): boolean {
  return left.length === right.length && left.every(({ value }, index) => sameValue(value, right[index]!.value));
}
