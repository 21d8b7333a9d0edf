import type { Who } from "../helpers/target.js";
import { type Case, type CaseOptions, c, given, scenario, settled } from "./case.js";
import { contract } from "./contract.js";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const ROLES = `${RBAC}/namespaces/{ns}/roles`;
const BINDINGS = `${RBAC}/namespaces/{ns}/rolebindings`;
const CLUSTER_ROLES = `${RBAC}/clusterroles`;
const CLUSTER_BINDINGS = `${RBAC}/clusterrolebindings`;
const GROUP = "rbac.authorization.k8s.io";
const SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

const alice: Who = { name: "alice-{run}", groups: ["devs-{run}"] };
const user = (name: string) => ({ kind: "User", apiGroup: GROUP, name });
const group = (name: string) => ({ kind: "Group", apiGroup: GROUP, name });
const ref = (kind: string, name: string) => ({ apiGroup: GROUP, kind, name });
const rule = (verbs: string[], resources: string[], apiGroups = [""], more: object = {}) => ({
  verbs,
  apiGroups,
  resources,
  ...more,
});

function granted(name: string, rules: object[], subject: object = user("alice-{run}")): Case[] {
  return [
    given(ROLES, { metadata: { name }, rules }),
    given(BINDINGS, { metadata: { name }, roleRef: ref("Role", name), subjects: [subject] }),
  ];
}

function grantedEverywhere(name: string, rules: object[], subject: object = user("alice-{run}")): Case[] {
  return [
    given(CLUSTER_ROLES, { metadata: { name: `${name}-{run}` }, rules }),
    given(CLUSTER_BINDINGS, {
      metadata: { name: `${name}-{run}` },
      roleRef: ref("ClusterRole", `${name}-{run}`),
      subjects: [subject],
    }),
  ];
}

const as = (who: Who, request: string, options: CaseOptions = {}) =>
  c(`${options.type ?? ""}${request}`.trim(), request, { as: who, ...options });

