import { DecodeError } from "../codec/json/errors.js";
import { untypedNumber } from "../codec/json/numbers.js";
import { parseYaml, YamlError } from "../codec/yaml.js";
import { badRequest, conflict } from "../kube/errors.js";
import type { Answer } from "../kube/handler.js";
import { isObject, type Json, type JsonObject, type KubeObject } from "../kube/json.js";
import { cloneJson, setField } from "../kube/json-access.js";
import { matchNamespace } from "../schema/strategy/lifecycle.js";
import { answerObject } from "./answers.js";
import { answerCreated, createObject } from "./create.js";
import { decodePatched } from "./decode.js";
import { guaranteedUpdate } from "./guaranteed-update.js";
import { fieldManagerOf, nowOf } from "./managed-fields.js";
import { fromStorage, toStorage } from "./objects.js";
import { type WriteOptions, writeOptions } from "./options.js";
import { representation } from "./representation.js";
import { type Scope, storageKey, strategyOf, targetOf } from "./scope.js";
import { checkName, prepareUpdate } from "./update.js";

export const APPLY_PATCH = "application/apply-patch+yaml";

/** PATCH with an apply configuration: server-side apply, which creates what is not there. */
export async function apply(scope: Scope): Promise<Answer> {
  const warnings: string[] = [];
  const { options, wanted, merge } = applyRequest(scope, warnings);
  const warn = (message: string) => warnings.push(message);
  const exists = scope.deps.store().get(storageKey(scope.def, scope.namespace, scope.name)) !== undefined;
  if (!exists && (!scope.subresource || strategyOf(scope).allowCreateOnUpdate)) {
    const object = toStorage(merge(undefined), scope.def);
    checkNew(scope, object);
    const created = await createObject(scope, object, options, warn, true);
    return answerCreated(scope, created, wanted, warnings);
  }
  const { object } = await guaranteedUpdate(scope, options.dryRun, (current, stored) => {
    const applied = toStorage(merge(fromStorage(current, scope.def)), scope.def);
    matchNamespace(targetOf(scope), applied);
    return prepareUpdate(scope, applied, current, stored, options, warn);
  });
  return answerObject(scope, 200, object, wanted, warnings);
}

/** An apply request, ready to be merged into objects of the endpoint's version, which it gives their managedFields. */
export function applyRequest(scope: Scope, warnings: string[]) {
  const wanted = representation(scope);
  const options = writeOptions(scope.request.query, "PatchOptions", true);
  const merge = (live: KubeObject | undefined): KubeObject => {
    warnings.length = 0;
    const { config, duplicates } = parseConfig(scope.request.body);
    const object = fieldManagerOf(scope).apply(live, config, {
      manager: options.fieldManager,
      force: options.force ?? false,
      now: nowOf(scope),
      complete: (merged) => complete(scope, merged),
    });
    checkStrict(duplicates, options, warnings);
    return object;
  };
  return { options, wanted, merge };
}

/**
 * Custom resources are not brought into form: what the schema does not know has been refused, and null, which a field
 * becomes that loses all it held, is left for validation to judge.
 */
function complete(scope: Scope, merged: JsonObject): KubeObject {
  const shape = scope.subresource?.name === "scale" ? undefined : scope.def.served?.shape;
  if (!shape) return decodeMerged(scope, merged);
  const object = cloneJson(merged) as KubeObject;
  object.metadata = shape.reader.read(object.metadata) as KubeObject["metadata"];
  shape.applyDefaults(object);
  return object;
}

function decodeMerged(scope: Scope, merged: JsonObject): KubeObject {
  try {
    return decodePatched(scope, merged, true).object;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { group, version, kind } = scope.subresource?.gvk ?? scope.def.gvk;
    throw new DecodeError(
      `unable to convert unstructured object to ${group}/${version}, Kind=${kind}: ${error.message}`,
    );
  }
}

function checkNew(scope: Scope, object: KubeObject): void {
  const { uid } = object.metadata;
  if (uid) {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(scope.def.gvr, scope.name, why);
  }
  matchNamespace(targetOf(scope), object);
  checkName(scope, object);
  // A version does not say that the object has to be there.
  delete object.metadata.resourceVersion;
}

/** @throws ApiError 400 */
function parseConfig(body: Buffer): { config: JsonObject; duplicates: readonly string[] } {
  try {
    const { value, duplicates } = parseYaml(body);
    return { config: objectOf(asJson(value)), duplicates };
  } catch (error) {
    if (error instanceof YamlError) {
      throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
    }
    if (error instanceof DecodeError) throw badRequest(`error decoding YAML: ${error.message}`);
    throw error;
  }
}

/** YAML has uint64; read as JSON, which is what upstream makes of it, what exceeds int64 is a float. */
function asJson(value: Json): Json {
  if (typeof value === "bigint") return untypedNumber(String(value)) ?? value;
  if (Array.isArray(value)) return value.map(asJson);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const [name, item] of Object.entries(value)) setField(out, name, asJson(item ?? null));
  return out;
}

function objectOf(value: Json): JsonObject {
  if (value === null) return {};
  if (isObject(value)) return value;
  const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  const found = kind === "object" || kind === "bigint" ? "number" : kind;
  const why = `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`;
  throw new DecodeError(`error unmarshaling JSON: while decoding JSON: ${why}`);
}

/** The only thing that strict reading finds beyond what the schema refuses anyway. */
function checkStrict(duplicates: readonly string[], options: WriteOptions, warnings: string[]): void {
  if (duplicates.length === 0 || options.fieldValidation === "Ignore") return;
  const problem = `error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicates.join("\n  ")}`;
  if (options.fieldValidation === "Strict") throw badRequest(`error strict decoding YAML: ${problem}`);
  // A warning has one line, so each problem is one (parseYAMLWarnings in endpoints/handlers/patch.go).
  warnings.push(...duplicates);
}
