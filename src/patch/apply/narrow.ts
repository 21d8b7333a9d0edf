import { isObject, type Json } from "../../kube/json.js";
import type { Atom } from "./atom.js";

const narrowed = new WeakMap<Atom, { scalar: Atom; list: Atom; map: Atom }>();

/**
 * The atom without the kinds of value that this value is not. A value of a kind that the atom does not know, and null,
 * leave it as it is. Upstream: typed/helpers.go, deduceAtom.
 */
export function narrow(atom: Atom, value: Json | undefined): Atom {
  if (value === undefined || value === null || !isMixed(atom)) return atom;
  let parts = narrowed.get(atom);
  if (!parts) {
    const { scalar, list, map } = atom;
    parts = { scalar: scalar ? { scalar } : atom, list: list ? { list } : atom, map: map ? { map } : atom };
    narrowed.set(atom, parts);
  }
  if (Array.isArray(value)) return parts.list;
  return isObject(value) ? parts.map : parts.scalar;
}

function isMixed({ scalar, list, map }: Atom): boolean {
  return Number(scalar !== undefined) + Number(list !== undefined) + Number(map !== undefined) > 1;
}
