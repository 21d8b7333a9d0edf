import { FloatLiteral, isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { setField } from "../../kube/json-access.js";
import { expandRaw } from "../../kube/raw-json.js";
import type { StructType } from "../../schema/model.js";
import { DecodeState, type Found } from "./decode-state.js";
import { encodeUntyped } from "./encode-untyped.js";
import { type Leaf, leafOf } from "./leaf.js";
import { type Node, Plan, zeroOf } from "./plan.js";
import { asObject, type DecodeOptions } from "./read.js";
import { StrictErrors } from "./strict-errors.js";

export { DecodeError } from "./errors.js";
export { type DecodeOptions, readTyped } from "./read.js";

/**
 * Brings parsed JSON into the form that the type gives it: unknown fields dropped, null absent, quantities and times
 * canonical. `value` is left as it was. Throws DecodeError, and JsonSyntaxError for too deep a nesting. Bytes are better given to {@link readTyped}.
 */
export function decodeTyped(value: Json, type: StructType, options: DecodeOptions = {}): JsonObject {
  if (type.unstructured) return asObject(value);
  const state = new DecodeState(options.strict && new StrictErrors(options.strict));
  const out = decodeNode(value, { kind: "struct", plan: Plan.of(type) }, state);
  state.finish();
  return isObject(out) ? out : {};
}

function decodeNode(value: Json, node: Node, state: DecodeState): Json | undefined {
  if (value === null) return undefined;
  switch (node.kind) {
    case "leaf":
      return decodeLeaf(value, node.leaf, state);
    case "verbatim":
      return value instanceof RawJson ? value : new RawJson(encodeUntyped(value));
    case "struct":
      if (isObject(value)) return decodeStruct(value, node.plan, state);
      break;
    case "list":
      if (Array.isArray(value)) return decodeList(value, node.of, state);
      break;
    case "map":
      if (isObject(value)) return decodeMap(value, node.of, state);
      break;
    case "union":
      return decodeUnion(value, node, state);
  }
  if (value instanceof RawJson) return decodeNode(expandRaw(value), node, state);
  return state.mismatch(kindOf(value), node.kind === "struct" ? node.plan.goType : node.goType) as undefined;
}

function decodeLeaf(value: Exclude<Json, null>, leaf: Leaf, state: DecodeState): Json | undefined {
  switch (typeof value) {
    case "string":
      return leaf.string(value, state);
    case "boolean":
      return leaf.bool(value, state);
    case "number":
    case "bigint":
      return leaf.number(String(value), state);
  }
  if (value instanceof FloatLiteral) return leaf.number(value.text, state);
  if (value instanceof RawJson) {
    const inner = expandRaw(value);
    return inner === null ? undefined : decodeLeaf(inner, leaf, state);
  }
  return leaf.container(Array.isArray(value) ? "array" : "object", () => encodeUntyped(value), state);
}

function decodeStruct(value: JsonObject, plan: Plan, state: DecodeState): JsonObject {
  state.checkDepth();
  const out: JsonObject = {};
  const outer = state.struct;
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) continue;
    const field = plan.field(key);
    if (field === undefined) {
      state.strict?.unknown(state.path, key);
      continue;
    }
    state.struct = plan.name;
    state.fields.push(key);
    state.path.push(key);
    const decoded = decodeNode(item, field.node, state);
    if (decoded !== undefined) out[key] = decoded;
    state.path.pop();
    state.fields.pop();
    state.struct = outer;
  }
  return out;
}

function decodeList(values: readonly Json[], of: Node, state: DecodeState): Json[] {
  return values.map((value, index) => {
    state.path.push(index);
    const decoded = decodeNode(value, of, state) ?? zeroOf(of);
    state.path.pop();
    return decoded;
  });
}

function decodeMap(values: JsonObject, of: Node, state: DecodeState): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(values)) {
    const value = values[key];
    if (value === undefined) continue;
    state.path.push(key);
    setField(out, key, decodeNode(value, of, state) ?? zeroOf(of));
    state.path.pop();
  }
  return out;
}

function decodeUnion(value: Exclude<Json, null>, node: Node & { kind: "union" }, state: DecodeState): Json | undefined {
  const { union, plan } = node;
  if (isObject(value)) return state.nested(() => decodeStruct(value, plan, state));
  if (union === "jsonSchemaPropsOrBool") {
    return typeof value === "boolean" ? value : (state.fatal("boolean or JSON schema expected") as undefined);
  }
  if (!Array.isArray(value)) return undefined;
  const of: Node = union === "jsonSchemaPropsOrArray" ? { kind: "struct", plan } : STRING;
  return state.nested(() => decodeList(value, of, state));
}

const STRING: Node = { kind: "leaf", leaf: leafOf("string") };

function kindOf(value: Exclude<Json, null>): Found {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "array";
  return isObject(value) ? "object" : "number";
}
