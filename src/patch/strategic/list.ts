import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldOf, hasField } from "../../kube/json-access.js";
import { strategicFailure } from "../errors.js";
import { PATCH } from "./directives.js";
import type { PatchField, PatchSchema } from "./lookup.js";
import { inOrder, partition } from "./order.js";
import { goEqual, goKey, itemType, mergeKeyOf, OBJECT, unknownDirective } from "./values.js";

/** Merges an item of a list of objects that both sides have. */
export type MergeItem = (current: JsonObject, patch: JsonObject, schema: PatchSchema) => JsonObject;

/**
 * Merges a list by its strategy. `current` may be changed in place: upstream removes items within the list's own
 * memory, and $setElementOrder then looks at what is left there (apimachinery/pkg/util/strategicpatch/patch.go).
 * @param deletes the patch is a `$deleteFromPrimitiveList`
 */
export function mergeList(
  current: Json[],
  patch: Json[],
  field: PatchField,
  deletes: boolean,
  merge: MergeItem,
): Json[] {
  if (!deletes && field.strategy !== "merge") return patch;
  if (current.length === 0 && patch.length === 0) return current;
  const ofMaps = itemType(current, patch) === OBJECT;
  if (!ofMaps && deletes) return difference(current, patch);
  const { mergeKey, schema } = field;
  if (!ofMaps) {
    const merged = distinct([...current, ...patch]);
    const parts = partition(merged, patch, mergeKey);
    return inOrder({ ...parts, patchOrder: patch, serverOrder: current, mergeKey, ofMaps });
  }
  if (mergeKey === "") throw strategicFailure(`cannot merge lists without merge key for ${schema.kind}`);
  const [kept, patchOrder] = obeyDirectives(current, patch, mergeKey);
  const serverOrder = kept.items();
  for (const item of patchOrder as JsonObject[]) kept.put(item, mergeKey, (found) => merge(found, item, schema));
  const parts = partition(kept.items(), patchOrder, mergeKey);
  return inOrder({ ...parts, patchOrder, serverOrder, mergeKey, ofMaps });
}

/** A Go slice: a length on memory that may be longer, so that removing leaves the old tail behind. */
class Slice {
  #memory: Json[];
  #length: number;

  constructor(memory: Json[]) {
    this.#memory = memory;
    this.#length = memory.length;
  }

  items(): Json[] {
    return this.#memory.slice(0, this.#length);
  }

  remove(mergeKey: string, key: Json): void {
    for (let at = this.#find(mergeKey, key); at >= 0; at = this.#find(mergeKey, key)) {
      this.#memory.copyWithin(at, at + 1, this.#length);
      this.#length--;
    }
  }

  /** Replaces the item with the same merge key by what `merged` makes of it, or appends. */
  put(item: JsonObject, mergeKey: string, merged: (found: JsonObject) => JsonObject): void {
    const at = this.#find(mergeKey, mergeKeyOf(item, mergeKey));
    if (at >= 0) {
      this.#memory[at] = merged(this.#memory[at] as JsonObject);
      return;
    }
    // Beyond the memory that others can see, Go's append may as well have moved elsewhere.
    if (this.#length === this.#memory.length) this.#memory = [...this.#memory, item];
    else this.#memory[this.#length] = item;
    this.#length++;
  }

  #find(mergeKey: string, key: Json): number {
    for (let i = 0; i < this.#length; i++) {
      const item = this.#memory[i]!;
      if (!isObject(item)) throw strategicFailure(`value for key ${i} is not a map`);
      if (hasField(item, mergeKey) && goEqual(fieldOf(item, mergeKey), key)) return i;
    }
    return -1;
  }
}

/** Removes what `$patch: delete` items name and takes all directives out of the patch; `replace` drops the current list. */
function obeyDirectives(current: Json[], patch: readonly Json[], mergeKey: string): [kept: Slice, patch: Json[]] {
  const kept = new Slice(current);
  const plain: Json[] = [];
  let replace = false;
  for (const item of patch as JsonObject[]) {
    const directive = fieldOf(item, PATCH);
    if (directive === undefined) plain.push(item);
    else if (directive === "delete") kept.remove(mergeKey, mergeKeyOf(item, mergeKey));
    else if (directive === "replace") replace = true;
    else if (directive === "merge") throw strategicFailure("merging lists cannot yet be specified in the patch");
    else throw unknownDirective(directive, item);
  }
  return replace ? [new Slice(plain), []] : [kept, plain];
}

function difference(current: readonly Json[], removed: readonly Json[]): Json[] {
  const keys = new Set(removed.map(goKey));
  return current.filter((item) => !keys.has(goKey(item)));
}

/** Upstream fills the place of a repeated scalar with the last one, so the order of the others changes, too. */
function distinct(items: Json[]): Json[] {
  let length = items.length;
  for (let i = 0; i < length - 1; i++) {
    for (let j = i + 1; j < length; j++) {
      if (!goEqual(items[i], items[j])) continue;
      items[j] = items[length - 1]!;
      length--;
      j--;
    }
  }
  return items.slice(0, length);
}
