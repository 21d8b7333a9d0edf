import { FieldSet } from "./field-set.js";
import { PathElement } from "./path-element.js";

/** Takes away from a set what a write can't change. */
export type SetFilter = (set: FieldSet) => FieldSet;

/** A set of fields given as paths such as "metadata.name". */
export function fieldSet(...paths: readonly string[]): FieldSet {
  return FieldSet.ofPaths(paths.map((path) => path.split(".").map((name) => PathElement.field(name))));
}

/** Everything but some fields and what is below them. */
export function excluding(...paths: readonly string[]): SetFilter {
  const excluded = fieldSet(...paths);
  return (set) => set.recursiveDifference(excluded);
}
