import { goJson } from "../../kube/go-text.js";
import { isObject, type Json } from "../../kube/json.js";
import { fieldOf } from "../../kube/json-access.js";
import { keysOf } from "./list-type.js";
import { type Schema, schemaOfKey } from "./schema.js";

/**
 * A value and what stood at its place before. Elements of lists have a place only in lists of type map. Upstream:
 * apiserver/pkg/cel/common/equality.go.
 */
export class Correlation {
  readonly #schema: Schema | undefined;
  #byKey: Map<string, Json> | undefined;
  #equal: boolean | undefined;

  constructor(
    readonly value: Json,
    readonly old: Json,
    schema: Schema | undefined,
  ) {
    this.#schema = schema;
  }

  key(name: string): Correlation | undefined {
    if (!isObject(this.value) || !isObject(this.old)) return undefined;
    const [value, old] = [fieldOf(this.value, name), fieldOf(this.old, name)];
    const schema = schemaOfKey(this.#schema, name);
    return value === undefined || old === undefined || !schema ? undefined : new Correlation(value, old, schema);
  }

  index(index: number): Correlation | undefined {
    const schema = this.#schema;
    if (!Array.isArray(this.value) || !Array.isArray(this.old) || schema?.listType !== "map") return undefined;
    const value = this.value[index];
    if (!isObject(value)) return undefined;
    this.#byKey ??= new Map(this.old.map((item) => [goJson(keysOf(item, schema.listMapKeys)), item]));
    const old = this.#byKey.get(goJson(keysOf(value, schema.listMapKeys)));
    return old === undefined ? undefined : new Correlation(value, old, schema.items);
  }

  /** Nothing has changed here or below. The order of a list of type map does not count. */
  get unchanged(): boolean {
    this.#equal ??= this.#compare();
    return this.#equal;
  }

  #compare(): boolean {
    if (Array.isArray(this.value) && Array.isArray(this.old) && this.#schema?.listType === "map") {
      return this.value.length === this.old.length && this.value.every((_, index) => this.index(index)?.unchanged);
    }
    return goJson(this.value) === goJson(this.old);
  }
}
