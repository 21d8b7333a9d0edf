import { type Case, c, scenario } from "./case.js";
import { contract } from "./contract.js";

/** 2^53 + 1: the first integer that a double does not hold. */
const BIG = "9007199254740993";
const MAX = "9223372036854775807";
const ODD = '<b>&amp;</b> "quoted" \\ / \u2028\u2029 é 日本 🙂 \t\u007f';
const odd = JSON.stringify(ODD);

const node = (name: string) => `{
  "kind": "Node", "apiVersion": "v1",
  "status": {
    "capacity": {"pods": "110", "cpu": "8", "memory": "32599664Ki", "hugepages-2Mi": "0", "ephemeral-storage": "1e3Mi", "example.com/gpu": "2"},
    "allocatable": {"cpu": "7500m", "memory": "1.5Gi", "pods": 110},
    "phase": "Running",
    "conditions": [
      {"type": "Ready", "status": "True", "lastHeartbeatTime": "2001-02-03T04:05:06Z", "lastTransitionTime": "2001-02-03T05:05:06+01:00", "reason": "R", "message": ${odd}},
      {"type": "Empty", "status": "Unknown", "lastHeartbeatTime": null}
    ],
    "addresses": [{"type": "InternalIP", "address": "192.0.2.7"}, {"type": "Hostname", "address": "h"}],
    "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
    "nodeInfo": {"machineID": "m", "systemUUID": "s", "bootID": "b", "kernelVersion": "6", "osImage": "o", "containerRuntimeVersion": "c", "kubeletVersion": "v1.34.4", "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": "amd64", "swap": {"capacity": 9007199254740993}},
    "images": [{"names": ["a:1", "a@sha256:x"], "sizeBytes": ${BIG}}, {"names": []}],
    "volumesInUse": ["v"], "volumesAttached": [{"name": "v", "devicePath": ""}],
    "runtimeHandlers": [{"name": "", "features": {"recursiveReadOnlyMounts": false, "userNamespaces": true}}],
    "features": {"supplementalGroupsPolicy": false}
  },
  "spec": {
    "podCIDR": "10.244.3.0/24", "podCIDRs": ["10.244.3.0/24"], "providerID": "metal3://x", "unschedulable": false,
    "taints": [{"key": "k", "effect": "NoExecute", "timeAdded": "2001-02-03T04:05:06Z"}, {"key": "e", "value": "", "effect": "NoSchedule"}]
  },
  "metadata": {"name": "${name}", "annotations": {"z": "", "a": ${odd}, "<b>": null}, "labels": {"run": "{run}", "b": "2", "a": ""}}
}`;

