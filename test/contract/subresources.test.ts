import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
const selector = { matchLabels: { a: "b" } };
const merge = (name: string, path: string, json: unknown, more = {}): Case =>
  c(name, `PATCH ${path}`, { type: "merge", json, ...more });
const pod = (name: string, labels = {}, spec = {}): Case =>
  given("{pods}", { metadata: { name, labels }, spec: { ...template.spec, ...spec } });
const pdb = "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets";
const evict = (name: string, pod: string, more = {}): Case =>
  c(name, `POST {pods}/${pod}/eviction`, {
    json: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: pod }, ...more },
  });

/** Spec and status of a kind each keep to themselves. */
function split(
  kind: string,
  collection: string,
  object: Record<string, unknown>,
  status: unknown,
  spec: unknown,
): Case[] {
  const name = (object.metadata as { name: string }).name;
  return [
    given(collection, { ...object, status }),
    c(`${kind}: status on create`, `GET ${collection}/${name}`, { pick: ["status", "metadata.generation"] }),
    merge(`${kind}: status`, `${collection}/${name}/status`, {
      status,
      spec,
      metadata: { labels: { s: "1" }, annotations: { s: "1" } },
    }),
    merge(`${kind}: spec`, `${collection}/${name}`, { status: null, spec, metadata: { labels: { t: "1" } } }),
    c(`${kind}: both`, `GET ${collection}/${name}/status`),
  ];
}

