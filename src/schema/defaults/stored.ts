import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import type { FieldDef, StructType } from "../model.js";
import type { Rule } from "./rule.js";
import { runDefaults } from "./run.js";
import { Walk } from "./walk.js";

const walk = new Walk({}, { field: emptyIsAbsent });
/** These groups' servers store JSON, which tells empty from absent. */
const JSON_STORED = ["io.k8s.apiextensions-apiserver.", "io.k8s.kube-aggregator."];

/**
 * Does to an object of the storage version what storing as protobuf and reading back does: a list or map that is empty
 * has no bytes there and comes back as none, so that the answer says null where the request said []; and reading
 * applies defaults. Changes `object`.
 */
export function asStored(type: StructType, object: JsonObject): void {
  if (!JSON_STORED.some((prefix) => type.name.startsWith(prefix))) walk.run(object, type);
  runDefaults(type, object);
}

function emptyIsAbsent(_owner: StructType, { name, type }: FieldDef): Rule | undefined {
  if (type.kind !== "list" && type.kind !== "map") return undefined;
  return (parent) => {
    if (isEmpty(parent[name])) delete parent[name];
  };
}

function isEmpty(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
