import { ensureObject, listAt, objectAt } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";
import { orAbsent, type Rules, rulesFor } from "../rule.js";

/** Upstream: pkg/apis/networking/v1/defaults.go and pkg/apis/discovery/v1/defaults.go. */
export const NETWORKING_RULES: Rules = {
  ...rulesFor("io.k8s.api.networking.v1", {
    IngressClass: ingressClass,
    NetworkPolicy: networkPolicy,
    NetworkPolicyPort: (port) => orAbsent(port, { protocol: "TCP" }),
  }),
  ...rulesFor("io.k8s.api.discovery.v1", {
    EndpointPort: (port) => orAbsent(port, { name: "", protocol: "TCP" }),
  }),
};

function ingressClass(value: JsonObject): void {
  const parameters = objectAt(value, "spec", "parameters");
  if (parameters) orAbsent(parameters, { scope: "Cluster" });
}

function networkPolicy(value: JsonObject): void {
  const spec = ensureObject(value, "spec");
  if (listAt(spec, "policyTypes").length > 0) return;
  spec.policyTypes = listAt(spec, "egress").length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}
