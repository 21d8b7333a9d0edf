import { goQuote } from "../../kube/go-text.js";
import { hasOrAll, type PolicyRule, urlCovers } from "./policy-rule.js";

const NOTHING: PolicyRule = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };

/**
 * What of `wanted` the rules in `owned` do not allow, as rules of one verb and one resource or path each.
 * Upstream: component-helpers/auth/rbac/validation/policy_comparator.go.
 */
export function uncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(atoms).filter((atom) => !owned.some((rule) => covers(rule, atom)));
}

function atoms(rule: PolicyRule): PolicyRule[] {
  const names = rule.resourceNames.length > 0 ? rule.resourceNames.map((name) => [name]) : [[]];
  const resources = rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      rule.verbs.flatMap((verb) =>
        names.map((resourceNames) => ({
          ...NOTHING,
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          resourceNames,
        })),
      ),
    ),
  );
  const urls = rule.nonResourceURLs.flatMap((url) =>
    rule.verbs.map((verb) => ({ ...NOTHING, verbs: [verb], nonResourceURLs: [url] })),
  );
  return [...resources, ...urls];
}

function covers(rule: PolicyRule, atom: PolicyRule): boolean {
  return (
    atom.verbs.every((verb) => hasOrAll(rule.verbs, verb)) &&
    atom.apiGroups.every((group) => hasOrAll(rule.apiGroups, group)) &&
    atom.resources.every((resource) => coversResource(rule.resources, resource)) &&
    coversNames(rule.resourceNames, atom.resourceNames) &&
    atom.nonResourceURLs.every((url) => rule.nonResourceURLs.some((pattern) => urlCovers(pattern, url)))
  );
}

function coversResource(owned: readonly string[], resource: string): boolean {
  if (hasOrAll(owned, resource)) return true;
  const slash = resource.indexOf("/");
  return slash >= 0 && owned.includes(`*${resource.slice(slash)}`);
}

/** A rule without names is for all of them; one for all is more than any list of names. */
function coversNames(owned: readonly string[], names: readonly string[]): boolean {
  return owned.length === 0 || (names.length > 0 && names.every((name) => owned.includes(name)));
}

/**
 * Atoms as upstream tells them, sorted: the verbs of a resource together, paths one by one.
 * Upstream: pkg/registry/rbac/validation/policy_compact.go, pkg/apis/rbac/v1/evaluation_helpers.go.
 */
export function describeRules(rules: readonly PolicyRule[]): string[] {
  const merged = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = JSON.stringify({ ...rule, verbs: rule.nonResourceURLs.length > 0 ? rule.verbs : [] });
    const known = merged.get(key);
    const together = known && rule.nonResourceURLs.length === 0;
    merged.set(key, together ? { ...known, verbs: [...known.verbs, ...rule.verbs] } : rule);
  }
  const texts = [...merged.values()].map(describeRule);
  return [...new Set(texts)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function describeRule(rule: PolicyRule): string {
  const parts = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ] as const;
  const given = parts.filter(([, values]) => values.length > 0);
  return `{${given.map(([name, values]) => `${name}:${goQuotedList(values)}`).join(", ")}}`;
}

/** As `%q` writes a slice of strings. */
export function goQuotedList(values: readonly string[]): string {
  return `[${values.map(goQuote).join(" ")}]`;
}
