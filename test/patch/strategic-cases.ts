import { goJson } from "../../src/kube/go-text.js";
import { isObject, type Json, type JsonObject } from "../../src/kube/json.js";
import type { FieldDef, StructType, TypeRef } from "../../src/schema/model.js";
import type { Random } from "./random.js";

export interface StrategicCase {
  readonly current: JsonObject;
  readonly patch: JsonObject;
}

const NAMES = ["a", "b", "c", "d", "e"];
const DEPTH = 6;

/** A random object of a type and a random strategic merge patch to it, sensible in the main and absurd here and there. */
export function strategicCase(random: Random, type: StructType): StrategicCase {
  const current = objectOf(random, type, DEPTH);
  return { current, patch: patchOf(random, type, current, DEPTH) };
}

function namedFields(type: StructType): [string, FieldDef][] {
  return [...type.byJsonName].filter(([name]) => name !== "managedFields").map(([name, path]) => [name, path.at(-1)!]);
}

/** A few fields, lists and structs before scalars, because merging happens there. */
function chosenFields(random: Random, type: StructType): [string, FieldDef][] {
  const fields = namedFields(type);
  const deep = fields.filter(([, def]) => def.type.kind !== "scalar");
  const picked = new Map([
    ...random.shuffled(deep).slice(0, 1 + random.below(3)),
    ...random.shuffled(fields).slice(0, random.below(3)),
  ]);
  for (const name of ["spec", "metadata"]) {
    const def = type.byJsonName.get(name)?.at(-1);
    if (def) picked.set(name, def);
  }
  return [...picked];
}

function objectOf(random: Random, type: StructType, depth: number): JsonObject {
  const out: JsonObject = {};
  for (const [name, def] of chosenFields(random, type)) out[name] = valueOfType(random, def, def.type, depth - 1);
  return out;
}

function valueOfType(random: Random, def: FieldDef, type: TypeRef, depth: number): Json {
  switch (type.kind) {
    case "struct":
      return depth > 0 ? objectOf(random, type.struct, depth) : {};
    case "map":
      return Object.fromEntries(
        random.some(NAMES, 0.4).map((name) => [name, valueOfType(random, def, type.of, depth)]),
      );
    case "list":
      return listOf(random, def, type.of, depth);
    default:
      return scalarOf(random, type.scalar);
  }
}

function listOf(random: Random, def: FieldDef, of: TypeRef, depth: number): Json[] {
  const keys = random.shuffled(random.some(NAMES, 0.6));
  return keys.map((key) => {
    const item = valueOfType(random, def, of, depth);
    if (def.patchMergeKey && isObject(item)) item[def.patchMergeKey] = keyOf(key, of, def.patchMergeKey);
    return of.kind === "scalar" && of.scalar === "string" ? key : item;
  });
}

/** Merge keys of lists are names, or port numbers. */
function keyOf(key: string, of: TypeRef, mergeKey: string): Json {
  const type = of.kind === "struct" ? of.struct.byJsonName.get(mergeKey)?.at(-1)?.type : undefined;
  return type?.kind === "scalar" && type.scalar.startsWith("int32") ? key.charCodeAt(0) : key;
}

function scalarOf(random: Random, scalar: string): Json {
  if (scalar === "bool") return random.chance(0.5);
  if (scalar.startsWith("int") && scalar !== "intOrString") return random.pick([0, 1, 2, 80, 9007199254740993n]);
  return random.pick(NAMES);
}

function patchOf(random: Random, type: StructType, current: JsonObject, depth: number): JsonObject {
  const out: JsonObject = {};
  const known = new Map(namedFields(type).filter(([name]) => current[name] !== undefined));
  const fields = new Map([...random.some([...known], 0.7), ...chosenFields(random, type).slice(0, 2)]);
  for (const [name, def] of fields) change(random, out, name, def, current[name], depth - 1);
  if (random.chance(0.01)) out.$patch = random.pick<Json>(["replace", "delete", "merge", "other", 5, null]);
  if (random.chance(0.08)) retain(random, out, current);
  if (random.chance(0.01)) out.unknown = random.pick<Json>([{ a: { b: null } }, [{ a: 1 }], 1.5, null]);
  if (random.chance(0.003))
    out[random.pick(["$setElementOrderX/a", "$deleteFromPrimitiveLists/a", "$setElementOrder/x"])] = [];
  return out;
}

