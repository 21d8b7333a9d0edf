import { objectAt, objectsAt, optionalStringAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import type { AdmissionName } from "../../kube/admission-names.js";
import { unsupported } from "../../kube/gaps.js";
import { goQuote } from "../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { ApiError } from "../../kube/status.js";
import { type AdmissionPlugin, type AdmissionView, type Attributes, isFor } from "./attributes.js";
import { selectorMatches } from "./label-selector.js";

/**
 * Webhooks and policies judge nothing here: a request that one of them would be asked about is refused, whatever
 * its failure policy. Conditions in CEL count as met. Upstream: apiserver/pkg/admission/plugin/webhook/{generic,rules},
 * plugin/policy/matching.
 */
const GROUP = "admissionregistration.k8s.io";

/** Who judges others is not judged itself (rules.IsExemptAdmissionConfigurationResource). */
const EXEMPT = new Set([
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "validatingwebhookconfigurations",
]);

function webhooks(name: AdmissionName, phase: "mutate" | "validate", resource: string, kind: string): AdmissionPlugin {
  const judge = (attributes: Attributes, view: AdmissionView): void => {
    if (isExempt(attributes)) return;
    for (const configuration of view.list(GROUP, resource, "")) {
      for (const hook of objectsAt(configuration, "webhooks")) {
        if (!concerns(attributes, view, hook, objectsAt(hook, "rules"))) continue;
        const who = `webhook ${goQuote(stringAt(hook, "name"))} of the ${kind} ${goQuote(nameOf(configuration))}`;
        throw refusal(who);
      }
    }
  };
  return { name, operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"], [phase]: judge };
}

export const mutatingAdmissionWebhook = webhooks(
  "MutatingAdmissionWebhook",
  "mutate",
  "mutatingwebhookconfigurations",
  "MutatingWebhookConfiguration",
);
export const validatingAdmissionWebhook = webhooks(
  "ValidatingAdmissionWebhook",
  "validate",
  "validatingwebhookconfigurations",
  "ValidatingWebhookConfiguration",
);

/** A policy judges through its bindings only. */
export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: "ValidatingAdmissionPolicy",
  operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
  validate(attributes, view) {
    if (isExempt(attributes)) return;
    for (const binding of view.list(GROUP, "validatingadmissionpolicybindings", "")) {
      const policy = view.get(GROUP, "validatingadmissionpolicies", "", stringAt(binding, "spec", "policyName"));
      const constraints = objectAt(policy, "spec", "matchConstraints");
      if (!policy || !constraints || !within(attributes, view, constraints)) continue;
      const resources = objectAt(binding, "spec", "matchResources");
      if (resources && !within(attributes, view, resources, true)) continue;
      throw refusal(`ValidatingAdmissionPolicy ${goQuote(nameOf(policy))}`);
    }
  },
};

function refusal(who: string): ApiError {
  const { status } = unsupported("webhooks");
  return new ApiError({ ...status, message: `${status.message}: the ${who} would judge this request` });
}

const nameOf = (object: KubeObject): string => object.metadata.name ?? "";

function isExempt({ resource: { gvr } }: Attributes): boolean {
  return gvr.group === GROUP && EXEMPT.has(gvr.resource);
}

/** `open`: a binding without rules takes what its policy takes. */
function within(attributes: Attributes, view: AdmissionView, resources: JsonObject, open = false): boolean {
  const named = (rule: JsonObject): boolean => {
    const names = stringsAt(rule, "resourceNames");
    return names.length === 0 || names.includes(attributes.name);
  };
  const excluded = objectsAt(resources, "excludeResourceRules").filter(named);
  if (excluded.length > 0 && excluded.some((rule) => matchesAnyVersion(attributes, view, resources, rule)))
    return false;
  const rules = objectsAt(resources, "resourceRules");
  if (open && rules.length === 0) return selected(attributes, view, resources);
  return concerns(attributes, view, resources, rules.filter(named));
}

function concerns(
  attributes: Attributes,
  view: AdmissionView,
  selectors: JsonObject,
  rules: readonly JsonObject[],
): boolean {
  if (!rules.some((rule) => matchesAnyVersion(attributes, view, selectors, rule))) return false;
  return selected(attributes, view, selectors);
}

/** A rule for one version takes the others, too, unless the match policy is Exact. */
function matchesAnyVersion(
  attributes: Attributes,
  view: AdmissionView,
  { matchPolicy }: JsonObject,
  rule: JsonObject,
): boolean {
  const { gvr } = attributes.resource;
  if (matchesRule(attributes, rule, gvr)) return true;
  if (matchPolicy === "Exact") return false;
  return (view.equivalents?.(gvr) ?? []).some((other) => matchesRule(attributes, rule, other));
}

function matchesRule(
  { operation, namespace, subresource, resource }: Attributes,
  rule: JsonObject,
  gvr: { readonly group: string; readonly version: string },
): boolean {
  const has = (field: string, value: string): boolean => {
    const values = stringsAt(rule, field);
    return values.includes("*") || values.includes(value);
  };
  if (!has("operations", operation) || !has("apiGroups", gvr.group) || !has("apiVersions", gvr.version)) return false;
  const scope = optionalStringAt(rule, "scope") ?? "*";
  const isNamespace = resource.gvr.group === "" && resource.gvr.resource === "namespaces";
  const namespaced = namespace !== "" && !isNamespace;
  if (scope !== "*" && (scope === "Namespaced") !== namespaced) return false;
  return stringsAt(rule, "resources").some((text) => {
    const [name = "", part = ""] = text.split("/", 2);
    if (name !== "*" && name !== resource.gvr.resource) return false;
    return part === "*" || part === subresource;
  });
}

function selected(attributes: Attributes, view: AdmissionView, selectors: JsonObject): boolean {
  return namespaceSelected(attributes, view, selectors) && objectSelected(attributes, selectors);
}

function namespaceSelected(attributes: Attributes, view: AdmissionView, selectors: JsonObject): boolean {
  const selector = objectAt(selectors, "namespaceSelector");
  if (!selector || attributes.namespace === "") return true;
  const own = isFor(attributes, "", "namespaces") && attributes.operation !== "DELETE" ? attributes.object : undefined;
  const namespace = own ?? view.get("", "namespaces", "", attributes.namespace);
  return selectorMatches(selector, stringMapAt(namespace, "metadata", "labels"));
}

/** One of the object and what it was has to fit. */
function objectSelected({ object, old }: Attributes, selectors: JsonObject): boolean {
  const selector = objectAt(selectors, "objectSelector");
  if (!selector || Object.keys(selector).length === 0) return true;
  return [object, old].some((each) => each && selectorMatches(selector, stringMapAt(each, "metadata", "labels")));
}
