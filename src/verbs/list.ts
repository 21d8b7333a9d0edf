import { badRequest, resourceExpired, tooLargeResourceVersion } from "../kube/errors.js";
import type { Answer } from "../kube/handler.js";
import { ApiError } from "../kube/status.js";
import type { Snapshot, StoredObject } from "../store/store.js";
import { answerList } from "./answers.js";
import { type ContinuePoint, decodeContinue, encodeContinue } from "./continue-token.js";
import { type ListOptions, listOptions, parseRevision } from "./options.js";
import { representation } from "./representation.js";
import { collectionPrefix, type Scope, storageKey } from "./scope.js";
import { type Selection, selectionOf } from "./selection.js";

/** What a list found, before it is encoded. */
export interface Page {
  readonly items: readonly StoredObject[];
  readonly metadata: ListMetadata;
}

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function list(scope: Scope): Answer {
  const options = listOptions(scope.request.query);
  const wanted = representation(scope);
  const page = readPage(scope, options, selectionOf(scope, options));
  return answerList(scope, page.items, page.metadata, wanted);
}

/** @throws ApiError 400, 410 for history that is gone, 504 for a revision that is still to come */
export function readPage(scope: Scope, options: ListOptions, selection: Selection): Page {
  const point = startingPoint(options);
  // Upstream's watch cache looks into the one namespace only, but further pages don't come from it: they are of all.
  const namespace = scope.namespace || (point ? "" : (selection.onlyNamespace ?? ""));
  const prefix = collectionPrefix(scope.def, namespace);
  const snapshot = snapshotAt(scope, options, point);
  const start = point ? prefix + point.start : prefix;
  // What may be of any age comes from upstream's watch cache, which does not page.
  const paged = options.limit > 0 && options.resourceVersion !== "0";
  const items: StoredObject[] = [];
  let next: string | undefined;
  for (const object of candidates(scope, snapshot, prefix, start, selection)) {
    // Whether what comes after a full page matches, the next page will tell.
    if (paged && items.length === options.limit) {
      next = `${items.at(-1)!.key.slice(prefix.length)}\0`;
      break;
    }
    if (selection.matches(object.index)) items.push(object);
  }
  const resourceVersion = String(snapshot.revision);
  if (next === undefined) return { items, metadata: { resourceVersion } };
  const token = encodeContinue({ revision: snapshot.revision, start: next });
  // What a selector leaves out can't be counted without looking at it, so upstream does not tell either.
  if (!selection.empty) return { items, metadata: { resourceVersion, continue: token } };
  const remainingItemCount = snapshot.count(prefix, prefix + next);
  return { items, metadata: { resourceVersion, continue: token, remainingItemCount } };
}

function candidates(
  scope: Scope,
  snapshot: Snapshot,
  prefix: string,
  start: string,
  selection: Selection,
): Iterable<StoredObject> {
  const { onlyName } = selection;
  const singleKey = onlyName !== undefined && (!scope.def.namespaced || scope.namespace !== "");
  if (!singleKey) return snapshot.range(prefix, start);
  const key = storageKey(scope.def, scope.namespace, onlyName);
  const object = key >= start ? snapshot.get(key) : undefined;
  return object ? [object] : [];
}

function startingPoint(options: ListOptions): ContinuePoint | undefined {
  if (options.continue === "") return undefined;
  if (options.resourceVersion !== "" && options.resourceVersion !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  return decodeContinue(options.continue);
}

function snapshotAt(scope: Scope, options: ListOptions, point: ContinuePoint | undefined): Snapshot {
  const store = scope.deps.store();
  const newest = () => store.snapshot()!;
  if (point) {
    if (point.revision < 0) return newest();
    if (point.revision > store.revision) throw tooLargeResourceVersion(point.revision, store.revision);
    return store.snapshot(Number(point.revision)) ?? expiredContinue(point);
  }
  const revision = parseRevision(options.resourceVersion) ?? 0;
  if (revision > store.revision) throw tooLargeResourceVersion(revision, store.revision);
  // Without a match a limited list at a revision has always been an exact one (storage/interfaces.go).
  const exact = options.resourceVersionMatch === "Exact" || (options.resourceVersionMatch === "" && options.limit > 0);
  if (!exact || revision === 0) return newest();
  const snapshot = store.snapshot(Number(revision));
  if (snapshot) return snapshot;
  throw resourceExpired("The resourceVersion for the provided list is too old.");
}

/** The 410 carries a token that goes on from the same key at the newest revision (storage/etcd3/errors.go). */
function expiredContinue(point: ContinuePoint): never {
  const token = encodeContinue({ revision: -1, start: point.start });
  const error = resourceExpired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
      "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
      "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
      "deleted between the time the first chunk was returned and now may show up in the list.",
  );
  throw new ApiError({ ...error.status, continue: token });
}
