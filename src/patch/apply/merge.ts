import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { fieldNames, fieldOf, setField } from "../../kube/json-access.js";
import type { Atom, ListAtom, MapAtom } from "./atom.js";
import { type ListItem, listItems } from "./list-items.js";
import { narrow } from "./narrow.js";
import { isEmptyObject } from "./values.js";

/**
 * `live` with what `config` says, nothing removed. Upstream: structured-merge-diff typed/merge.go.
 * @throws ItemError for list items without a key
 */
export function merge(atom: Atom, live: Json, config: Json): Json {
  return mergeValues(atom, live, config) ?? null;
}

/** Undefined where nothing comes out. */
function mergeValues(atom: Atom, left: Json | undefined, right: Json | undefined): Json | undefined {
  const { map, scalar, list } = narrow(atom, right ?? left);
  const kept = right === undefined ? left : right;
  if (map) {
    const [live, config] = [objectOf(left), objectOf(right)];
    return map.atomic || (!live && !config) ? kept : mergeMaps(map, live ?? {}, config ?? {});
  }
  if (scalar || !list) return kept;
  const [live, config] = [listOf(left), listOf(right)];
  return !list.associative || (live.length === 0 && config.length === 0) ? kept : mergeLists(list, live, config);
}

function objectOf(value: Json | undefined): JsonObject | undefined {
  return isObject(value) && !isEmptyObject(value) ? value : undefined;
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function mergeMaps(map: MapAtom, live: JsonObject, config: JsonObject): Json | undefined {
  const out: JsonObject = {};
  for (const name of new Set([...fieldNames(live), ...fieldNames(config)])) {
    const atom = map.fields.get(name)?.atom ?? map.element;
    const value = atom && mergeValues(atom, fieldOf(live, name), fieldOf(config, name));
    if (value !== undefined) setField(out, name, value);
  }
  return Object.keys(out).length > 0 ? out : undefined;
}

/**
 * Items that both have come in the order of `config`; those that only the live list has stay where they were among
 * them. Live items that share a key are replaced as one.
 */
function mergeLists(list: ListAtom, left: readonly Json[], right: readonly Json[]): Json | undefined {
  const [live, config] = [listItems(list, left), listItems(list, right)];
  const out: Json[] = [];
  const wanted = new Map(config.map((item) => [item.id, item.value]));
  const known = byId(live);
  const shared = config.filter(({ id }) => known.has(id)).map(({ id }) => id);
  const done = new Set<string>();
  const add = (before: Json | undefined, after: Json | undefined) => {
    const merged = mergeValues(list.element, before, after);
    if (merged !== undefined) out.push(merged);
  };
  const take = (id: string) => {
    done.add(id);
    add(known.get(id), wanted.get(id));
  };
  let [i, j] = [0, 0];
  while (i < live.length || j < config.length) {
    const [mine, theirs] = [live[i], config[j]];
    if (mine && theirs) {
      if (mine.id === theirs.id) {
        take(mine.id);
        shared.shift();
        i++;
        j++;
        continue;
      }
      // A shared item whose turn is later: `config` says when.
      if (wanted.has(mine.id) && shared.length > 0 && shared[0] !== mine.id) {
        i++;
        continue;
      }
    }
    if (mine) {
      if (!wanted.has(mine.id)) {
        add(mine.value, undefined);
        i++;
        continue;
      }
      if (done.has(mine.id)) i++;
    }
    if (theirs) {
      take(theirs.id);
      if (shared[0] === theirs.id) shared.shift();
      j++;
    }
  }
  return out.length > 0 ? out : undefined;
}

/** Null stands for items that share a key: they are not merged with anything. */
function byId(items: readonly ListItem[]): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const { id, value } of items) found.set(id, found.has(id) ? null : value);
  return found;
}
