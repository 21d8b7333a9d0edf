import { type Case, type CaseOptions, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const cm = (name: string, data: object = {}, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  ...(Object.keys(data).length > 0 ? { data } : {}),
});
const apply = (
  name: string,
  path: string,
  manager: string,
  json: unknown,
  more: CaseOptions & { query?: string } = {},
): Case => {
  const { query = "", ...options } = more;
  return c(name, `PATCH ${path}?fieldManager=${manager}${query}`, { type: "apply", json, owners: true, ...options });
};
const look = (name: string, path: string): Case => c(name, `GET ${path}`, { owners: true });
const merge = (name: string, path: string, json: unknown, query = ""): Case =>
  c(name, `PATCH ${path}${query}`, { type: "merge", json, owners: true });
const FORCE = { query: "&force=true" };
const deployment = (spec: object, container: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d" },
  spec: {
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", image: "i", ...container }] },
    },
    ...spec,
  },
});
const service = (ports: readonly object[]) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "s" },
  spec: { selector: { a: "b" }, ports },
});
const D = "{apps}/deployments/d";
const A = "{cm}/a";

contract("apply", [
  scenario("managers", [
    apply("creates", A, "one", cm("a", { k: "1" }, { labels: { l: "1" } })),
    apply("the same again", A, "one", cm("a", { k: "1" }, { labels: { l: "1" } })),
    apply("another's field", A, "two", cm("a", { m: "1" })),
    apply("a shared field", A, "two", cm("a", { m: "1", k: "1" })),
    apply("a conflict", A, "two", cm("a", { m: "1", k: "2" })),
    apply("two conflicts with one manager", A, "two", cm("a", { k: "2" }, { labels: { l: "2" } }), {
      unordered: ["details.causes"],
    }),
    apply("a conflict forced", A, "two", cm("a", { m: "1", k: "2" }), FORCE),
    apply("one gives up what is not its own", A, "one", cm("a", {}, { labels: { l: "1" } })),
    apply("one removes its label", A, "one", cm("a")),
    merge("an update takes a field", A, { data: { m: "3" } }, "?fieldManager=editor"),
    apply("a conflict with an update", A, "two", cm("a", { m: "1", k: "2" })),
    apply("conflicts with two managers", A, "three", cm("a", { m: "9", k: "9" }), { unordered: ["details.causes"] }),
    apply("dry run of a force", A, "three", cm("a", { m: "9", k: "9" }), { query: "&force=true&dryRun=All" }),
    look("nothing came of it", A),
    c("an update by PUT", `PUT ${A}?fieldManager=putter`, { json: cm("a", { k: "put" }), owners: true }),
    c("a JSON patch", `PATCH ${A}?fieldManager=patcher`, {
      type: "jsonpatch",
      json: [{ op: "add", path: "/data/p", value: "1" }],
      owners: true,
    }),
    c("a strategic patch", `PATCH ${A}?fieldManager=patcher`, {
      type: "strategic",
      json: { data: { q: "1" } },
      owners: true,
    }),
    merge("nothing changes, nothing is owned", A, { data: { q: "1" } }, "?fieldManager=idle"),
    merge("a field is removed by another", A, { data: { q: null } }, "?fieldManager=editor"),
    merge("managedFields cleared", A, { metadata: { managedFields: [{}] } }),
    apply("apply to what nobody manages", A, "one", cm("a", { k: "1" })),
    merge("managedFields emptied", A, { metadata: { managedFields: [] } }),
    look("as it ends", A),
  ]),
  scenario("refusals", [
    given("{cm}", cm("a", { k: "v" })),
    c("no manager", `PATCH ${A}`, { type: "apply", json: cm("a") }),
    apply("an empty manager", A, "", cm("a")),
    apply("another name in the body", A, "one", cm("b")),
    apply("another namespace in the body", A, "one", cm("a", {}, { namespace: "other" })),
    apply("no kind", A, "one", { apiVersion: "v1", metadata: { name: "a" } }),
    apply("no version", A, "one", { kind: "ConfigMap", metadata: { name: "a" } }),
    apply("another kind", A, "one", { ...cm("a"), kind: "Secret" }),
    apply("a kind that is not there", A, "one", { ...cm("a"), kind: "Nope" }),
    apply("another version", A, "one", { ...cm("a"), apiVersion: "v2" }),
    apply("managedFields", A, "one", cm("a", {}, { managedFields: [{ manager: "x", operation: "Apply" }] })),
    apply("managedFields, none", A, "one", cm("a", {}, { managedFields: [] })),
    apply("a uid", A, "one", cm("a", {}, { uid: "x" })),
    apply("an old version", A, "one", cm("a", {}, { resourceVersion: "1" })),
    apply("an unknown field", A, "one", { ...cm("a"), colour: "red" }),
    apply("an unknown field, strict", A, "one", { ...cm("a"), colour: "red" }, { query: "&fieldValidation=Strict" }),
    apply("an unknown field, ignored", A, "one", { ...cm("a"), colour: "red" }, { query: "&fieldValidation=Ignore" }),
    apply("a wrong type", A, "one", { ...cm("a"), data: "x" }),
    apply("a list", A, "one", [cm("a")]),
    apply("a text", A, "one", "x"),
    c("no body", `PATCH ${A}?fieldManager=one`, { type: "apply", text: "" }),
    c("no yaml", `PATCH ${A}?fieldManager=one`, { type: "apply", text: "a: [" }),
    c("yaml", `PATCH ${A}?fieldManager=one`, {
      type: "apply",
      text: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  y: 'yes'\n",
      owners: true,
    }),
    c("yaml, a key twice", `PATCH ${A}?fieldManager=one`, {
      type: "apply",
      text: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  y: a\n  y: b\n",
    }),
    apply("force is no boolean", A, "one", cm("a", { k: "w" }), { query: "&force=perhaps" }),
    apply("force is false", A, "one", cm("a", { k: "w" }), { query: "&force=false" }),
    merge("force without apply", A, {}, "?force=true"),
    apply("a bad dry run", A, "one", cm("a"), { query: "&dryRun=x" }),
    apply("a name that can't be", "{cm}/A_b", "one", cm("A_b")),
    apply("a namespace that is not there", "/api/v1/namespaces/none-{run}/configmaps/a", "one", cm("a")),
    apply("a manager with 129 characters", A, "m".repeat(129), cm("a")),
    c("POST of an apply", "POST {cm}?fieldManager=one", { type: "apply", json: cm("p") }),
    c("as cbor", `PATCH ${A}?fieldManager=one`, { type: "application/apply-patch+cbor", text: "x" }),
  ]),
  scenario("lists with keys", [
    apply("a service", "{svc}/s", "one", service([{ port: 80 }]), { pick: ["spec.ports", "metadata.managedFields"] }),
    apply("another port by another", "{svc}/s", "two", service([{ name: "x", port: 81 }]), {
      pick: ["message", "details"],
    }),
    apply("both named", "{svc}/s", "one", service([{ name: "w", port: 80 }]), {
      pick: ["spec.ports", "metadata.managedFields"],
    }),
    apply("then another's", "{svc}/s", "two", service([{ name: "x", port: 81 }]), {
      pick: ["spec.ports", "metadata.managedFields"],
    }),
    apply(
      "the same port with another protocol",
      "{svc}/s",
      "two",
      service([
        { name: "x", port: 81 },
        { name: "u", port: 81, protocol: "UDP" },
      ]),
      {
        pick: ["spec.ports", "metadata.managedFields"],
      },
    ),
    apply(
      "the same key twice",
      "{svc}/s",
      "two",
      service([
        { name: "x", port: 81 },
        { name: "y", port: 81 },
      ]),
      {
        pick: ["message", "details"],
      },
    ),
    apply("a key is missing", "{svc}/s", "two", service([{ name: "x" }]), { pick: ["message", "details"] }),
    apply("none of its own", "{svc}/s", "two", service([]), { pick: ["spec.ports", "metadata.managedFields"] }),
    apply("finalizers are a set", A, "one", cm("a", {}, { finalizers: ["x.io/a"] })),
    apply("another's finalizer", A, "two", cm("a", {}, { finalizers: ["x.io/b", "x.io/a"] })),
    apply("one takes its finalizer away", A, "one", cm("a")),
    apply("a finalizer twice", A, "two", cm("a", {}, { finalizers: ["x.io/b", "x.io/b"] })),
    apply(
      "an owner",
      A,
      "one",
      cm("a", {}, { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "u1" }] }),
    ),
    apply(
      "another owner",
      A,
      "two",
      cm("a", {}, { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "q", uid: "u2" }] }),
    ),
    apply("annotations are a map", A, "one", cm("a", {}, { annotations: { x: "1", y: "" } })),
    apply("a null annotation", A, "one", cm("a", {}, { annotations: { x: null } })),
    apply("an empty map", A, "one", cm("a", {}, { annotations: {} })),
    c("immutable and binary", "PATCH {cm}/i?fieldManager=one", {
      type: "apply",
      json: { ...cm("i"), immutable: true, binaryData: { b: "AAE=" } },
      owners: true,
    }),
  ]),
  scenario("workloads", [
    apply("a deployment", D, "one", deployment({ replicas: 2 })),
    apply("an autoscaler's replicas", D, "scaler", { ...deployment({}), spec: { replicas: 5 } }),
    apply(
      "the replicas by force",
      D,
      "scaler",
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec: { replicas: 5 } },
      FORCE,
    ),
    apply("one lets the replicas go", D, "one", deployment({})),
    apply(
      "an environment",
      D,
      "one",
      deployment(
        {},
        {
          env: [
            { name: "A", value: "1" },
            { name: "B", value: "2" },
          ],
        },
      ),
    ),
    apply(
      "another order",
      D,
      "one",
      deployment(
        {},
        {
          env: [
            { name: "B", value: "2" },
            { name: "A", value: "1" },
          ],
        },
      ),
    ),
    apply("a sidecar by another", D, "two", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { template: { spec: { containers: [{ name: "side", image: "j" }] } } },
    }),
    apply("ports with a default as key", D, "one", deployment({}, { ports: [{ containerPort: 80 }] })),
    apply(
      "the same port as another protocol",
      D,
      "one",
      deployment({}, { ports: [{ containerPort: 80, protocol: "UDP" }, { containerPort: 80 }] }),
    ),
    apply("a selector, which can't change", D, "one", deployment({ selector: { matchLabels: { a: "c" } } }), FORCE),
    apply("the status through the object", D, "one", { ...deployment({}), status: { replicas: 3 } }),
    apply("the status", `${D}/status`, "st", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      status: { replicas: 3, conditions: [{ type: "Available", status: "True", reason: "r", message: "m" }] },
    }),
    apply("a spec through the status", `${D}/status`, "st", deployment({ replicas: 9 })),
    apply("the scale", `${D}/scale`, "sc", {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "d" },
      spec: { replicas: 7 },
    }),
    apply(
      "the scale by force",
      `${D}/scale`,
      "sc",
      {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "d" },
        spec: { replicas: 7 },
      },
      FORCE,
    ),
    look("who owns what", D),
    apply("a status of what is not there", "{apps}/deployments/none/status", "st", {
      ...deployment({}),
      metadata: { name: "none" },
    }),
    apply("quantities in other words", "{pods}/p", "one", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", image: "i", resources: { limits: { cpu: "1000m", memory: "1024Mi" } } }] },
    }),
    apply("the same quantities", "{pods}/p", "two", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", image: "i", resources: { limits: { cpu: "1", memory: "1Gi" } } }] },
    }),
    apply("as a table", D, "one", deployment({}), { accept: "table", pick: ["kind", "rows.0.cells.0"] }),
    apply("as metadata", D, "one", deployment({}), { accept: "partial" }),
    apply("a namespace", "/api/v1/namespaces/{ns}", "one", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "{ns}", labels: { x: "y" } },
    }),
    given("{cm}", {
      ...cm("c", { k: "1" }),
      metadata: {
        name: "c",
        annotations: {
          "kubectl.kubernetes.io/last-applied-configuration":
            '{"apiVersion":"v1","data":{"k":"1"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"c"}}',
        },
      },
    }),
    apply("from client-side to server-side", "{cm}/c", "kubectl", cm("c", { k: "2" })),
    apply("from client-side to server-side, by force", "{cm}/c", "kubectl", cm("c", { k: "2" }), FORCE),
  ]),
]);
