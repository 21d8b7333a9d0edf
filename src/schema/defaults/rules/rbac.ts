import { ensureObject } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";
import { orZero, type Rules, rulesFor } from "../rule.js";

const GROUP = "rbac.authorization.k8s.io";

const binding = (value: JsonObject) => orZero(ensureObject(value, "roleRef"), { apiGroup: GROUP });

/** Upstream: pkg/apis/rbac/v1/defaults.go. Service accounts belong to the core group. */
export const RBAC_RULES: Rules = rulesFor("io.k8s.api.rbac.v1", {
  ClusterRoleBinding: binding,
  RoleBinding: binding,
  Subject: (subject) => {
    if (subject.kind === "User" || subject.kind === "Group") orZero(subject, { apiGroup: GROUP });
  },
});
