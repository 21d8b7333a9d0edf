import type { Answer } from "../kube/handler.js";
import { ApiError } from "../kube/status.js";
import type { StoredObject } from "../store/store.js";
import { answerList } from "./answers.js";
import { decodeDeleteOptions } from "./decode.js";
import { deleteObject, deletionWarnings } from "./delete.js";
import { readPage } from "./list.js";
import { deleteOptions, listOptions } from "./options.js";
import { representation } from "./representation.js";
import type { Scope } from "./scope.js";
import { selectionOf } from "./selection.js";
import { warned } from "./warned.js";

/** Deletes what a list would give; the answer is that list, as it was before. */
export async function removeCollection(scope: Scope): Promise<Answer> {
  const wanted = representation(scope);
  const list = listOptions(scope.request.query);
  const selection = selectionOf(scope, list);
  const options = deleteOptions(scope.request.query, decodeDeleteOptions(scope));
  const page = readPage(scope, list, selection);
  const warnings = deletionWarnings(scope, options);
  await warned(warnings, async () => {
    for (const item of page.items) await deleteItem(scope, item, options);
  });
  return answerList(scope, page.items, page.metadata, wanted, warnings);
}

async function deleteItem(scope: Scope, item: StoredObject, options: ReturnType<typeof deleteOptions>): Promise<void> {
  try {
    await deleteObject({ ...scope, name: item.index.name, namespace: item.index.namespace }, options);
  } catch (error) {
    // Somebody else was faster.
    if (error instanceof ApiError && error.status.code === 404) return;
    throw error;
  }
}
