import { describe, expect, test } from "vitest";
import type { JsonObject, KubeObject } from "../../../src/kube/json.js";
import { ApiError } from "../../../src/kube/status.js";
import type { AdmissionView, Attributes } from "../../../src/verbs/admission/attributes.js";
import { admit } from "../../../src/verbs/admission/plugins.js";

const named = (rest: JsonObject, name = "n"): KubeObject =>
  ({ apiVersion: "v1", kind: "X", ...rest, metadata: { name, ...(rest.metadata as JsonObject) } }) as KubeObject;

const rule = (more: JsonObject = {}): JsonObject => ({
  operations: ["CREATE"],
  apiGroups: ["apps"],
  apiVersions: ["v1"],
  resources: ["deployments"],
  ...more,
});
const hook = (more: JsonObject = {}): JsonObject => ({ name: "h.x.y", rules: [rule()], ...more });

function viewOf(stored: Readonly<Record<string, readonly JsonObject[]>>): AdmissionView {
  const all = (resource: string) => (stored[resource] ?? []).map((object) => named(object));
  const namespace = named({ metadata: { labels: { team: "a" } } }, "shop");
  return {
    get: (_group, resource, _namespace, name) =>
      resource === "namespaces" ? namespace : all(resource).find(({ metadata }) => metadata.name === name),
    list: (_group, resource) => all(resource),
    suffix: () => "x7k2m",
    authorize: () => true,
    equivalents: ({ group }) => [
      { group, version: "v1" },
      { group, version: "v2" },
    ],
  };
}

/** The refusal of a Deployment's creation, changed as given; undefined when it is admitted. */
function refusal(view: AdmissionView, more: Partial<Attributes> = {}, labels: JsonObject = {}): ApiError | undefined {
  const attributes: Attributes = {
    operation: "CREATE",
    resource: {
      gvr: { group: "apps", version: "v1", resource: "deployments" },
      gvk: { group: "apps", version: "v1", kind: "Deployment" },
    },
    subresource: "",
    namespace: "shop",
    name: "n",
    object: named({ metadata: { labels }, spec: {} }),
    user: { name: "u", groups: [] },
    dryRun: false,
    ...more,
  };
  try {
    for (const phase of ["mutate", "validate"] as const) admit(phase, attributes, view);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  return undefined;
}

const hooks = (...webhooks: JsonObject[]) => viewOf({ validatingwebhookconfigurations: [{ webhooks }] });

describe("a request that a webhook would judge", () => {
  test("is refused with the webhook's name", () => {
    const error = refusal(viewOf({ mutatingwebhookconfigurations: [{ webhooks: [hook()] }] }));
    expect(error?.status.code).toBe(501);
    expect(error?.status.message).toContain('webhook "h.x.y" of the MutatingWebhookConfiguration "n"');
  });

  test.each<[string, JsonObject]>([
    ["any group", { rules: [rule({ apiGroups: ["*"] })] }],
    ["another version of the same", { rules: [rule({ apiVersions: ["v2"] })] }],
    ["every resource", { rules: [rule({ resources: ["*"] })] }],
    ["every resource and part", { rules: [rule({ resources: ["*/*"] })] }],
    ["namespaced ones", { rules: [rule({ scope: "Namespaced" })] }],
    ["the namespace's labels", { namespaceSelector: { matchLabels: { team: "a" } } }],
    ["its own labels", { objectSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["a", "b"] }] } }],
    ["a failure that would be ignored", { failurePolicy: "Ignore" }],
  ])("by %s", (_, more) => {
    expect(refusal(hooks(hook(more)), {}, { app: "a" })?.status.code).toBe(501);
  });

  test.each<[string, JsonObject]>([
    ["another group", { rules: [rule({ apiGroups: ["batch"] })] }],
    ["another version exactly", { matchPolicy: "Exact", rules: [rule({ apiVersions: ["v2"] })] }],
    ["another operation", { rules: [rule({ operations: ["DELETE"] })] }],
    ["a part of it", { rules: [rule({ resources: ["deployments/status"] })] }],
    ["cluster-wide ones", { rules: [rule({ scope: "Cluster" })] }],
    ["another namespace's labels", { namespaceSelector: { matchLabels: { team: "b" } } }],
    ["other labels", { objectSelector: { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] } }],
    ["no rule at all", { rules: [] }],
  ])("is told from one for %s", (_, more) => {
    expect(refusal(hooks(hook(more)), {}, { app: "a" })).toBeUndefined();
  });

  test("may be a deletion, by the labels of what goes", () => {
    const { object: _, ...gone }: Partial<Attributes> = {
      operation: "DELETE",
      old: named({ metadata: { labels: { app: "a" } } }),
    };
    const selector = { objectSelector: { matchLabels: { app: "a" } } };
    const view = hooks(hook({ rules: [rule({ operations: ["*"] })], ...selector }));
    expect(refusal(view, gone)?.status.code).toBe(501);
  });

  test("is none that changes who judges", () => {
    const group = "admissionregistration.k8s.io";
    const resource = {
      gvr: { group, version: "v1", resource: "validatingwebhookconfigurations" },
      gvk: { group, version: "v1", kind: "ValidatingWebhookConfiguration" },
    };
    const all = hook({ rules: [rule({ apiGroups: ["*"], resources: ["*"] })] });
    expect(refusal(hooks(all), { resource, namespace: "" })).toBeUndefined();
  });
});

describe("a request that a policy would judge", () => {
  const policy = { spec: { matchConstraints: { resourceRules: [rule()] } } };
  const bound = (spec: JsonObject, constraints: JsonObject = policy) =>
    viewOf({
      validatingadmissionpolicies: [constraints],
      validatingadmissionpolicybindings: [{ spec: { policyName: "n", ...spec } }],
    });

  test("is refused with the policy's name", () => {
    const error = refusal(bound({}));
    expect(error?.status.message).toContain('ValidatingAdmissionPolicy "n" would judge this request');
  });

  test.each<[string, AdmissionView]>([
    ["without a binding", viewOf({ validatingadmissionpolicies: [policy] })],
    ["with a binding to another", bound({ policyName: "other" })],
    ["bound to other resources", bound({ matchResources: { resourceRules: [rule({ resources: ["pods"] })] } })],
    ["bound to other namespaces", bound({ matchResources: { namespaceSelector: { matchLabels: { team: "b" } } } })],
    [
      "for other names",
      bound({}, { spec: { matchConstraints: { resourceRules: [rule({ resourceNames: ["other"] })] } } }),
    ],
    [
      "that leaves it out",
      bound({}, { spec: { matchConstraints: { resourceRules: [rule()], excludeResourceRules: [rule()] } } }),
    ],
  ])("is told from one %s", (_, view) => {
    expect(refusal(view)).toBeUndefined();
  });
});