contract("subresources", [
  scenario("status and spec", [
    ...split(
      "node",
      "{nodes}",
      { metadata: { name: "n-{run}" } },
      { phase: "Running", addresses: [{ type: "Hostname", address: "h" }] },
      { unschedulable: true },
    ),
    ...split(
      "pod",
      "{pods}",
      { metadata: { name: "p" }, spec: template.spec },
      { phase: "Running", hostIP: "1.2.3.4" },
      { activeDeadlineSeconds: 9 },
    ),
    ...split(
      "deployment",
      "{apps}/deployments",
      { metadata: { name: "d" }, spec: { selector, template } },
      { replicas: 1, observedGeneration: 1 },
      { replicas: 2 },
    ),
    ...split(
      "replica set",
      "{apps}/replicasets",
      { metadata: { name: "r" }, spec: { selector, template } },
      { replicas: 1 },
      { replicas: 2 },
    ),
    ...split(
      "stateful set",
      "{apps}/statefulsets",
      { metadata: { name: "s" }, spec: { selector, template, serviceName: "s" } },
      { replicas: 1 },
      { replicas: 2 },
    ),
    ...split(
      "daemon set",
      "{apps}/daemonsets",
      { metadata: { name: "d" }, spec: { selector, template } },
      { numberReady: 1, currentNumberScheduled: 1, numberMisscheduled: 0, desiredNumberScheduled: 1 },
      { minReadySeconds: 2 },
    ),
    ...split(
      "job",
      "{batch}/jobs",
      { metadata: { name: "j" }, spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } },
      { active: 1 },
      { parallelism: 2 },
    ),
    ...split(
      "cron job",
      "{batch}/cronjobs",
      {
        metadata: { name: "cj" },
        spec: {
          schedule: "* * * * *",
          jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } },
        },
      },
      { lastScheduleTime: "2001-01-01T00:00:00Z" },
      { suspend: true },
    ),
    ...split(
      "service",
      "{svc}",
      { metadata: { name: "s" }, spec: { type: "ClusterIP", ports: [{ port: 80 }] } },
      {
        conditions: [
          { type: "T", status: "True", reason: "R", message: "", lastTransitionTime: "2001-01-01T00:00:00Z" },
        ],
      },
      { sessionAffinity: "ClientIP" },
    ),
    ...split(
      "claim",
      "{core}/persistentvolumeclaims",
      {
        metadata: { name: "c" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
      { phase: "Bound", capacity: { storage: "1Gi" } },
      { volumeName: "v" },
    ),
    ...split(
      "volume",
      "/api/v1/persistentvolumes",
      {
        metadata: { name: "v-{run}" },
        spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/x" } },
      },
      { phase: "Available" },
      { persistentVolumeReclaimPolicy: "Delete" },
    ),
    ...split(
      "budget",
      pdb,
      { metadata: { name: "b" }, spec: { minAvailable: 1, selector } },
      { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 },
      { minAvailable: 2 },
    ),
    ...split(
      "ingress",
      "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses",
      {
        metadata: { name: "i" },
        spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
      },
      { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } },
      { ingressClassName: "c" },
    ),
    ...split(
      "quota",
      "{core}/resourcequotas",
      { metadata: { name: "q" }, spec: { hard: { pods: "1000" } } },
      { hard: { pods: "5" }, used: { pods: "1" } },
      { hard: { pods: "2000" } },
    ),
  ]),
  scenario("status: what is refused", [
    pod("p"),
    c("POST", "POST {pods}/p/status", { json: {} }),
    c("DELETE", "DELETE {pods}/p/status"),
    c("of what has none", "GET {cm}/x/status"),
    c("of a missing pod", "GET {pods}/none/status"),
    merge("patch of a missing pod", "{pods}/none/status", {}),
    c("PUT with another name", "PUT {pods}/p/status", { json: { metadata: { name: "q" } } }),
    merge("bad condition", "{nodes}/none-{run}/status", {}),
    merge("bad value", "{pods}/p/status", { status: { phase: 5 } }),
    merge("unknown field", "{pods}/p/status?fieldValidation=Strict", { status: { colour: "red" } }),
    c("unknown subresource", "GET {pods}/p/nope"),
    c("two levels", "GET {pods}/p/status/more"),
    c("dry run", "PATCH {pods}/p/status?dryRun=All", {
      type: "merge",
      json: { status: { phase: "Failed" } },
      pick: ["status.phase"],
    }),
    c("was not stored", "GET {pods}/p", { pick: ["status.phase"] }),
    c("ephemeral containers: get", "GET {pods}/p/ephemeralcontainers"),
    c("ephemeral containers: add", "PATCH {pods}/p/ephemeralcontainers", {
      type: "strategic",
      json: { spec: { ephemeralContainers: [{ name: "e", image: "i" }] } },
    }),
    c("ephemeral containers: remove", "PATCH {pods}/p/ephemeralcontainers", {
      type: "merge",
      json: { spec: { ephemeralContainers: [] } },
    }),
    c("resize", "PATCH {pods}/p/resize", {
      type: "strategic",
      json: { spec: { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }] } },
    }),
    c("resize: policies", "PATCH {pods}/p/resize?dryRun=All", {
      type: "strategic",
      text: '{"spec":{"containers":[{"name":"c","resizePolicy":[{"resourceName":"cpu","restartPolicy":"RestartContainer"}]}]}}',
    }),
    c("resize: claims", "PATCH {pods}/p/resize?dryRun=All", {
      type: "strategic",
      text: '{"spec":{"containers":[{"name":"c","resources":{"claims":[{"name":"x"}]}}]}}',
    }),
    c("resize: get", "GET {pods}/p/resize", { pick: ["kind", "metadata.generation"] }),
  ]),
  scenario("scale", [
    given("{apps}/deployments", { metadata: { name: "d" }, spec: { replicas: 2, selector, template } }),
    given("{apps}/replicasets", {
      metadata: { name: "r" },
      spec: {
        replicas: 2,
        selector: { matchExpressions: [{ key: "a", operator: "In", values: ["b", "c"] }] },
        template,
      },
    }),
    given("{apps}/statefulsets", {
      metadata: { name: "s" },
      spec: { replicas: 0, selector, template, serviceName: "x" },
    }),
    given("{core}/replicationcontrollers", {
      metadata: { name: "rc" },
      spec: { replicas: 3, selector: { a: "b" }, template },
    }),
    c("deployment", "GET {apps}/deployments/d/scale"),
    c("replica set", "GET {apps}/replicasets/r/scale"),
    c("stateful set", "GET {apps}/statefulsets/s/scale"),
    c("replication controller", "GET {core}/replicationcontrollers/rc/scale"),
    c("PUT", "PUT {apps}/deployments/d/scale", {
      json: { metadata: { name: "d", namespace: "{ns}" }, spec: { replicas: 5 } },
    }),
    merge("merge patch", "{apps}/replicasets/r/scale", { spec: { replicas: 7 } }),
    c("JSON patch", "PATCH {apps}/statefulsets/s/scale", {
      type: "jsonpatch",
      json: [{ op: "replace", path: "/spec/replicas", value: 4 }],
    }),
    c("strategic merge", "PATCH {core}/replicationcontrollers/rc/scale", {
      type: "strategic",
      json: { spec: { replicas: 1 } },
    }),
    c("its parent", "GET {apps}/deployments/d", { pick: ["spec.replicas", "metadata.generation"] }),
    merge("negative", "{apps}/deployments/d/scale", { spec: { replicas: -1 } }),
    merge("null", "{apps}/deployments/d/scale", { spec: { replicas: null } }),
    c("to zero", "PUT {apps}/deployments/d/scale", { json: { metadata: { name: "d" } } }),
    c("wrong version", "PUT {apps}/deployments/d/scale", {
      json: { metadata: { name: "d", resourceVersion: "1" }, spec: { replicas: 1 } },
    }),
    c("wrong uid", "PUT {apps}/deployments/d/scale", {
      json: { metadata: { name: "d", uid: "11111111-1111-1111-1111-111111111111" }, spec: { replicas: 1 } },
    }),
    c("another name", "PUT {apps}/deployments/d/scale", { json: { metadata: { name: "e" }, spec: { replicas: 1 } } }),
    c("another kind", "PUT {apps}/deployments/d/scale", {
      json: { kind: "Deployment", apiVersion: "apps/v1", metadata: { name: "d" } },
    }),
    c("without a name", "PUT {apps}/deployments/d/scale", { json: { spec: { replicas: 1 } } }),
    c("of a missing one", "GET {apps}/deployments/none/scale"),
    merge("patch of a missing one", "{apps}/deployments/none/scale", {}),
    c("of what has none", "GET {apps}/daemonsets/x/scale"),
    c("dry run", "PATCH {apps}/deployments/d/scale?dryRun=All", { type: "merge", json: { spec: { replicas: 9 } } }),
    c("as a table", "GET {apps}/deployments/d/scale", { accept: "table" }),
    c("as yaml", "GET {apps}/deployments/d/scale", { accept: "yaml" }),
    merge("unknown field", "{apps}/deployments/d/scale", { spec: { colour: "red" } }),
    merge("text", "{apps}/deployments/d/scale", { spec: { replicas: "two" } }),
  ]),
  scenario("eviction", [
    pod("free"),
    evict("without a budget", "free"),
    c("free is gone", "GET {pods}/free", { bodyless: true }),
    given(pdb, { metadata: { name: "b" }, spec: { minAvailable: 1, selector } }),
    pod("one", { a: "b" }, { nodeName: "n" }),
    evict("pending pods may go", "one"),
    pod("two", { a: "b" }, { nodeName: "n" }),
    merge(
      "run",
      "{pods}/two/status",
      { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } },
      { setup: true },
    ),
    evict("budget not processed", "two"),
    merge(
      "none allowed",
      `${pdb}/b/status`,
      {
        status: { observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
      },
      { setup: true },
    ),
    evict("none allowed", "two"),
    merge("one allowed", `${pdb}/b/status`, { status: { disruptionsAllowed: 1, currentHealthy: 2 } }, { setup: true }),
    evict("dry run", "two", { deleteOptions: { dryRun: ["All"] } }),
    evict("one allowed", "two", { deleteOptions: { gracePeriodSeconds: 0 } }),
    c("the budget afterwards", `GET ${pdb}/b`, { pick: ["status.disruptionsAllowed", "status.conditions.0.reason"] }),
    c("two", "GET {pods}/two", { bodyless: true }),
    evict("a missing pod", "none"),
    evict("again", "two"),
    pod("three", { a: "b" }, { nodeName: "n" }),
    merge(
      "run three",
      "{pods}/three/status",
      { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } },
      { setup: true },
    ),
    given(pdb, { metadata: { name: "b2" }, spec: { maxUnavailable: 1, selector } }),
    evict("two budgets", "three"),
    c("another name", "POST {pods}/three/eviction", { json: { metadata: { name: "x" } } }),
    c("no name", "POST {pods}/three/eviction", { json: {} }),
    c("the old version", "POST {pods}/three/eviction", {
      json: { apiVersion: "policy/v1beta1", kind: "Eviction", metadata: { name: "three" } },
    }),
    c("another kind", "POST {pods}/three/eviction", {
      json: { apiVersion: "v1", kind: "Pod", metadata: { name: "three" } },
    }),
    c("GET", "GET {pods}/three/eviction"),
    c("as a table", "POST {pods}/three/eviction", { json: { metadata: { name: "three" } }, accept: "table" }),
    evict("wrong uid", "three", { deleteOptions: { preconditions: { uid: "x" } } }),
  ]),
  scenario("binding", [
    pod("a"),
    c("bind", "POST {pods}/a/binding", {
      json: { metadata: { name: "a", annotations: { x: "y" } }, target: { kind: "Node", name: "n1" } },
    }),
    c("bound", "GET {pods}/a", { pick: ["spec.nodeName", "metadata.annotations", "status.conditions"] }),
    c("again", "POST {pods}/a/binding", { json: { metadata: { name: "a" }, target: { kind: "Node", name: "n2" } } }),
    c("no target", "POST {pods}/a/binding", { json: { metadata: { name: "a" } } }),
    c("target of another kind", "POST {pods}/a/binding", {
      json: { metadata: { name: "a" }, target: { kind: "Pod", name: "n2" } },
    }),
    c("a missing pod", "POST {pods}/none/binding", { json: { metadata: { name: "none" }, target: { name: "n1" } } }),
    pod("b"),
    c("by collection", "POST {core}/bindings", {
      json: { metadata: { name: "b" }, target: { kind: "Node", name: "n1" } },
    }),
    c("by collection, missing", "POST {core}/bindings", {
      json: { metadata: { name: "none" }, target: { kind: "Node", name: "n1" } },
    }),
    pod("d"),
    c("dry run", "POST {pods}/d/binding?dryRun=All", { json: { metadata: { name: "d" }, target: { name: "n1" } } }),
    c("not bound", "GET {pods}/d", { pick: ["spec.nodeName"] }),
    c("another name", "POST {pods}/d/binding", { json: { metadata: { name: "a" }, target: { name: "n1" } } }),
    c("labels", "POST {pods}/d/binding", {
      json: { metadata: { name: "d", labels: { l: "m" } }, target: { name: "n1" } },
    }),
    c("labels are not copied", "GET {pods}/d", { pick: ["metadata.labels"] }),
    pod("g", {}, { schedulingGates: [{ name: "x.io/g" }] }),
    c("gated", "POST {pods}/g/binding", { json: { metadata: { name: "g" }, target: { name: "n1" } } }),
    pod("u"),
    c("wrong uid", "POST {pods}/u/binding", {
      json: { metadata: { name: "u", uid: "11111111-1111-1111-1111-111111111111" }, target: { name: "n1" } },
    }),
    c("GET", "GET {pods}/u/binding"),
    c("GET of the collection", "GET {core}/bindings"),
    c("PUT", "PUT {pods}/u/binding", { json: {} }),
  ]),
  scenario("certificate requests", [
    c("approval of none", "PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/none-{run}/approval", {
      json: { metadata: { name: "none-{run}" } },
    }),
    c("bad request", "POST /apis/certificates.k8s.io/v1/certificatesigningrequests", {
      json: {
        metadata: { name: "r-{run}" },
        spec: { request: "bm8=", signerName: "example.com/s", usages: ["client auth"] },
      },
    }),
    c("without a signer", "POST /apis/certificates.k8s.io/v1/certificatesigningrequests", {
      json: { metadata: { name: "r-{run}" }, spec: { request: "bm8=", usages: ["client auth"] } },
    }),
  ]),
]);
