import type { Who } from "../helpers/target.js";
import { type CaseOptions, c, given, scenario, settled } from "./case.js";
import { contract } from "./contract.js";

const AUTHZ = "/apis/authorization.k8s.io/v1";
const SAR = `${AUTHZ}/subjectaccessreviews`;
const SELF = `${AUTHZ}/selfsubjectaccessreviews`;
const RULES = `${AUTHZ}/selfsubjectrulesreviews`;
const LOCAL = `${AUTHZ}/namespaces/{ns}/localsubjectaccessreviews`;
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const GROUP = "rbac.authorization.k8s.io";

const alice: Who = { name: "alice-{run}", groups: ["devs-{run}"] };
const pods = (verb: string, more: object = {}) => ({ verb, resource: "pods", namespace: "{ns}", ...more });
const asks = (name: string, resourceAttributes: object, more: object = {}, options: CaseOptions = {}) =>
  c(name, `POST ${SAR}`, { json: { spec: { user: "alice-{run}", resourceAttributes, ...more } }, ...options });
const self = (name: string, spec: unknown, options: CaseOptions = {}) =>
  c(name, `POST ${SELF}`, { as: alice, json: { spec }, ...options });
const local = (name: string, spec: unknown, options: CaseOptions = {}) =>
  c(name, `POST ${LOCAL}`, { json: { spec }, ...options });
const selector = (name: string, resourceAttributes: object) =>
  c(name, `POST ${SAR}`, {
    json: { spec: { user: "alice-{run}", resourceAttributes: pods("list", resourceAttributes) } },
  });

const rules = (name: string, options: CaseOptions) =>
  c(name, `POST ${RULES}`, { ...options, unordered: ["status.resourceRules", "status.nonResourceRules"] });

const RIGHTS = [
  given(`${RBAC}/namespaces/{ns}/roles`, {
    metadata: { name: "r" },
    rules: [
      { verbs: ["get", "list"], apiGroups: [""], resources: ["pods", "pods/log"] },
      { verbs: ["delete"], apiGroups: [""], resources: ["secrets"], resourceNames: ["mine", "yours"] },
      { verbs: ["*"], apiGroups: ["apps"], resources: ["*"] },
    ],
  }),
  given(`${RBAC}/namespaces/{ns}/rolebindings`, {
    metadata: { name: "r" },
    roleRef: { apiGroup: GROUP, kind: "Role", name: "r" },
    subjects: [{ kind: "User", apiGroup: GROUP, name: "alice-{run}" }],
  }),
  given(`${RBAC}/clusterroles`, {
    metadata: { name: "cr-{run}" },
    rules: [
      { verbs: ["get"], nonResourceURLs: ["/metrics", "/x/*"] },
      { verbs: ["watch"], apiGroups: ["*"], resources: ["nodes"] },
    ],
  }),
  given(`${RBAC}/clusterrolebindings`, {
    metadata: { name: "cr-{run}" },
    roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: "cr-{run}" },
    subjects: [{ kind: "Group", apiGroup: GROUP, name: "devs-{run}" }],
  }),
  settled("granted"),
];

