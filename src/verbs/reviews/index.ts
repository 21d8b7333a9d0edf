import { timestamp } from "../../kube/clock.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { matchNamespace } from "../../schema/strategy/lifecycle.js";
import type { Scope } from "../scope.js";
import { localSubjectAccessReview, selfSubjectAccessReview, subjectAccessReview } from "./access.js";
import { rulesReview } from "./rules.js";
import { tokenReview } from "./token.js";
import { userInfo } from "./user-info.js";

/** What a review finds out: the object to answer with. */
export type Review = (scope: Scope, object: KubeObject) => JsonObject;

const REVIEWS: Readonly<Record<string, Review>> = {
  SubjectAccessReview: subjectAccessReview,
  SelfSubjectAccessReview: selfSubjectAccessReview,
  LocalSubjectAccessReview: localSubjectAccessReview,
  SelfSubjectRulesReview: rulesReview,
  SelfSubjectReview: selfReview,
  TokenReview: tokenReview,
};

/** Undefined: no kind of review. */
export function reviewOf(kind: string): Review | undefined {
  return REVIEWS[kind];
}

/** Takes from a review what only the server sets. @throws ApiError 400 for another namespace than the request's */
export function prepareReview(scope: Scope, object: KubeObject): void {
  const { def, namespace } = scope;
  const { metadata } = object;
  for (const field of [
    "creationTimestamp",
    "uid",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
  ] as const)
    delete metadata[field];
  matchNamespace({ namespaced: def.namespaced, namespace }, object);
}

/** Who is asking; upstream: pkg/registry/authentication/selfsubjectreview/rest.go. */
function selfReview({ deps, request }: Scope): JsonObject {
  const metadata = { creationTimestamp: timestamp(deps.sources.now()) };
  return { metadata, status: { userInfo: userInfo(request.user) } };
}
