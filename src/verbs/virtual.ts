import { apiVersionOf } from "../kube/gvr.js";
import type { Answer } from "../kube/handler.js";
import type { KubeObject } from "../kube/json.js";
import { answerValue } from "./answers.js";
import { decodeVersioned } from "./decode.js";
import { trackUnstored } from "./managed-fields.js";
import { writeOptions } from "./options.js";
import { representation } from "./representation.js";
import { prepareReview, reviewOf } from "./reviews/index.js";
import type { Scope } from "./scope.js";
import { bindPod } from "./subresources/binding.js";

/** POST of a kind that stores nothing: the answer is computed (reviews), or something else is changed (bindings). */
export async function virtualCreate(scope: Scope): Promise<Answer> {
  const wanted = representation(scope);
  const options = writeOptions(scope.request.query, "CreateOptions");
  const { object, warnings } = decodeVersioned(scope, options);
  const { gvk, type } = scope.def;
  const review = reviewOf(gvk.kind);
  if (!review) return bindPod(scope, object, options);
  prepareReview(scope, object);
  trackUnstored(scope, object, options);
  const answer: KubeObject = { metadata: {}, ...review(scope, object), apiVersion: apiVersionOf(gvk), kind: gvk.kind };
  return answerValue(scope, 201, answer, type, wanted, warnings);
}
