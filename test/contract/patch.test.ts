import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const cm = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", labels: { x: "1", y: "2" } },
  data: { k: "v", "a/b": "" },
};
delete (cm.data as Record<string, string>)["a/b"];
const json = (name: string, operations: unknown, path = "{cm}/a"): Case =>
  c(name, `PATCH ${path}`, { type: "jsonpatch", json: operations });
const merge = (name: string, value: unknown, path = "{cm}/a"): Case =>
  c(name, `PATCH ${path}`, { type: "merge", json: value });
const strategic = (name: string, value: unknown, path = "{pods}/p"): Case =>
  c(name, `PATCH ${path}`, { type: "strategic", json: value });

const deployment = {
  metadata: { name: "d" },
  spec: {
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: {
        containers: [
          { name: "one", image: "i1", env: [{ name: "E", value: "1" }], ports: [{ containerPort: 80 }] },
          { name: "two", image: "i2", args: ["a", "b"] },
        ],
        tolerations: [{ key: "k", operator: "Exists" }],
        volumes: [{ name: "v", emptyDir: {} }],
      },
    },
  },
};
const template = (spec: unknown) => ({ spec: { template: { spec } } });

contract("patch", [
  scenario("JSON patch", [
    given("{cm}", cm),
    json("add", [{ op: "add", path: "/data/new", value: "n" }]),
    json("replace", [{ op: "replace", path: "/data/k", value: "w" }]),
    json("remove", [{ op: "remove", path: "/data/new" }]),
    json("move", [{ op: "move", from: "/data/k", path: "/data/moved" }]),
    json("copy", [{ op: "copy", from: "/data/moved", path: "/data/copied" }]),
    json("test holds", [{ op: "test", path: "/data/copied", value: "w" }]),
    json("test fails", [{ op: "test", path: "/data/copied", value: "no" }]),
    json("remove what is missing", [{ op: "remove", path: "/data/none" }]),
    json("replace what is missing", [{ op: "replace", path: "/data/none", value: "x" }]),
    json("add below what is missing", [{ op: "add", path: "/none/none", value: "x" }]),
    json("escaped path", [
      { op: "add", path: "/metadata/annotations", value: { "a/b": "1" } },
      { op: "replace", path: "/metadata/annotations/a~1b", value: "2" },
    ]),
    json("empty", []),
    json("no change", [{ op: "replace", path: "/data/copied", value: "w" }]),
    json("no array", { op: "add", path: "/data/x", value: "1" }),
    json("unknown operation", [{ op: "grow", path: "/data/x" }]),
    json("no path", [{ op: "add", value: "x" }]),
    json("no operation", [{ path: "/data/x", value: "1" }]),
    json("path without slash", [{ op: "add", path: "data/x", value: "1" }]),
    json("whole document", [{ op: "replace", path: "", value: { kind: "ConfigMap" } }]),
    json("wrong type of value", [{ op: "add", path: "/data/x", value: 1 }]),
    json("unknown field", [{ op: "add", path: "/spec", value: {} }]),
    json("name", [{ op: "replace", path: "/metadata/name", value: "b" }]),
    json("namespace", [{ op: "replace", path: "/metadata/namespace", value: "b" }]),
    json("uid", [{ op: "replace", path: "/metadata/uid", value: "11111111-1111-1111-1111-111111111111" }]),
    json("wrong version", [{ op: "replace", path: "/metadata/resourceVersion", value: "1" }]),
    json("version is no number", [{ op: "replace", path: "/metadata/resourceVersion", value: "x" }]),
    json("kind", [{ op: "replace", path: "/kind", value: "Secret" }]),
    json("apiVersion", [{ op: "replace", path: "/apiVersion", value: "v2" }]),
    json("remove metadata", [{ op: "remove", path: "/metadata" }]),
    json("missing object", [{ op: "add", path: "/data/x", value: "1" }], "{cm}/zzz"),
    json("strict, unknown field", [{ op: "add", path: "/spec", value: {} }], "{cm}/a?fieldValidation=Strict"),
    json(
      "strict, unknown member of an operation",
      [{ op: "add", path: "/data/s", value: "1", colour: "red" }],
      "{cm}/a?fieldValidation=Strict",
    ),
    json("bad value", [{ op: "add", path: "/metadata/labels/a", value: "not allowed!" }]),
    c("malformed", "PATCH {cm}/a", { type: "jsonpatch", text: "[{" }),
    c("empty body", "PATCH {cm}/a", { type: "jsonpatch", text: "" }),
    c("null", "PATCH {cm}/a", { type: "jsonpatch", text: "null" }),
    json(
      "too many operations",
      Array.from({ length: 10_001 }, () => ({ op: "test", path: "/kind", value: "ConfigMap" })),
    ),
  ]),
  scenario("JSON patch of lists", [
    given("{apps}/deployments", deployment),
    json(
      "append",
      [{ op: "add", path: "/spec/template/spec/containers/-", value: { name: "three", image: "i3" } }],
      "{apps}/deployments/d",
    ),
    json(
      "insert",
      [{ op: "add", path: "/spec/template/spec/containers/0", value: { name: "zero", image: "i0" } }],
      "{apps}/deployments/d",
    ),
    json("remove by index", [{ op: "remove", path: "/spec/template/spec/containers/0" }], "{apps}/deployments/d"),
    json("index too large", [{ op: "remove", path: "/spec/template/spec/containers/9" }], "{apps}/deployments/d"),
    json("negative index", [{ op: "remove", path: "/spec/template/spec/containers/-1" }], "{apps}/deployments/d"),
    json(
      "index no number",
      [{ op: "replace", path: "/spec/template/spec/containers/x", value: {} }],
      "{apps}/deployments/d",
    ),
    json("test a number", [{ op: "test", path: "/spec/replicas", value: 1 }], "{apps}/deployments/d"),
    json(
      "number for a string",
      [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: 1 }],
      "{apps}/deployments/d",
    ),
    json("float for an integer", [{ op: "replace", path: "/spec/replicas", value: 1.5 }], "{apps}/deployments/d"),
    json("negative replicas", [{ op: "replace", path: "/spec/replicas", value: -1 }], "{apps}/deployments/d"),
    json(
      "immutable selector",
      [{ op: "replace", path: "/spec/selector/matchLabels/a", value: "c" }],
      "{apps}/deployments/d",
    ),
  ]),
  scenario("merge patch", [
    given("{cm}", cm),
    merge("add and change", { data: { k: "w", n: "1" } }),
    merge("null removes", { data: { n: null } }),
    merge("null for what is missing", { data: { zzz: null } }),
    merge("null removes a map", { data: null }),
    merge("empty", {}),
    merge("labels", { metadata: { labels: { x: null, z: "3" } } }),
    merge("finalizers", { metadata: { finalizers: ["example.com/a", "example.com/b"] } }),
    merge("lists are replaced", { metadata: { finalizers: ["example.com/b"] } }),
    merge("no finalizers", { metadata: { finalizers: null } }),
    merge("right version", { metadata: { resourceVersion: "1" } }),
    merge("name", { metadata: { name: "b" } }),
    merge("uid", { metadata: { uid: "11111111-1111-1111-1111-111111111111" } }),
    merge("creationTimestamp", { metadata: { creationTimestamp: "2001-01-01T00:00:00Z" } }),
    merge("generation", { metadata: { generation: 12 } }),
    merge("unknown field", { spec: { a: 1 } }),
    merge("kind", { kind: "Secret" }),
    merge("null kind", { kind: null }),
    merge("wrong type", { data: "text" }),
    merge("an array", [1]),
    merge("missing object", { data: {} }, "{cm}/zzz"),
    merge("strict, unknown field", { spec: { a: 1 } }, "{cm}/a?fieldValidation=Strict"),
    merge("ignore, unknown field", { spec: { a: 1 } }, "{cm}/a?fieldValidation=Ignore"),
    c("strict, twice the same field", "PATCH {cm}/a?fieldValidation=Strict", {
      type: "merge",
      text: '{"data":{"a":"1","a":"2"}}',
    }),
    c("twice the same field", "PATCH {cm}/a", { type: "merge", text: '{"data":{"a":"1","a":"2"}}' }),
    c("malformed", "PATCH {cm}/a", { type: "merge", text: "{" }),
    c("yaml", "PATCH {cm}/a", { type: "merge", text: "data: {a: b}" }),
    c("null", "PATCH {cm}/a", { type: "merge", text: "null" }),
    c("text", "PATCH {cm}/a", { type: "merge", text: '"text"' }),
    merge("dry run", { data: { dry: "run" } }, "{cm}/a?dryRun=All"),
    merge("was not stored", {}),
    merge("as a table", {}),
    c("answer as metadata", "PATCH {cm}/a", { type: "merge", json: { data: { p: "q" } }, accept: "partial" }),
    c("answer as a table", "PATCH {cm}/a", { type: "merge", json: { data: { p: "r" } }, accept: "table" }),
  ]),
  scenario("strategic merge", [
    given("{apps}/deployments", deployment),
    ...(
      [
        ["a container by name", { containers: [{ name: "one", image: "new" }] }],
        ["a container more", { containers: [{ name: "three", image: "i3" }] }],
        ["an env variable", { containers: [{ name: "one", env: [{ name: "F", value: "2" }] }] }],
        ["delete by directive", { containers: [{ name: "three", $patch: "delete" }] }],
        ["delete what is missing", { containers: [{ name: "nine", $patch: "delete" }] }],
        ["order", { $setElementOrder: undefined, "$setElementOrder/containers": [{ name: "two" }, { name: "one" }] }],
        [
          "order that misses one",
          { "$setElementOrder/containers": [{ name: "two" }], containers: [{ name: "one", image: "x" }] },
        ],
        ["atomic list", { containers: [{ name: "two", args: ["c"] }] }],
        ["port by its key", { containers: [{ name: "one", ports: [{ containerPort: 80, name: "http" }] }] }],
        ["tolerations are atomic", { tolerations: [{ key: "other", operator: "Exists" }] }],
        ["replace a list", { containers: [{ $patch: "replace" }, { name: "only", image: "o" }] }],
        ["replace a map", { securityContext: { $patch: "replace", runAsUser: 5 } }],
        ["delete a map", { securityContext: { $patch: "delete" } }],
        ["null a field", { volumes: null }],
        ["retain keys", { volumes: [{ name: "w", emptyDir: {} }] }],
        [
          "retain keys, other source",
          { volumes: [{ name: "w", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }] },
          "fieldValidation=Ignore", // a real server warns of the directive as of an unknown field, every other time
        ],
        ["without its merge key", { containers: [{ image: "x" }] }],
        ["unknown directive", { securityContext: { $patch: "burn" } }],
        ["directive of a wrong type", { securityContext: { $patch: 1 } }],
        ["order no list", { "$setElementOrder/containers": "x" }],
        ["list where an object is", { securityContext: [] }],
        ["object where a list is", { containers: {} }],
        ["a number where text is", { containers: [{ name: "only", image: 1 }] }],
      ] as const
    ).map(([name, spec, query]) => strategic(name, template(spec), `{apps}/deployments/d${query ? `?${query}` : ""}`)),
    strategic("unknown field", { spec: { colour: "red" } }, "{apps}/deployments/d"),
    strategic("strict, unknown field", { spec: { colour: "red" } }, "{apps}/deployments/d?fieldValidation=Strict"),
    strategic("generation counts", { spec: { replicas: 3 } }, "{apps}/deployments/d"),
    strategic("status is left alone", { status: { replicas: 7 } }, "{apps}/deployments/d"),
    strategic("empty", {}, "{apps}/deployments/d"),
    strategic("an array", [], "{apps}/deployments/d"),
    c("malformed", "PATCH {apps}/deployments/d", { type: "strategic", text: "{" }),
    c("null", "PATCH {apps}/deployments/d", { type: "strategic", text: "null" }),
  ]),
  scenario("strategic merge of metadata, services and nodes", [
    given("{cm}", { metadata: { name: "a", finalizers: ["x.io/a", "x.io/b"], labels: { a: "1" } } }),
    strategic("finalizers merge", { metadata: { finalizers: ["x.io/c"] } }, "{cm}/a"),
    strategic("take one out", { metadata: { "$deleteFromPrimitiveList/finalizers": ["x.io/a"] } }, "{cm}/a"),
    strategic(
      "take out and order",
      {
        metadata: {
          "$deleteFromPrimitiveList/finalizers": ["x.io/b"],
          "$setElementOrder/finalizers": ["x.io/d", "x.io/c"],
          finalizers: ["x.io/d"],
        },
      },
      "{cm}/a",
    ),
    strategic("take out of no list", { metadata: { "$deleteFromPrimitiveList/finalizers": "x.io/a" } }, "{cm}/a"),
    strategic("labels", { metadata: { labels: { a: null, b: "2" } } }, "{cm}/a"),
    strategic("replace labels", { metadata: { labels: { $patch: "replace", c: "3" } } }, "{cm}/a"),
    strategic(
      "owner by uid",
      { metadata: { ownerReferences: [{ uid: "u1", apiVersion: "v1", kind: "Pod", name: "p" }] } },
      "{cm}/a",
    ),
    strategic(
      "owner again",
      { metadata: { ownerReferences: [{ uid: "u1", apiVersion: "v1", kind: "Pod", name: "q" }] } },
      "{cm}/a",
    ),
    strategic("owner away", { metadata: { ownerReferences: [{ uid: "u1", $patch: "delete" }] } }, "{cm}/a"),
    strategic("the whole object", { $patch: "replace", data: { only: "this" } }, "{cm}/a"),
    given("{svc}", {
      metadata: { name: "s" },
      spec: {
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 81 },
        ],
        selector: { x: "y" },
      },
    }),
    strategic("a port", { spec: { ports: [{ port: 80, targetPort: "http" }] } }, "{svc}/s"),
    strategic("a port away", { spec: { ports: [{ port: 81, $patch: "delete" }] } }, "{svc}/s"),
    given("{nodes}", { metadata: { name: "n-{run}" } }),
    strategic("taints", { spec: { taints: [{ key: "a", effect: "NoSchedule" }] } }, "{nodes}/n-{run}"),
    strategic(
      "conditions by type",
      {
        status: { conditions: [{ type: "Ready", status: "True", reason: "r", message: "m" }] },
      },
      "{nodes}/n-{run}/status",
    ),
    strategic(
      "another condition",
      {
        status: {
          conditions: [{ type: "DiskPressure", status: "False" }],
          addresses: [{ type: "Hostname", address: "h" }],
        },
      },
      "{nodes}/n-{run}/status",
    ),
    strategic(
      "ordered conditions",
      {
        status: {
          "$setElementOrder/conditions": [{ type: "DiskPressure" }, { type: "Ready" }],
          conditions: [{ type: "Ready", status: "False" }],
        },
      },
      "{nodes}/n-{run}/status",
    ),
  ]),
  scenario("types of patches", [
    given("{cm}", cm),
    c("no type", "PATCH {cm}/a", { text: "{}", type: "" }),
    c("plain JSON", "PATCH {cm}/a", { json: {} }),
    c("unknown type", "PATCH {cm}/a", { json: {}, type: "application/xml-patch+xml" }),
    c("with a charset", "PATCH {cm}/a", {
      json: { data: { q: "1" } },
      type: "application/merge-patch+json; charset=utf-8",
    }),
    c("upper case", "PATCH {cm}/a", { json: {}, type: "Application/Merge-Patch+JSON" }),
    c("a collection", "PATCH {cm}", { json: {}, type: "merge" }),
    c("bad field validation", "PATCH {cm}/a?fieldValidation=Maybe", { json: {}, type: "merge" }),
    c("force without apply", "PATCH {cm}/a?force=true", { json: {}, type: "merge" }),
    c("bad dry run", "PATCH {cm}/a?dryRun=Some", { json: {}, type: "merge" }),
    c("bad field manager", `PATCH {cm}/a?fieldManager=${"m".repeat(129)}`, { json: {}, type: "merge" }),
    c("strategic patch of a review", "PATCH /apis/authentication.k8s.io/v1/tokenreviews/x", {
      json: {},
      type: "strategic",
    }),
    c("deleted in between", "DELETE {cm}/a", { bodyless: true }),
    c("after delete", "PATCH {cm}/a", { json: {}, type: "merge" }),
  ]),
]);