function retain(random: Random, out: JsonObject, current: JsonObject): void {
  const names = new Set([...Object.keys(out), ...random.some(Object.keys(current), 0.5)]);
  if (random.chance(0.03)) names.delete(random.pick([...names]));
  out.$retainKeys = [...names].filter((name) => !name.startsWith("$"));
}

function change(
  random: Random,
  out: JsonObject,
  name: string,
  def: FieldDef,
  current: Json | undefined,
  depth: number,
): void {
  if (random.chance(0.06)) out[name] = null;
  else if (random.chance(0.004))
    out[name] = random.pick<Json>(["a", 3, 1.5, [], {}, ["a"], [{ name: "a" }], [null], [[1]]]);
  else if (def.type.kind === "list")
    changeList(random, out, name, def, def.type.of, Array.isArray(current) ? current : [], depth);
  else if (def.type.kind === "struct") out[name] = changeStruct(random, def.type.struct, current, depth);
  else if (def.type.kind === "map") out[name] = changeMap(random, def, current, depth);
  else out[name] = valueOfType(random, def, def.type, depth);
}

function changeStruct(random: Random, type: StructType, current: Json | undefined, depth: number): Json {
  if (depth <= 0) return {};
  return isObject(current) ? patchOf(random, type, current, depth) : objectOf(random, type, depth);
}

function changeMap(random: Random, def: FieldDef, current: Json | undefined, depth: number): Json {
  const out = valueOfType(random, def, def.type, depth) as JsonObject;
  for (const name of isObject(current) ? Object.keys(current) : []) if (random.chance(0.3)) out[name] = null;
  if (random.chance(0.1)) out.$patch = random.pick(["replace", "delete"]);
  return out;
}

function changeList(
  random: Random,
  out: JsonObject,
  name: string,
  def: FieldDef,
  of: TypeRef,
  current: Json[],
  depth: number,
): void {
  const mergeKey = def.patchMergeKey ?? "";
  const items = listOf(random, def, of, depth).map((item) => itemPatch(random, item, of, mergeKey, current, depth));
  if (random.chance(0.85)) out[name] = items;
  if (random.chance(0.012)) items.push(random.pick<Json>([{ $patch: "replace" }, { $patch: "merge" }, {}, "a", null]));
  const ordered = mergeKey !== "" || of.kind === "scalar" || random.chance(0.02);
  if (mergeKey === "" && ordered && random.chance(0.4)) {
    out[`$deleteFromPrimitiveList/${name}`] = random.some(current, 0.4);
  }
  if (ordered && random.chance(0.5)) out[`$setElementOrder/${name}`] = elementOrder(random, items, current, mergeKey);
}

function itemPatch(random: Random, item: Json, of: TypeRef, mergeKey: string, current: Json[], depth: number): Json {
  if (mergeKey === "" || !isObject(item)) return item;
  if (random.chance(0.2)) return { $patch: "delete", [mergeKey]: item[mergeKey] ?? null };
  if (random.chance(0.004)) delete item[mergeKey];
  const found = current.find((other) => isObject(other) && other[mergeKey] === item[mergeKey]);
  if (!isObject(found) || of.kind !== "struct" || depth <= 0) return item;
  const patch = patchOf(random, of.struct, found, depth - 1);
  if (item[mergeKey] !== undefined) patch[mergeKey] = item[mergeKey];
  return patch;
}

function elementOrder(random: Random, items: Json[], current: Json[], mergeKey: string): Json[] {
  const key = (item: Json): Json => (mergeKey !== "" && isObject(item) ? { [mergeKey]: item[mergeKey] ?? null } : item);
  const kept = items.filter((item) => !isObject(item) || item.$patch !== "delete").map(key);
  const texts = new Set(kept.map((item) => goJson(item)));
  const others = current.map(key).filter((item) => !texts.has(goJson(item)));
  const order = [...kept];
  for (const other of random.some(others, 0.6)) order.splice(random.below(order.length + 1), 0, other);
  return random.chance(0.015) ? random.shuffled(order) : order;
}
