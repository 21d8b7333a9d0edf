import { stringsAt } from "../../kube/access.js";
import type { JsonObject } from "../../kube/json.js";
import type { Attributes } from "../authorize.js";

/** A rule of a Role or ClusterRole; absent lists are empty. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export function policyRule(rule: JsonObject): PolicyRule {
  return {
    verbs: stringsAt(rule, "verbs"),
    apiGroups: stringsAt(rule, "apiGroups"),
    resources: stringsAt(rule, "resources"),
    resourceNames: stringsAt(rule, "resourceNames"),
    nonResourceURLs: stringsAt(rule, "nonResourceURLs"),
  };
}

/** Upstream: plugin/pkg/auth/authorizer/rbac/rbac.go, RuleAllows. */
export function ruleAllows(rule: PolicyRule, asked: Attributes): boolean {
  if (!hasOrAll(rule.verbs, asked.verb)) return false;
  if (!asked.isResourceRequest) return rule.nonResourceURLs.some((url) => urlCovers(url, asked.path));
  return (
    hasOrAll(rule.apiGroups, asked.group) &&
    resourceMatches(rule, asked) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(asked.name))
  );
}

export function hasOrAll(list: readonly string[], value: string): boolean {
  return list.includes(value) || list.includes("*");
}

/** A resource has its subresources named one by one, or for all resources as `*` + `/status`. */
function resourceMatches({ resources }: PolicyRule, { resource, subresource }: Attributes): boolean {
  if (subresource === "") return hasOrAll(resources, resource);
  return hasOrAll(resources, `${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

/** The same path, or one that begins with what stands before the asterisks at the end. */
export function urlCovers(pattern: string, path: string): boolean {
  return pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.replace(/\*+$/, "")));
}
