import { notFound, tooLargeResourceVersion } from "../kube/errors.js";
import type { Answer } from "../kube/handler.js";
import { ApiError } from "../kube/status.js";
import type { StoredObject } from "../store/store.js";
import { answerObject } from "./answers.js";
import { parseRevision } from "./options.js";
import { representation } from "./representation.js";
import { type Scope, storageKey } from "./scope.js";

export function get(scope: Scope): Answer {
  const wanted = representation(scope);
  return answerObject(scope, 200, readOne(scope), wanted);
}

/** @throws ApiError 404; 504 for a resourceVersion that is still to come */
export function readOne(scope: Scope): StoredObject {
  const store = scope.deps.store();
  const revision = revisionOf(scope.request.query.get("resourceVersion") ?? "");
  if (revision > store.revision) throw tooLargeResourceVersion(revision, store.revision);
  const stored = store.get(storageKey(scope.def, scope.namespace, scope.name));
  if (!stored) throw notFound(scope.def.gvr, scope.name);
  return stored;
}

/** A GET answers a malformed resourceVersion with a bare 500, where a LIST says 400 (seen on 1.34). */
function revisionOf(value: string): number {
  try {
    return parseRevision(value) ?? 0;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError({ code: 500, reason: "", message: error.message.replace("invalid resource version: ", "") });
  }
}
