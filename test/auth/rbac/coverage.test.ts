import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resourceAttributes } from "../../../src/auth/authorize.js";
import { describeRules, uncovered } from "../../../src/auth/rbac/coverage.js";
import { type PolicyRule, ruleAllows } from "../../../src/auth/rbac/policy-rule.js";

const rule = (parts: Partial<PolicyRule>): PolicyRule => ({
  ...{ verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] },
  ...parts,
});
const resources = (verbs: string[], apiGroups: string[], names: string[], resourceNames: string[] = []) =>
  rule({ verbs, apiGroups, resources: names, resourceNames });
const lacking = (owned: PolicyRule[], wanted: PolicyRule[]) => describeRules(uncovered(owned, wanted));

describe("what rules do not cover", () => {
  it("is told by resource, with the verbs together", () => {
    const wanted = [resources(["get", "list", "get"], ["", "x"], ["pods"]), resources(["watch"], [""], ["pods"])];
    expect(lacking([], wanted)).toEqual([
      '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list" "get" "watch"]}',
      '{APIGroups:["x"], Resources:["pods"], Verbs:["get" "list" "get"]}',
    ]);
  });

  it("leaves out what one of them holds", () => {
    const owned = [resources(["get"], ["*"], ["pods", "*/status"])];
    expect(lacking(owned, [resources(["get"], ["x"], ["pods", "nodes/status", "pods/log"])])).toEqual([
      '{APIGroups:["x"], Resources:["pods/log"], Verbs:["get"]}',
    ]);
  });

  it("knows that one for all names is more than names", () => {
    const all = [resources(["get"], [""], ["pods"])];
    const some = [resources(["get"], [""], ["pods"], ["a", "b"])];
    expect(lacking(all, some)).toEqual([]);
    expect(lacking(some, all)).toEqual(['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}']);
    expect(lacking(some, [resources(["get"], [""], ["pods"], ["b", "c"])])).toEqual([
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["c"], Verbs:["get"]}',
    ]);
  });

  it("tells paths one by one", () => {
    const owned = [rule({ verbs: ["get"], nonResourceURLs: ["/api/*"] })];
    const wanted = [rule({ verbs: ["get", "post"], nonResourceURLs: ["/api/*", "/x"] })];
    expect(lacking(owned, wanted)).toEqual([
      '{NonResourceURLs:["/api/*"], Verbs:["post"]}',
      '{NonResourceURLs:["/x"], Verbs:["get"]}',
      '{NonResourceURLs:["/x"], Verbs:["post"]}',
    ]);
  });

  it("is something whenever a request shows it", () => {
    const word = (...words: string[]) => fc.subarray(words, { minLength: 1 });
    const rules = fc.array(
      fc.record({
        verbs: word("get", "list", "*"),
        apiGroups: word("", "apps", "*"),
        resources: word("pods", "pods/status", "*/status", "*"),
        resourceNames: fc.subarray(["a", "b"]),
        nonResourceURLs: fc.constant([]),
      }),
      { maxLength: 3 },
    );
    const request = fc.record({
      verb: fc.constantFrom("get", "list", "delete"),
      group: fc.constantFrom("", "apps", "batch"),
      resource: fc.constantFrom("pods", "nodes"),
      subresource: fc.constantFrom("", "status", "log"),
      name: fc.constantFrom("", "a", "b", "c"),
    });
    fc.assert(
      fc.property(rules, rules, request, (owned, wanted, asked) => {
        const attributes = resourceAttributes(asked);
        const gains =
          wanted.some((each) => ruleAllows(each, attributes)) && !owned.some((each) => ruleAllows(each, attributes));
        expect(gains && uncovered(owned, wanted).length === 0).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
