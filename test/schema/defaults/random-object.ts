import type { Json, JsonObject } from "../../../src/kube/json.js";
import type { FieldDef, Scalar, StructType, TypeRef } from "../../../src/schema/model.js";
import type { Random } from "../../patch/random.js";

const DEPTH = 9;
const WORDS = [
  "a",
  "b",
  "c",
  "nginx",
  "nginx:latest",
  "nginx:1.27",
  "reg.example:5000/x/y",
  "x@sha256:00",
  "User",
  "Group",
];
const QUANTITIES = ["1", "100m", "1500u", "1Gi", "0.5", "2e3", "250n", "3k"];

/** A random object of a type, sparse, so that there is much to fill in. */
export function randomObject(random: Random, type: StructType, depth = DEPTH): JsonObject {
  const out: JsonObject = {};
  for (const [name, path] of type.byJsonName) {
    const field = path.at(-1)!;
    if (SKIPPED.has(name)) continue;
    const deep = field.type.kind !== "scalar";
    const structural = name === "spec" || name === "template" || name === "containers" || name === "status";
    const union = path.length > 1 && field.pointer;
    if (random.chance(structural ? 0.9 : union ? 0.25 : deep ? 0.3 : 0.3))
      out[name] = randomValue(random, field, field.type, depth - 1);
  }
  return out;
}

/** Time-dependent, or none of the defaults' business. */
const SKIPPED: ReadonlySet<string> = new Set(["apiVersion", "kind", "managedFields", "timeAdded", "taints"]);

function randomValue(random: Random, field: FieldDef, type: TypeRef, depth: number): Json {
  switch (type.kind) {
    case "struct":
      return depth > 0 ? randomObject(random, type.struct, depth) : {};
    case "list":
      return Array.from({ length: depth > 0 ? random.below(3) : 0 }, () => randomValue(random, field, type.of, depth));
    case "map": {
      const keys = random.some(["cpu", "memory", "hugepages-2Mi", "x", "y/z"], depth > 0 ? 0.35 : 0);
      return Object.fromEntries(keys.map((key) => [key, randomValue(random, field, type.of, depth)]));
    }
    default:
      return randomScalar(random, field, type.scalar);
  }
}

function randomScalar(random: Random, field: FieldDef, scalar: Scalar): Json {
  switch (scalar) {
    case "string":
      if (field.enum && random.chance(0.8)) return random.pick(field.enum);
      return random.chance(0.15) ? "" : random.pick(WORDS);
    case "bool":
      return random.chance(0.5);
    case "float64":
      return 0.5;
    case "bytes":
      return random.pick(["aGk=", ""]);
    case "time":
      return "2026-01-02T03:04:05Z";
    case "microtime":
      return "2026-01-02T03:04:05.000006Z";
    case "duration":
      return "1m0s";
    case "quantity":
      return random.pick(QUANTITIES);
    case "intOrString":
      return random.pick<Json>([0, 1, 80, "25%", "http", ""]);
    case "rawExtension":
    case "fieldsV1":
      return { b: 1, a: "x" };
    case "json":
      return random.pick<Json>([{ b: 1, a: 1.5 }, "x", 1, true, [2, 1]]);
    case "jsonSchemaPropsOrBool":
      return random.pick<Json>([true, false, { type: "string" }]);
    case "jsonSchemaPropsOrArray":
      return { type: "string" };
    case "jsonSchemaPropsOrStringArray":
      return random.pick<Json>([["a"], { type: "string" }]);
    default:
      return random.pick([0, 1, 2, 80, -1].filter((value) => value >= 0 || !scalar.startsWith("u")));
  }
}
