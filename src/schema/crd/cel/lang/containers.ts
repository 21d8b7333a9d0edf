import { equal, settledly } from "./compare.js";
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
    if (!(other instanceof CelList) || this.size !== other.size) return false;
    for (let index = 0; index < this.size; index++) {
      // What can't be compared does not make a difference here.
      if (!settledly(() => equal(this.at(index), other.at(index)), true)) return false;
    }
    return true;
  }

  concat(other: CelList): CelList {
    if (this.size === 0) return other;
    const items = this.size === this.#items.length ? this.#items : this.#items.slice(0, this.size);
    const added = [...other];
    for (const item of added) items.push(item);
    return new PlainList(items);
  }
}

type Slot = string | bigint | boolean;
type Entries = Map<Slot, readonly [key: Value, value: Value, place: number]>;

/**
 * A map that an expression made. Keys of different numeric types are the same key. Loops insert one entry after the
 * other: as with lists, several maps may see a part each of the same entries.
 */
export class PlainMap extends CelMap {
  readonly size: number;
  readonly #entries: Entries;

  private constructor(entries: Entries) {
    super();
    this.#entries = entries;
    this.size = entries.size;
  }

  /** As expressions write them: of several entries with one key the last counts, and keys may be anything. */
  static literal(entries: Iterable<readonly [Value, Value]>): PlainMap {
    const own: Entries = new Map();
    for (const [key, value] of entries) {
      const slot = slotOf(key) ?? `other ${own.size}`;
      own.set(slot, [key, value, own.get(slot)?.[2] ?? own.size]);
    }
    return new PlainMap(own);
  }

  /** The map with more entries. Throws {@link CelError} where there is one with the key already. */
  with(added: Iterable<readonly [Value, Value]>): PlainMap {
    const shared = this.#entries.size === this.size;
    const entries: Entries = shared ? this.#entries : new Map([...this.#entries].slice(0, this.size));
    for (const [key, value] of added) {
      const slot = slotOf(key);
      if (slot === undefined) throw new CelError("unsupported key type");
      if (entries.has(slot)) throw new CelError(`insert failed: key ${keyText(key)} already exists`);
      entries.set(slot, [key, value, entries.size]);
    }
    return new PlainMap(entries);
  }

  get(key: Value): Value | undefined {
    const slot = slotOf(key);
    const entry = slot === undefined ? undefined : this.#entries.get(slot);
    return entry && entry[2] < this.size ? entry[1] : undefined;
  }

  *keys(): Generator<Value> {
    for (const [key] of this.entries()) yield key;
  }

  *entries(): Generator<readonly [Value, Value]> {
    for (const [key, value, place] of this.#entries.values()) {
      if (place >= this.size) return;
      yield [key, value];
    }
  }

  equals(other: Value): boolean {
    if (!(other instanceof CelMap) || other.size !== this.size) return false;
    for (const [key, value] of this.entries()) {
      const there = settledly(() => other.get(key) !== undefined, false) ? other.get(key)! : undefined;
      if (there === undefined || !settledly(() => equal(value, there), true)) return false;
    }
    return true;
  }
}

function slotOf(key: Value): Slot | undefined {
  if (typeof key === "string" || typeof key === "bigint" || typeof key === "boolean") return key;
  if (key instanceof Uint) return key.value;
  return typeof key === "number" && Number.isInteger(key) ? BigInt(key) : undefined;
}

/** As "no such key" tells it. */
export function keyText(key: Value): string {
  if (key instanceof Uint) return String(key.value);
  return typeof key === "object" ? "" : String(key);
}
