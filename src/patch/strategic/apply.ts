import { badRequest } from "../../kube/errors.js";
import { goType } from "../../kube/go-format.js";
import { isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { cloneJson, fieldNames, fieldOf, setField } from "../../kube/json-access.js";
import { expandRaw } from "../../kube/raw-json.js";
import type { StructType } from "../../schema/model.js";
import { withinStack } from "../errors.js";
import { readStrategicPatch } from "../shape.js";
import {
  DELETE_FROM_PRIMITIVE_LIST,
  directiveTarget,
  dropNulls,
  PATCH,
  retainKeys,
  withoutDirectives,
} from "./directives.js";
import { setElementOrders } from "./element-order.js";
import { mergeList } from "./list.js";
import { PatchSchema } from "./lookup.js";
import { asObject, unknownDirective } from "./values.js";

/**
 * Strategic merge patch; upstream: apimachinery/pkg/util/strategicpatch/patch.go. Where Go's random map order decides
 * (a list and its $deleteFromPrimitiveList without $setElementOrder), deletions come first here.
 *
 * `current` is the object as encoded on the wire. Neither argument is changed; the outcome shares parts with `current`.
 * @param type undefined for a kind without a Go type: such objects know no strategic merge
 * @throws ApiError 400 for a malformed patch or directive, 422 for lists of lists, 500 for other misuse of directives
 */
export function applyStrategicMergePatch(current: Json, patch: Json, type: StructType | undefined): JsonObject {
  const change = readStrategicPatch(patch);
  if (type === undefined) throw badRequest("strategic merge patch format is not supported");
  return withinStack(() => {
    const consumed = cloneJson(change) as JsonObject;
    return mergeObject(asObject(opened(current)), consumed, PatchSchema.of(type));
  });
}

/** Consumes `patch`; leaves `current` as it is. */
function mergeObject(current: JsonObject, patch: JsonObject, schema: PatchSchema): JsonObject {
  const directive = fieldOf(patch, PATCH);
  if (directive !== undefined) return replaced(directive, patch);
  const out = { ...current };
  retainKeys(out, patch);
  setElementOrders(out, patch, schema, mergeObject);
  for (const name of fieldNames(patch).sort()) {
    const deletes = name.startsWith(DELETE_FROM_PRIMITIVE_LIST);
    const target = deletes ? directiveTarget(name, DELETE_FROM_PRIMITIVE_LIST) : name;
    mergeField(out, target, fieldOf(patch, name) ?? null, deletes, schema);
  }
  return out;
}

/** `$patch` on an object: the whole of it is the patch's, or nothing. */
function replaced(directive: Json, patch: JsonObject): JsonObject {
  if (directive === "delete") return {};
  if (directive !== "replace") throw unknownDirective(directive, patch);
  delete patch[PATCH];
  return patch;
}

function mergeField(out: JsonObject, name: string, change: Json, deletes: boolean, schema: PatchSchema): void {
  if (change === null) {
    delete out[name];
    return;
  }
  const current = opened(fieldOf(out, name));
  if (current === undefined || goType(current) !== goType(change)) {
    if (deletes) return;
    dropNulls(change);
    assign(out, name, withoutDirectives(change));
  } else if (isObject(current)) {
    const field = schema.field(name);
    const target = asObject(change);
    setField(out, name, field.strategy === "replace" ? target : mergeObject(current, target, field.schema));
  } else if (Array.isArray(current)) {
    const merged = mergeList([...current], change as Json[], schema.listField(name), deletes, mergeObject);
    setField(out, name, merged);
  } else {
    setField(out, name, change);
  }
}

function assign(out: JsonObject, name: string, value: Json | undefined): void {
  if (value === undefined) delete out[name];
  else setField(out, name, value);
}

function opened(value: Json): Json;
function opened(value: Json | undefined): Json | undefined;
function opened(value: Json | undefined): Json | undefined {
  return value instanceof RawJson ? expandRaw(value) : value;
}
