import { type Atom, DEDUCED, type MapAtom } from "./atom.js";
import { FieldSet } from "./field-set.js";
import type { PathElement } from "./path-element.js";

type Path = readonly PathElement[];

const known = new WeakMap<FieldSet, WeakMap<Atom, FieldSet>>();

/**
 * The set with everything below a place that is owned as a whole replaced by the place: what was written when the
 * schema was finer, or by hand. Upstream: structured-merge-diff typed/reconcile_schema.go.
 */
export function reconciled(set: FieldSet, atom: Atom): FieldSet {
  let byAtom = known.get(set);
  if (!byAtom) {
    byAtom = new WeakMap();
    known.set(set, byAtom);
  }
  let out = byAtom.get(atom);
  if (!out) {
    out = reconcile(set, atom);
    byAtom.set(atom, out);
  }
  return out;
}

function reconcile(set: FieldSet, atom: Atom): FieldSet {
  const whole: Path[] = [];
  visit(atom, set, [], false, whole);
  if (whole.length === 0) return set;
  const places = FieldSet.ofPaths(whole);
  return set.recursiveDifference(places).union(places);
}

function visit(atom: Atom, set: FieldSet | undefined, path: Path, isLeaf: boolean, whole: Path[]): void {
  const { map, scalar, list } = atom;
  if (map) {
    if (isFreeForm(map)) return;
    if (map.atomic && !isLeaf) {
      if (set) whole.push(path);
      return;
    }
    for (const { element, member, children } of set?.entries ?? []) {
      const below = (element.isField ? map.fields.get(element.name)?.atom : undefined) ?? map.element;
      if (below) visit(below, children, [...path, element], member && !children, whole);
    }
  } else if (list && !scalar) {
    if (!list.associative && !isLeaf) {
      whole.push(path);
      return;
    }
    for (const { element, member, children } of set?.entries ?? []) {
      visit(list.element, children, [...path, element], member && !children, whole);
    }
  }
}

/** Upstream leaves these alone (isUntypedDeducedMap). */
function isFreeForm({ fields, element }: MapAtom): boolean {
  return fields.size === 0 && element !== undefined && (element === DEDUCED || element.scalar === "untyped");
}
