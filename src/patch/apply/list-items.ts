import { isObject, type Json } from "../../kube/json.js";
import { fieldOf } from "../../kube/json-access.js";
import type { ListAtom } from "./atom.js";
import { type KeyPart, PathElement, sortKey } from "./path-element.js";
import { numberOf } from "./values.js";

/** Why an item of an associative list can't be told from the others. */
export class ItemError extends Error {}

/** An item of an associative list; items with equal keys have the same `id`. */
export interface ListItem {
  readonly value: Json;
  readonly id: string;
}

/** @throws ItemError */
export function listItems(list: ListAtom, values: readonly Json[]): ListItem[] {
  return values.map((value, index) => {
    try {
      return { value, id: itemId(list, value) };
    } catch (error) {
      throw error instanceof ItemError ? new ItemError(`element ${index}: ${error.message}`) : error;
    }
  });
}

/** A text that is equal for items with equal keys. @throws ItemError */
export function itemId(list: ListAtom, value: Json): string {
  if (list.keys.length === 0) return scalarId(setItem(value));
  if (list.keys.length === 1 && isObject(value)) {
    const found = fieldOf(value, list.keys[0]!);
    if (typeof found === "string") return found;
  }
  return keyOf(list, value)
    .map(({ name, value: part }) => `${name}\0${isScalarKey(part) ? scalarId(part) : JSON.stringify(part)}`)
    .join("\0");
}

/** @throws ItemError */
export function itemElement(list: ListAtom, value: Json): PathElement {
  return list.keys.length === 0 ? PathElement.value(setItem(value)) : PathElement.key(keyOf(list, value));
}

function isScalarKey(value: Json): boolean {
  return !Array.isArray(value) && !isObject(value);
}

function scalarId(value: Json): string {
  const number = numberOf(value);
  return number === undefined ? `${typeof value}\0${String(value)}` : `number\0${number}`;
}

function keyOf(list: ListAtom, value: Json): KeyPart[] {
  if (value === null) throw new ItemError("associative list with keys may not have a null element");
  if (!isObject(value)) throw new ItemError("associative list with keys may not have non-map elements");
  const parts: KeyPart[] = [];
  for (const name of list.keys) {
    const part = fieldOf(value, name) ?? list.element.map?.fields.get(name)?.default;
    if (part !== undefined) parts.push({ name, value: part });
  }
  if (parts.length === 0) {
    const names = `[${list.keys.map((name) => JSON.stringify(name)).join(" ")}]`;
    throw new ItemError(
      `associative list with keys has an element that omits all key fields ${names} ` +
        "(and doesn't have default values for any key fields)",
    );
  }
  return sortKey(parts);
}

function setItem(value: Json): Json {
  if (isObject(value)) throw new ItemError("associative list without keys has an element that's a map type");
  if (Array.isArray(value)) throw new ItemError("not supported: associative list with lists as elements");
  if (value === null) throw new ItemError("associative list without keys has an element that's an explicit null");
  return value;
}
