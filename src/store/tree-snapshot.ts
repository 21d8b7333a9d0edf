import { byteOrdered } from "../kube/go-text.js";
import type { BTree } from "./btree.js";
import type { Snapshot, StoredObject } from "./store.js";

/** Makes the object of an entry in the tree. */
export type Resolve<V> = (entry: V) => StoredObject;

export class TreeSnapshot<V> implements Snapshot {
  readonly revision: number;
  readonly #root: BTree<V>;
  readonly #resolve: Resolve<V>;

  constructor(revision: number, root: BTree<V>, resolve: Resolve<V>) {
    this.revision = revision;
    this.#root = root;
    this.#resolve = resolve;
  }

  get(key: string): StoredObject | undefined {
    const entry = this.#root.get(byteOrdered(key));
    return entry === undefined ? undefined : this.#resolve(entry);
  }

  *range(prefix: string, start = prefix): Generator<StoredObject, void> {
    const [from, end] = bounds(prefix, start);
    for (const entry of this.#root.values(from, end)) yield this.#resolve(entry);
  }

  count(prefix: string, start = prefix): number {
    const [from, end] = bounds(prefix, start);
    const upper = end === undefined ? this.#root.size : this.#root.rank(end);
    return Math.max(0, upper - this.#root.rank(from));
  }
}

function bounds(prefix: string, start: string): [from: string, end: string | undefined] {
  const low = byteOrdered(prefix);
  const from = byteOrdered(start);
  const end = successor(low);
  return from.startsWith(low) || from > low ? [from, end] : [low, end];
}

/** The least string above all that begin with `prefix`; undefined when there is none. */
function successor(prefix: string): string | undefined {
  const kept = prefix.replace(/\uffff+$/, "");
  if (kept === "") return undefined;
  return kept.slice(0, -1) + String.fromCharCode(kept.charCodeAt(kept.length - 1) + 1);
}
