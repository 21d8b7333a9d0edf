import type { LazyTokenKey } from "../pki/tokens.js";
import type { Store } from "../store/store.js";
import { type Authorizer, allowAlways } from "./authorize.js";
import { bootstrapTokens } from "./bootstrap-tokens.js";
import { type ClusterView, viewOf } from "./cluster-view.js";
import { rbacAuthorizer, rbacRules } from "./rbac/authorizer.js";
import { type CommonGrants, RuleIndex } from "./rbac/rule-index.js";
import { ALL_RULES, type RuleSource } from "./rules.js";
import { ServiceAccountTokens } from "./service-accounts.js";
import { authenticateToken, type TokenAnswer, type TokenAuthenticator } from "./tokens.js";

/** kube-apiserver's --authorization-mode. */
export type AuthorizationMode = "RBAC" | "AlwaysAllow";

/** Who somebody is and what they may do, on one cluster. */
export interface AccessControl {
  readonly authorize: Authorizer;
  readonly rules: RuleSource;
  /** Whether requests without credentials are served, as `system:anonymous`. */
  readonly anonymous: boolean;
  /** `audiences`: those of whoever asks. */
  authenticateToken(token: string, audiences: readonly string[]): TokenAnswer;
}

/** With what a cluster issues ServiceAccounts' tokens. */
export interface ClusterAccess extends AccessControl {
  readonly serviceAccounts: ServiceAccountTokens;
  readonly view: ClusterView;
}

export interface AccessParts {
  readonly mode: AuthorizationMode;
  readonly store: Store;
  /** What RBAC's objects of all clusters begin with. */
  readonly common: () => CommonGrants;
  readonly key: LazyTokenKey;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Further kinds of tokens. */
  readonly tokens?: readonly TokenAuthenticator[];
}

export function clusterAccess({ mode, store, common, key, now, tokens = [] }: AccessParts): ClusterAccess {
  const view = viewOf(store);
  const serviceAccounts = new ServiceAccountTokens({ key, view, now });
  const authenticators = [...tokens, serviceAccounts.authenticate, bootstrapTokens(view, now)];
  return {
    ...authorization(mode, store, common),
    authenticateToken: (token, audiences) => authenticateToken(authenticators, token, audiences),
    serviceAccounts,
    view,
  };
}

/** Upstream lets nobody be anonymous where everybody may do everything (pkg/kubeapiserver/options/authentication.go). */
function authorization(mode: AuthorizationMode, store: Store, common: () => CommonGrants) {
  if (mode === "AlwaysAllow") return { authorize: allowAlways, rules: ALL_RULES, anonymous: false };
  const index = new RuleIndex(store, common());
  return { authorize: rbacAuthorizer(index), rules: rbacRules(index), anonymous: true };
}
