import type { AccessControl } from "../../auth/access-control.js";
import { ANONYMOUS, bearerToken } from "../../auth/authenticate.js";
import { ISSUER } from "../../auth/service-accounts.js";
import type { TokenAnswer } from "../../auth/tokens.js";
import { stringAt, stringsAt } from "../../kube/access.js";
import { badRequest } from "../../kube/errors.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import type { Scope } from "../scope.js";
import { userInfo } from "./user-info.js";

/** Upstream puts the token into a header and has that read, where the first word counts. */
function identify(access: AccessControl, token: string, audiences: readonly string[]): TokenAnswer {
  const word = bearerToken(`Bearer ${token}`);
  return word === "" && access.anonymous ? { user: ANONYMOUS, audiences } : access.authenticateToken(word, audiences);
}

/** Whom a token names; upstream: pkg/registry/authentication/tokenreview/storage.go. @throws ApiError 400 */
export function tokenReview({ deps }: Scope, object: KubeObject): JsonObject {
  const token = stringAt(object, "spec", "token");
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const asked = stringsAt(object, "spec", "audiences");
  const answer = identify(deps.access, token, asked.length > 0 ? asked : [ISSUER]);
  // What the request has as its status stays where nothing takes its place.
  const { authenticated: _, ...given } = (object.status ?? {}) as JsonObject;
  if (!("user" in answer)) return { ...object, status: { ...given, error: answer.error } };
  const { user, audiences } = answer;
  const status: JsonObject = { ...given, authenticated: true, user: userInfo(user), audiences: [...audiences] };
  return { ...object, status };
}
