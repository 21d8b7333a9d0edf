import type { UserInfo } from "../kube/handler.js";
import type { PolicyRule } from "./rbac/policy-rule.js";

/** What a user may do in a namespace ("": cluster-wide only), and the roles that bindings name in vain. */
export interface HeldRules {
  readonly rules: readonly PolicyRule[];
  readonly missing: readonly MissingRole[];
}

export interface MissingRole {
  readonly kind: string;
  readonly name: string;
}

/** Where an authorizer's rules can be listed. */
export interface RuleSource {
  held(user: UserInfo, namespace: string): HeldRules;
  /** The rules of a role that a binding in the namespace names. Undefined: there is no such role. */
  referenced(role: MissingRole, namespace: string): readonly PolicyRule[] | undefined;
}

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: [], nonResourceURLs: [] },
  { verbs: ["*"], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ["*"] },
];

/** Those of an authorizer that has none; upstream: authorizerfactory/builtin.go. */
export const ALL_RULES: RuleSource = {
  held: () => ({ rules: EVERYTHING, missing: [] }),
  referenced: () => EVERYTHING,
};

/** Several errors as Go prints them together: each once, in brackets unless it is one. */
export function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(", ")}]`;
}
