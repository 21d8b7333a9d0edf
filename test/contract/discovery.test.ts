import { c, scenario } from "./case.js";
import { contract } from "./contract.js";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const groups = [
  "apps",
  "batch",
  "autoscaling",
  "policy",
  "events.k8s.io",
  "coordination.k8s.io",
  "networking.k8s.io",
  "rbac.authorization.k8s.io",
  "nope.io",
];

contract("discovery", [
  scenario("documents", [
    c("/api", "GET /api"),
    c("/apis, what comes first", "GET /apis", { pick: ["kind", "apiVersion", "groups.0", "groups.1", "groups.2"] }),
    ...groups.map((group) => c(`/apis/${group}`, `GET /apis/${group}`)),
    ...[
      "/api/v1",
      "/apis/apps/v1",
      "/apis/batch/v1",
      "/apis/autoscaling/v1",
      "/apis/autoscaling/v2",
      "/apis/policy/v1",
      "/apis/events.k8s.io/v1",
      "/apis/coordination.k8s.io/v1",
      "/apis/authentication.k8s.io/v1",
      "/apis/authorization.k8s.io/v1",
      "/apis/certificates.k8s.io/v1",
      "/apis/discovery.k8s.io/v1",
      "/apis/apps/v1beta1",
      "/apis/policy/v1beta1",
    ].map((path) => c(path, `GET ${path}`)),
    c("trailing slash", "GET /apis/apps/v1/", { bodyless: true }),
    c("HEAD /api", "HEAD /api"),
    c("in yaml", "GET /apis/events.k8s.io/v1", { accept: "yaml" }),
    c("in protobuf", "GET /apis/events.k8s.io/v1", { accept: "protobuf" }),
    c("/api in protobuf", "GET /api", { accept: "protobuf" }),
    c("as a table", "GET /apis/events.k8s.io/v1", { accept: "table" }),
    c("unacceptable", "GET /apis/events.k8s.io/v1", { accept: "text/html" }),
    c("unacceptable root", "GET /apis", { accept: "text/html" }),
    c("pretty", "GET /apis/events.k8s.io?pretty=true"),
    c("DELETE", "DELETE /apis"),
  ]),
  scenario("aggregated", [
    c("/apis", "GET /apis", {
      accept: AGGREGATED,
      pick: ["kind", "apiVersion", "items.0.metadata.name", "items.0.versions", "items.1", "items.2.metadata"],
    }),
    c("/api", "GET /api", {
      accept: AGGREGATED,
      pick: [
        "kind",
        "items.0.versions.0.version",
        "items.0.versions.0.resources.0",
        "items.0.versions.0.resources.9",
        "items.1",
      ],
    }),
    c("the old version", "GET /apis", {
      accept: "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
      pick: ["kind", "apiVersion"],
    }),
    c("an unknown version", "GET /apis", {
      accept: "application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList",
      pick: ["kind", "apiVersion", "message"],
    }),
    c("as clients ask", "GET /apis", {
      accept: `${AGGREGATED},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`,
      pick: ["kind", "apiVersion"],
    }),
    c("in protobuf", "GET /apis", {
      accept: "application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
      bodyless: true,
    }),
    c("of one group", "GET /apis/apps", { accept: AGGREGATED, pick: ["kind", "message"] }),
    c("of one version", "GET /apis/apps/v1", { accept: AGGREGATED, pick: ["kind", "message"] }),
    c("not changed", "GET /apis", { accept: AGGREGATED, headers: { "If-None-Match": '"nope"' }, pick: ["kind"] }),
  ]),
  scenario("beside the API", [
    c("/version", "GET /version", { pick: ["major", "minor", "gitVersion", "platform", "gitTreeState", "compiler"] }),
    c("/healthz", "GET /healthz"),
    c("/livez", "GET /livez"),
    c("/readyz", "GET /readyz"),
    c("/livez/ping", "GET /livez/ping"),
    c("/healthz/etcd", "GET /healthz/etcd"),
    c("/livez excluding", "GET /livez?exclude=etcd"),
    c("/livez excluding the unknown", "GET /livez?exclude=nope&verbose"),
    c("/readyz verbose", "GET /readyz?verbose"),
    c("POST /healthz", "POST /healthz", { text: "" }),
    c("HEAD /healthz", "HEAD /healthz"),
    c("/.well-known", "GET /.well-known/openid-configuration", {
      pick: ["response_types_supported", "id_token_signing_alg_values_supported", "subject_types_supported"],
    }),
    c("/openapi/v3", "GET /openapi/v3", { bodyless: true, accept: "json" }),
    c("/openapi/v2 in yaml", "GET /openapi/v2", { bodyless: true, accept: "yaml" }),
    c("/openapi/v3 unknown", "GET /openapi/v3/apis/nope.io/v1"),
    c("/openapi/v3/", "GET /openapi/v3/", { bodyless: true }),
  ]),
]);
