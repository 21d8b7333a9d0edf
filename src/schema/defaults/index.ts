import type { GroupVersionKind } from "../../kube/gvr.js";
import type { JsonObject } from "../../kube/json.js";
import type { StructType } from "../model.js";
import { loadTables, type SchemaTables } from "../tables.js";
import { normalize } from "./normalize.js";
import { runDefaults } from "./run.js";

export { normalize } from "./normalize.js";
export { asStored } from "./stored.js";

/**
 * Gives a decoded object, in its own version, what the real server's defaulting of that version gives it, and what a
 * pass through the internal version leaves ({@link normalize}). Changes `object`. Unknown kinds stay as they are.
 * Allocation, generated names, status resets and the like belong to strategies, admission and validation.
 */
export function applyDefaults(
  gvk: GroupVersionKind,
  object: JsonObject,
  tables: SchemaTables = loadTables("1.34"),
): void {
  const type = tables.structFor(gvk);
  if (type) applyTypeDefaults(type, object);
}

/** {@link applyDefaults} for callers that have the kind's type at hand. */
export function applyTypeDefaults(type: StructType, object: JsonObject): void {
  runDefaults(type, object);
  normalize(type, object);
}
