import { equal } from "./compare.js";
import { CelError, CelList, CelMap, Uint, type Value } from "./values.js";

/**
 * A list that an expression made. Loops append one element after the other: as long as nothing else was appended to a
 * list, what is appended goes into the same array, of which each list sees its own part.
 */
export class PlainList extends CelList {
  readonly size: number;
  readonly #items: Value[];

  /** The array is the list's from now on. */
  constructor(items: Value[], size = items.length) {
    super();
    this.#items = items;
    this.size = size;
  }

  at(index: number): Value {
    return this.#items[index]!;
  }

  equals(other: Value): boolean {
    return sameItems(this, other);
  }

  concat(other: CelList): CelList {
    const items = this.size === this.#items.length ? this.#items : this.#items.slice(0, this.size);
    const added = [...other];
    for (const item of added) items.push(item);
    return new PlainList(items);
  }
}

export function sameItems(a: CelList, b: Value): boolean {
  if (!(b instanceof CelList) || a.size !== b.size) return false;
  for (let index = 0; index < a.size; index++) if (!equal(a.at(index), b.at(index))) return false;
  return true;
}

/** A map that an expression made. Keys of different numeric types are the same key. */
export class PlainMap extends CelMap {
  readonly #entries = new Map<string | bigint | boolean, readonly [Value, Value]>();

  constructor(entries: Iterable<readonly [Value, Value]>) {
    super();
    for (const [key, value] of entries) {
      const slot = slotOf(key);
      if (slot === undefined) throw new CelError("unsupported key type");
      if (this.#entries.has(slot)) throw new CelError(`insert failed: key ${keyText(key)} already exists`);
      this.#entries.set(slot, [key, value]);
    }
  }

  /** As expressions write them: of several entries with one key the last counts, and keys may be anything. */
  static literal(entries: Iterable<readonly [Value, Value]>): PlainMap {
    const map = new PlainMap([]);
    for (const entry of entries) map.#entries.set(slotOf(entry[0]) ?? `other ${map.size}`, entry);
    return map;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    const slot = slotOf(key);
    return slot === undefined ? undefined : this.#entries.get(slot)?.[1];
  }

  *keys(): Generator<Value> {
    for (const [key] of this.#entries.values()) yield key;
  }

  *entries(): Generator<readonly [Value, Value]> {
    yield* this.#entries.values();
  }

  equals(other: Value): boolean {
    if (!(other instanceof CelMap) || other.size !== this.size) return false;
    for (const [key, value] of this.#entries.values()) {
      const there = other.get(key);
      if (there === undefined || !equal(value, there)) return false;
    }
    return true;
  }
}

function slotOf(key: Value): string | bigint | boolean | undefined {
  if (typeof key === "string" || typeof key === "bigint" || typeof key === "boolean") return key;
  if (key instanceof Uint) return key.value;
  return typeof key === "number" && Number.isInteger(key) ? BigInt(key) : undefined;
}

/** As "no such key" tells it. */
export function keyText(key: Value): string {
  if (key instanceof Uint) return String(key.value);
  return typeof key === "object" ? "" : String(key);
}