contract("authorization", [
  scenario("nothing granted", [
    as(alice, "GET {cm}"),
    as(alice, "GET {cm}/x"),
    as(alice, "GET {cm}?watch=1"),
    as(alice, "POST {cm}", { json: { metadata: { name: "x" } } }),
    as(alice, "PUT {cm}/x", { json: { metadata: { name: "x" } } }),
    as(alice, "PATCH {cm}/x", { type: "merge", json: {} }),
    as(alice, "DELETE {cm}/x"),
    as(alice, "DELETE {cm}"),
    as(alice, "GET {pods}/x/log"),
    as(alice, "POST {pods}/x/exec"),
    as(alice, "GET {pods}/x/status"),
    as(alice, "GET /api/v1/pods"),
    as(alice, "GET {nodes}"),
    as(alice, "GET {apps}/deployments"),
    as(alice, "PUT {apps}/deployments/x/scale", { json: {} }),
    as(alice, "GET /api/v1/namespaces/{ns}"),
    as(alice, "GET /api/v1/namespaces"),
    as(alice, "PUT /api/v1/namespaces/{ns}/finalize", { json: {} }),
    as(alice, "GET /api/v1/nodes/n/proxy/metrics"),
    as(alice, "GET {cm}?fieldSelector=metadata.name=x"),
    as(alice, "GET /api/v1/watch/namespaces/{ns}/configmaps"),
    as(alice, "GET /apis/nope.io/v1/namespaces/{ns}/things"),
    as(alice, "GET /apis/nope.io/v1/namespaces/{ns}/things/a/b"),
    as(alice, "GET /nope"),
    as(alice, "POST /nope"),
    as(alice, "GET /metrics"),
    as(alice, "GET /healthz/etcd"),
    as(alice, "GET /version", { bodyless: true }),
    as(alice, "GET /api"),
    as(alice, "GET /openapi/v2", { bodyless: true, accept: "text/html" }),
    as(alice, "POST /api"),
    as(alice, "OPTIONS /api/v1/namespaces/{ns}/configmaps"),
    c("a name with marks", "GET {cm}", { as: { name: 'a<b>&"c"\\d' } }),
    c("a name beyond ASCII", "GET {cm}", { as: { name: "Zoë" } }),
    c("a table", "GET {cm}", { as: alice, accept: "table" }),
    c("something malformed", "POST {cm}", { as: alice, text: "{" }),
    c("a namespace that is not there", "GET /api/v1/namespaces/nope-{run}/pods", { as: alice }),
  ]),
  scenario("roles", [
    ...granted("maps", [rule(["get", "list"], ["configmaps"])]),
    ...granted("named", [rule(["get", "delete", "watch", "list"], ["secrets"], [""], { resourceNames: ["mine"] })]),
    ...granted("sub", [rule(["get"], ["pods/log", "*/status"])]),
    ...granted("scales", [rule(["*"], ["deployments/scale"], ["apps"])]),
    ...granted("group", [rule(["list"], ["services"])], group("devs-{run}")),
    ...granted("account", [rule(["list"], ["endpoints"])], {
      kind: "ServiceAccount",
      name: "robot",
      namespace: "{ns}",
    }),
    ...granted("all-verbs", [rule(["*"], ["events"])]),
    ...granted("all-groups", [rule(["list"], ["leases"], ["*"])]),
    given("{cm}", { metadata: { name: "x" } }),
    settled("granted"),
    as(alice, "GET {cm}/x"),
    as(alice, "GET {cm}", { bodyless: true }),
    as(alice, "DELETE {cm}/x"),
    as(alice, "GET /api/v1/configmaps"),
    as(alice, "GET /api/v1/namespaces/default/configmaps"),
    as(alice, "GET {secrets}/mine"),
    as(alice, "GET {secrets}/other"),
    as(alice, "GET {secrets}"),
    as(alice, "GET {secrets}?fieldSelector=metadata.name=mine"),
    as(alice, "GET {secrets}?fieldSelector=metadata.name=other"),
    as(alice, "GET {secrets}?fieldSelector=metadata.name%3D%3Dmine"),
    as(alice, "GET {secrets}?fieldSelector=metadata.name!=mine"),
    as(alice, "DELETE {secrets}"),
    as(alice, "GET {pods}/p/log", { bodyless: true }),
    as(alice, "GET {pods}/p/status"),
    as(alice, "GET {apps}/deployments/d/status"),
    as(alice, "GET {pods}/p"),
    as(alice, "GET {pods}/p/exec"),
    as(alice, "GET {apps}/deployments/d/scale"),
    as(alice, "PATCH {apps}/deployments/d/scale", { type: "merge", json: {} }),
    as(alice, "GET {apps}/statefulsets/d/scale"),
    as(alice, "GET {svc}", { bodyless: true }),
    c("of another group", "GET {svc}", { as: { name: "alice-{run}" } }),
    as({ name: "system:serviceaccount:{ns}:robot" }, "GET {core}/endpoints", { bodyless: true }),
    as({ name: "system:serviceaccount:{ns}:other" }, "GET {core}/endpoints"),
    as(alice, "DELETE {core}/events/nope"),
    as(alice, "GET /apis/coordination.k8s.io/v1/namespaces/{ns}/leases", { bodyless: true }),
    c("the role goes", `DELETE ${ROLES}/maps`, { setup: true }),
    settled("without a role"),
    c("whose role is gone", "GET {cm}/x", { as: alice }),
    c("whose other role is gone", "GET {nodes}", { as: alice }),
    c("the binding goes", `DELETE ${BINDINGS}/maps`, { setup: true }),
    settled("without a binding"),
    c("whose binding is gone", "GET {cm}/x", { as: alice }),
  ]),
  scenario("cluster roles", [
    ...grantedEverywhere("nodes", [rule(["get", "list"], ["nodes"])]),
    ...grantedEverywhere("paths", [{ verbs: ["get"], nonResourceURLs: ["/metrics", "/logs/*", "/x*"] }]),
    given(BINDINGS, { metadata: { name: "v" }, roleRef: ref("ClusterRole", "view"), subjects: [user("alice-{run}")] }),
    settled("granted"),
    as(alice, "GET {nodes}/nope-{run}"),
    as(alice, "GET /metrics", { bodyless: true, accept: "text/html" }),
    as(alice, "GET /metrics/slis"),
    as(alice, "GET /logs/a/b"),
    as(alice, "GET /logs"),
    as(alice, "GET /xyz"),
    as(alice, "POST /metrics"),
    as(alice, "GET {cm}", { bodyless: true }),
    as(alice, "GET {secrets}"),
    as(alice, "GET {core}/serviceaccounts/nope"),
    as(alice, "GET /api/v1/configmaps"),
    as(alice, `GET ${ROLES}`),
    as({ name: "root", groups: ["system:masters"] }, `GET ${ROLES}`, { bodyless: true }),
    as({ name: "system:kube-scheduler" }, "GET /api/v1/pods", { bodyless: true }),
    as({ name: "system:kube-scheduler" }, "GET /api/v1/secrets"),
    as({ name: "system:kube-controller-manager" }, "GET /api/v1/secrets", { bodyless: true }),
    as({ name: "system:node:n1", groups: ["system:nodes"] }, "GET {secrets}"),
    as({ name: "system:kube-proxy" }, "GET /api/v1/services", { bodyless: true }),
    c("a monitor's check", "GET /healthz/etcd", { as: { name: "x", groups: ["system:monitoring"] } }),
    as({ name: "x", groups: ["system:monitoring"] }, "GET /livez/ping"),
    c("a monitor's metrics", "GET /metrics", { as: { name: "x", groups: ["system:monitoring"] }, bodyless: true }),
    as({ name: "system:serviceaccount:kube-system:generic-garbage-collector" }, "DELETE {cm}/nope"),
    as({ name: "system:serviceaccount:kube-system:node-controller" }, "DELETE {nodes}/nope-{run}"),
  ]),
  scenario("escalation", [
    ...granted("writer", [rule(["create", "update", "patch"], ["roles", "rolebindings"], [GROUP])]),
    ...grantedEverywhere("cluster-writer", [
      rule(["create", "update", "patch"], ["clusterroles", "clusterrolebindings"], [GROUP]),
    ]),
    settled("granted"),
    ...Object.entries({
      everything: [rule(["*"], ["*"], ["*"])],
      "what is held": [rule(["create"], ["roles"], [GROUP])],
      "one verb too many": [rule(["create", "delete", "list"], ["roles"], [GROUP])],
      names: [rule(["get"], ["secrets"], [""], { resourceNames: ["a", "b"] })],
      "several rules": [rule(["get", "list"], ["pods"]), rule(["get"], ["nodes", "pods"])],
      "another group": [rule(["create"], ["roles"], ["x.io"])],
      "held, by name": [rule(["create"], ["roles"], [GROUP], { resourceNames: ["a"] })],
      nothing: [],
    }).map(([name, rules]) => c(name, `POST ${ROLES}`, { as: alice, json: { metadata: { name: "r" }, rules } })),
    c("paths", `POST ${CLUSTER_ROLES}`, {
      as: alice,
      json: { metadata: { name: "p-{run}" }, rules: [{ verbs: ["get", "post"], nonResourceURLs: ["/a", "/b"] }] },
    }),
    c("everything in the cluster", `POST ${CLUSTER_ROLES}`, {
      as: alice,
      json: { metadata: { name: "e-{run}" }, rules: [rule(["*"], ["*"], ["*"])] },
    }),
    c("an aggregation", `POST ${CLUSTER_ROLES}`, {
      as: alice,
      json: {
        metadata: { name: "agg-{run}" },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
        rules: [],
      },
    }),
    given(ROLES, { metadata: { name: "small" }, rules: [rule(["create"], ["roles"], [GROUP])] }),
    c("an update to more", `PUT ${ROLES}/small`, {
      as: alice,
      json: { metadata: { name: "small" }, rules: [rule(["*"], ["roles"], [GROUP])] },
    }),
    c("a patch to more", `PATCH ${ROLES}/small`, {
      as: alice,
      type: "merge",
      json: { rules: [rule(["*"], ["roles"], [GROUP])] },
    }),
    c("a change of labels only", `PATCH ${ROLES}/small`, {
      as: alice,
      type: "merge",
      json: { metadata: { labels: { a: "b" } } },
      bodyless: true,
    }),
    given(ROLES, { metadata: { name: "large" }, rules: [rule(["*"], ["*"], ["*"])] }),
    c("labels of a larger role", `PATCH ${ROLES}/large`, {
      as: alice,
      type: "merge",
      json: { metadata: { labels: { a: "b" } } },
    }),
    ...Object.entries({
      "a larger role": ref("Role", "large"),
      "an own role": ref("Role", "writer"),
      "the administrator's": ref("ClusterRole", "cluster-admin"),
      "a role for everybody": ref("ClusterRole", "system:discovery"),
      "a role that is not there": ref("Role", "nope"),
      "a cluster role that is not there": ref("ClusterRole", "nope"),
      "another kind": ref("Secret", "nope"),
      "no name": ref("Role", ""),
    }).map(([name, roleRef], i) =>
      c(`a binding to ${name}`, `POST ${BINDINGS}`, {
        as: alice,
        json: { metadata: { name: `b${i}` }, roleRef, subjects: [user("x")] },
      }),
    ),
    c("a cluster binding to everything", `POST ${CLUSTER_BINDINGS}`, {
      as: alice,
      json: { metadata: { name: "c-{run}" }, roleRef: ref("ClusterRole", "cluster-admin"), subjects: [user("x")] },
    }),
    c("a cluster binding to a role", `POST ${CLUSTER_BINDINGS}`, {
      as: alice,
      json: { metadata: { name: "c-{run}" }, roleRef: ref("Role", "writer"), subjects: [user("x")] },
    }),
    ...granted("may", [
      rule(["escalate"], ["roles"], [GROUP]),
      rule(["bind"], ["clusterroles"], [GROUP], { resourceNames: ["cluster-admin"] }),
    ]),
    settled("with more rights"),
    c("everything, with the right to escalate", `POST ${ROLES}`, {
      as: alice,
      json: { metadata: { name: "esc" }, rules: [rule(["*"], ["*"], ["*"])] },
    }),
    c("a binding, with the right to bind", `POST ${BINDINGS}`, {
      as: alice,
      json: { metadata: { name: "may-1" }, roleRef: ref("ClusterRole", "cluster-admin"), subjects: [user("x")] },
    }),
    c("a binding to another, with the right to bind one", `POST ${BINDINGS}`, {
      as: alice,
      json: { metadata: { name: "may-2" }, roleRef: ref("ClusterRole", "edit"), subjects: [user("x")] },
      pick: ["reason", "code"],
    }),
  ]),
  scenario("objects of RBAC", [
    c("a role without rules", `POST ${ROLES}`, { json: { metadata: { name: "empty" } } }),
    c("a rule without verbs", `POST ${ROLES}`, {
      json: { metadata: { name: "r1" }, rules: [{ resources: ["pods"], apiGroups: [""] }] },
    }),
    c("a rule with paths in a role", `POST ${ROLES}`, {
      json: { metadata: { name: "r2" }, rules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }] },
    }),
    c("a rule without groups", `POST ${ROLES}`, {
      json: { metadata: { name: "r3" }, rules: [{ verbs: ["get"], resources: ["pods"] }] },
    }),
    c("a binding without a role", `POST ${BINDINGS}`, { json: { metadata: { name: "b1" } } }),
    c("a binding with a subject of no kind", `POST ${BINDINGS}`, {
      json: { metadata: { name: "b2" }, roleRef: ref("Role", "r"), subjects: [{ name: "x" }] },
    }),
    c("a binding with defaults", `POST ${BINDINGS}`, {
      json: {
        metadata: { name: "b3" },
        roleRef: { kind: "Role", name: "r" },
        subjects: [
          { kind: "User", name: "x" },
          { kind: "Group", name: "y" },
          { kind: "ServiceAccount", name: "z" },
        ],
      },
    }),
    c("another role in a binding", `PATCH ${BINDINGS}/b3`, { type: "merge", json: { roleRef: { name: "other" } } }),
    c("a path with a star within", `POST ${CLUSTER_ROLES}`, {
      json: { metadata: { name: "star-{run}" }, rules: [{ verbs: ["get"], nonResourceURLs: ["/a/*/b"] }] },
    }),
    c("paths and resources", `POST ${CLUSTER_ROLES}`, {
      json: { metadata: { name: "both-{run}" }, rules: [{ ...rule(["get"], ["pods"]), nonResourceURLs: ["/a"] }] },
    }),
    c("the bootstrap roles", `GET ${CLUSTER_ROLES}?labelSelector=kubernetes.io/bootstrapping=rbac-defaults`, {
      accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
      bodyless: true,
    }),
    c("cluster-admin", `GET ${CLUSTER_ROLES}/cluster-admin`),
    c("admin", `GET ${CLUSTER_ROLES}/admin`),
    c("edit", `GET ${CLUSTER_ROLES}/edit`),
    c("view", `GET ${CLUSTER_ROLES}/view`),
    c("system:node", `GET ${CLUSTER_ROLES}/system:node`),
    c("the binding of cluster-admin", `GET ${CLUSTER_BINDINGS}/cluster-admin`),
    c("the binding of nodes", `GET ${CLUSTER_BINDINGS}/system:node`),
  ]),
  scenario("impersonation", [
    ...granted("readers", [rule(["list"], ["configmaps"])], user("bob-{run}")),
    ...grantedEverywhere("imp", [
      rule(["impersonate"], ["users"], [""], { resourceNames: ["bob-{run}"] }),
      rule(["impersonate"], ["groups"], [""], { resourceNames: ["devs"] }),
      rule(["impersonate"], ["userextras/scopes"], ["authentication.k8s.io"], { resourceNames: ["view"] }),
      rule(["impersonate"], ["uids"], ["authentication.k8s.io"]),
    ]),
    settled("granted"),
    ...(
      [
        ["a user", { "Impersonate-User": "bob-{run}" }],
        ["another user", { "Impersonate-User": "eve" }],
        ["a user and a group", { "Impersonate-User": "bob-{run}", "Impersonate-Group": "devs" }],
        ["a user and another group", { "Impersonate-User": "bob-{run}", "Impersonate-Group": "ops" }],
        ["a user and an extra", { "Impersonate-User": "bob-{run}", "Impersonate-Extra-Scopes": "view" }],
        ["a user and another extra", { "Impersonate-User": "bob-{run}", "Impersonate-Extra-Scopes": "edit" }],
        ["a user and an extra of another key", { "Impersonate-User": "bob-{run}", "Impersonate-Extra-Other": "view" }],
        ["a user and a uid", { "Impersonate-User": "bob-{run}", "Impersonate-Uid": "u-1" }],
        ["a group only", { "Impersonate-Group": "devs" }],
        ["an extra only", { "Impersonate-Extra-Scopes": "view" }],
        ["a uid only", { "Impersonate-Uid": "u" }],
        ["nobody", { "Impersonate-User": "" }],
        ["something unknown", { "Impersonate-Colour": "red" }],
        ["an account", { "Impersonate-User": "system:serviceaccount:{ns}:robot" }],
        ["nearly an account", { "Impersonate-User": "system:serviceaccount:{ns}" }],
        ["an account of a bad name", { "Impersonate-User": "system:serviceaccount:{ns}:Robot!" }],
        ["anonymous", { "Impersonate-User": "system:anonymous" }],
      ] as const
    ).flatMap(([name, headers]) => [
      c(`${name}, by alice`, `POST ${SELF}`, { as: alice, json: {}, headers }),
      c(`${name}, by an administrator`, `POST ${SELF}`, {
        as: { name: "root", groups: ["system:masters"] },
        json: {},
        headers,
      }),
    ]),
    c("of bob, who may", "GET {cm}", { as: alice, headers: { "Impersonate-User": "bob-{run}" }, bodyless: true }),
    c("of bob, who may not", "GET {secrets}", { as: alice, headers: { "Impersonate-User": "bob-{run}" } }),
    c("of an administrator's group", "GET {secrets}", {
      as: alice,
      headers: { "Impersonate-User": "bob-{run}", "Impersonate-Group": "system:masters" },
    }),
    c("by nobody", "GET {secrets}", { as: {}, headers: { "Impersonate-User": "bob-{run}" } }),
    c("for a public path", "GET /version", {
      as: alice,
      headers: { "Impersonate-User": "eve" },
    }),
    c("as a group of everybody", `POST ${SELF}`, {
      as: { name: "root", groups: ["system:masters"] },
      json: {},
      headers: { "Impersonate-User": "eve", "Impersonate-Group": "system:unauthenticated" },
    }),
    c("with a group of nobody in particular", `POST ${SELF}`, {
      as: { name: "root", groups: ["system:masters"] },
      json: {},
      headers: { "Impersonate-User": "eve", "Impersonate-Group": "" },
    }),
    c("with an encoded key", `POST ${SELF}`, {
      as: { name: "root", groups: ["system:masters"] },
      json: {},
      headers: { "Impersonate-User": "eve", "Impersonate-Extra-acme.com%2Fproject": "p" },
    }),
    c("with a badly encoded key", `POST ${SELF}`, {
      as: { name: "root", groups: ["system:masters"] },
      json: {},
      headers: { "Impersonate-User": "eve", "Impersonate-Extra-a%zz": "p" },
    }),
  ]),
  scenario("flows", [
    given("/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations", {
      metadata: { name: "lvl-{run}" },
      spec: {
        type: "Limited",
        limited: { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } },
      },
    }),
    given("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", {
      metadata: { name: "own-{run}" },
      spec: {
        priorityLevelConfiguration: { name: "lvl-{run}" },
        matchingPrecedence: 77,
        rules: [
          {
            subjects: [
              { kind: "User", user: { name: "flow-{run}" } },
              { kind: "Group", group: { name: "flows-{run}" } },
              { kind: "ServiceAccount", serviceAccount: { name: "*", namespace: "{ns}" } },
            ],
            resourceRules: [
              {
                verbs: ["list", "watch"],
                apiGroups: [""],
                resources: ["configmaps", "pods/status"],
                namespaces: ["{ns}"],
              },
              { verbs: ["*"], apiGroups: ["*"], resources: ["nodes"], clusterScope: true },
            ],
            nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/apis/*", "/nope"] }],
          },
        ],
      },
    }),
    given("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", {
      metadata: { name: "dangling-{run}" },
      spec: {
        priorityLevelConfiguration: { name: "nope-{run}" },
        matchingPrecedence: 76,
        rules: [
          {
            subjects: [{ kind: "User", user: { name: "flow-{run}" } }],
            nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
          },
        ],
      },
    }),
    settled("with flow schemas", 1500),
    ...(
      [
        ["GET {cm}", [{ name: "flow-{run}" }, { name: "x", groups: ["flows-{run}"] }, { name: "y" }, {}]],
        ["GET {cm}?watch=1&timeoutSeconds=1&resourceVersion=1000000000", [{ name: "flow-{run}" }]],
        ["GET {cm}/x", [{ name: "flow-{run}" }, { name: "root", groups: ["system:masters"] }]],
        ["GET {pods}/x/log", [{ name: "flow-{run}" }]],
        ["GET /api/v1/nodes/x/proxy/y", [{ name: "flow-{run}" }]],
        ["DELETE {nodes}/nope-{run}", [{ name: "flow-{run}" }, { name: "system:node:n", groups: ["system:nodes"] }]],
        [
          "GET {nodes}/nope-{run}/status",
          [{ name: "flow-{run}" }, { name: "system:node:n", groups: ["system:nodes"] }],
        ],
        ["GET /apis", [{ name: "flow-{run}" }, {}]],
        ["GET /apis/apps", [{ name: "flow-{run}" }]],
        ["GET /nope", [{ name: "flow-{run}" }]],
        ["GET /nope/x", [{ name: "flow-{run}" }]],
        ["GET /version", [{ name: "flow-{run}" }, {}, { name: "root", groups: ["system:masters"] }]],
        ["GET /livez", [{ name: "flow-{run}" }, {}, { name: "root", groups: ["system:masters"] }]],
        ["GET /livez/ping", [{ name: "flow-{run}" }, {}]],
        ["GET {core}/endpoints/x", [{ name: "system:kube-controller-manager" }, { name: "system:kube-scheduler" }]],
        [
          "GET /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x",
          [
            { name: "system:kube-controller-manager" },
            { name: "system:kube-scheduler" },
            { name: "system:node:n", groups: ["system:nodes"] },
            { name: "system:serviceaccount:kube-system:x", groups: ["system:serviceaccounts"] },
          ],
        ],
        [
          "GET /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/x",
          [{ name: "system:node:n", groups: ["system:nodes"] }],
        ],
        [
          "GET {secrets}/x",
          [
            { name: "system:kube-controller-manager" },
            { name: "system:kube-scheduler" },
            { name: "system:serviceaccount:kube-system:endpoint-controller" },
            { name: "system:serviceaccount:{ns}:x", groups: ["system:serviceaccounts"] },
          ],
        ],
        [
          "POST {core}/events",
          [
            { name: "x", groups: ["system:nodes"] },
            { name: "z", groups: ["system:serviceaccounts"] },
          ],
        ],
      ] as readonly (readonly [string, readonly Who[]])[]
    ).flatMap(([request, who]) =>
      who.map((each) => c(`${request} by ${each.name ?? "nobody"}`, request, { as: each, flow: true, pick: ["code"] })),
    ),
    c("a timeout that is none, by nobody", "GET {cm}?timeout=soon", { as: {}, flow: true }),
    c("a timeout that is none, by garbage", "GET {cm}?timeout=soon", {
      as: {},
      headers: { Authorization: "Bearer garbage" },
      flow: true,
    }),
    c("a timeout that is none, for a path", "GET /version?timeout=soon", { flow: true }),
    c("a timeout that is none, for a path that is not there", "GET /nope?timeout=soon", { flow: true }),
    c("a timeout that is none, for a watch", "GET {cm}?watch=1&timeout=soon&timeoutSeconds=1", {
      flow: true,
      bodyless: true,
    }),
    c("a timeout of another unit", "GET {cm}?timeout=5", { flow: true }),
    c("an empty timeout", "GET {cm}?timeout=", { flow: true, bodyless: true }),
    c("a negative timeout", "GET {cm}?timeout=-5s", { flow: true, bodyless: true }),
    c("two timeouts", "GET {cm}?timeout=5s&timeout=soon", { flow: true, bodyless: true }),
    c("unauthorized", "GET {cm}", { as: {}, headers: { Authorization: "Bearer garbage" }, flow: true }),
    c("impersonated", "GET {cm}", { headers: { "Impersonate-User": "flow-{run}" }, flow: true }),
    c("the schema changes", "PATCH /apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/own-{run}", {
      type: "merge",
      json: { spec: { matchingPrecedence: 9999, priorityLevelConfiguration: { name: "exempt" } } },
      setup: true,
    }),
    settled("with another schema", 1500),
    c("after a change", "GET {cm}", { as: { name: "flow-{run}" }, flow: true }),
    c("the schema goes", "DELETE /apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/own-{run}", { setup: true }),
    settled("without the schema", 1500),
    c("after its end", "GET {cm}", { as: { name: "flow-{run}" }, flow: true }),
  ]),
]);