contract("reviews", [
  scenario("of subjects", [
    ...RIGHTS,
    asks("what is allowed", pods("get")),
    asks("what is not", pods("create")),
    asks("a name", pods("get", { name: "p" })),
    asks("a subresource", pods("get", { subresource: "log" })),
    asks("another subresource", pods("get", { subresource: "exec" })),
    asks("everywhere", { verb: "get", resource: "pods" }),
    asks("another namespace", { verb: "get", resource: "pods", namespace: "default" }),
    asks("every verb", pods("*")),
    asks("every resource", { verb: "get", resource: "*", namespace: "{ns}" }),
    asks("every group", { verb: "get", resource: "x", group: "*", namespace: "{ns}" }),
    asks("a resource of a group", { verb: "get", resource: "deployments", group: "apps", namespace: "{ns}" }),
    asks("a version", { verb: "get", resource: "deployments", group: "apps", version: "v9", namespace: "{ns}" }),
    asks("one of the names", { verb: "delete", resource: "secrets", name: "mine", namespace: "{ns}" }),
    asks("another name", { verb: "delete", resource: "secrets", name: "other", namespace: "{ns}" }),
    asks("no name", { verb: "delete", resource: "secrets", namespace: "{ns}" }),
    asks("nothing", {}),
    asks("as a group", { verb: "watch", resource: "nodes" }, { groups: ["devs-{run}"] }),
    asks("as a group only", { verb: "watch", resource: "nodes" }, { user: "", groups: ["devs-{run}"] }),
    asks("as an administrator", pods("create"), { user: "x", groups: ["system:masters"] }),
    asks("with a uid and extras", pods("get"), { uid: "u", extra: { a: ["b"] } }),
    asks("as nobody", pods("get"), { user: "" }),
    asks(
      "as everybody",
      { verb: "create", resource: "selfsubjectreviews", group: "authentication.k8s.io" },
      {
        user: "x",
        groups: ["system:authenticated"],
      },
    ),
    asks("who is not in that group", {
      verb: "create",
      resource: "selfsubjectreviews",
      group: "authentication.k8s.io",
    }),
    asks("by somebody without the right", pods("get"), {}, { as: alice }),
    asks("tried out", pods("get"), {}, {}),
    c("a path", `POST ${SAR}`, {
      json: { spec: { user: "x", groups: ["devs-{run}"], nonResourceAttributes: { verb: "get", path: "/x/y" } } },
    }),
    c("another path", `POST ${SAR}`, {
      json: { spec: { user: "x", groups: ["devs-{run}"], nonResourceAttributes: { verb: "get", path: "/y" } } },
    }),
    c("a path that everybody sees", `POST ${SAR}`, {
      json: {
        spec: { user: "x", groups: ["system:unauthenticated"], nonResourceAttributes: { verb: "get", path: "/livez" } },
      },
    }),
    c("a path and a resource", `POST ${SAR}`, {
      json: {
        spec: {
          user: "x",
          nonResourceAttributes: { verb: "get", path: "/y" },
          resourceAttributes: pods("get"),
        },
      },
    }),
    c("neither", `POST ${SAR}`, { json: { spec: { user: "x" } } }),
    c("no spec", `POST ${SAR}`, { json: {} }),
    c("metadata", `POST ${SAR}`, {
      json: { metadata: { name: "x", labels: { a: "b" } }, spec: { user: "x", resourceAttributes: pods("get") } },
    }),
    c("a status", `POST ${SAR}`, {
      json: { spec: { user: "x", resourceAttributes: pods("get") }, status: { allowed: true, reason: "because" } },
    }),
    c("an unknown field", `POST ${SAR}?fieldValidation=Strict`, {
      json: { spec: { user: "x", resourceAttributes: pods("get"), colour: 1 } },
    }),
    c("in YAML", `POST ${SAR}`, {
      json: { spec: { user: "alice-{run}", resourceAttributes: pods("get") } },
      accept: "yaml",
    }),
    c("as a table", `POST ${SAR}`, {
      json: { spec: { user: "alice-{run}", resourceAttributes: pods("get") } },
      accept: "table",
    }),
    c("as metadata", `POST ${SAR}`, {
      json: { spec: { user: "alice-{run}", resourceAttributes: pods("get") } },
      accept: "partial",
    }),
    c("tried out, too", `POST ${SAR}?dryRun=All`, {
      json: { spec: { user: "alice-{run}", resourceAttributes: pods("get") } },
    }),
    c("tried out wrongly", `POST ${SAR}?dryRun=Some`, {
      json: { spec: { user: "alice-{run}", resourceAttributes: pods("get") } },
    }),
    c("with a manager", `POST ${SAR}?fieldManager=me`, {
      json: { spec: { user: "alice-{run}", resourceAttributes: pods("get") } },
    }),
    c("listed", `GET ${SAR}`),
    c("deleted", `DELETE ${SAR}/x`),
    c("of another kind", `POST ${SAR}`, {
      json: { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1", spec: {} },
    }),
    c("malformed", `POST ${SAR}`, { text: '{"spec":' }),
    c("of a wrong type", `POST ${SAR}`, { json: { spec: { user: 5 } } }),
  ]),
  scenario("of oneself", [
    ...RIGHTS,
    self("what is allowed", { resourceAttributes: pods("list") }),
    self("what is not", { resourceAttributes: pods("delete") }),
    self("nodes", { resourceAttributes: { verb: "watch", resource: "nodes" } }),
    self("a path", { nonResourceAttributes: { verb: "get", path: "/metrics" } }),
    self("another path", { nonResourceAttributes: { verb: "get", path: "/metricsx" } }),
    self("an empty path", { nonResourceAttributes: {} }),
    self("neither", {}),
    self("both", { resourceAttributes: pods("list"), nonResourceAttributes: { verb: "get", path: "/metrics" } }),
    self(
      "by an administrator",
      { resourceAttributes: pods("delete") },
      {
        as: { name: "root", groups: ["system:masters"] },
      },
    ),
    self("by nobody", { resourceAttributes: pods("delete") }, { as: {} }),
    self(
      "impersonating",
      { resourceAttributes: pods("list") },
      {
        as: { name: "root", groups: ["system:masters"] },
        headers: { "Impersonate-User": "alice-{run}" },
      },
    ),
    c("with metadata", `POST ${SELF}`, {
      as: alice,
      json: { metadata: { namespace: "{ns}" }, spec: { resourceAttributes: pods("list") } },
    }),
  ]),
  scenario("in a namespace", [
    ...RIGHTS,
    local("what is allowed", { user: "alice-{run}", resourceAttributes: pods("list") }),
    local("what is not", { user: "alice-{run}", resourceAttributes: pods("create") }),
    local("of another namespace", { user: "alice-{run}", resourceAttributes: pods("list", { namespace: "default" }) }),
    local("of no namespace", { user: "alice-{run}", resourceAttributes: { verb: "list", resource: "pods" } }),
    local("a path", { user: "alice-{run}", nonResourceAttributes: { verb: "get", path: "/x" } }),
    local("nobody", { resourceAttributes: pods("list") }),
    c("with a namespace in the metadata", `POST ${LOCAL}`, {
      json: { metadata: { namespace: "{ns}" }, spec: { user: "alice-{run}", resourceAttributes: pods("list") } },
    }),
    c("with another namespace in the metadata", `POST ${LOCAL}`, {
      json: { metadata: { namespace: "default" }, spec: { user: "alice-{run}", resourceAttributes: pods("list") } },
    }),
    c("with a name in the metadata", `POST ${LOCAL}`, {
      json: { metadata: { name: "x" }, spec: { user: "alice-{run}", resourceAttributes: pods("list") } },
    }),
    c("in a namespace that is not there", `POST ${AUTHZ}/namespaces/nope-{run}/localsubjectaccessreviews`, {
      json: { spec: { user: "alice-{run}", resourceAttributes: pods("list", { namespace: "nope-{run}" }) } },
    }),
    c("in no namespace", `POST ${AUTHZ}/localsubjectaccessreviews`, {
      json: { spec: { user: "alice-{run}", resourceAttributes: pods("list") } },
    }),
  ]),
  scenario("selectors", [
    ...RIGHTS,
    selector("a raw field selector", { fieldSelector: { rawSelector: "spec.nodeName=n" } }),
    selector("a malformed field selector", { fieldSelector: { rawSelector: "a=b,c" } }),
    selector("a raw label selector", { labelSelector: { rawSelector: "a in (b,c),!d" } }),
    selector("a malformed label selector", { labelSelector: { rawSelector: "a in b" } }),
    selector("requirements of fields", {
      fieldSelector: { requirements: [{ key: "spec.nodeName", operator: "In", values: ["n"] }] },
    }),
    selector("requirements of fields of two values", {
      fieldSelector: { requirements: [{ key: "spec.nodeName", operator: "In", values: ["n", "m"] }] },
    }),
    selector("requirements of fields of which one is good", {
      fieldSelector: {
        requirements: [
          { key: "spec.nodeName", operator: "NotIn", values: ["n"] },
          { key: "spec.nodeName", operator: "Exists" },
        ],
      },
    }),
    selector("requirements of labels", {
      labelSelector: { requirements: [{ key: "a", operator: "DoesNotExist" }] },
    }),
    selector("requirements of labels with an unknown operator", {
      labelSelector: { requirements: [{ key: "a", operator: "Near", values: ["b"] }] },
    }),
    selector("requirements of labels with a bad key", {
      labelSelector: { requirements: [{ key: "a b", operator: "Exists" }] },
    }),
    selector("requirements of labels with a bad value", {
      labelSelector: { requirements: [{ key: "a", operator: "In", values: ["b c"] }] },
    }),
    selector("requirements with values that are too many", {
      labelSelector: { requirements: [{ key: "a", operator: "Exists", values: ["b"] }] },
    }),
    selector("requirements without values", {
      fieldSelector: { requirements: [{ key: "a", operator: "In" }] },
      labelSelector: { requirements: [{ key: "a", operator: "In" }] },
    }),
    selector("requirements without a key", {
      fieldSelector: { requirements: [{ operator: "Exists" }] },
      labelSelector: { requirements: [{ operator: "Exists" }] },
    }),
    selector("both raw and required", {
      fieldSelector: { rawSelector: "a=b", requirements: [{ key: "a", operator: "Exists" }] },
    }),
    selector("neither raw nor required", { fieldSelector: {}, labelSelector: {} }),
  ]),
  scenario("of rules", [
    ...RIGHTS,
    rules("in a namespace", { as: alice, json: { spec: { namespace: "{ns}" } } }),
    rules("in another namespace", { as: alice, json: { spec: { namespace: "default" } } }),
    rules("in no namespace", { as: alice, json: { spec: {} } }),
    rules("in a namespace that is not there", { as: alice, json: { spec: { namespace: "nope" } } }),
    rules("without a spec", { as: alice, json: {} }),
    rules("by an administrator", {
      as: { name: "root", groups: ["system:masters"] },
      json: { spec: { namespace: "{ns}" } },
    }),
    rules("by nobody", { as: {}, json: { spec: { namespace: "{ns}" } } }),
    rules("with metadata", {
      as: alice,
      json: { metadata: { name: "x" }, spec: { namespace: "{ns}" } },
    }),
    rules("by a node", {
      as: { name: "system:node:n", groups: ["system:nodes"] },
      json: { spec: { namespace: "{ns}" } },
    }),
    rules("by a scheduler", {
      as: { name: "system:kube-scheduler" },
      json: { spec: { namespace: "kube-system" } },
    }),
    c("the role goes", `DELETE ${RBAC}/namespaces/{ns}/roles/r`, { setup: true }),
    settled("without a role"),
    rules("without a role", { as: alice, json: { spec: { namespace: "{ns}" } } }),
    asks("without a role, what was allowed", pods("get")),
  ]),
]);
