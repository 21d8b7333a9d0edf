import { versionBytes } from "../codec/derived-forms.js";
import { DocumentError } from "../codec/document.js";
import { DecodeError, JsonSyntaxError } from "../codec/json/errors.js";
import { parseJson } from "../codec/json/parse.js";
import { badRequest, unroutedMediaType, unsupportedMediaType } from "../kube/errors.js";
import { goValue } from "../kube/go-format.js";
import type { Answer } from "../kube/handler.js";
import type { Json, KubeObject } from "../kube/json.js";
import { invalidPatch } from "../patch/errors.js";
import { applyJsonPatch } from "../patch/json.js";
import { applyMergePatch } from "../patch/merge.js";
import { readJsonPatch } from "../patch/shape.js";
import { applyStrategicMergePatch } from "../patch/strategic/apply.js";
import { CoercionError } from "../schema/crd/embedded.js";
import type { StoredObject } from "../store/store.js";
import { answerObject } from "./answers.js";
import { APPLY_PATCH, apply as applyConfig } from "./apply.js";
import { checkPatchedKind, decodePatched, strictError } from "./decode.js";
import { goDocument } from "./go-value.js";
import { guaranteedUpdate } from "./guaranteed-update.js";
import { trackWrite } from "./managed-fields.js";
import { toStorage } from "./objects.js";
import { type WriteOptions, writeOptions } from "./options.js";
import { representation } from "./representation.js";
import type { Scope } from "./scope.js";
import { prepareUpdate } from "./update.js";
import { warned } from "./warned.js";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
const PATCH_TYPES = [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH];
/** There is no Go type whose tags would tell how to merge. */
const CUSTOM_PATCH_TYPES = [JSON_PATCH, MERGE_PATCH, APPLY_PATCH];

/** PATCH of a resource, or of a subresource that has its parent's kind. */
export async function patch(scope: Scope): Promise<Answer> {
  if (patchType(scope) === APPLY_PATCH) return applyConfig(scope);
  const warnings: string[] = [];
  const { options, wanted, apply } = patchRequest(scope, warnings);
  const update = (current: KubeObject, stored: StoredObject) => {
    const patched = toStorage(apply(versionedDocument(scope, stored)), scope.def);
    trackWrite(scope, patched, current, options);
    return prepareUpdate(scope, patched, current, stored, options, (message) => warnings.push(message));
  };
  const { object } = await warned(warnings, () => guaranteedUpdate(scope, options.dryRun, update));
  return answerObject(scope, 200, object, wanted, warnings);
}

/** A patch request other than an apply, ready to be applied to documents of the endpoint's version. */
export function patchRequest(scope: Scope, warnings: string[]) {
  const type = patchType(scope);
  const wanted = representation(scope);
  const options = writeOptions(scope.request.query, "PatchOptions");
  const apply = (document: Json) => {
    // A retry begins anew.
    warnings.length = 0;
    return patched(scope, type, document, options, warnings);
  };
  return { options, wanted, apply };
}

/** @throws ApiError 415 */
export function patchType(scope: Scope): string {
  const type = (scope.request.headers["content-type"] ?? "").replace(/;.*$/s, "").trim();
  const types = scope.def.served ? CUSTOM_PATCH_TYPES : PATCH_TYPES;
  if (types.includes(type)) return type;
  throw scope.def.served ? unsupportedMediaType(types) : unroutedMediaType();
}

/** The stored object as a document of the request's version: what a JSON patch's paths and tests see. */
function versionedDocument(scope: Scope, stored: StoredObject): Json {
  return parseJson(versionBytes(scope.def, stored, scope.deps.answers));
}

/** The outcome in the endpoint's version, defaulted. Upstream: apiserver/pkg/endpoints/handlers/patch.go. */
function patched(scope: Scope, type: string, document: Json, options: WriteOptions, warnings: string[]): KubeObject {
  const found: string[] = [];
  const lenient = options.fieldValidation === "Ignore";
  const body = parsePatch(scope, type, lenient ? undefined : found);
  const outcome = applyDocument(scope, type, document, body, lenient);
  // Upstream shows what it failed on: the outcome, or for a strategic merge its own print of the patch.
  const strategic = type === STRATEGIC_PATCH;
  const refuse = (why: string) =>
    strategic ? invalidPatch(goValue(body), why) : invalidPatch(goDocument(outcome), why);
  try {
    if (!strategic && !scope.def.served) checkPatchedKind(scope, outcome);
    const { object, strictErrors } = decodePatched(scope, outcome, strategic);
    const operations = type === JSON_PATCH ? readJsonPatch(body, { lenient })[1] : [];
    const duplicates = type === JSON_PATCH ? found.map((error) => `json patch ${error}`) : found;
    const errors = lenient ? [] : [...duplicates, ...operations, ...strictErrors];
    if (options.fieldValidation === "Strict" && errors.length > 0) throw refuse(strictError(errors));
    warnings.push(...errors);
    return object;
  } catch (error) {
    const refused = error instanceof DecodeError || error instanceof DocumentError || error instanceof CoercionError;
    throw refused ? refuse(error.message) : error;
  }
}

function parsePatch(scope: Scope, type: string, strict: string[] | undefined): Json {
  try {
    // Who does not look for mistakes does not look at numbers either, unless the patch is merged by Go types.
    return parseJson(
      scope.request.body,
      strict ? { strict } : { endless: type !== STRATEGIC_PATCH && !scope.def.served },
    );
  } catch (error) {
    if (!(error instanceof JsonSyntaxError || error instanceof DecodeError)) throw error;
    if (type === STRATEGIC_PATCH) throw badRequest(error.message);
    // The one number that can't be read is too large, and a JSON patch has a place for its values.
    const place = type === JSON_PATCH ? "Go struct field jsonPatchOp.value" : "Go value";
    throw badRequest(`error decoding patch: ${error.message.replace(/Go value(?= of type float64$)/, place)}`);
  }
}

function applyDocument(scope: Scope, type: string, document: Json, body: Json, lenient: boolean): Json {
  if (type === JSON_PATCH) return applyJsonPatch(document, body, { lenient });
  if (type === MERGE_PATCH) return applyMergePatch(document, body, { lenient });
  return applyStrategicMergePatch(document, body, scope.subresource?.type ?? scope.def.type);
}
