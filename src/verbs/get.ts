import { notFound, tooLargeResourceVersion } from "../kube/errors.js";
import type { Answer } from "../kube/handler.js";
import type { StoredObject } from "../store/store.js";
import { answerObject } from "./answers.js";
import { parseBareRevision } from "./options.js";
import { representation } from "./representation.js";
import { type Scope, storageKey } from "./scope.js";

export function get(scope: Scope): Answer {
  const wanted = representation(scope);
  return answerObject(scope, 200, readOne(scope), wanted);
}

/** @throws ApiError 404; 504 for a resourceVersion that is still to come */
export function readOne(scope: Scope): StoredObject {
  const store = scope.deps.store();
  const revision = parseBareRevision(scope.request.query.get("resourceVersion") ?? "") ?? 0;
  if (revision > store.revision) throw tooLargeResourceVersion(revision, store.revision);
  const stored = store.get(storageKey(scope.def, scope.namespace, scope.name));
  if (!stored) throw notFound(scope.def.gvr, scope.name);
  return stored;
}
