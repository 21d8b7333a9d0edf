import { type ListMetadata, listAnswer, objectAnswer, valueAnswer } from "../codec/answer.js";
import type { Representation } from "../codec/negotiate.js";
import { printerOf } from "../codec/table.js";
import type { UnaryAnswer } from "../kube/handler.js";
import type { JsonObject } from "../kube/json.js";
import { warningHeader } from "../kube/warning.js";
import type { StructType } from "../schema/model.js";
import type { StoredObject } from "../store/store.js";
import type { Scope } from "./scope.js";

type Warnings = readonly string[];

export function answerObject(
  scope: Scope,
  status: number,
  stored: StoredObject,
  wanted: Representation,
  warnings: Warnings = [],
): UnaryAnswer {
  return withWarnings(objectAnswer(status, scope.def, stored, wanted, scope.deps.answers), warnings);
}

/** An object that is not stored in this form: a Status, a Scale, a review, what a dry run would have created. */
export function answerValue(
  scope: Scope,
  status: number,
  value: JsonObject,
  type: StructType,
  wanted: Representation,
  warnings: Warnings = [],
): UnaryAnswer {
  const { columns, gvk, type: itemType, listType } = scope.def;
  const options =
    type === itemType
      ? { columns, print: printerOf(scope.def) }
      : type === listType
        ? { columns, items: { gvk, type: itemType } }
        : {};
  return withWarnings(valueAnswer(status, value, type, wanted, scope.deps.answers, options), warnings);
}

export function answerList(
  scope: Scope,
  items: readonly StoredObject[],
  metadata: ListMetadata,
  wanted: Representation,
  warnings: Warnings = [],
): UnaryAnswer {
  return withWarnings(listAnswer(scope.def, items, metadata, wanted, scope.deps.answers), warnings);
}

/** metav1.Status of a success: the answer to a delete, a binding, an eviction. */
export function answerSuccess(scope: Scope, code: number, extra: JsonObject, wanted: Representation): UnaryAnswer {
  const status: JsonObject = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", ...extra };
  return answerValue(scope, code, status, scope.deps.answers.status, wanted);
}

/** Text beyond this is cut (apiserver/pkg/endpoints/filters/warning.go). */
const WARNING_BYTES = 4 * 1024;

function withWarnings(answer: UnaryAnswer, warnings: Warnings): UnaryAnswer {
  if (warnings.length === 0) return answer;
  const headers: string[] = [];
  let total = 0;
  for (const text of new Set(warnings)) {
    const header = warningHeader(text);
    total += header.length;
    if (total > WARNING_BYTES) break;
    headers.push(header);
  }
  return { ...answer, headers: { ...answer.headers, Warning: headers } };
}
