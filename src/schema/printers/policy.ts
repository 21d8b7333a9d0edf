import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import { age, type Cell, type Printer } from "./cells.js";
import { humanDuration } from "./duration.js";
import { count, field, integer, items, name, text, textOr, truth } from "./fields.js";
import { goSelector } from "./labels.js";

const printPodDisruptionBudget: Printer = (object) => [
  name(object),
  intOrString(field(object, "spec", "minAvailable")),
  intOrString(field(object, "spec", "maxUnavailable")),
  integer(object, "status", "disruptionsAllowed"),
  age(object),
];

function intOrString(value: Json | undefined): string {
  return value === undefined ? "N/A" : String(value);
}

/** Users, groups and service accounts are told apart by the subject's kind; other kinds are not shown. */
const printBinding: Printer = (object) => {
  const subjects = (kind: string) => items(object, "subjects").filter((subject) => text(subject, "kind") === kind);
  const names = (kind: string) => subjects(kind).map((subject) => text(subject, "name"));
  const accounts = subjects("ServiceAccount").map((each) => `${text(each, "namespace")}/${text(each, "name")}`);
  return [
    name(object),
    `${text(object, "roleRef", "kind")}/${text(object, "roleRef", "name")}`,
    age(object),
    names("User").join(", "),
    names("Group").join(", "),
    accounts.join(", "),
  ];
};

const printCertificateSigningRequest: Printer = (object) => {
  const seconds = field(object, "spec", "expirationSeconds");
  return [
    name(object),
    age(object),
    text(object, "spec", "signerName") || "<none>",
    text(object, "spec", "username"),
    seconds === undefined ? "<none>" : humanDuration(Number(seconds) * 1000),
    signingState(object),
  ];
};

function signingState(object: JsonObject): string {
  const types = new Set(items(object, "status", "conditions").map((condition) => text(condition, "type")));
  const decision = types.has("Denied") ? "Denied" : types.has("Approved") ? "Approved" : "Pending";
  const failed = types.has("Failed") ? ",Failed" : "";
  const issued = text(object, "status", "certificate") === "" ? "" : ",Issued";
  return decision + failed + issued;
}

const printClusterTrustBundle: Printer = (object) => [name(object), text(object, "spec", "signerName") || "<none>"];

const printPodCertificateRequest: Printer = (object) => {
  const states = ["Issued", "Denied", "Failed"];
  const types = items(object, "status", "conditions").map((condition) => text(condition, "type"));
  return [
    name(object),
    text(object, "spec", "podName"),
    text(object, "spec", "serviceAccountName"),
    text(object, "spec", "nodeName"),
    text(object, "spec", "signerName"),
    types.findLast((type) => states.includes(type)) ?? "Pending",
  ];
};

const printWebhookConfiguration: Printer = (object) => [name(object), count(object, "webhooks"), age(object)];

const admissionPolicy =
  (rules: string): Printer =>
  (object) => {
    const kind = field(object, "spec", "paramKind");
    const shown = isObject(kind) ? `${text(kind, "apiVersion")}/${text(kind, "kind")}` : "<unset>";
    return [name(object), count(object, "spec", rules), shown, age(object)];
  };

const printAdmissionPolicyBinding: Printer = (object) => [
  name(object),
  text(object, "spec", "policyName"),
  parameters(field(object, "spec", "paramRef")),
  age(object),
];

function parameters(reference: Json | undefined): string {
  const parameter = text(reference, "name");
  // Whether the parameter's kind has namespaces can't be told from here, so a missing one shows as any.
  if (parameter !== "") return `${text(reference, "namespace") || "*"}/${parameter}`;
  const selector = field(reference, "selector");
  return selector === undefined ? "<unset>" : goSelector(selector);
}

const printFlowSchema: Printer = (object) => {
  const dangling = items(object, "status", "conditions").find((condition) => text(condition, "type") === "Dangling");
  return [
    name(object),
    text(object, "spec", "priorityLevelConfiguration", "name"),
    integer(object, "spec", "matchingPrecedence"),
    textOr("<none>", object, "spec", "distinguisherMethod", "type"),
    age(object),
    dangling ? text(dangling, "status") : "?",
  ];
};

const printPriorityLevel: Printer = (object) => {
  const limited = field(object, "spec", "limited");
  const queuing = field(limited, "limitResponse", "queuing");
  const of = (part: Json | undefined, key: string): Cell => (part === undefined ? "<none>" : integer(part, key));
  return [
    name(object),
    text(object, "spec", "type"),
    of(limited, "nominalConcurrencyShares"),
    of(queuing, "queues"),
    of(queuing, "handSize"),
    of(queuing, "queueLengthLimit"),
    age(object),
  ];
};

const printPriorityClass: Printer = (object) => [
  name(object),
  integer(object, "value"),
  truth(object, "globalDefault"),
  age(object),
  text(object, "preemptionPolicy"),
];

export const policyPrinters: Readonly<Record<string, Printer>> = {
  "policy/PodDisruptionBudget": printPodDisruptionBudget,
  "rbac.authorization.k8s.io/RoleBinding": printBinding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": printBinding,
  "certificates.k8s.io/CertificateSigningRequest": printCertificateSigningRequest,
  "certificates.k8s.io/ClusterTrustBundle": printClusterTrustBundle,
  "certificates.k8s.io/PodCertificateRequest": printPodCertificateRequest,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": printWebhookConfiguration,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": printWebhookConfiguration,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": admissionPolicy("validations"),
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": admissionPolicy("mutations"),
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": printAdmissionPolicyBinding,
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": printAdmissionPolicyBinding,
  "flowcontrol.apiserver.k8s.io/FlowSchema": printFlowSchema,
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": printPriorityLevel,
  "scheduling.k8s.io/PriorityClass": printPriorityClass,
};
