import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const containers = [{ name: "c", image: "i" }];
const pod = (name: string, spec: Readonly<Record<string, unknown>> = {}, more = {}): Case =>
  c(name, "POST {pods}", {
    json: { metadata: { name: name.replaceAll(/[^a-z]/g, "") }, spec: { containers, ...spec } },
    ...more,
  });
const container = (more: Readonly<Record<string, unknown>>) => ({ containers: [{ ...containers[0], ...more }] });
const label = (labels: Readonly<Record<string, string | null>>): Case =>
  c(`labels ${Object.values(labels).join(" ")}`, "PATCH {core}?fieldManager=t", {
    type: "merge",
    json: {
      metadata: {
        labels: Object.fromEntries(
          Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
        ),
      },
    },
    pick: ["metadata.labels", "message", "reason", "code", "details"],
  });
const brief = { pick: ["status.phase", "message", "reason", "code", "details"] };
const secure = {
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
  ...container({ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } }),
};
const template = (spec: Readonly<Record<string, unknown>>) => ({
  metadata: { labels: { a: "b" } },
  spec: { containers, ...spec },
});
const selector = { matchLabels: { a: "b" } };
const quota = "{core}/resourcequotas";
const used = (name: string): Case => c(`what is used after ${name}`, `GET ${quota}/q`, { pick: ["status"] });
/** As the quota controller would. */
const measured = (hard: Readonly<Record<string, string>>, count: Readonly<Record<string, string>>): Case =>
  c("measured", `PATCH ${quota}/q/status`, { type: "merge", json: { status: { hard, used: count } }, setup: true });
/** A real server hears of a quota's new status a little later. */
const pause = (count: number): Case[] =>
  Array.from({ length: count }, (_, index) => c(`a while ${index}`, "GET {core}", { setup: true }));
const config = (name: string, query = ""): Case =>
  c(`config map ${name}${query}`, `POST {cm}${query}`, {
    json: { metadata: { name } },
    pick: ["message", "reason", "code", "details"],
  });

