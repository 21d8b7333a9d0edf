import { objectAt, stringAt } from "../../kube/access.js";
import { goJson } from "../../kube/go-text.js";
import { isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { expandRaw } from "../../kube/raw-json.js";
import type { Atom } from "./atom.js";
import { compare } from "./compare.js";
import type { FieldSet } from "./field-set.js";
import { ItemError } from "./list-items.js";
import { toFieldSet } from "./to-field-set.js";
import { TypedError } from "./typed-error.js";
import { validate } from "./validate.js";

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Only kubectl's own manager takes over what its client-side apply left. */
export const KUBECTL = "kubectl";

/** Upstream: apimachinery/pkg/api/validation, TotalAnnotationSizeLimitB. */
const MAX_ANNOTATIONS = 256 * 1024;

/**
 * What kubectl's client-side apply owns of an object: the fields of its last configuration that have kept their
 * values. Undefined where there is no such configuration of this version, or either has items that share a key.
 * Upstream: managedfields/internal/lastappliedmanager.go.
 */
export function clientSideFields(live: JsonObject, atom: Atom, apiVersion: string): FieldSet | undefined {
  const text = stringAt(live, "metadata", "annotations", LAST_APPLIED);
  const config = text === "" ? undefined : parse(text);
  if (!isObject(config) || stringAt(config, "apiVersion") !== apiVersion) return undefined;
  try {
    validate(atom, config);
    validate(atom, live);
    const { added, modified, removed } = compare(atom, config, live);
    return toFieldSet(atom, config).difference(modified).difference(added).difference(removed);
  } catch (error) {
    if (error instanceof TypedError || error instanceof ItemError) return undefined;
    throw error;
  }
}

function parse(text: string): Json | undefined {
  try {
    return expandRaw(new RawJson(text));
  } catch {
    return undefined;
  }
}

/** Brings the annotation up to date, where there is one, so that client-side apply can go on from here. */
export function syncLastApplied(object: JsonObject, config: JsonObject): void {
  const annotations = objectAt(object, "metadata", "annotations");
  if (!annotations || stringAt(annotations, LAST_APPLIED) === "") return;
  annotations[LAST_APPLIED] = `${goJson(withoutAnnotation(config))}\n`;
  let size = 0;
  for (const [name, value] of Object.entries(annotations)) size += Buffer.byteLength(name) + byteLength(value);
  if (size > MAX_ANNOTATIONS) delete annotations[LAST_APPLIED];
}

/** Annotations that are null are left out altogether. */
function withoutAnnotation(config: JsonObject): JsonObject {
  if (!isObject(config.metadata)) return config;
  const { annotations, ...metadata } = config.metadata;
  if (!isObject(annotations)) return { ...config, metadata };
  const { [LAST_APPLIED]: _dropped, ...rest } = annotations;
  return { ...config, metadata: { ...metadata, annotations: rest } };
}

function byteLength(value: Json | undefined): number {
  return typeof value === "string" ? Buffer.byteLength(value) : 0;
}
