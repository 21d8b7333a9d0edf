import { c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const ns = (name: string, more = {}) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, ...more } });
const all = "/api/v1/namespaces";

contract("namespaces", [
  scenario("creation", [
    c("create", `POST ${all}`, { json: ns("a-{run}") }),
    c("again", `POST ${all}`, { json: ns("a-{run}") }),
    c("with labels", `POST ${all}`, { json: ns("b-{run}", { labels: { x: "y" }, annotations: { z: "1" } }) }),
    c("with a wrong name label", `POST ${all}`, {
      json: ns("c-{run}", { labels: { "kubernetes.io/metadata.name": "other" } }),
    }),
    c("with finalizers and status", `POST ${all}`, {
      json: { ...ns("d-{run}"), spec: { finalizers: ["x.io/f"] }, status: { phase: "Terminating" } },
    }),
    c("with an empty spec", `POST ${all}`, { json: { ...ns("e-{run}"), spec: {} } }),
    c("bad finalizer", `POST ${all}`, { json: { ...ns("f-{run}"), spec: { finalizers: ["nope"] } } }),
    c("name with a dot", `POST ${all}`, { json: ns("a.b") }),
    c("64 characters", `POST ${all}`, { json: ns("n".repeat(64)) }),
    c("upper case", `POST ${all}`, { json: ns("Upper") }),
    c("generated", `POST ${all}`, { json: { metadata: { generateName: "gen-" } } }),
    c("in a namespace", `POST ${all}/{ns}/namespaces`, { json: ns("x") }),
    c("namespace in metadata", `POST ${all}`, { json: ns("g-{run}", { namespace: "{ns}" }) }),
    c("get", `GET ${all}/a-{run}`),
    c("missing", `GET ${all}/none-{run}`),
    c("as a table", `GET ${all}/a-{run}`, { accept: "table" }),
    c("list one", `GET ${all}?fieldSelector=metadata.name%3Da-{run}`),
    c("its own path as a field", `GET ${all}?fieldSelector=metadata.namespace%3Dx`),
  ]),
  scenario("changes", [
    given(all, ns("a-{run}")),
    c("label", `PATCH ${all}/a-{run}`, { type: "merge", json: { metadata: { labels: { x: "y" } } } }),
    c("take the name label away", `PATCH ${all}/a-{run}`, {
      type: "merge",
      json: { metadata: { labels: { "kubernetes.io/metadata.name": null } } },
    }),
    c("change the name label", `PATCH ${all}/a-{run}`, {
      type: "merge",
      json: { metadata: { labels: { "kubernetes.io/metadata.name": "x" } } },
    }),
    c("finalizers by PUT", `PUT ${all}/a-{run}`, { json: { ...ns("a-{run}"), spec: { finalizers: [] } } }),
    c("phase by PUT", `PUT ${all}/a-{run}`, { json: { ...ns("a-{run}"), status: { phase: "Terminating" } } }),
    c("status", `PATCH ${all}/a-{run}/status`, {
      type: "merge",
      json: { status: { conditions: [{ type: "T", status: "True" }] }, spec: { finalizers: [] } },
    }),
    c("status: phase", `PATCH ${all}/a-{run}/status`, { type: "merge", json: { status: { phase: "Terminating" } } }),
    c("status: unknown phase", `PATCH ${all}/a-{run}/status`, { type: "merge", json: { status: { phase: "Odd" } } }),
    c("status: get", `GET ${all}/a-{run}/status`),
    c("finalize: get", `GET ${all}/a-{run}/finalize`),
    c("finalize: POST", `POST ${all}/a-{run}/finalize`, { json: {} }),
    c("finalize: PATCH", `PATCH ${all}/a-{run}/finalize`, { type: "merge", json: {} }),
    c("finalize: another name", `PUT ${all}/a-{run}/finalize`, { json: ns("b-{run}") }),
    c("finalize: more", `PUT ${all}/a-{run}/finalize`, {
      json: { ...ns("a-{run}", { labels: { gone: "1" } }), spec: { finalizers: ["kubernetes", "x.io/f"] } },
    }),
    c("finalize: missing", `PUT ${all}/none-{run}/finalize`, { json: ns("none-{run}") }),
    c("finalize: bad", `PUT ${all}/a-{run}/finalize`, { json: { ...ns("a-{run}"), spec: { finalizers: ["nope"] } } }),
  ]),
  scenario("the end", [
    given(all, ns("a-{run}")),
    given(`${all}/a-{run}/configmaps`, { metadata: { name: "x" } }),
    c("watch", `WATCH ${all}?watch=1&fieldSelector=metadata.name%3Da-{run}`),
    c("delete", `DELETE ${all}/a-{run}`),
    c("delete again", `DELETE ${all}/a-{run}`),
    c("as a table", `GET ${all}/a-{run}`, { accept: "table" }),
    c("create inside", `POST ${all}/a-{run}/configmaps`, { json: { metadata: { name: "y" } } }),
    c("create inside, dry run", `POST ${all}/a-{run}/configmaps?dryRun=All`, { json: { metadata: { name: "y" } } }),
    c("create a pod inside", `POST ${all}/a-{run}/pods`, {
      json: { metadata: { name: "y" }, spec: { containers: [{ name: "c", image: "i" }] } },
    }),
    c("create by PUT inside", `PUT /apis/coordination.k8s.io/v1/namespaces/a-{run}/leases/l`, {
      json: { metadata: { name: "l" }, spec: {} },
    }),
    c("update inside", `PUT ${all}/a-{run}/configmaps/x`, { json: { metadata: { name: "x" }, data: { k: "v" } } }),
    c("patch inside", `PATCH ${all}/a-{run}/configmaps/x`, { type: "merge", json: { data: { k: "w" } } }),
    c("delete inside", `DELETE ${all}/a-{run}/configmaps/x`),
    c("review inside", `POST /apis/authorization.k8s.io/v1/namespaces/a-{run}/localsubjectaccessreviews`, {
      json: {
        metadata: { namespace: "a-{run}" },
        spec: {
          user: "system:admin",
          groups: ["system:masters"],
          resourceAttributes: { namespace: "a-{run}", verb: "get", resource: "pods" },
        },
      },
      pick: ["kind", "status.allowed", "message"],
    }),
    c("label it", `PATCH ${all}/a-{run}`, { type: "merge", json: { metadata: { labels: { x: "y" } } } }),
    c("finalize", `PUT ${all}/a-{run}/finalize`, { json: { ...ns("a-{run}"), spec: { finalizers: [] } } }),
    c("events", "EVENTS watch", { count: 4 }),
    c("gone", `GET ${all}/a-{run}`),
    given(all, ns("b-{run}", { finalizers: ["x.io/f"] })),
    c("with a metadata finalizer", `DELETE ${all}/b-{run}`),
    c("finalize that one", `PUT ${all}/b-{run}/finalize`, {
      json: { ...ns("b-{run}", { finalizers: ["x.io/f"] }), spec: { finalizers: [] } },
    }),
    c("still there", `GET ${all}/b-{run}`),
    c("finalizer off", `PATCH ${all}/b-{run}`, { type: "merge", json: { metadata: { finalizers: null } } }),
    c("b is gone", `GET ${all}/b-{run}`),
    c("default", `DELETE ${all}/default`),
    c("kube-system", `DELETE ${all}/kube-system`),
    c("kube-public", `DELETE ${all}/kube-public?dryRun=All`),
    c("kube-node-lease", `DELETE ${all}/kube-node-lease?dryRun=All`),
    given(all, ns("c-{run}")),
    c("dry run", `DELETE ${all}/c-{run}?dryRun=All`),
    c("wrong uid", `DELETE ${all}/c-{run}`, { json: { preconditions: { uid: "x" } } }),
    c("orphan", `DELETE ${all}/c-{run}?propagationPolicy=Orphan`),
    c("foreground", `DELETE ${all}/c-{run}?propagationPolicy=Foreground`),
  ]),
  scenario("namespaces that are not there", [
    c("create", `POST ${all}/none-{run}/configmaps`, { json: { metadata: { name: "x" } } }),
    c("create a pod", `POST ${all}/none-{run}/pods`, {
      json: { metadata: { name: "x" }, spec: { containers: [{ name: "c", image: "i" }] } },
    }),
    c("create a deployment", "POST /apis/apps/v1/namespaces/none-{run}/deployments", {
      json: { metadata: { name: "x" } },
      pick: ["reason", "message"],
    }),
    c("create by PUT", "PUT /apis/coordination.k8s.io/v1/namespaces/none-{run}/leases/l", {
      json: { metadata: { name: "l" }, spec: {} },
    }),
    c("get", `GET ${all}/none-{run}/configmaps/x`),
    c("list", `GET ${all}/none-{run}/configmaps`),
    c("delete collection", `DELETE ${all}/none-{run}/configmaps`),
    c("patch", `PATCH ${all}/none-{run}/configmaps/x`, { type: "merge", json: {} }),
    c("bad namespace name", `GET ${all}/Not_Valid/configmaps`),
    c("create in a bad namespace name", `POST ${all}/Not_Valid/configmaps`, { json: { metadata: { name: "x" } } }),
    c("create without a namespace", "POST /api/v1/configmaps", {
      json: { metadata: { name: "x", namespace: "{ns}" } },
    }),
    c("create without any namespace", "POST /api/v1/configmaps", { json: { metadata: { name: "x" } } }),
  ]),
]);
