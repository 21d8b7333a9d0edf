import { equal } from "../lang/compare.js";
import { PlainList } from "../lang/containers.js";
import { CelError, CelList, CelMap, typeNameOf, type Value } from "../lang/values.js";

/** A list of type set or map: the order does not count when it is compared, and adding merges. */
export class KeyedList extends CelList {
  readonly #list: CelList;
  readonly #keys: readonly string[] | undefined;
  #byKey: Map<string, Value> | undefined;

  /** `keys` undefined: a set. */
  constructor(list: CelList, keys: readonly string[] | undefined) {
    super();
    this.#list = list;
    this.#keys = keys;
  }

  get size(): number {
    return this.#list.size;
  }

  at(index: number): Value {
    return this.#list.at(index);
  }

  equals(other: Value): boolean {
    if (!(other instanceof CelList) || other.size !== this.size) return false;
    this.#byKey ??= new Map([...this].map((item) => [this.#keyOf(item), item]));
    for (const item of other) {
      const mine = this.#byKey.get(this.#keyOf(item));
      if (mine === undefined || (this.#keys && !equal(mine, item))) return false;
    }
    return true;
  }

  /** Elements with a key that is here already take the place of the old ones; the others follow. */
  concat(other: CelList): CelList {
    const merged = new Map([...this].map((item) => [this.#keyOf(item), item]));
    for (const item of other) merged.set(this.#keyOf(item), item);
    return new KeyedList(new PlainList([...merged.values()]), this.#keys);
  }

  #keyOf(item: Value): string {
    if (!this.#keys) return keyText(item);
    if (!(item instanceof CelMap)) {
      throw new CelError("unexpected data format for element of array with x-kubernetes-list-type=map");
    }
    return this.#keys.map((key) => keyText(item.get(key) ?? null)).join("\n");
  }
}

function keyText(value: Value): string {
  return `${typeNameOf(value)} ${typeof value === "string" ? JSON.stringify(value) : String(value)}`;
}
