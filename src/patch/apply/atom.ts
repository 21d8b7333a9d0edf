import type { Json } from "../../kube/json.js";
import type { PathElement } from "./path-element.js";

export type ScalarAtom = "string" | "numeric" | "boolean" | "untyped";

/**
 * How values at a place are merged: what kinds of value may stand there, and which parts of them have owners of their
 * own. A place without a schema takes several kinds. Upstream: structured-merge-diff schema/elements.go.
 */
export interface Atom {
  readonly scalar?: ScalarAtom;
  readonly list?: ListAtom;
  readonly map?: MapAtom;
}

export interface ListAtom {
  /** False: the list is owned as a whole. */
  readonly associative: boolean;
  /** Fields that tell items apart; none: the list is a set of scalars. */
  readonly keys: readonly string[];
  readonly element: Atom;
}

export interface MapAtom {
  /** Owned as a whole. */
  readonly atomic: boolean;
  /** Named fields; the others are `element`s. */
  readonly fields: ReadonlyMap<string, FieldAtom>;
  /** Undefined: there are no other fields. */
  readonly element: Atom | undefined;
}

export interface FieldAtom {
  readonly element: PathElement;
  readonly atom: Atom;
  /** Stands in for an absent field that is part of a list's key. */
  readonly default: Json | undefined;
}

const NO_FIELDS: ReadonlyMap<string, FieldAtom> = new Map();

class Untyped implements Atom {
  readonly scalar = "untyped";
  readonly list: ListAtom;
  readonly map: MapAtom;

  constructor(nested: Atom | undefined, element: Atom | undefined) {
    this.list = { associative: false, keys: [], element: nested ?? this };
    this.map = { atomic: nested === undefined, fields: NO_FIELDS, element: element ?? this };
  }
}

/** Anything, owned as a whole: RawExtension. */
export const UNTYPED_ATOMIC: Atom = new Untyped(undefined, undefined);

/** Anything: fields of objects have owners, lists are owned as a whole. Objects without a schema are this. */
export const DEDUCED: Atom = new Untyped(UNTYPED_ATOMIC, undefined);

const SCALARS: Readonly<Record<ScalarAtom, Atom>> = {
  string: { scalar: "string" },
  numeric: { scalar: "numeric" },
  boolean: { scalar: "boolean" },
  untyped: { scalar: "untyped" },
};

export function scalarAtom(scalar: ScalarAtom): Atom {
  return SCALARS[scalar];
}

/** A map of values that are all of one kind. */
export function mapAtom(element: Atom, atomic: boolean): Atom {
  return { map: { atomic, fields: NO_FIELDS, element } };
}
