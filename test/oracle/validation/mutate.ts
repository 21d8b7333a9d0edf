import type { Json, JsonObject } from "../../../src/kube/json.js";
import type { FieldDef, StructType, TypeRef } from "../../../src/schema/model.js";

/** One change of an object: the value put at a path, or what was there taken away. */
export interface Mutation {
  readonly path: readonly (string | number)[];
  readonly value: Json | undefined;
}

const STRINGS = ["", "Bad_Name!", "x".repeat(300), "a/b", "valid-name", "-dash", "10.0.0.1", "https://h.example/p"];
const INTEGERS = [-1, 0, 1, 7, 65536, 2147483647];
const QUANTITIES = ["-1", "0", "1", "1500m", "3Gi"];
const INT_OR_STRINGS: readonly Json[] = [-1, 0, 5, 70000, "80%", "150%", "http", "Bad_Name!", ""];
const LABELS: readonly JsonObject[] = [{}, { "": "" }, { "bad key!": "v" }, { "a/b/c": "v" }, { key: "bad value!" }];
const TIMES = ["2001-01-01T00:00:00Z", "2033-01-01T00:00:00Z"];
const METADATA = new Set(["managedFields", "selfLink", "uid", "creationTimestamp", "resourceVersion"]);

/** Every change of one field of `value`, and of fields that it lacks, as deep as the value itself goes plus one. */
export function* mutations(value: JsonObject, type: StructType): Generator<Mutation> {
  yield* ofStruct(value, type, [], 0);
}

function* ofStruct(value: JsonObject, type: StructType, path: Mutation["path"], missing: number): Generator<Mutation> {
  for (const field of type.fields) {
    if (field.inline && field.type.kind === "struct") {
      yield* ofStruct(value, field.type.struct, path, missing);
      continue;
    }
    if (field.name === "kind" && path.length === 0) continue;
    if (field.name === "apiVersion" && path.length === 0) continue;
    if (METADATA.has(field.name) && path.at(-1) === "metadata") continue;
    const given = value[field.name];
    const at = [...path, field.name];
    if (given !== undefined) yield { path: at, value: undefined };
    for (const candidate of candidates(field.type, field)) {
      if (JSON.stringify(candidate) !== JSON.stringify(given)) yield { path: at, value: candidate };
    }
    if (given !== undefined) yield* within(given, field.type, at, missing);
    else if (missing < 1) yield* absent(field.type, at, missing + 1);
  }
}

/** A field that is not there is put there with each of its own fields, one at a time. */
function* absent(type: TypeRef, path: Mutation["path"], missing: number): Generator<Mutation> {
  const inner = type.kind === "list" ? type.of : type;
  if (inner.kind !== "struct" || inner.struct.name.endsWith("JSONSchemaProps")) return;
  for (const change of ofStruct({}, inner.struct, [], missing)) {
    const made: JsonObject = {};
    put(made, change);
    yield { path, value: type.kind === "list" ? [made] : made };
  }
}

function* within(value: Json, type: TypeRef, path: Mutation["path"], missing: number): Generator<Mutation> {
  if (type.kind === "struct") yield* ofStruct(value as JsonObject, type.struct, path, missing);
  if (type.kind === "map") {
    for (const [key, each] of Object.entries(value as JsonObject)) {
      for (const candidate of candidates(type.of)) yield { path: [...path, key], value: candidate };
      yield* within(each!, type.of, [...path, key], missing);
    }
  }
  if (type.kind !== "list" || !Array.isArray(value)) return;
  const first = value[0];
  if (first !== undefined) yield { path, value: [...value, first] };
  yield { path, value: [...value, ...candidates(type.of).slice(0, 1)] };
  for (const [index, each] of value.entries()) yield* within(each, type.of, [...path, index], missing);
  if (type.of.kind === "struct") return;
  for (const candidate of candidates(type.of)) yield { path: [...path, 0], value: candidate };
}

function candidates(type: TypeRef, field?: FieldDef): readonly Json[] {
  if (type.kind === "struct") return [{}];
  if (type.kind === "list") return [[], candidates(type.of).slice(0, 1)];
  if (type.kind === "map") {
    const of = type.of;
    if (of.kind === "scalar" && of.scalar === "string") return LABELS;
    return [
      {},
      ...candidates(of)
        .slice(0, 3)
        .map((value) => ({ key: value })),
      { "bad key!": candidates(of)[0]! },
    ];
  }
  switch (type.scalar) {
    case "string":
      return [...STRINGS, ...(field?.enum ?? [])];
    case "bool":
      return [true, false];
    case "quantity":
      return QUANTITIES;
    case "intOrString":
      return INT_OR_STRINGS;
    case "time":
      return TIMES;
    case "microtime":
      return TIMES.map((time) => time.replace("Z", ".000000Z"));
    case "duration":
      return ["-1s", "0s", "5m0s"];
    case "bytes":
      return ["", "AAAA"];
    case "float64":
      return [-1, 0.5];
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
      return INTEGERS;
    default:
      return [{}, { a: 1 }];
  }
}

/** Changes the object in place. */
export function put(object: JsonObject, { path, value }: Mutation): void {
  let at: Json = object;
  for (const step of path.slice(0, -1)) {
    const holder = at as Record<string | number, Json>;
    holder[step] ??= {};
    at = holder[step] as Json;
  }
  const holder = at as Record<string | number, Json>;
  const last = path.at(-1)!;
  if (value === undefined) delete holder[last];
  else holder[last] = structuredClone(value);
}
