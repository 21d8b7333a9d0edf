import { goQuote } from "../../kube/go-text.js";
import type { UserInfo } from "../../kube/handler.js";
import { ALLOWED, type Attributes, type Authorizer, type Decision, isPrivileged } from "../authorize.js";
import { aggregate, type MissingRole, type RuleSource } from "../rules.js";
import { describeBinding } from "./bindings.js";
import { type PolicyRule, ruleAllows } from "./policy-rule.js";
import type { RuleIndex } from "./rule-index.js";

/** Upstream: plugin/pkg/auth/authorizer/rbac/rbac.go, behind the authorizer of privileged groups. */
export function rbacAuthorizer(index: RuleIndex): Authorizer {
  return (user, attributes) => (isPrivileged(user) ? ALLOWED : decide(index, user, attributes));
}

function decide(index: RuleIndex, user: UserInfo, attributes: Attributes): Decision {
  const missing: MissingRole[] = [];
  const namespace = attributes.isResourceRequest ? attributes.namespace : "";
  for (const binding of index.bindings(user, namespace)) {
    const rules = index.rules(binding);
    if (!rules) missing.push(binding.role);
    else if (rules.some((rule) => ruleAllows(rule, attributes))) {
      return { allowed: true, reason: `RBAC: allowed by ${describeBinding(binding, user)}` };
    }
  }
  return { allowed: false, reason: missing.length === 0 ? "" : `RBAC: ${missingRoles(missing)}` };
}

/** The rules that RBAC's objects hold for a user. */
export function rbacRules(index: RuleIndex): RuleSource {
  return {
    held(user, namespace) {
      const rules: PolicyRule[] = [];
      const missing: MissingRole[] = [];
      for (const binding of index.bindings(user, namespace)) {
        const found = index.rules(binding);
        if (found) rules.push(...found);
        else missing.push(binding.role);
      }
      return { rules, missing };
    },
    referenced: (role, namespace) => index.rules({ role, namespace }),
  };
}

/** As upstream's listers tell that roles are not there: by the singular names of their resources. */
export function missingRoles(missing: readonly MissingRole[]): string {
  return aggregate(
    missing.map(({ kind, name }) => `${kind.toLowerCase()}.rbac.authorization.k8s.io ${goQuote(name)} not found`),
  );
}
