import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldOf, hasField } from "../../kube/json-access.js";
import { strategicFailure } from "../errors.js";
import { PATCH } from "./directives.js";
import { asObject, goKey, mergeKeyOf } from "./values.js";

/**
 * Lists before they are brought in order; upstream: apimachinery/pkg/util/strategicpatch/patch.go,
 * normalizeElementOrder. `mergeKey` is "" for lists of scalars.
 */
export interface Unordered extends Parts {
  readonly patchOrder: readonly Json[];
  readonly serverOrder: readonly Json[];
  readonly mergeKey: string;
  readonly ofMaps: boolean;
}

/** A merged list, split into items that a patch's list names and the server's own. */
export interface Parts {
  readonly ofPatch: readonly Json[];
  readonly serverOnly: readonly Json[];
}

/** Go sorts runs of this length by insertion, which shows when the comparison contradicts itself. */
const RUN = 20;

/** Patch items in the patch's order, with the server's own put between them where their order there allows it. */
export function inOrder(lists: Unordered): Json[] {
  const byPatch = new Ranks(lists.patchOrder, lists);
  const byServer = new Ranks(lists.serverOrder, lists);
  return interleave(
    sorted(lists.serverOnly, lists.serverOrder, byServer, lists),
    sorted(lists.ofPatch, lists.patchOrder, byPatch, lists),
    byServer,
  );
}

/** @throws ApiError 500 for items without merge key, or objects where there is none */
export function partition(merged: readonly Json[], patchOrder: readonly Json[], mergeKey: string): Parts {
  const isKnown = mergeKey === "" ? knownScalars(patchOrder) : knownItems(patchOrder, mergeKey);
  const ofPatch: Json[] = [];
  const serverOnly: Json[] = [];
  for (const item of merged) (isKnown(item) ? ofPatch : serverOnly).push(item);
  return { ofPatch, serverOnly };
}

function knownScalars(order: readonly Json[]): (item: Json) => boolean {
  const known = new Set(order.map(goKey));
  return (item) => known.has(goKey(item));
}

/** Looking an item up fails when an order's item before it is no object. */
function knownItems(order: readonly Json[], mergeKey: string): (item: Json) => boolean {
  const end = order.findIndex((item) => !isObject(item));
  const objects = (end < 0 ? order : order.slice(0, end)) as JsonObject[];
  const known = new Set(objects.filter((item) => hasField(item, mergeKey)).map((item) => goKey(item[mergeKey])));
  return (item) => {
    const found = known.has(goKey(mergeKeyOf(asObject(item), mergeKey)));
    if (!found && end >= 0) throw strategicFailure(`value for key ${end} is not a map`);
    return found;
  };
}

/** Positions in a list, by scalar or merge key; the first of equal items counts. */
class Ranks {
  readonly #ranks = new Map<string, number>();
  readonly #key: (item: Json) => string;

  constructor(order: readonly Json[], { mergeKey, ofMaps }: Unordered) {
    this.#key = ofMaps ? (item) => goKey(isObject(item) ? fieldOf(item, mergeKey) : null) : goKey;
    order.forEach((item, index) => {
      const key = this.#key(item);
      if (!this.#ranks.has(key)) this.#ranks.set(key, index);
    });
  }

  of(item: Json): number | undefined {
    return this.#ranks.get(this.#key(item));
  }
}

function sorted(items: readonly Json[], order: readonly Json[], ranks: Ranks, { ofMaps, mergeKey }: Unordered): Json[] {
  if (!ofMaps) return stableSort(items, ranks);
  for (const item of [...items, ...order]) mergeKeyOf(asObject(item), mergeKey);
  const isDeletion = (item: Json) => fieldOf(item as JsonObject, PATCH) === "delete";
  const kept = items.filter((item) => !isDeletion(item));
  return [...stableSort(kept, ranks), ...items.filter(isDeletion)];
}

/** Items that the order doesn't know are "less" than any neighbour, both ways: insertion then turns them round. */
function stableSort(items: readonly Json[], ranks: Ranks): Json[] {
  const entries = items.map((item) => ({ item, rank: ranks.of(item) }));
  if (entries.length <= RUN) insertionSort(entries);
  else entries.sort((a, b) => (a.rank === undefined || b.rank === undefined ? 0 : a.rank - b.rank));
  return entries.map((entry) => entry.item);
}

function insertionSort(entries: { item: Json; rank: number | undefined }[]): void {
  for (let i = 1; i < entries.length; i++) {
    for (let j = i; j > 0; j--) {
      const left = entries[j - 1]!;
      const right = entries[j]!;
      if (right.rank !== undefined && left.rank !== undefined && right.rank >= left.rank) break;
      entries[j - 1] = right;
      entries[j] = left;
    }
  }
}

/** Merges two sorted lists, each keeping its order: a left item goes first only where the server had it first. */
function interleave(left: readonly Json[], right: readonly Json[], server: Ranks): Json[] {
  const out: Json[] = [];
  let i = 0;
  for (const item of right) {
    const rank = server.of(item);
    while (i < left.length && rank !== undefined && (server.of(left[i]!) ?? Number.POSITIVE_INFINITY) < rank) {
      out.push(left[i++]!);
    }
    out.push(item);
  }
  return [...out, ...left.slice(i)];
}
