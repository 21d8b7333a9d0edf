import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldNames, fieldOf, setField } from "../../kube/json-access.js";
import type { Atom, ListAtom, MapAtom } from "./atom.js";
import type { FieldSet } from "./field-set.js";
import { itemElement } from "./list-items.js";
import { narrow } from "./narrow.js";
import { PathElement } from "./path-element.js";

/**
 * The value without the paths of a set. A map or list that loses everything becomes null.
 * Upstream: structured-merge-diff typed/remove.go.
 */
export function removeItems(atom: Atom, value: Json, paths: FieldSet): Json {
  const { map, scalar, list } = narrow(atom, value);
  if (map) return isObject(value) && !map.atomic ? fromMap(map, value, paths) : null;
  if (scalar) return value;
  return list?.associative && Array.isArray(value) ? fromList(list, value, paths) : null;
}

function fromMap(map: MapAtom, value: JsonObject, paths: FieldSet): Json {
  const out: JsonObject = {};
  for (const name of fieldNames(value)) {
    const item = fieldOf(value, name) ?? null;
    const field = map.fields.get(name);
    const entry = paths.find(field?.element ?? PathElement.field(name));
    if (entry?.member) continue;
    const atom = field?.atom ?? map.element;
    setField(out, name, entry?.children && atom ? removeItems(atom, item, entry.children) : item);
  }
  return Object.keys(out).length > 0 ? out : null;
}

function fromList(list: ListAtom, values: readonly Json[], paths: FieldSet): Json {
  const out: Json[] = [];
  for (const item of values) {
    const entry = paths.find(itemElement(list, item));
    if (entry?.member) continue;
    out.push(entry?.children ? removeItems(list.element, item, entry.children) : item);
  }
  return out.length > 0 ? out : null;
}
