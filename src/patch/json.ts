import { requestEntityTooLarge } from "../kube/errors.js";
import { goJson } from "../kube/go-text.js";
import { isObject, type Json, type JsonObject, RawJson } from "../kube/json.js";
import { cloneJson, fieldOf } from "../kube/json-access.js";
import { expandRaw } from "../kube/raw-json.js";
import { panicked, unprocessablePatch, withinStack } from "./errors.js";
import { ADDED_NULL, addAt, Document, removeAt, replaceAt, valueAt } from "./json-document.js";
import { testEqual } from "./json-equal.js";
import { readJsonPatch, type ShapeOptions } from "./shape.js";

/** Upstream: apiserver/pkg/endpoints/handlers/patch.go, maxJSONPatchOperations. */
export const MAX_OPERATIONS = 10_000;
/** Bytes that a patch's copy operations may add; upstream: apiserver/pkg/server/config.go, JSONPatchMaxCopyBytes. */
export const MAX_COPIED_BYTES = 3 * 1024 * 1024;

/**
 * RFC 6902 with the habits of the Go library that upstream uses (gopkg.in/evanphx/json-patch.v4): indexes may count
 * from the end, replace adds a missing field, copy of a missing field gives null, test takes a missing field for null.
 *
 * `current` is the object as encoded on the wire. Neither argument is changed; the outcome shares parts with both.
 * @throws ApiError 400 for a body of another form, 413 for too many operations, 422 when an operation does not apply
 */
export function applyJsonPatch(current: Json, patch: Json, options: ShapeOptions = {}): Json {
  const [operations] = readJsonPatch(patch, options);
  if (operations.length > MAX_OPERATIONS) {
    const limit = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}`;
    throw requestEntityTooLarge(`${limit}, got ${operations.length}`);
  }
  const opened = current instanceof RawJson ? expandRaw(current) : current;
  if (!isObject(opened) && !Array.isArray(opened)) throw unprocessablePatch();
  const document = new Document(opened);
  const budget = { bytes: MAX_COPIED_BYTES };
  return withinStack(() => {
    for (const operation of operations) apply(document, isObject(operation) ? operation : {}, budget);
    return document.finish();
  });
}

type Operate = (document: Document, operation: JsonObject, budget: { bytes: number }) => void;

const OPERATIONS: ReadonlyMap<Json | undefined, Operate> = new Map<Json | undefined, Operate>([
  ["add", add],
  ["remove", remove],
  ["replace", replace],
  ["move", move],
  ["copy", copy],
  ["test", test],
]);

function apply(document: Document, operation: JsonObject, budget: { bytes: number }): void {
  const operate = OPERATIONS.get(fieldOf(operation, "op"));
  if (operate === undefined) throw unprocessablePatch();
  operate(document, operation, budget);
}

function add(document: Document, operation: JsonObject): void {
  const { container, key } = document.place(pathOf(operation, "path"));
  addAt(container, key, nodeOf(fieldOf(operation, "value")));
}

function remove(document: Document, operation: JsonObject): void {
  const { container, key } = document.place(pathOf(operation, "path"));
  removeAt(container, key);
}

function replace(document: Document, operation: JsonObject): void {
  const path = pathOf(operation, "path");
  const value = fieldOf(operation, "value");
  if (path === "") {
    replaceAll(document, value);
  } else {
    const { container, key } = document.place(path);
    replaceAt(container, key, nodeOf(value));
  }
}

function nodeOf(value: Json | undefined): Json {
  return value === null ? ADDED_NULL : (value ?? null);
}

/** A scalar leaves the document as it is: the Go library wraps an absent error, which is no error. */
function replaceAll(document: Document, value: Json | undefined): void {
  if (value === undefined) throw panicked();
  if (isObject(value) || Array.isArray(value)) document.replaceRoot(value);
}

function move(document: Document, operation: JsonObject): void {
  const source = document.place(pathOf(operation, "from"));
  const value = valueAt(source.container, source.key);
  removeAt(source.container, source.key);
  const target = document.place(pathOf(operation, "path"));
  addAt(target.container, target.key, value ?? null);
}

function copy(document: Document, operation: JsonObject, budget: { bytes: number }): void {
  const source = document.peek(pathOf(operation, "from"));
  const value = valueAt(source.container, source.key) ?? null;
  const target = document.place(pathOf(operation, "path"));
  if (value !== null) budget.bytes -= Buffer.byteLength(goJson(value));
  if (budget.bytes < 0) throw unprocessablePatch();
  addAt(target.container, target.key, cloneJson(value));
}

function test(document: Document, operation: JsonObject): void {
  const path = pathOf(operation, "path");
  const wanted = fieldOf(operation, "value");
  const found = path === "" ? document.root : foundAt(document, path);
  if (wanted === null && (found === null || found === ADDED_NULL)) return;
  if (wanted === undefined && (found === null || path === "")) throw panicked();
  if (found === null || wanted === undefined || !testEqual(found, wanted)) throw unprocessablePatch();
}

function foundAt(document: Document, path: string): Json {
  const { container, key } = document.peek(path);
  return valueAt(container, key) ?? null;
}

function pathOf(operation: JsonObject, name: "path" | "from"): string {
  const path = fieldOf(operation, name);
  if (typeof path !== "string") throw unprocessablePatch();
  return path;
}
