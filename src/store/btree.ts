/**
 * An immutable ordered map. A change copies the nodes on the way to one leaf and shares all others, so every root
 * is a snapshot; nodes know how many entries they hold, so positions are found without walking.
 * Keys order by their UTF-16 code units: give it keys for which that is the order wanted.
 */
export class BTree<V> {
  static readonly #empty = new BTree<never>(undefined);

  readonly #root: Node<V> | undefined;

  private constructor(root: Node<V> | undefined) {
    this.#root = root;
  }

  static empty<V>(): BTree<V> {
    return BTree.#empty;
  }

  /** Of entries that are sorted and distinct. */
  static fromSorted<V>(entries: readonly (readonly [key: string, value: V])[]): BTree<V> {
    let level: Node<V>[] = chunks(entries).map((part) => ({
      keys: part.map(([key]) => key),
      values: part.map(([, value]) => value),
      children: undefined,
      count: part.length,
    }));
    while (level.length > 1) level = chunks(level).map((children) => branch(children));
    return level[0] ? new BTree(level[0]) : BTree.empty();
  }

  get size(): number {
    return this.#root?.count ?? 0;
  }

  get(key: string): V | undefined {
    let node = this.#root;
    while (node?.children) node = node.children[childIndex(node, key)];
    if (!node) return undefined;
    const i = lowerBound(node.keys, key);
    return node.keys[i] === key ? node.values![i] : undefined;
  }

  set(key: string, value: V): BTree<V> {
    if (!this.#root) return new BTree(leaf([key], [value]));
    const node = inserted(this.#root, key, value);
    return new BTree(node.keys.length > WIDTH ? branch(halves(node)) : node);
  }

  /** The same tree when the key isn't there. */
  delete(key: string): BTree<V> {
    if (!this.#root) return this;
    const node = removed(this.#root, key);
    if (node === this.#root) return this;
    if (node.count === 0) return BTree.empty();
    return new BTree(node.children?.length === 1 ? node.children[0] : node);
  }

  /** How many keys lie before `key`. */
  rank(key: string): number {
    let before = 0;
    let node = this.#root;
    while (node?.children) {
      const index = childIndex(node, key);
      for (let i = 0; i < index; i++) before += node.children[i]!.count;
      node = node.children[index];
    }
    return node ? before + lowerBound(node.keys, key) : 0;
  }

  /** Values in order from `start` (inclusive) to `end` (exclusive; undefined: the end). */
  *values(start: string, end: string | undefined): Generator<V, void> {
    if (this.#root) yield* walk(this.#root, start, end);
  }
}

/** A leaf has values; a branch has children, and for each the smallest key that may lie in it. */
interface Node<V> {
  readonly keys: readonly string[];
  readonly values: readonly V[] | undefined;
  readonly children: readonly Node<V>[] | undefined;
  /** Entries in and below it. */
  readonly count: number;
}

/** Most keys of a node. Wider nodes make reads a little faster and copies on each write larger. */
const WIDTH = 32;
/** A node with fewer keys is merged with a neighbour where both fit into one. */
const SPARSE = 8;

function leaf<V>(keys: readonly string[], values: readonly V[]): Node<V> {
  return { keys, values, children: undefined, count: keys.length };
}

function branch<V>(children: readonly Node<V>[]): Node<V> {
  let count = 0;
  for (const child of children) count += child.count;
  return { keys: children.map((child) => child.keys[0]!), values: undefined, children, count };
}

function chunks<T>(items: readonly T[]): T[][] {
  const size = Math.ceil(items.length / Math.ceil(items.length / WIDTH));
  const out: T[][] = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}

/** Index of the first key that is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the child that holds `key`, if any does. */
function childIndex<V>(node: Node<V>, key: string): number {
  const i = lowerBound(node.keys, key);
  return node.keys[i] === key || i === 0 ? i : i - 1;
}

function replaced<T>(items: readonly T[], index: number, removedCount: number, ...added: readonly T[]): T[] {
  const out = items.slice();
  out.splice(index, removedCount, ...added);
  return out;
}

function inserted<V>(node: Node<V>, key: string, value: V): Node<V> {
  if (!node.children) {
    const i = lowerBound(node.keys, key);
    if (node.keys[i] === key) return { ...node, values: replaced(node.values!, i, 1, value) };
    return leaf(replaced(node.keys, i, 0, key), replaced(node.values!, i, 0, value));
  }
  const i = childIndex(node, key);
  const child = inserted(node.children[i]!, key, value);
  if (child.keys.length > WIDTH) return branch(replaced(node.children, i, 1, ...halves(child)));
  return withChild(node, i, child);
}

function withChild<V>(node: Node<V>, index: number, child: Node<V>): Node<V> {
  const children = node.children!.slice();
  const before = children[index]!;
  children[index] = child;
  const lowest = child.keys[0]!;
  const keys = node.keys[index] === lowest ? node.keys : replaced(node.keys, index, 1, lowest);
  return { keys, values: undefined, children, count: node.count - before.count + child.count };
}

function halves<V>(node: Node<V>): [Node<V>, Node<V>] {
  const middle = node.keys.length >>> 1;
  const { keys, values, children } = node;
  if (children) return [branch(children.slice(0, middle)), branch(children.slice(middle))];
  return [leaf(keys.slice(0, middle), values!.slice(0, middle)), leaf(keys.slice(middle), values!.slice(middle))];
}

function removed<V>(node: Node<V>, key: string): Node<V> {
  if (!node.children) {
    const i = lowerBound(node.keys, key);
    return node.keys[i] === key ? leaf(replaced(node.keys, i, 1), replaced(node.values!, i, 1)) : node;
  }
  const i = childIndex(node, key);
  const before = node.children[i]!;
  const child = removed(before, key);
  if (child === before) return node;
  if (child.count === 0) return branch(replaced(node.children, i, 1));
  if (child.keys.length < SPARSE) {
    const at = i > 0 ? i - 1 : i;
    const pair = i > 0 ? [node.children[at]!, child] : [child, node.children[1]];
    const [left, right] = pair;
    if (left && right && left.keys.length + right.keys.length <= WIDTH) {
      return branch(replaced(node.children, at, 2, merged(left, right)));
    }
  }
  return withChild(node, i, child);
}

function merged<V>(left: Node<V>, right: Node<V>): Node<V> {
  if (left.children) return branch([...left.children, ...right.children!]);
  return leaf([...left.keys, ...right.keys], [...left.values!, ...right.values!]);
}

function* walk<V>(root: Node<V>, start: string, end: string | undefined): Generator<V, void> {
  const path: Node<V>[] = [];
  /** For each node of the path, the index to go on with. */
  const next: number[] = [];
  let node = root;
  while (node.children) {
    const i = childIndex(node, start);
    path.push(node);
    next.push(i + 1);
    node = node.children[i]!;
  }
  for (let first = lowerBound(node.keys, start); ; first = 0) {
    for (let i = first; i < node.keys.length; i++) {
      if (end !== undefined && node.keys[i]! >= end) return;
      yield node.values![i]!;
    }
    while (path.length > 0 && next.at(-1)! >= path.at(-1)!.keys.length) {
      path.pop();
      next.pop();
    }
    if (path.length === 0) return;
    node = path.at(-1)!.children![next[next.length - 1]!++]!;
    while (node.children) {
      path.push(node);
      next.push(1);
      node = node.children[0]!;
    }
  }
}
