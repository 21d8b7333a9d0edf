import { isObject, type Json, type JsonObject } from "../../src/kube/json.js";
import type { Random } from "./random.js";

const NAMES = ["a", "b", "c", "a/b", "m~n", "0"];
const SCALARS: readonly Json[] = ["x", "", 0, 1, -7, 9007199254740993n, true, false, null, 1.5];

/** A random document of nested objects and lists. */
export function document(random: Random, depth = 4): JsonObject {
  return Object.fromEntries(random.some(NAMES, 0.5).map((name) => [name, value(random, depth - 1)]));
}

function value(random: Random, depth: number): Json {
  if (depth > 0 && random.chance(0.35)) return document(random, depth);
  if (depth > 0 && random.chance(0.3)) return Array.from({ length: random.below(4) }, () => value(random, depth - 1));
  return random.pick(SCALARS);
}

/** A document and a merge patch that hits some of its fields. */
export function mergeCase(random: Random): { current: JsonObject; patch: Json } {
  const current = document(random);
  return { current, patch: random.chance(0.03) ? value(random, 2) : document(random) };
}

/** A document and a JSON patch, most of whose paths lead somewhere. */
export function jsonCase(random: Random): { current: JsonObject; patch: Json } {
  const current = document(random);
  const patch = Array.from({ length: 1 + random.below(4) }, () => operation(random, current));
  return { current, patch: patch as Json };
}

function operation(random: Random, current: JsonObject): Json {
  if (random.chance(0.01)) return null;
  const op = random.pick(["add", "add", "remove", "replace", "replace", "move", "copy", "test"]);
  const path = pointer(random, current);
  const found = lookup(current, path);
  const out: JsonObject = { op: random.chance(0.01) ? random.pick<Json>(["frob", null, 3]) : op, path };
  if (op === "move" || op === "copy") out.from = pointer(random, current);
  else if (op === "test" && found !== undefined && random.chance(0.8)) out.value = found;
  else if (op !== "remove" && random.chance(0.98)) out.value = value(random, 3);
  if (random.chance(0.01)) delete out[random.pick(["path", "from", "value"])];
  return out;
}

function pointer(random: Random, current: Json): string {
  if (random.chance(0.02)) return random.pick(["", "a", "a/b", "/", "//", "/a/"]);
  let path = "";
  let at: Json = current;
  do {
    const key = Array.isArray(at)
      ? index(random, at)
      : random.pick(isObject(at) && random.chance(0.8) ? keys(at) : NAMES);
    path += `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    at = (Array.isArray(at) ? at[Number(key)] : isObject(at) ? at[key] : null) ?? null;
  } while (random.chance(0.7) && (Array.isArray(at) || isObject(at)));
  return path;
}

function keys(object: JsonObject): string[] {
  const found = Object.keys(object);
  return found.length > 0 ? found : NAMES;
}

function index(random: Random, list: Json[]): string {
  if (random.chance(0.1)) return random.pick(["-", "+0", "01", "x", "", "99", "1e0"]);
  return String(random.below(list.length + 2) - (random.chance(0.25) ? list.length + 1 : 0));
}

function lookup(current: Json, path: string): Json | undefined {
  let at: Json | undefined = current;
  for (const step of path.split("/").slice(1)) {
    const key: string = step.replaceAll("~1", "/").replaceAll("~0", "~");
    at = Array.isArray(at) ? at[Number(key)] : isObject(at ?? null) ? (at as JsonObject)[key] : undefined;
  }
  return at;
}
