import type { UserInfo } from "../kube/handler.js";
import { authenticatedGroups } from "./groups.js";
import { aggregate } from "./rules.js";

/** Whom a token names, and those of the wanted audiences that it is for; or why it names nobody. */
export type TokenAnswer =
  | { readonly user: UserInfo; readonly audiences: readonly string[] }
  | { readonly error: string };

/** One kind of token. Undefined: not of this kind. */
export type TokenAuthenticator = (token: string, audiences: readonly string[]) => TokenAnswer | undefined;

/** Whom the API itself is for: what tokens must be for where nobody asks for other audiences. */
export const API_AUDIENCES: readonly string[] = ["https://kubernetes.default.svc"];

/** Tokens that know nothing of audiences are for the API; upstream: authentication/authenticator/audagnostic.go. */
export function forTheApi(authenticate: (token: string) => UserInfo | undefined): TokenAuthenticator {
  return (token, wanted) => {
    const audiences = wanted.filter((audience) => API_AUDIENCES.includes(audience));
    if (audiences.length === 0) return undefined;
    const user = authenticate(token);
    return user && { user, audiences };
  };
}

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
  return { ...user, groups: authenticatedGroups(user.name, user.groups) };
}
