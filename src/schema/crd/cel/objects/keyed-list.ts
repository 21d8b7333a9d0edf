import { FloatLiteral, isObject } from "../../../../kube/json.js";
import { fieldOf } from "../../../../kube/json-access.js";
import { same } from "../lang/compare.js";
import { CelList, noOverload, type Value } from "../lang/values.js";
import { escapeName } from "./escape.js";
import { type Element, elementOf, Foreign, type JsonList } from "./json-list.js";

/** A list of type set or map: the order does not count when it is compared, and adding merges. */
export class KeyedList extends CelList {
  readonly #list: JsonList;
  readonly #keys: readonly string[] | undefined;
  #byKey: Map<string, Value> | undefined;

  /** `keys` undefined: a set. */
  constructor(list: JsonList, keys: readonly string[] | undefined) {
    super();
    this.#list = list;
    this.#keys = keys;
  }

  get size(): number {
    return this.#list.size;
  }

  get goType(): string {
    return this.#list.goType;
  }

  get element(): Element {
    return elementOf(this.#list);
  }

  at(index: number): Value {
    return this.#list.at(index);
  }

  equals(other: Value): boolean {
    if (!(other instanceof CelList)) throw noOverload();
    if (other.size !== this.size) return false;
    this.#byKey ??= new Map(this.#list.elements.map((element, index) => [this.#keyOf(element), this.at(index)]));
    for (const item of other) {
      const mine = this.#byKey.get(this.#keyOf(elementOf(item)));
      if (mine === undefined || (this.#keys && !same(mine, item))) return false;
    }
    return true;
  }

  /** Elements with a key that is here already take the place of the old ones; the others follow. */
  concat(other: CelList): CelList {
    const merged = new Map(this.#list.elements.map((element) => [this.#keyOf(element), element]));
    for (const item of other) {
      const element = elementOf(item);
      merged.set(this.#keyOf(element), element);
    }
    return new KeyedList(this.#list.with([...merged.values()]), this.#keys);
  }

  #keyOf(element: Element): string {
    if (!this.#keys) return keyText(element);
    if (element instanceof Foreign || !isObject(element)) return `no object ${unlike++}`;
    // Upstream looks for escaped names in fields that are not.
    return this.#keys.map((key) => keyText(fieldOf(element, escapeName(key) ?? key) ?? null)).join("\n");
  }
}

let unlike = 0;

/** Numbers that are written with a fraction are other numbers. */
function keyText(element: Element): string {
  if (element instanceof FloatLiteral) return `float ${element.value}`;
  if (typeof element === "number") return `${Number.isInteger(element) ? "int" : "float"} ${element}`;
  if (typeof element === "bigint") return `int ${element}`;
  return element instanceof Foreign ? `${element.goType} ${unlike++}` : JSON.stringify(element);
}
