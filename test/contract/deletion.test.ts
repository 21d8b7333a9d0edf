import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const cm = (name: string, meta = {}): Case => given("{cm}", { metadata: { name, ...meta } });
const pod = (name: string, spec = {}, meta = {}): Case =>
  given("{pods}", { metadata: { name, ...meta }, spec: { containers: [{ name: "c", image: "i" }], ...spec } });
const podTemplate = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
const look = (name: string, path: string): Case =>
  c(name, `GET ${path}`, {
    pick: [
      "code",
      "metadata.finalizers",
      "metadata.deletionTimestamp",
      "metadata.deletionGracePeriodSeconds",
      "metadata.generation",
    ],
  });
const POLICIES = ["", "Background", "Foreground", "Orphan"] as const;
const HELD = {
  none: [],
  own: ["x.io/a"],
  foreground: ["foregroundDeletion"],
  orphan: ["orphan"],
  both: ["orphan", "x.io/a"],
};

contract("deletion", [
  scenario("policies and the finalizers there are", [
    ...Object.entries(HELD).flatMap(([held, finalizers]) =>
      POLICIES.flatMap((policy) => {
        const name = `${held}-${policy.toLowerCase() || "default"}`;
        const query = policy === "" ? "" : `?propagationPolicy=${policy}`;
        return [cm(name, { finalizers }), c(name, `DELETE {cm}/${name}${query}`), look(`then ${name}`, `{cm}/${name}`)];
      }),
    ),
    c("and again", "DELETE {cm}/own-foreground?propagationPolicy=Orphan"),
    look("then again", "{cm}/own-foreground"),
    c("back", "DELETE {cm}/own-foreground?propagationPolicy=Background"),
    look("then back", "{cm}/own-foreground"),
    c("orphanDependents on what is going", "DELETE {cm}/own-background?orphanDependents=true"),
    look("then orphaned", "{cm}/own-background"),
    c("dry run", "DELETE {cm}/own-orphan?dryRun=All"),
    c("all but own off", "PATCH {cm}/both-orphan", {
      type: "jsonpatch",
      json: [{ op: "replace", path: "/metadata/finalizers", value: ["orphan"] }],
    }),
    c("the garbage collector's off", "PATCH {cm}/both-orphan", {
      type: "jsonpatch",
      json: [{ op: "remove", path: "/metadata/finalizers" }],
    }),
    look("then nothing", "{cm}/both-orphan"),
  ]),
  scenario("kinds and their defaults", [
    ...["replicationcontrollers"].flatMap((kind) => [
      given(`{core}/${kind}`, { metadata: { name: "a" }, spec: { selector: { a: "b" }, template: podTemplate } }),
      c(`${kind}: default`, `DELETE {core}/${kind}/a`, { pick: ["kind", "metadata.finalizers", "details"] }),
    ]),
    ...["deployments", "replicasets", "daemonsets"].flatMap((kind) => [
      given(`{apps}/${kind}`, {
        metadata: { name: "a" },
        spec: { selector: { matchLabels: { a: "b" } }, template: podTemplate },
      }),
      c(`${kind}: default`, `DELETE {apps}/${kind}/a`, { pick: ["kind", "metadata.finalizers", "details.kind"] }),
    ]),
    given("{apps}/statefulsets", {
      metadata: { name: "a" },
      spec: { selector: { matchLabels: { a: "b" } }, template: podTemplate, serviceName: "s" },
    }),
    c("statefulsets: grace", "DELETE {apps}/statefulsets/a?gracePeriodSeconds=30", {
      pick: ["kind", "metadata.deletionGracePeriodSeconds", "details.kind"],
    }),
    cm("g"),
    c("config map: grace", "DELETE {cm}/g?gracePeriodSeconds=30"),
    cm("h", { finalizers: ["x.io/a"] }),
    c("held config map: grace", "DELETE {cm}/h?gracePeriodSeconds=30", {
      pick: ["metadata.deletionGracePeriodSeconds"],
    }),
    c("held config map: other grace", "DELETE {cm}/h?gracePeriodSeconds=10", {
      pick: ["metadata.deletionGracePeriodSeconds"],
    }),
    given("/api/v1/persistentvolumes", {
      metadata: { name: "pv-{run}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } },
    }),
    c("volume", "DELETE /api/v1/persistentvolumes/pv-{run}", { pick: ["kind", "metadata.finalizers", "status"] }),
    c("volume again", "DELETE /api/v1/persistentvolumes/pv-{run}", { pick: ["kind", "metadata.finalizers"] }),
    given("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {
      metadata: { name: "p" },
      spec: { minAvailable: 1 },
    }),
    c("budget", "DELETE /apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/p"),
    given("/apis/rbac.authorization.k8s.io/v1/clusterroles", { metadata: { name: "r-{run}" }, rules: [] }),
    c("cluster role", "DELETE /apis/rbac.authorization.k8s.io/v1/clusterroles/r-{run}"),
    given("/apis/storage.k8s.io/v1/storageclasses", { metadata: { name: "s-{run}" }, provisioner: "x" }),
    c("storage class", "DELETE /apis/storage.k8s.io/v1/storageclasses/s-{run}", { pick: ["kind", "status"] }),
    given("{core}/events", { metadata: { name: "e" }, involvedObject: { namespace: "{ns}" } }),
    c("event", "DELETE {core}/events/e"),
    given("{core}/resourcequotas", { metadata: { name: "q" }, spec: { hard: { pods: "1" } } }),
    c("quota", "DELETE {core}/resourcequotas/q", { pick: ["kind", "status"] }),
    given("{core}/endpoints", { metadata: { name: "e" } }),
    c("endpoints", "DELETE {core}/endpoints/e", { pick: ["kind", "status"] }),
  ]),
  scenario("preconditions", [
    cm("a"),
    c("read", "GET {cm}/a", { setup: true, save: { uid: "metadata.uid", rv: "metadata.resourceVersion" } }),
    c("in the query they are nothing", "DELETE {cm}/a?preconditions.uid=x&dryRun=All"),
    c("uid right, version wrong", "DELETE {cm}/a", { json: { preconditions: { uid: "{uid}", resourceVersion: "1" } } }),
    c("uid wrong, version right", "DELETE {cm}/a", { json: { preconditions: { uid: "x", resourceVersion: "{rv}" } } }),
    c("empty uid", "DELETE {cm}/a?dryRun=All", { json: { preconditions: { uid: "" } } }),
    c("empty version", "DELETE {cm}/a", { json: { preconditions: { resourceVersion: "" } } }),
    c("version no text", "DELETE {cm}/a", { json: { preconditions: { resourceVersion: 5 } } }),
    c("empty preconditions", "DELETE {cm}/a", { json: { preconditions: {}, dryRun: ["All"] } }),
    c("null preconditions", "DELETE {cm}/a", { json: { preconditions: null, dryRun: ["All"] } }),
    c("of something missing", "DELETE {cm}/none", { json: { preconditions: { uid: "x" } } }),
    c("wrong uid, dry run", "DELETE {cm}/a", { json: { preconditions: { uid: "x" }, dryRun: ["All"] } }),
    c("body beside a query", "DELETE {cm}/a?dryRun=All&propagationPolicy=Nonsense", { json: { dryRun: ["All"] } }),
    c("an empty object beside a query", "DELETE {cm}/a?propagationPolicy=Nonsense", { json: { dryRun: ["All"] } }),
    c("grace as text", "DELETE {cm}/a", { json: { gracePeriodSeconds: "5" } }),
    c("grace a fraction", "DELETE {cm}/a", { json: { gracePeriodSeconds: 1.5 } }),
    c("grace too big", "DELETE {cm}/a", { text: '{"gracePeriodSeconds":99999999999999999999}' }),
    c("dryRun as text", "DELETE {cm}/a", { json: { dryRun: "All" } }),
    c("dryRun with more", "DELETE {cm}/a", { json: { dryRun: ["All", "Some"] } }),
    c("dryRun empty list", "DELETE {cm}/a", { json: { dryRun: [], preconditions: { uid: "x" } } }),
    c("orphanDependents no boolean", "DELETE {cm}/a?orphanDependents=perhaps&dryRun=All", { pick: ["kind"] }),
    c("several things wrong", "DELETE {cm}/a", {
      json: { propagationPolicy: "x", orphanDependents: true, dryRun: ["y"], gracePeriodSeconds: -1 },
    }),
    c("strict fields", "DELETE {cm}/a?fieldValidation=Strict&dryRun=All", { json: { colour: "red", dryRun: ["All"] } }),
    c("ignoring broken storage", "DELETE {cm}/a", {
      json: { ignoreStoreReadErrorWithClusterBreakingPotential: true, dryRun: ["All"] },
    }),
    c(
      "ignoring broken storage, in the query",
      "DELETE {cm}/a?ignoreStoreReadErrorWithClusterBreakingPotential=true&dryRun=All",
    ),
    c("in yaml", "DELETE {cm}/a", { type: "yaml", text: "preconditions:\n  uid: x\n" }),
    c("trailing bytes", "DELETE {cm}/a", { text: '{"dryRun":["All"]} x' }),
    c("null", "DELETE {cm}/a?dryRun=All", { text: "null" }),
    c("a text", "DELETE {cm}/a", { text: '"x"' }),
    c("blank", "DELETE {cm}/a?dryRun=All", { text: " " }),
    c("meta.k8s.io options", "DELETE {cm}/a", {
      json: { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1", dryRun: ["All"] },
    }),
    c("options of a group that is not there", "DELETE {cm}/a", {
      json: { kind: "DeleteOptions", apiVersion: "nope.io/v1", dryRun: ["All"] },
    }),
    c("options without version", "DELETE {cm}/a", { json: { kind: "DeleteOptions", dryRun: ["All"] } }),
    c("version without kind", "DELETE {cm}/a", { json: { apiVersion: "v1", dryRun: ["All"] } }),
    c("still there", "GET {cm}/a"),
  ]),
  scenario("collections", [
    pod("a", { nodeName: "n" }, { labels: { g: "1" } }),
    pod("b", {}, { labels: { g: "1" } }),
    pod("d", { nodeName: "n" }, { labels: { g: "2" }, finalizers: ["x.io/a"] }),
    c("preconditions", "DELETE {pods}?labelSelector=g%3D1", { json: { preconditions: { uid: "x" } } }),
    c("a bad policy", "DELETE {pods}?propagationPolicy=No"),
    c("a bad dry run", "DELETE {pods}?dryRun=No"),
    c("a bad field", "DELETE {pods}?fieldSelector=spec.nope%3D1"),
    c("a revision", "DELETE {pods}?resourceVersion=0&labelSelector=none"),
    c("a revision in the future", "DELETE {pods}?resourceVersion=999999999"),
    c("a match", "DELETE {pods}?resourceVersionMatch=Exact"),
    c("initial events", "DELETE {pods}?sendInitialEvents=true"),
    c("a bad token", "DELETE {pods}?continue=x"),
    c("a watch", "DELETE {pods}?watch=1&labelSelector=none"),
    c("grace", "DELETE {pods}?labelSelector=g%3D1&gracePeriodSeconds=7"),
    look("scheduled", "{pods}/a"),
    look("not scheduled", "{pods}/b"),
    c("now", "DELETE {pods}?labelSelector=g%3D1", { json: { gracePeriodSeconds: 0 } }),
    look("gone", "{pods}/a"),
    c("foreground", "DELETE {pods}?propagationPolicy=Foreground&gracePeriodSeconds=0"),
    look("held", "{pods}/d"),
    c("in yaml", "DELETE {cm}", { accept: "yaml" }),
    c("in protobuf", "DELETE {cm}", { accept: "protobuf" }),
    c("as metadata", "DELETE {cm}", { accept: "partials" }),
    c("as metadata, one", "DELETE {cm}", { accept: "partial" }),
    c("in nothing known", "DELETE {cm}", { accept: "text/html" }),
    c("across namespaces", "DELETE /api/v1/pods?labelSelector=g%3D1"),
    c("of a cluster-wide kind", "DELETE {nodes}?labelSelector=none%3D{run}"),
    c("a body of another kind", "DELETE {cm}", { json: { kind: "ConfigMap", apiVersion: "v1" } }),
    c("a page at a time", "DELETE {cm}?limit=1&labelSelector=none"),
    c("POST of a deletion", "POST {cm}?propagationPolicy=Orphan&dryRun=All", { json: { metadata: { name: "x" } } }),
  ]),
]);
