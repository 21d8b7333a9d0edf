import { c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const cm = (name: string, more = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...more });

contract("crud", [
  scenario("one object's life", [
    c("create", "POST {cm}", {
      json: cm("a", { data: { k: "v" } }),
      save: { uid: "metadata.uid", rv: "metadata.resourceVersion" },
    }),
    c("create again", "POST {cm}", { json: cm("a") }),
    c("get", "GET {cm}/a"),
    c("get missing", "GET {cm}/nope"),
    c("update", "PUT {cm}/a", { json: cm("a", { data: { k: "w" } }) }),
    c("update with the old version", "PUT {cm}/a", {
      json: { ...cm("a"), metadata: { name: "a", resourceVersion: "{rv}" } },
    }),
    c("update with another's uid", "PUT {cm}/a", {
      json: { ...cm("a"), metadata: { name: "a", uid: "11111111-1111-1111-1111-111111111111" } },
    }),
    c("update with its own uid", "PUT {cm}/a", { json: { ...cm("a"), metadata: { name: "a", uid: "{uid}" } } }),
    c("update that changes nothing", "PUT {cm}/a", { json: cm("a") }),
    c("update under another name", "PUT {cm}/a", { json: cm("b") }),
    c("update without a name", "PUT {cm}/a", { json: { apiVersion: "v1", kind: "ConfigMap", metadata: {} } }),
    c("update of what is missing", "PUT {cm}/zzz", { json: cm("zzz") }),
    c("update of what is missing with a version", "PUT {cm}/zzz", {
      json: { ...cm("zzz"), metadata: { name: "zzz", resourceVersion: "5" } },
    }),
    c("update with a version that is no number", "PUT {cm}/a", {
      json: { ...cm("a"), metadata: { name: "a", resourceVersion: "x" } },
    }),
    c("update in another namespace", "PUT {cm}/a", {
      json: { ...cm("a"), metadata: { name: "a", namespace: "other" } },
    }),
    c("delete", "DELETE {cm}/a"),
    c("get after delete", "GET {cm}/a"),
    c("delete again", "DELETE {cm}/a"),
  ]),
  scenario("what the server fills in", [
    c("without kind and version", "POST {cm}", { json: { metadata: { name: "bare" } } }),
    c("server's fields are ignored", "POST {cm}", {
      json: {
        metadata: {
          name: "own",
          uid: "11111111-1111-1111-1111-111111111111",
          creationTimestamp: "2001-01-01T00:00:00Z",
          deletionTimestamp: "2001-01-01T00:00:00Z",
          deletionGracePeriodSeconds: 3,
          generation: 9,
          selfLink: "/x",
        },
      },
    }),
    ...["0", "-1", "abc", "05", "18446744073709551615", "18446744073709551616"].map((version, n) =>
      c(`resourceVersion ${version} on create`, "POST {cm}", {
        json: { metadata: { name: `rv-${n}`, resourceVersion: version } },
      }),
    ),
    c("resourceVersion on create", "POST {cm}", { json: { metadata: { name: "rv", resourceVersion: "5" } } }),
    c("generated name", "POST {cm}", { json: { metadata: { generateName: "gen-" } } }),
    c("generated name, long prefix", "POST {cm}", { json: { metadata: { generateName: "g".repeat(300) } } }),
    c("name beside generateName", "POST {cm}", { json: { metadata: { name: "given", generateName: "gen-" } } }),
    c("generateName with a bad character", "POST {cm}", { json: { metadata: { generateName: "Gen_" } } }),
    c("no name", "POST {cm}", { json: { metadata: {} } }),
    c("no metadata", "POST {cm}", { json: {} }),
    c("null metadata", "POST {cm}", { json: { metadata: null } }),
    c("empty labels and annotations", "POST {cm}", {
      json: { metadata: { name: "el", labels: {}, annotations: {} }, data: {} },
    }),
    c("owner references", "POST {cm}", {
      json: {
        metadata: {
          name: "owned",
          ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "u-1", controller: true }],
        },
      },
    }),
    c("two controllers", "POST {cm}", {
      json: {
        metadata: {
          name: "owned2",
          ownerReferences: [
            { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "u-1", controller: true },
            { apiVersion: "v1", kind: "ConfigMap", name: "y", uid: "u-2", controller: true },
          ],
        },
      },
    }),
    c("owner without uid", "POST {cm}", {
      json: { metadata: { name: "owned3", ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x" }] } },
    }),
    c("finalizers", "POST {cm}", { json: { metadata: { name: "fin", finalizers: ["example.com/f"] } } }),
    c("bad finalizer", "POST {cm}", { json: { metadata: { name: "fin2", finalizers: ["nope nope"] } } }),
    c("managedFields without a manager", "POST {cm}", {
      json: { metadata: { name: "mf", managedFields: [{ operation: "Update", apiVersion: "v1" }] } },
      pick: ["kind", "reason", "message"],
    }),
  ]),
  scenario("names", [
    ...[
      ["upper case", "ABC"],
      ["underscore", "a_b"],
      ["254 characters", "a".repeat(254)],
      ["253 characters", "b".repeat(253)],
      ["dots", "a.b.c"],
      ["ends in a dash", "a-"],
      ["slash", "a/b"],
      ["percent", "a%b"],
      ["one dot", "."],
      ["two dots", ".."],
      ["unicode", "ü"],
      ["number", "1"],
    ].map(([what, name]) => c(`create: ${what}`, "POST {cm}", { json: { metadata: { name } } })),
    c("get: 300 characters", `GET {cm}/${"n".repeat(300)}`),
    c("get: encoded slash", "GET {cm}/a%2Fb"),
    c("get: percent", "GET {cm}/a%25b"),
    c("get: upper case", "GET {cm}/ABC"),
    c("label value too long", "POST {cm}", { json: { metadata: { name: "l1", labels: { a: "v".repeat(64) } } } }),
    c("label key bad", "POST {cm}", { json: { metadata: { name: "l2", labels: { "a b": "v" } } } }),
    c("annotation key bad", "POST {cm}", { json: { metadata: { name: "l3", annotations: { "a b": "v" } } } }),
    c("annotations too large", "POST {cm}", {
      json: { metadata: { name: "l4", annotations: { a: "x".repeat(262_145) } } },
      pick: ["reason", "message"],
    }),
  ]),
  scenario("kind and version in the body", [
    c("another kind", "POST {cm}", { json: { apiVersion: "v1", kind: "Secret", metadata: { name: "x" } } }),
    c("another group", "POST {cm}", { json: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" } } }),
    c("another version", "POST {cm}", { json: { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "x" } } }),
    c("unknown kind", "POST {cm}", { json: { apiVersion: "v1", kind: "Nonsense", metadata: { name: "x" } } }),
    c("a list", "POST {cm}", { json: { apiVersion: "v1", kind: "ConfigMapList", items: [] } }),
    c("no kind", "POST {cm}", { json: { apiVersion: "v1", metadata: { name: "nokind" } } }),
    c("no apiVersion", "POST {cm}", { json: { kind: "ConfigMap", metadata: { name: "noversion" } } }),
    c("apiVersion with two slashes", "POST {cm}", {
      json: { apiVersion: "a/b/c", kind: "ConfigMap", metadata: { name: "x" } },
    }),
    c("other namespace", "POST {cm}", { json: { metadata: { name: "x", namespace: "other" } } }),
    c("namespace given as in the path", "POST {cm}", { json: { metadata: { name: "same", namespace: "{ns}" } } }),
    c("missing namespace", "POST /api/v1/namespaces/nowhere-{run}/configmaps", { json: cm("x") }),
    c("older version of a stored kind", "POST /apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers", {
      json: {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "x" },
        spec: { maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "d" } },
      },
    }),
  ]),
  scenario("PUT makes what may be made so", [
    c("lease", "PUT /apis/coordination.k8s.io/v1/namespaces/{ns}/leases/l", {
      json: { metadata: { name: "l" }, spec: { holderIdentity: "me", leaseDurationSeconds: 15 } },
    }),
    c("lease again", "PUT /apis/coordination.k8s.io/v1/namespaces/{ns}/leases/l", {
      json: { metadata: { name: "l" }, spec: { holderIdentity: "you", leaseDurationSeconds: 15 } },
    }),
    c("lease with a version", "PUT /apis/coordination.k8s.io/v1/namespaces/{ns}/leases/m", {
      json: { metadata: { name: "m", resourceVersion: "7" }, spec: {} },
    }),
    c("lease with a uid", "PUT /apis/coordination.k8s.io/v1/namespaces/{ns}/leases/m", {
      json: { metadata: { name: "m", uid: "11111111-1111-1111-1111-111111111111" }, spec: {} },
    }),
    c("endpoints", "PUT {core}/endpoints/e", { json: { metadata: { name: "e" } } }),
    c("event", "PUT {core}/events/ev", {
      json: { metadata: { name: "ev" }, involvedObject: { namespace: "{ns}" }, reason: "r", message: "m" },
    }),
    c("limit range", "PUT {core}/limitranges/lr", { json: { metadata: { name: "lr" }, spec: { limits: [] } } }),
    c("role", "PUT /apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles/r", {
      json: { metadata: { name: "r" }, rules: [] },
    }),
    c("service account", "PUT {core}/serviceaccounts/sa", { json: { metadata: { name: "sa" } } }),
    c("pod", "PUT {pods}/p", { json: { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } } }),
    c("service", "PUT {svc}/s", { json: { metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } } }),
    c("node", "PUT {nodes}/n-{run}", { json: { metadata: { name: "n-{run}" } } }),
  ]),
  scenario("immutable config maps and secrets", [
    given("{cm}", cm("im", { immutable: true, data: { a: "1" }, binaryData: { b: "AAEC" } })),
    c("change data", "PUT {cm}/im", {
      json: cm("im", { immutable: true, data: { a: "2" }, binaryData: { b: "AAEC" } }),
    }),
    c("change binaryData", "PUT {cm}/im", { json: cm("im", { immutable: true, data: { a: "1" } }) }),
    c("make mutable", "PUT {cm}/im", { json: cm("im", { data: { a: "1" }, binaryData: { b: "AAEC" } }) }),
    c("label it", "PUT {cm}/im", {
      json: {
        ...cm("im", { immutable: true, data: { a: "1" }, binaryData: { b: "AAEC" } }),
        metadata: { name: "im", labels: { a: "b" } },
      },
    }),
    c("stringData", "POST {secrets}", {
      json: { metadata: { name: "s" }, data: { a: "YQ==" }, stringData: { b: "x", a: "y" } },
    }),
    c("type changes", "PUT {secrets}/s", { json: { metadata: { name: "s" }, type: "example.com/t" } }),
    c("type is kept when not said", "PUT {secrets}/s", { json: { metadata: { name: "s" }, data: { z: "" } } }),
    c("docker config without its key", "POST {secrets}", {
      json: { metadata: { name: "d" }, type: "kubernetes.io/dockerconfigjson", data: {} },
    }),
    c("docker config that is no JSON", "POST {secrets}", {
      json: { metadata: { name: "d" }, type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "e3g=" } },
    }),
    c("tls without keys", "POST {secrets}", { json: { metadata: { name: "t" }, type: "kubernetes.io/tls" } }),
    c("basic auth without keys", "POST {secrets}", {
      json: { metadata: { name: "t" }, type: "kubernetes.io/basic-auth" },
    }),
    c("service account token without account", "POST {secrets}", {
      json: { metadata: { name: "t" }, type: "kubernetes.io/service-account-token" },
    }),
    c("not base64", "POST {secrets}", { json: { metadata: { name: "nb" }, data: { a: "%%%" } } }),
    c("too large", "POST {secrets}", {
      json: { metadata: { name: "big" }, stringData: { a: "x".repeat(1024 * 1024 + 1) } },
      pick: ["reason", "message"],
    }),
  ]),
]);
