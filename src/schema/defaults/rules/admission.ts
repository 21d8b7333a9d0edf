import type { JsonObject } from "../../../kube/json.js";
import { orAbsent, type Rule, type Rules, rulesFor } from "../rule.js";

/** The API server calls services on this port unless told otherwise. */
const HTTPS: Rule = (reference) => orAbsent(reference, { port: 443 });

/** Upstream: pkg/apis/admissionregistration/v1/defaults.go; authentication/v1/defaults.go for tokens. */
export const ADMISSION_RULES: Rules = {
  ...rulesFor("io.k8s.api.admissionregistration.v1", {
    MatchResources: matching,
    MutatingWebhook: (value) => {
      webhook(value);
      orAbsent(value, { reinvocationPolicy: "Never" });
    },
    Rule: (rule) => orAbsent(rule, { scope: "*" }),
    ServiceReference: HTTPS,
    ValidatingAdmissionPolicySpec: (spec) => orAbsent(spec, { failurePolicy: "Fail" }),
    ValidatingWebhook: webhook,
  }),
  ...rulesFor("io.k8s.api.authentication.v1", {
    TokenRequestSpec: (spec) => orAbsent(spec, { expirationSeconds: 3600 }),
  }),
  ...rulesFor("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1", { ServiceReference: HTTPS }),
  ...rulesFor("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1", { ServiceReference: HTTPS }),
};

function matching(value: JsonObject): void {
  orAbsent(value, { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} });
}

function webhook(value: JsonObject): void {
  orAbsent(value, { failurePolicy: "Fail", timeoutSeconds: 10 });
  matching(value);
}
