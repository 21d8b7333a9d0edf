import type { Atom } from "./atom.js";
import { FieldSet, type SetEntry } from "./field-set.js";

const NOTHING: Atom = {};

/**
 * The set with every field that a type names and below which there are members: it can then be taken away with them.
 * Upstream: fieldpath/set.go, EnsureNamedFieldsAreMembers.
 */
export function withNamedFields(set: FieldSet, atom: Atom): FieldSet {
  const entries = set.entries.map((entry): SetEntry => {
    const { element, children } = entry;
    if (!children) return entry;
    const field = element.isField ? atom.map?.fields.get(element.name) : undefined;
    const below = field?.atom ?? (element.isField ? atom.map?.element : element.isKey ? atom.list?.element : undefined);
    return {
      element,
      member: entry.member || field !== undefined,
      children: withNamedFields(children, below ?? NOTHING),
    };
  });
  return FieldSet.of(entries);
}
