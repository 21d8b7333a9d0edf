import { ApiError } from "./status.js";

/** What is refused for now, and what to do instead; docs/gaps.md is made from this list. */
export const GAPS = {
  "messages-in-rules":
    "CEL rules of custom resources that make protobuf messages (google.protobuf.Int64Value{value: 1}): a definition with " +
    "such a rule is refused (422).",
  "conversion-webhooks":
    "Conversion webhooks of custom resources: only the storage version of such a resource is served.",
  webhooks:
    "Admission webhooks and admission policies: their objects are stored, and a request that one of them would judge " +
    "is refused, whatever its failure policy and its match conditions.",
  "admission-expressions":
    "CEL expressions of admission webhooks and policies: they are stored without being compiled, and a policy's " +
    "status has no type checking.",
  descriptions:
    "Some texts of OpenAPI (kubectl explain shows <empty>) and of Table columns: those that are not, word for word, in the " +
    "package kubernetes-types (1.30), about a fifth. Missing are what was written or reworded since, lists of enum values, " +
    "the texts of operations and their parameters, and of columns that a kind's printer words itself (a Pod's Ready, " +
    "Status, Restarts; a Node's Status, Roles; a Namespace's Status; Containers, Images, …).",
  "validation-of-devices":
    "Rules beyond schema and metadata for resource.k8s.io: what a real server finds invalid there is stored.",
  aggregation: "Aggregated APIs: an APIService is stored but nothing is forwarded.",
  "etcd-keys":
    "What is in etcd: through the port of an etcd pod members, alarms and state are told, but no keys, watches, leases, " +
    "users, snapshots or downgrades (Unimplemented), and alarms only of members that have a pod.",
  "long-quantities":
    "Quantities of more than 4,096 digits: refused (400). A real server reads them, and takes the time and the memory.",
  debug: "The paths below /debug, which are about a Go program's inside: 404.",
  "broken-text":
    "Queries with bytes that are no UTF-8: each is shown as U+FFFD, also in messages, where Go shows \\xff; in protobuf " +
    "the same is true of names in paths.",
  "authorization-modes":
    "The authorization modes Node, Webhook and ABAC, and with them NodeRestriction: --authorization-mode takes RBAC or " +
    "AlwaysAllow.",
  "request-queues":
    "The limits of priority levels: each request is classified by the flow schemas and counted, but never queued or " +
    "refused.",
  "inner-metrics":
    "Metrics of what there is nothing behind: etcd, caches, work queues, Go's runtime. Those of requests, watches, " +
    "flows, stored objects, health and the process are served.",
} as const satisfies Readonly<Record<string, string>>;

export type Gap = keyof typeof GAPS;

/** The refusal of something a real server does: 501, so that it can't be taken for a real server's own error. */
export function unsupported(gap: Gap): ApiError {
  const message = `fake-apiserver does not support this yet: ${GAPS[gap]} (docs/gaps.md#${gap})`;
  return new ApiError({ code: 501, reason: "NotImplemented", message });
}
