import { missingRoles } from "../../auth/rbac/authorizer.js";
import type { PolicyRule } from "../../auth/rbac/policy-rule.js";
import { stringAt } from "../../kube/access.js";
import { badRequest } from "../../kube/errors.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import type { Scope } from "../scope.js";

/** What the asking user may do; upstream: pkg/registry/authorization/selfsubjectrulesreview/rest.go. @throws ApiError 400 */
export function rulesReview({ deps, request }: Scope, object: KubeObject): JsonObject {
  const namespace = stringAt(object, "spec", "namespace");
  if (namespace === "") throw badRequest("no namespace on request");
  const { rules, missing } = deps.access.rules.held(request.user, namespace);
  const status: JsonObject = {
    resourceRules: rules.filter(({ resources }) => resources.length > 0).map(resourceRule),
    nonResourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs.length > 0).map(nonResourceRule),
    incomplete: false,
  };
  if (missing.length > 0) status.evaluationError = missingRoles(missing);
  return { status };
}

function resourceRule({ verbs, apiGroups, resources, resourceNames }: PolicyRule): JsonObject {
  const rule: JsonObject = { verbs: [...verbs], apiGroups: [...apiGroups], resources: [...resources] };
  return resourceNames.length > 0 ? { ...rule, resourceNames: [...resourceNames] } : rule;
}

function nonResourceRule({ verbs, nonResourceURLs }: PolicyRule): JsonObject {
  return { verbs: [...verbs], nonResourceURLs: [...nonResourceURLs] };
}
