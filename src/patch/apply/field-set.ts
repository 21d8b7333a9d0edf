import { compareElements, type PathElement } from "./path-element.js";

/** A path element that is itself in the set, or leads to what is. */
export interface SetEntry {
  readonly element: PathElement;
  readonly member: boolean;
  /** Never empty. */
  readonly children: FieldSet | undefined;
}

/**
 * An immutable set of paths, as a tree whose entries are in the order of fieldsV1. Operations that change nothing
 * return the set they were given, so that identity tells whether there is anything to encode.
 * Upstream: structured-merge-diff fieldpath/set.go.
 */
export class FieldSet {
  /** Not a static field: the compiler would read the class through an alias that is set only after it. */
  static get empty(): FieldSet {
    return EMPTY;
  }

  constructor(readonly entries: readonly SetEntry[]) {}

  /** Of entries in any order, each element once; sorts the given list. */
  static of(entries: SetEntry[]): FieldSet {
    if (entries.length === 0) return FieldSet.empty;
    for (let i = 1; i < entries.length; i++) {
      if (compareElements(entries[i - 1]!.element, entries[i]!.element) < 0) continue;
      entries.sort((a, b) => compareElements(a.element, b.element));
      break;
    }
    return new FieldSet(entries);
  }

  /** Of paths given as lists of elements. */
  static ofPaths(paths: Iterable<readonly PathElement[]>): FieldSet {
    let out = FieldSet.empty;
    for (const path of paths) out = out.union(single(path));
    return out;
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  find(element: PathElement): SetEntry | undefined {
    let [low, high] = [0, this.entries.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const entry = this.entries[middle]!;
      const found = compareElements(entry.element, element);
      if (found === 0) return entry;
      if (found < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  has(path: readonly PathElement[]): boolean {
    let set: FieldSet | undefined = this;
    for (const [index, element] of path.entries()) {
      const entry: SetEntry | undefined = set?.find(element);
      if (index === path.length - 1) return entry?.member ?? false;
      set = entry?.children;
    }
    return false;
  }

  union(other: FieldSet): FieldSet {
    if (other.isEmpty || other === this) return this;
    if (this.isEmpty) return other;
    return this.#combine(other, mergedEntry, keep, keep);
  }

  intersection(other: FieldSet): FieldSet {
    return other === this ? this : this.#combine(other, commonEntry, drop, drop);
  }

  /** What is here and not there; a member there leaves its children here alone. */
  difference(other: FieldSet): FieldSet {
    return other.isEmpty ? this : this.#combine(other, differingEntry, keep, drop);
  }

  /** As {@link difference}, but a member there takes everything below it away. */
  recursiveDifference(other: FieldSet): FieldSet {
    return other.isEmpty ? this : this.#combine(other, remainingEntry, keep, drop);
  }

  /** Every path, at each level the members before what is below them: the order in which conflicts are listed. */
  *paths(prefix: readonly PathElement[] = []): Generator<readonly PathElement[]> {
    for (const { element, member } of this.entries) if (member) yield [...prefix, element];
    for (const { element, children } of this.entries) if (children) yield* children.paths([...prefix, element]);
  }

  #combine(other: FieldSet, both: Both, mine: One, theirs: One): FieldSet {
    const [left, right] = [this.entries, other.entries];
    const out: SetEntry[] = [];
    const add = (entry: SetEntry | undefined) => {
      if (entry) out.push(entry);
    };
    let [i, j] = [0, 0];
    while (i < left.length || j < right.length) {
      const [a, b] = [left[i], right[j]];
      const found = !a ? 1 : !b ? -1 : compareElements(a.element, b.element);
      if (found < 0) add(mine(a!));
      else if (found > 0) add(theirs(b!));
      else add(both(a!, b!));
      if (found <= 0) i++;
      if (found >= 0) j++;
    }
    if (out.length === left.length && out.every((entry, index) => entry === left[index])) return this;
    return out.length === 0 ? FieldSet.empty : new FieldSet(out);
  }
}

const EMPTY = new FieldSet([]);

type Both = (a: SetEntry, b: SetEntry) => SetEntry | undefined;
type One = (entry: SetEntry) => SetEntry | undefined;

const keep: One = (entry) => entry;
const drop: One = () => undefined;

/** The same entry with another content: `a` itself where nothing differs, undefined where nothing is left. */
function revised(a: SetEntry, member: boolean, children: FieldSet | undefined): SetEntry | undefined {
  const below = children?.isEmpty ? undefined : children;
  if (member === a.member && below === a.children) return a;
  return member || below ? { element: a.element, member, children: below } : undefined;
}

function mergedEntry(a: SetEntry, b: SetEntry): SetEntry | undefined {
  const children = a.children && b.children ? a.children.union(b.children) : (a.children ?? b.children);
  return revised(a, a.member || b.member, children);
}

function commonEntry(a: SetEntry, b: SetEntry): SetEntry | undefined {
  const children = a.children && b.children ? a.children.intersection(b.children) : undefined;
  return revised(a, a.member && b.member, children);
}

function differingEntry(a: SetEntry, b: SetEntry): SetEntry | undefined {
  const children = a.children && b.children ? a.children.difference(b.children) : a.children;
  return revised(a, a.member && !b.member, children);
}

function remainingEntry(a: SetEntry, b: SetEntry): SetEntry | undefined {
  if (b.member) return undefined;
  const children = a.children && b.children ? a.children.recursiveDifference(b.children) : a.children;
  return revised(a, a.member, children);
}

function single(path: readonly PathElement[]): FieldSet {
  let set: FieldSet | undefined;
  for (const element of path.toReversed()) {
    set = FieldSet.of([{ element, member: set === undefined, children: set }]);
  }
  return set ?? FieldSet.empty;
}