const pod = `{
  "apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "rich", "labels": {}, "annotations": {"odd": ${odd}}, "generateName": "ri"},
  "spec": {
    "containers": [{
      "name": "c", "image": "registry.test/c:1", "command": [], "args": ["--a=<b>", ""], "workingDir": "/w",
      "ports": [{"containerPort": 80, "hostPort": 0, "protocol": "UDP", "name": "p"}, {"containerPort": 80}],
      "env": [{"name": "EMPTY", "value": ""}, {"name": "FIELD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, {"name": "RES", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}}, {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": false}}}],
      "envFrom": [{"prefix": "P_", "configMapRef": {"name": "c", "optional": true}}],
      "resources": {"limits": {"cpu": "2", "memory": "129M"}, "requests": {"cpu": "0.5", "memory": 128000000}},
      "volumeMounts": [{"name": "all", "mountPath": "/all", "readOnly": false, "subPath": ""}],
      "livenessProbe": {"httpGet": {"path": "/h", "port": "p", "httpHeaders": [{"name": "X", "value": ""}]}, "initialDelaySeconds": 0, "terminationGracePeriodSeconds": 5},
      "readinessProbe": {"exec": {"command": ["x"]}, "periodSeconds": 7},
      "startupProbe": {"tcpSocket": {"port": 80}},
      "lifecycle": {"preStop": {"sleep": {"seconds": 0}}},
      "securityContext": {"runAsUser": 0, "runAsNonRoot": false, "capabilities": {"add": ["NET_ADMIN"], "drop": []}, "seccompProfile": {"type": "RuntimeDefault"}, "privileged": false},
      "stdin": false, "tty": true, "imagePullPolicy": "Never", "terminationMessagePolicy": "FallbackToLogsOnError"
    }, {"name": "bare", "image": "b"}],
    "initContainers": [{"name": "side", "image": "s", "restartPolicy": "Always"}],
    "volumes": [
      {"name": "all", "projected": {"sources": [{"configMap": {"name": "c", "items": [{"key": "k", "path": "p", "mode": 0}]}}, {"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}}], "defaultMode": 256}},
      {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}, {"name": "none"}, {"name": "pvc", "persistentVolumeClaim": {"claimName": "x", "readOnly": true}}
    ],
    "terminationGracePeriodSeconds": 0, "activeDeadlineSeconds": 600, "nodeSelector": {}, "nodeName": "n", "hostNetwork": false, "shareProcessNamespace": false,
    "securityContext": {"fsGroup": 0, "supplementalGroups": [], "sysctls": [{"name": "net.ipv4.ip_local_port_range", "value": "1 2"}]},
    "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {"matchExpressions": [{"key": "k", "operator": "Gt", "values": ["1"]}]}}]}, "podAntiAffinity": {}},
    "tolerations": [{"key": "t", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": ${BIG}}, {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": -1}],
    "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["a"]}], "dnsConfig": {"options": [{"name": "n", "value": ""}, {"name": "m"}]},
    "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {}}],
    "readinessGates": [{"conditionType": "x.io/r"}], "enableServiceLinks": false, "preemptionPolicy": "Never", "overhead": {}
  },
  "status": {"phase": "Running"}
}`;

const podStatus = `{"status": {
  "phase": "Running", "podIP": "192.0.2.9", "podIPs": [{"ip": "192.0.2.9"}], "hostIPs": [], "qosClass": "Burstable", "startTime": "2001-02-03T04:05:06Z", "observedGeneration": 1,
  "conditions": [{"type": "Ready", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2001-02-03T04:05:06Z", "observedGeneration": 1}],
  "containerStatuses": [{"name": "c", "state": {"running": {"startedAt": "2001-02-03T04:05:06Z"}}, "lastState": {"terminated": {"exitCode": 0, "startedAt": null, "finishedAt": "2001-02-03T04:05:06Z"}}, "ready": true, "restartCount": 0, "image": "i", "imageID": "", "started": false, "allocatedResources": {"cpu": "1500m"}}],
  "initContainerStatuses": []
}}`;

const configMap = `{"kind": "ConfigMap", "data": {"z": ${odd}, "a": "", "empty": "", "lines": "a\\nb\\r\\n"}, "binaryData": {"bytes": "AP/+/w==", "none": ""}, "immutable": false, "metadata": {"name": "rich", "finalizers": [], "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "rich", "uid": "u", "blockOwnerDeletion": false}]}, "apiVersion": "v1"}`;

/** The raw data as the server would write it, since it compares its bytes. */
const revision = (name: string, value: string) =>
  `{"metadata": {"name": "${name}"}, "revision": ${value}, "data": {"a":[1,-1,"x"],"n":null,"z":${BIG}}}`;

const merge = (name: string, path: string, text: string): Case => c(name, `PATCH ${path}`, { type: "merge", text });
const jsonPatch = (name: string, path: string, text: string): Case =>
  c(name, `PATCH ${path}`, { type: "jsonpatch", text });
const strategic = (name: string, path: string, text: string): Case =>
  c(name, `PATCH ${path}`, { type: "strategic", text });

const nodeName = "rich-{run}";
const deployment = "{apps}/deployments/d";
const template = (fields: string) => `{"spec": {"template": {"spec": ${fields}}}}`;
const seconds = (value: string) =>
  template(`{"tolerations": [{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": ${value}}]}`);

const yaml = (name: string, text: string): Case => c(name, "POST {cm}", { type: "yaml", text });

