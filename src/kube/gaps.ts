import { ApiError } from "./status.js";

/** What is refused for now, and what to do instead; docs/gaps.md is made from this list. */
export const GAPS = {
  "any-in-rules":
    "What google.protobuf.Any holds in CEL rules of custom resources (type_url, value): it is not read, whatever its type, " +
    "so that the rule can't be evaluated.",
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
  aggregation: "Aggregated APIs: an APIService is stored but nothing is forwarded.",
  "etcd-keys":
    "What is in etcd: through the port of an etcd pod members, alarms and state are told, but no keys, watches, leases, " +
    "users, snapshots or downgrades (Unimplemented), and alarms only of members that have a pod.",
  "long-quantities":
    "Quantities of more than 4,096 digits: refused (400). A real server reads them, and takes the time and the memory.",
  "huge-numbers":
    "Numbers beyond a float64 (1e999) in a field that is kept as it comes, such as a ControllerRevision's data: refused " +
    "(501). A real server ends the connection.",
  debug: "The paths below /debug, which are about a Go program's inside: 404.",
  "broken-text":
    "Queries with bytes that are no UTF-8: each is shown as U+FFFD, also in messages, where Go shows \\xff; in protobuf " +
    "the same is true of names in paths.",
  "http-leniency":
    "HTTP/1.1 as only a Go server takes it: lines that end without a carriage return, headers that go on in the next " +
    "line, HTTP/1.2 and PRI without HTTP/2 get a 400. HTTP/1.0 is answered in HTTP/1.1. Of two Connection headers at a " +
    "WebSocket either may ask for the upgrade, where a real server looks at the first.",
  "simulated-workloads":
    "With --simulate, what controllers of a real cluster do beyond it (docs/guide/simulate.md): pods are not adopted, " +
    "Deployments not scaled in proportion during a rollout; maxSurge of DaemonSets, maxUnavailable and the claims' " +
    "retention policy of StatefulSets, and of Jobs podFailurePolicy, successPolicy, backoffLimitPerIndex and the delay " +
    "before another try are not acted upon.",
  "simulated-scheduler":
    "With --simulate, the scheduler looks at node selectors, required node affinity, taints and requests alone: not at " +
    "affinity between pods, spread, ports, preferences, priorities or volumes. PersistentVolumeClaims are not bound.",
  "simulated-numbers": "With --simulate, controllers read integers beyond 2^53 as the nearest float64.",
  "management-kubeconfig":
    "Kubeconfigs of a management cluster whose user has exec or auth-provider, or whose cluster has proxy-url: refused " +
    "when the program starts.",
  "authorization-modes":
    "The authorization modes Node, Webhook and ABAC, and with them NodeRestriction: --authorization-mode takes RBAC or " +
    "AlwaysAllow.",
  "request-queues":
    "The limits of priority levels: each request is classified by the flow schemas and counted, but never queued or " +
    "refused.",
  "inner-metrics":
    "Metrics of what there is nothing behind: etcd, caches, work queues, Go's runtime. Those of requests, watches, " +
    "flows, stored objects, health and the process are served.",
  "passthrough-proxies":
    "Front proxies of a cluster's clients where a real server is behind it (--passthrough) and requests are passed on " +
    "(--proxy terminate): X-Remote-* headers are ours to set, and dropped when a client sends them.",
  "passthrough-objects":
    "For clusters with a real server behind them: --load, --simulate, and counts of objects and nodes in the admin API.",
  "passthrough-moves":
    "promote and demote of clusters before a server in a backing cluster or that somebody else runs, and of emulated " +
    "clusters that keep their objects in etcd themselves (--store etcd); demotion with encryption at rest or values of " +
    "kinds that are not served.",
  "store-health":
    "With --store etcd: etcd's part in /readyz and /livez, which answer from this process alone. Requests for objects " +
    "are told.",
  "passthrough-trailers": "Trailers of requests that are passed on to a real server. Those of answers are.",
  "backing-moves":
    "For servers in backing clusters (--runtime kubernetes): promote and demote, and moving from one backing cluster to " +
    "another.",
  "backing-etcd":
    "More than one member for the etcd of --etcd-image, and more than one namespace in a backing cluster.",
  "backing-kubeconfig":
    "Kubeconfigs for --backing whose user has exec or auth-provider, or whose cluster has proxy-url: refused. Embedded " +
    "fleets have no backing clusters.",
  "import-kubeconfig":
    "Kubeconfigs for import whose user has auth-provider, or whose cluster has proxy-url: refused. kubectl proxy stands " +
    "in for them (docs/guide/import.md).",
  "import-objects":
    "Of a cluster that is imported: objects of kinds and fields that this version does not have, what other servers " +
    "answer for, and into clusters with a real server behind them: nothing at all.",
  "export-objects":
    "In what export writes to be created elsewhere: owners, what is being deleted, and changes to what every cluster " +
    "has by itself. --full writes them.",
} as const satisfies Readonly<Record<string, string>>;

export type Gap = keyof typeof GAPS;

/** The refusal of something a real server does: 501, so that it can't be taken for a real server's own error. */
export function unsupported(gap: Gap): ApiError {
  const message = `fake-apiserver does not support this yet: ${GAPS[gap]} (docs/gaps.md#${gap})`;
  return new ApiError({ code: 501, reason: "NotImplemented", message });
}
