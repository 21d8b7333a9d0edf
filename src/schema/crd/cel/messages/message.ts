import { equal } from "../lang/compare.js";
import { CelError, Opaque, type Value } from "../lang/values.js";
import { SHAPES } from "./shapes.js";

/** A message that stays one: it has nothing but fields. Upstream: cel-go/common/types/object.go. */
export class Message extends Opaque {
  /** `fields`: those that are set. */
  constructor(
    readonly typeName: string,
    readonly fields: ReadonlyMap<string, Value>,
  ) {
    super();
  }

  get isEmpty(): boolean {
    return this.fields.size === 0;
  }

  /** What is not set is zero. Throws {@link CelError}; so does has(). */
  get(field: Value): Value {
    const name = this.#named(field);
    return this.fields.get(name) ?? (name === "key" ? "" : null);
  }

  has(field: Value): boolean {
    return this.fields.has(this.#named(field));
  }

  equals(other: Value): boolean {
    if (!(other instanceof Message) || other.typeName !== this.typeName) return false;
    if (other.fields.size !== this.fields.size) return false;
    return [...this.fields].every(([name, value]) => other.fields.has(name) && equal(value, other.get(name)));
  }

  #named(field: Value): string {
    if (typeof field !== "string") throw new CelError("no such overload");
    if (!SHAPES.get(this.typeName)!.fields.has(field)) throw new CelError(`no such field '${field}'`);
    return field;
  }
}