contract("fidelity", [
  scenario("bytes of rich objects", [
    c("node", "POST {nodes}", { text: node(nodeName) }),
    c("node: get", `GET {nodes}/${nodeName}`),
    c("node: list", "GET {nodes}?labelSelector=run%3D{run}"),
    c("node: protobuf", `GET {nodes}/${nodeName}`, { accept: "protobuf" }),
    c("node: list in protobuf", "GET {nodes}?labelSelector=run%3D{run}", { accept: "protobuf" }),
    c("node: yaml", `GET {nodes}/${nodeName}`, { accept: "yaml" }),
    c("node: metadata", `GET {nodes}/${nodeName}`, { accept: "partial" }),
    c("node: pretty", `GET {nodes}/${nodeName}?pretty=true`),
    c("pod", "POST {pods}", { text: pod }),
    strategic("pod: status", "{pods}/rich/status", podStatus),
    c("pod: get", "GET {pods}/rich"),
    c("pod: list", "GET {pods}"),
    c("pod: protobuf", "GET {pods}/rich", { accept: "protobuf" }),
    c("pod: list in protobuf", "GET {pods}", { accept: "protobuf" }),
    c("pod: yaml", "GET {pods}/rich", { accept: "yaml" }),
    c("pod: watch in protobuf", "WATCH {pods}?watch=1&resourceVersion=0", { accept: "protobuf" }),
    c("pod: event in protobuf", "EVENTS pod: watch in protobuf", { count: 1 }),
    c("config map", "POST {cm}", { text: configMap }),
    c("config map: get", "GET {cm}/rich"),
    c("config map: list", "GET {cm}"),
    c("config map: protobuf", "GET {cm}/rich", { accept: "protobuf" }),
    c("config map: list in protobuf", "GET {cm}", { accept: "protobuf" }),
    c("config map: yaml", "GET {cm}/rich", { accept: "yaml" }),
    c("config map: table", "GET {cm}/rich?includeObject=Object", { accept: "table" }),
    c("put back what was read", "PUT {cm}/rich", { text: configMap }),
  ]),
  scenario("line breaks of YAML 1.1", [
    yaml("between fields", "metadata:\u2028  name: a\u2029data:\u0085  k: v\r  l: w\n"),
    yaml("in plain text", "metadata: {name: b}\ndata:\n  k: x\u2028    y\u0085    z\u2029\n    w\n"),
    yaml("in quotes", `metadata: {name: c}\ndata:\n  k: "x \u2028 y \\\u0085\n    z"\n  l: 'x\u2029\u2028    y'\n`),
    yaml("in literal text", "metadata: {name: d}\ndata:\n  k: |\n    x\u2028    y\u0085    z\u2029"),
    yaml("in folded text", "metadata: {name: e}\ndata:\n  k: >+\n    x\u2028    y\u0085    z\r    w\u2029\n"),
    yaml("after a comment", "metadata: {name: f} # c\u2028data: {k: v}"),
    yaml("a tab for indentation", "metadata: {name: g}\ndata:\n  k: |\n    \n    \tx\n"),
    yaml("less indented than what it is in", "metadata: {\nname: h,\nlabels: {\na: \"b\n\"}}\ndata:\n  k: 'x\n y'\n"),
    yaml("a wrong line", "metadata:\u2028  name: a\u2029 b: c\n"),
  ]),
  scenario("integers beyond 2^53", [
    c("in a body", "POST {apps}/controllerrevisions", { text: revision("a", BIG) }),
    c("the largest", "POST {apps}/controllerrevisions", { text: revision("b", MAX) }),
    c("too large", "POST {apps}/controllerrevisions", { text: revision("c", "9223372036854775808") }),
    c("negative", "POST {apps}/controllerrevisions", { text: revision("d", `-${BIG}`) }),
    c("read", "GET {apps}/controllerrevisions/a"),
    c("in protobuf", "GET {apps}/controllerrevisions/a", { accept: "protobuf" }),
    c("in yaml", "GET {apps}/controllerrevisions/a", { accept: "yaml" }),
    c("in a table", "GET {apps}/controllerrevisions/a", { accept: "table" }),
    c("raw data is kept as it came", "POST {apps}/controllerrevisions", {
      text: `{"metadata": {"name": "raw"}, "revision": 1, "data": { "z": ${BIG}, "a": 1.50, "b": 1e300, "c": [-0, 0.1e1], "html": "<&>" }}`,
    }),
    c("from yaml", "POST {apps}/controllerrevisions", {
      type: "yaml",
      text: `metadata: {name: y}\nrevision: ${BIG}\ndata: {a: ${BIG}, b: 1.5}\n`,
    }),
    merge("merge patch", "{apps}/controllerrevisions/a", `{"revision": ${MAX}}`),
    jsonPatch(
      "JSON patch",
      "{apps}/controllerrevisions/a",
      `[{"op": "test", "path": "/revision", "value": ${MAX}}, {"op": "replace", "path": "/revision", "value": ${BIG}}]`,
    ),
    jsonPatch(
      "JSON patch: a neighbour is another number",
      "{apps}/controllerrevisions/a",
      `[{"op": "test", "path": "/revision", "value": 9007199254740992}]`,
    ),
    strategic("strategic merge", "{apps}/controllerrevisions/a", `{"revision": 9007199254740995}`),
    merge("untouched by a patch beside it", "{apps}/controllerrevisions/a", `{"metadata": {"labels": {"a": "b"}}}`),
    merge("merge patch: too large", "{apps}/controllerrevisions/a", `{"revision": 9223372036854775808}`),
    strategic("strategic merge: a float", "{apps}/controllerrevisions/a", `{"revision": 1.5}`),
    merge("merge patch: a float that is whole", "{apps}/controllerrevisions/a", `{"revision": 2.0}`),
    c("deployment", "POST {apps}/deployments", {
      text: `{"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"terminationGracePeriodSeconds": ${BIG}, "securityContext": {"runAsUser": 2147483647}, "containers": [{"name": "c", "image": "i"}]}}}}`,
    }),
    merge("template: merge patch", deployment, seconds(BIG)),
    strategic("template: strategic merge", deployment, seconds("9007199254740995")),
    jsonPatch(
      "template: JSON patch",
      deployment,
      `[{"op": "replace", "path": "/spec/template/spec/tolerations/0/tolerationSeconds", "value": -${BIG}}]`,
    ),
    merge("template: user out of range", deployment, template(`{"securityContext": {"runAsUser": ${BIG}}}`)),
    strategic(
      "template: user out of range, strategic",
      deployment,
      template(`{"securityContext": {"runAsUser": ${BIG}}}`),
    ),
    merge("status", `${deployment}/status`, `{"status": {"observedGeneration": ${BIG}}}`),
    c("deployment in protobuf", `GET ${deployment}`, { accept: "protobuf" }),
    c("grace period of a config map", "POST {cm}", {
      text: `{"metadata": {"name": "g", "finalizers": ["x.io/f"], "generation": ${BIG}}}`,
    }),
    c("delete it", "DELETE {cm}/g"),
    merge("longer grace by merge patch", "{cm}/g", `{"metadata": {"deletionGracePeriodSeconds": ${BIG}}}`),
    jsonPatch(
      "by JSON patch",
      "{cm}/g",
      `[{"op": "replace", "path": "/metadata/deletionGracePeriodSeconds", "value": 9007199254740995}]`,
    ),
    strategic("by strategic merge", "{cm}/g", `{"metadata": {"deletionGracePeriodSeconds": 9007199254740997}}`),
    c("by PUT", "PUT {cm}/g", {
      text: `{"metadata": {"name": "g", "finalizers": ["x.io/f"], "deletionGracePeriodSeconds": ${MAX}}}`,
    }),
    c("grace as a number of a pod", "DELETE {cm}/g", {
      text: `{"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": ${BIG}}`,
    }),
    c("grace in the query", `DELETE {cm}/g?gracePeriodSeconds=${BIG}`),
    c("bound pod", "POST {pods}", {
      setup: true,
      json: { metadata: { name: "p" }, spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] } },
    }),
    c("pod: grace in the query", `DELETE {pods}/p?gracePeriodSeconds=4611686018427387`, {
      pick: ["metadata.deletionGracePeriodSeconds"],
    }),
  ]),
]);
