import type { UserInfo } from "../kube/handler.js";
import { withGroup } from "./groups.js";
import { aggregate } from "./rules.js";

/** Whom a token names, and those of the wanted audiences that it is for; or why it names nobody. */
export type TokenAnswer =
  | { readonly user: UserInfo; readonly audiences: readonly string[] }
  | { readonly error: string };

/** One kind of token. Undefined: not of this kind. */
export type TokenAuthenticator = (token: string, audiences: readonly string[]) => TokenAnswer | undefined;

/** What a token that no authenticator knows is refused with; others' errors come after it. */
const INVALID = "invalid bearer token";

/** Tries each kind. Upstream: apiserver/pkg/authentication/token/union, …/request/bearertoken. */
export function authenticateToken(
  authenticators: readonly TokenAuthenticator[],
  token: string,
  audiences: readonly string[],
): TokenAnswer {
  const errors = [INVALID];
  for (const authenticator of authenticators) {
    const answer = authenticator(token, audiences);
    if (answer === undefined) continue;
    if ("user" in answer) return { ...answer, user: authenticated(answer.user) };
    errors.push(answer.error);
  }
  return { error: aggregate(errors) };
}

function authenticated(user: UserInfo): UserInfo {
  return { ...user, groups: withGroup(user.groups, "system:authenticated") };
}