contract("admission", [
  scenario("pod security, baseline enforced", [
    label({ enforce: "baseline" }),
    pod("plain", {}, brief),
    pod("host network", { hostNetwork: true }, brief),
    pod("all host namespaces", { hostNetwork: true, hostPID: true, hostIPC: true }, brief),
    pod("privileged", container({ securityContext: { privileged: true } }), brief),
    pod(
      "capabilities",
      container({ securityContext: { capabilities: { add: ["NET_ADMIN", "CHOWN", "SYS_TIME"] } } }),
      brief,
    ),
    pod(
      "host path",
      {
        volumes: [
          { name: "h", hostPath: { path: "/" } },
          { name: "g", hostPath: { path: "/g" } },
        ],
      },
      brief,
    ),
    pod(
      "host ports",
      container({
        ports: [
          { containerPort: 1, hostPort: 81 },
          { containerPort: 2, hostPort: 9 },
        ],
      }),
      brief,
    ),
    pod("probe host", container({ livenessProbe: { httpGet: { host: "h.example", port: 1 } } }), brief),
    pod("lifecycle host", container({ lifecycle: { preStop: { httpGet: { host: "h.example", port: 1 } } } }), brief),
    pod("selinux", { securityContext: { seLinuxOptions: { type: "spc_t", user: "u", role: "r" } } }, brief),
    pod("seccomp", { securityContext: { seccompProfile: { type: "Unconfined" } } }, brief),
    pod("apparmor", container({ securityContext: { appArmorProfile: { type: "Unconfined" } } }), brief),
    pod("sysctls", { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }, brief),
    pod(
      "windows host process",
      {
        securityContext: { windowsOptions: { hostProcess: true } },
        hostNetwork: true,
        os: { name: "windows" },
      },
      brief,
    ),
    pod(
      "several",
      {
        hostPID: true,
        initContainers: [{ name: "i", image: "i", securityContext: { privileged: true } }],
        ...container({ securityContext: { privileged: true } }),
      },
      brief,
    ),
    c("a name made up", "POST {pods}", {
      json: { metadata: { generateName: "g-" }, spec: { hostPID: true, containers } },
      pick: ["reason", "code", "details.kind"],
    }),
    c("a deployment is warned of", "POST {apps}/deployments", {
      json: { metadata: { name: "d" }, spec: { selector, template: template({ hostPID: true }) } },
      ...brief,
    }),
    c("so is its update", "PATCH {apps}/deployments/d", { type: "merge", json: { spec: { replicas: 2 } }, ...brief }),
    c("a cron job is warned of", "POST {batch}/cronjobs", {
      json: {
        metadata: { name: "cj" },
        spec: {
          schedule: "* * * * *",
          jobTemplate: { spec: { template: template({ hostNetwork: true, restartPolicy: "Never" }) } },
        },
      },
      ...brief,
    }),
    c("a dry run is refused, too", "POST {pods}?dryRun=All", {
      json: { metadata: { name: "dry" }, spec: { hostPID: true, containers } },
      ...brief,
    }),
    c("another label on a pod", "PATCH {pods}/plain", {
      type: "merge",
      json: { metadata: { labels: { a: "b" } } },
      ...brief,
    }),
  ]),
  scenario("pod security, restricted", [
    pod("loose", {}, brief),
    label({ warn: "restricted" }),
    pod("warned of", {}, brief),
    pod("secure", secure, brief),
    label({ enforce: "restricted", "enforce-version": "v1.20" }),
    pod("old rules", {}, brief),
    label({ "enforce-version": null }),
    pod("nothing said", {}, brief),
    pod("secure again", secure, brief),
    pod(
      "volumes",
      {
        ...secure,
        volumes: [
          { name: "n", nfs: { server: "s", path: "/" } },
          { name: "e", emptyDir: {} },
        ],
      },
      brief,
    ),
    pod("root", { ...secure, securityContext: { runAsUser: 0, runAsNonRoot: false } }, brief),
    pod(
      "capability added",
      {
        ...secure,
        ...container({
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"], add: ["CHOWN"] } },
        }),
      },
      brief,
    ),
    pod("windows", { securityContext: { runAsNonRoot: true }, os: { name: "windows" } }, brief),
    c("an image changes", "PATCH {pods}/loose", {
      type: "strategic",
      json: { spec: { containers: [{ name: "c", image: "j" }] } },
      ...brief,
    }),
    label({ enforce: "privileged" }),
    pod("warned of only", {}, brief),
  ]),
  scenario("pod security labels", [
    label({ enforce: "strict" }),
    label({ enforce: "baseline", "warn-version": "1.30" }),
    label({ audit: "none", "audit-version": "v2.0", warn: "" }),
    c("a namespace with bad labels", "POST /api/v1/namespaces", {
      json: { metadata: { name: "bad-{run}", labels: { "pod-security.kubernetes.io/enforce": "no" } } },
    }),
    label({ enforce: "baseline", "enforce-version": "v1.99" }),
    pod("beyond the newest rules", { hostIPC: true }, brief),
    label({ warn: "privileged" }),
    c("no warnings", "POST {apps}/deployments", {
      json: { metadata: { name: "d" }, spec: { selector, template: template({ hostPID: true }) } },
      ...brief,
    }),
  ]),
  scenario("quotas of objects", [
    c("a quota", `POST ${quota}`, {
      json: { metadata: { name: "q" }, spec: { hard: { "count/configmaps": "2" } } },
      setup: true,
    }),
    config("before"),
    measured({ "count/configmaps": "2", configmaps: "3" }, { "count/configmaps": "0", configmaps: "0" }),
    ...pause(40),
    config("a"),
    used("one"),
    config("b", "?dryRun=All"),
    used("a dry run"),
    config("b"),
    config("c"),
    used("a refusal"),
    c("a delete gives nothing back", "DELETE {cm}/a", { pick: ["status"] }),
    used("a delete"),
    c("an update costs nothing", "PATCH {cm}/b", { type: "merge", json: { data: { a: "b" } }, pick: ["data"] }),
    used("an update"),
  ]),
  scenario("quotas of pods", [
    c("a quota", `POST ${quota}`, { json: { metadata: { name: "q" }, spec: { hard: { pods: "5" } } }, setup: true }),
    measured(
      { pods: "2", "requests.cpu": "2", "limits.memory": "1Gi" },
      { pods: "0", "requests.cpu": "500m", "limits.memory": "0" },
    ),
    ...pause(40),
    pod("nothing asked", {}, brief),
    pod("fits", container({ resources: { requests: { cpu: "1" }, limits: { memory: "512Mi" } } }), brief),
    used("one"),
    pod("too much", container({ resources: { requests: { cpu: "1" }, limits: { memory: "768Mi" } } }), brief),
    pod("half too much", container({ resources: { requests: { cpu: "100m" }, limits: { memory: "768Mi" } } }), brief),
    pod("fills", container({ resources: { requests: { cpu: "500m" }, limits: { memory: "512Mi" } } }), brief),
    pod("one too many", container({ resources: { requests: { cpu: "0" }, limits: { memory: "1" } } }), brief),
    used("all"),
  ]),
  scenario("classes and priorities", [
    pod("no such priority class", { priorityClassName: "none-{run}" }, brief),
    pod(
      "a system class",
      { priorityClassName: "system-node-critical" },
      { pick: ["spec.priority", "spec.preemptionPolicy", "message"] },
    ),
    pod("a priority of its own", { priority: 5 }, brief),
    pod("no such runtime class", { runtimeClassName: "none-{run}" }, brief),
    pod("overhead without a class", { overhead: { cpu: "1" } }, brief),
    given("/apis/node.k8s.io/v1/runtimeclasses", {
      metadata: { name: "rc-{run}" },
      handler: "h",
      overhead: { podFixed: { cpu: "100m" } },
      scheduling: { nodeSelector: { a: "b" } },
    }),
    ...pause(20),
    pod(
      "a runtime class",
      { runtimeClassName: "rc-{run}" },
      { pick: ["spec.overhead", "spec.nodeSelector", "message"] },
    ),
    pod("another node", { runtimeClassName: "rc-{run}", nodeSelector: { a: "c" } }, brief),
    pod("another overhead", { runtimeClassName: "rc-{run}", overhead: { cpu: "1" } }, brief),
    pod("tolerations", {}, { pick: ["spec.tolerations"] }),
    pod("own tolerations", { tolerations: [{ operator: "Exists" }] }, { pick: ["spec.tolerations"] }),
    c("a claim is protected", "POST {core}/persistentvolumeclaims", {
      json: {
        metadata: { name: "pvc" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
      pick: ["metadata.finalizers", "spec.storageClassName"],
    }),
    c("no growing unbound", "PATCH {core}/persistentvolumeclaims/pvc", {
      type: "merge",
      json: { spec: { resources: { requests: { storage: "2Gi" } } } },
    }),
    c("a node is tainted", "POST {nodes}", { json: { metadata: { name: "n-{run}" } }, pick: ["spec.taints"] }),
    c("default stays", "DELETE /api/v1/namespaces/default"),
    c("kube-system stays", "DELETE /api/v1/namespaces/kube-system"),
    c("no such namespace", "POST /api/v1/namespaces/none-{run}/configmaps", { json: { metadata: { name: "a" } } }),
  ]),
]);
