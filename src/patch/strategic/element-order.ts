import { goValue } from "../../kube/go-format.js";
import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldNames, fieldOf, hasField, setField } from "../../kube/json-access.js";
import { strategicFailure } from "../errors.js";
import { directiveTarget, PATCH, SET_ELEMENT_ORDER, withoutDirectives } from "./directives.js";
import { type MergeItem, mergeList } from "./list.js";
import type { PatchSchema } from "./lookup.js";
import { inOrder, partition } from "./order.js";
import { asList, asObject, goEqual, itemType, mergeKeyOf, OBJECT } from "./values.js";

/**
 * Obeys every `$setElementOrder/<list>`: merges the list that it speaks of into `target`, in its order. Takes the
 * directives and their lists out of `patch`. Upstream: apimachinery/pkg/util/strategicpatch/patch.go,
 * mergePatchIntoOriginal.
 * @throws ApiError 400 or 500 when order and list don't fit together
 */
export function setElementOrders(target: JsonObject, patch: JsonObject, schema: PatchSchema, merge: MergeItem): void {
  for (const name of fieldNames(patch).sort()) {
    if (!name.startsWith(SET_ELEMENT_ORDER)) continue;
    const directive = fieldOf(patch, name);
    delete patch[name];
    setElementOrder(target, patch, name, asList(directive), schema, merge);
  }
}

function setElementOrder(
  target: JsonObject,
  patch: JsonObject,
  name: string,
  order: Json[],
  schema: PatchSchema,
  merge: MergeItem,
): void {
  const list = directiveTarget(name, SET_ELEMENT_ORDER);
  const current = hasField(target, list) ? [...asList(fieldOf(target, list))] : undefined;
  const change = hasField(patch, list) ? asList(fieldOf(patch, list)) : undefined;
  const field = schema.listField(list);
  checkOrder(change ?? [], order, field.mergeKey);
  if (current === undefined && change === undefined) return;
  const parts = partition(mergedList(), order, field.mergeKey);
  const ofMaps = itemType(current ?? [], change ?? []) === OBJECT;
  const all = { ...parts, patchOrder: order, serverOrder: current ?? [], mergeKey: field.mergeKey, ofMaps };
  setField(target, list, inOrder(all));
  delete patch[list];

  function mergedList(): Json[] {
    if (change === undefined) return current ?? [];
    if (current === undefined) return asList(withoutDirectives(change));
    return mergeList(current, change, field, false, merge);
  }
}

/** The patch's items must stand in the order's order, and be among them; items that are deleted don't count. */
function checkOrder(change: readonly Json[], order: readonly Json[], mergeKey: string): void {
  if (order.length === 0 || change.length === 0) return;
  const items = mergeKey === "" ? change : change.filter((item) => fieldOf(asObject(item), PATCH) !== "delete");
  let next = 0;
  let at = 0;
  while (next < items.length && at < order.length) {
    const item = items[next]!;
    if (isObject(item) && hasField(item, PATCH)) {
      next++;
      continue;
    }
    if (sameItem(item, order[at]!, mergeKey)) next++;
    at++;
  }
  if (next < items.length) {
    const [patched, wanted] = [goValue([...change]), goValue([...order])];
    throw strategicFailure(
      `The order in patch list:\n${patched}\n doesn't match ${SET_ELEMENT_ORDER} list:\n${wanted}\n`,
    );
  }
}

function sameItem(left: Json, right: Json, mergeKey: string): boolean {
  if (mergeKey === "") return goEqual(left, right);
  return goEqual(mergeKeyOf(asObject(left), mergeKey), mergeKeyOf(asObject(right), mergeKey));
}
