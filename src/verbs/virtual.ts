import { unsupported } from "../kube/gaps.js";
import { apiVersionOf } from "../kube/gvr.js";
import type { Answer, UserInfo } from "../kube/handler.js";
import type { JsonObject, KubeObject } from "../kube/json.js";
import { answerValue } from "./answers.js";
import { decodeVersioned } from "./decode.js";
import { writeOptions } from "./options.js";
import { representation } from "./representation.js";
import type { Scope } from "./scope.js";
import { bindPod } from "./subresources/binding.js";

/** POST of a kind that stores nothing: the answer is computed (reviews), or something else is changed (bindings). */
export async function virtualCreate(scope: Scope): Promise<Answer> {
  const options = writeOptions(scope.request.query, "CreateOptions");
  const { object, warnings } = decodeVersioned(scope, options);
  const { kind } = scope.def.gvk;
  if (kind === "Binding") return bindPod(scope, object, options);
  const status = review(kind, object, scope.request.user);
  const answer: KubeObject = { ...object, apiVersion: apiVersionOf(scope.def.gvk), kind, status };
  return answerValue(scope, 201, answer, scope.def.type, representation(scope), warnings);
}

/**
 * Every authenticated user may do everything, so that is what access reviews say. A user that a
 * SubjectAccessReview names is authenticated unless it is the anonymous one.
 */
function review(kind: string, object: KubeObject, user: UserInfo): JsonObject {
  switch (kind) {
    case "SelfSubjectReview":
      return { userInfo: userInfo(user) };
    case "SelfSubjectAccessReview":
      return { allowed: true };
    case "SubjectAccessReview":
    case "LocalSubjectAccessReview":
      return { allowed: (object.spec as JsonObject | undefined)?.user !== "system:anonymous" };
    case "SelfSubjectRulesReview":
      return {
        resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
        nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
        incomplete: false,
      };
    default:
      throw unsupported("token-review");
  }
}

function userInfo(user: UserInfo): JsonObject {
  const out: JsonObject = { username: user.name, groups: [...user.groups] };
  if (user.uid) out.uid = user.uid;
  if (user.extra) out.extra = Object.fromEntries(Object.entries(user.extra).map(([key, list]) => [key, [...list]]));
  return out;
}
