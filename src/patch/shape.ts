import { badRequest } from "../kube/errors.js";
import { FloatLiteral, isObject, type Json, type JsonObject } from "../kube/json.js";
import { fieldNames, fieldOf } from "../kube/json-access.js";

/** True where the request's fieldValidation is Ignore: the real server then skips its own reading of the patch. */
export interface ShapeOptions {
  readonly lenient?: boolean;
}

const OPERATION_FIELDS: ReadonlySet<string> = new Set(["op", "path", "from", "value"]);
const TEXT_FIELDS = ["op", "path", "from"] as const;

/**
 * Checks that a body is a JSON patch (RFC 6902 list) and returns its operations; null is an empty one, as for Go.
 * The second part lists strict decoding errors (unknown fields), which the caller warns of or refuses.
 * Upstream: apiserver/pkg/endpoints/handlers/patch.go, applyJSPatch.
 * @throws ApiError 400
 */
export function readJsonPatch(patch: Json, options: ShapeOptions = {}): [operations: Json[], strictErrors: string[]] {
  const lenient = options.lenient ?? false;
  if (patch === null) return [[], []];
  if (!Array.isArray(patch)) throw mismatch(patch, lenient ? "jsonpatch.Patch" : "[]handlers.jsonPatchOp", lenient);
  const strictErrors: string[] = [];
  patch.forEach((operation, index) => {
    if (operation === null) return;
    if (!isObject(operation))
      throw mismatch(operation, lenient ? "jsonpatch.Operation" : "handlers.jsonPatchOp", lenient);
    if (!lenient) checkOperation(operation, index, strictErrors);
  });
  return [patch, strictErrors];
}

/**
 * Checks a merge patch's outermost form. Without validation a list passes, and then replaces the whole object.
 * @throws ApiError 400
 */
export function checkMergePatch(patch: Json, options: ShapeOptions = {}): void {
  if (isObject(patch)) return;
  if (patch === null) throw badRequest("Invalid JSON Patch");
  if (!options.lenient) throw mismatch(patch, "map[string]interface {}", false);
  if (!Array.isArray(patch)) throw badRequest("Invalid JSON Patch");
}

/**
 * Checks a strategic merge patch's outermost form; null is an empty one, as for Go.
 * @throws ApiError 400
 */
export function readStrategicPatch(patch: Json): JsonObject {
  if (patch === null) return {};
  if (!isObject(patch)) throw mismatch(patch, "map[string]interface {}", true);
  return patch;
}

function checkOperation(operation: JsonObject, index: number, strictErrors: string[]): void {
  for (const name of TEXT_FIELDS) {
    const value = fieldOf(operation, name) ?? null;
    if (value !== null && typeof value !== "string") {
      const place = `Go struct field jsonPatchOp.${name} of type string`;
      throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonType(value)} into ${place}`);
    }
  }
  for (const name of fieldNames(operation)) {
    if (!OPERATION_FIELDS.has(name)) strictErrors.push(`json patch unknown field "[${index}].${name}"`);
  }
}

function mismatch(value: Json, goType: string, bare: boolean): Error {
  return badRequest(
    `${bare ? "" : "error decoding patch: "}json: cannot unmarshal ${jsonType(value)} into Go value of type ${goType}`,
  );
}

function jsonType(value: Json): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint" || value instanceof FloatLiteral) return "number";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}
