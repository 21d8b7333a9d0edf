import { decodeBody, formatOf } from "../codec/body.js";
import { DocumentError, decodeDocument, type KindTable } from "../codec/document.js";
import { decodeTyped } from "../codec/json/decode.js";
import { apiVersionOf, type GroupVersionKind } from "../kube/gvr.js";
import type { Json, JsonObject, KubeObject } from "../kube/json.js";
import { ApiError } from "../kube/status.js";
import { applyDefaults } from "../schema/defaults/index.js";
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
  const { object, gvk, warnings } = decodeBody({
    contentType: scope.request.headers["content-type"],
    body: scope.request.body,
    expected,
    kinds: scope.deps.tables,
    fieldValidation: options.fieldValidation,
    accepts: (gv) => gv.group === scope.def.gvk.group && gv.version === scope.def.gvk.version,
  });
  return { object: complete(scope, object, gvk), warnings: [...warnings] };
}

/** What a patch made, in the endpoint's version, defaulted. @throws DecodeError when it is no object of the kind */
export function decodePatched(scope: Scope, document: Json): { object: KubeObject; strictErrors: string[] } {
  const strictErrors: string[] = [];
  const expected = expectedKind(scope);
  const type = scope.subresource?.type ?? scope.def.type;
  const object = decodeTyped(document, type, { strict: strictErrors }) as KubeObject;
  return { object: complete(scope, object, expected), strictErrors };
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

/** The scheme that options are decoded with knows no other kinds. */
function optionKinds({ deps: { tables } }: Scope): KindTable {
  return { structFor: (gvk) => (gvk.kind === "DeleteOptions" ? tables.structFor(gvk) : undefined) };
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
