import { checkConvertible, decodeBody, formatOf } from "../codec/body.js";
import { DocumentError, decodeDocument, type KindTable, missingKind } from "../codec/document.js";
import type { GroupVersion } from "../codec/interpret.js";
import { decodeTyped } from "../codec/json/decode.js";
import { internalError } from "../kube/errors.js";
import { apiVersionOf, type GroupVersionKind } from "../kube/gvr.js";
import { isObject, type Json, type JsonObject, type KubeObject } from "../kube/json.js";
import { cloneJson } from "../kube/json-access.js";
import { ApiError } from "../kube/status.js";
import type { CustomShape } from "../schema/crd/shape.js";
import { applyDefaults } from "../schema/defaults/index.js";
import { decodeUnstructured } from "./from-unstructured.js";
import { goDocument } from "./go-value.js";
import { toStorage } from "./objects.js";
import type { WriteOptions } from "./options.js";
import type { Scope } from "./scope.js";

interface Decoded {
  readonly object: KubeObject;
  /** Texts for Warning headers; the write may add some. */
  readonly warnings: string[];
}

/** The body of a create or an update, defaulted, in the storage version. @throws ApiError 400, 415 */
export function decodeObject(scope: Scope, options: WriteOptions): Decoded {
  const { object, warnings } = decodeVersioned(scope, options);
  return { object: toStorage(object, scope.def), warnings };
}

/** The body in the endpoint's own version, defaulted. @throws ApiError 400, 415 */
export function decodeVersioned(scope: Scope, options: WriteOptions): Decoded {
  const expected = expectedKind(scope);
  const shape = customShape(scope);
  if (shape) return decodeCustom(scope, shape, options);
  const { object, gvk, warnings } = decodeBody({
    contentType: scope.request.headers["content-type"],
    body: scope.request.body,
    expected,
    kinds: scope.subresource?.name === "eviction" ? evictionKinds(scope) : scope.deps.tables,
    fieldValidation: options.fieldValidation,
    accepts: (gv) =>
      (gv.group === scope.def.gvk.group && gv.version === scope.def.gvk.version) || isOldEviction(scope, gv),
  });
  return { object: complete(scope, object, gvk), warnings: [...warnings] };
}

/** Evictions may still come as policy/v1beta1, which is the same as v1. */
function isOldEviction({ subresource }: Scope, { group, version }: GroupVersion): boolean {
  return subresource?.name === "eviction" && group === "policy" && version === "v1beta1";
}

function evictionKinds(scope: Scope): KindTable {
  const { tables } = scope.deps;
  const current = (gvk: GroupVersionKind) => (isOldEviction(scope, gvk) ? { ...gvk, version: "v1" } : gvk);
  return { structFor: (gvk) => tables.structFor(current(gvk)) };
}

/** How the endpoint's objects are formed, where they are custom ones. */
function customShape({ def, subresource }: Scope): CustomShape | undefined {
  return subresource?.name === "scale" ? undefined : def.served?.shape;
}

/** Any kind is let through here: validation refuses another one by name. */
function decodeCustom(scope: Scope, shape: CustomShape, options: WriteOptions): Decoded {
  const { type, gvk } = scope.def;
  const { object, warnings } = decodeBody({
    contentType: scope.request.headers["content-type"],
    body: scope.request.body,
    expected: gvk,
    kinds: { structFor: () => type, untyped: true },
    fieldValidation: options.fieldValidation,
    conform: (each) => unknownFields(shape.coerce(each, options.fieldValidation !== "Ignore")),
  });
  shape.applyDefaults(object);
  return { object, warnings: [...warnings] };
}

function unknownFields(paths: readonly string[]): string[] {
  return paths.map((path) => `unknown field "${path}"`);
}

/** A custom object has to say what it is. @throws DocumentError, and ApiError 500 where upstream gives up */
function checkSaid(document: Json): void {
  if (!isObject(document)) return;
  if ((document.kind ?? "") === "") throw new DocumentError(missingKind(goDocument(document)));
  if (document.apiVersion === undefined) {
    throw internalError("Object 'apiVersion' is missing in 'object has no apiVersion field'");
  }
}

/**
 * What a patch made, in the endpoint's version, defaulted; `copied`: upstream does not read it as text but copies it
 * from maps. @throws DecodeError when it is no object of the kind
 */
export function decodePatched(
  scope: Scope,
  document: Json,
  copied: boolean,
): { object: KubeObject; strictErrors: string[] } {
  const shape = customShape(scope);
  if (shape) {
    checkSaid(document);
    const object = cloneJson(decodeTyped(document, scope.def.type)) as KubeObject;
    const strictErrors = unknownFields(shape.coerce(object, true));
    shape.applyDefaults(object);
    return { object, strictErrors };
  }
  const strictErrors: string[] = [];
  const expected = expectedKind(scope);
  const type = scope.subresource?.type ?? scope.def.type;
  const decoded = copied
    ? decodeUnstructured(document, type, strictErrors)
    : decodeTyped(document, type, { strict: strictErrors });
  return { object: complete(scope, decoded as KubeObject, expected), strictErrors };
}

/** A patch may have made another kind of it, which then has to be one that this one can be read from. @throws DocumentError */
export function checkPatchedKind(scope: Scope, document: Json): void {
  if (!isObject(document)) return;
  const expected = expectedKind(scope);
  const { kind = "", apiVersion = "" } = document;
  const own = (kind === "" || kind === expected.kind) && (apiVersion === "" || apiVersion === apiVersionOf(expected));
  if (own || typeof kind !== "string" || typeof apiVersion !== "string") return;
  const read = decodeDocument("json", Buffer.from(goDocument(document)), expected, scope.deps.tables, false);
  checkConvertible(read, expected);
}

export function strictError(errors: readonly string[]): string {
  return `strict decoding error: ${errors.join(", ")}`;
}

function expectedKind(scope: Scope): GroupVersionKind {
  return scope.subresource?.gvk ?? scope.def.gvk;
}

function complete(scope: Scope, object: KubeObject, gvk: GroupVersionKind): KubeObject {
  const expected = expectedKind(scope);
  object.apiVersion = apiVersionOf(expected);
  object.kind = expected.kind;
  object.metadata ??= {};
  applyDefaults(gvk, object, scope.deps.tables);
  return object;
}

const DELETE_OPTIONS = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";

/** The scheme that options are decoded with knows no other kinds, but takes them for any group-version's. */
function optionKinds({ deps: { tables } }: Scope): KindTable {
  return { structFor: ({ kind }) => (kind === "DeleteOptions" ? tables.struct(DELETE_OPTIONS) : undefined) };
}

/**
 * The DeleteOptions in a body; undefined without one. They may come as any group's own kind.
 * @throws ApiError 415, and 500 for a body that can't be read, which upstream does not call a bad request
 */
export function decodeDeleteOptions(scope: Scope): JsonObject | undefined {
  const { body, headers } = scope.request;
  if (body.length === 0) return undefined;
  const format = formatOf(headers["content-type"]);
  const defaults = { group: scope.def.gvk.group, version: scope.def.gvk.version, kind: "DeleteOptions" };
  try {
    return decodeDocument(format, body, defaults, optionKinds(scope), false).object;
  } catch (error) {
    if (error instanceof DocumentError) throw new ApiError({ code: 500, reason: "", message: error.message });
    throw error;
  }
}
