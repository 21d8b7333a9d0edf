import { type Case, c, scenario } from "./case.js";
import { contract } from "./contract.js";

const containers = [{ name: "c", image: "i" }];
const template = { metadata: { labels: { a: "b" } }, spec: { containers } };
const selector = { matchLabels: { a: "b" } };
const hpa = (version: string) => `/apis/autoscaling/${version}/namespaces/{ns}/horizontalpodautoscalers`;
const service = (name: string, spec: unknown, more = {}): Case =>
  c(`service ${name}`, "POST {svc}", { json: { metadata: { name }, spec }, ...more });
const events = "/apis/events.k8s.io/v1/namespaces/{ns}/events";

contract("kinds", [
  scenario("events, old and new", [
    c("core", "POST {core}/events", {
      json: {
        metadata: { name: "a" },
        involvedObject: {
          kind: "Pod",
          name: "p",
          namespace: "{ns}",
          uid: "u",
          apiVersion: "v1",
          fieldPath: "spec.containers{c}",
        },
        reason: "R",
        message: "M",
        source: { component: "c", host: "h" },
        type: "Warning",
        count: 2,
        firstTimestamp: "2001-01-01T00:00:00Z",
        lastTimestamp: "2001-01-02T00:00:00Z",
      },
    }),
    c("core, read as new", `GET ${events}/a`),
    c("new", `POST ${events}`, {
      json: {
        metadata: { name: "b" },
        eventTime: "2001-01-01T00:00:00.123456Z",
        action: "A",
        reason: "R",
        note: "N",
        type: "Normal",
        regarding: { kind: "Pod", name: "p", namespace: "{ns}" },
        related: { kind: "Node", name: "n" },
        reportingController: "x.io/c",
        reportingInstance: "c-1",
        series: { count: 3, lastObservedTime: "2001-01-01T00:00:01.000000Z" },
      },
    }),
    c("new, read as core", "GET {core}/events/b"),
    c("new, incomplete", `POST ${events}`, { json: { metadata: { name: "c" }, regarding: { namespace: "{ns}" } } }),
    c("new, without time", `POST ${events}`, {
      json: {
        metadata: { name: "c" },
        reportingController: "c",
        reportingInstance: "i",
        action: "a",
        reason: "r",
        type: "Normal",
        regarding: { namespace: "{ns}" },
      },
    }),
    c("core, other namespace", "POST {core}/events", {
      json: { metadata: { name: "d" }, involvedObject: { namespace: "other" } },
    }),
    c("core, no namespace", "POST {core}/events", {
      json: { metadata: { name: "d" }, involvedObject: { kind: "Node", name: "n" } },
    }),
    c("core, minimal", "POST {core}/events", {
      json: { metadata: { name: "d" }, involvedObject: { namespace: "{ns}" } },
    }),
    c("core, patched count", "PATCH {core}/events/a", {
      type: "strategic",
      json: { count: 5, lastTimestamp: "2001-01-03T00:00:00Z" },
    }),
    c("new, patched series", `PATCH ${events}/b`, {
      type: "merge",
      json: { series: { count: 9, lastObservedTime: "2001-01-01T00:00:05.000000Z" } },
    }),
    c("new, immutable", `PATCH ${events}/b`, { type: "merge", json: { reason: "Other" } }),
    c("list core", "GET {core}/events"),
    c("list new", `GET ${events}`),
    c("protobuf", `GET ${events}/b`, { accept: "protobuf" }),
  ]),
  scenario("autoscalers, v1 and v2", [
    c("v1", `POST ${hpa("v1")}`, {
      json: {
        metadata: { name: "a" },
        spec: {
          maxReplicas: 3,
          targetCPUUtilizationPercentage: 50,
          scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" },
        },
      },
    }),
    c("v1 as v2", `GET ${hpa("v2")}/a`),
    c("v2", `POST ${hpa("v2")}`, {
      json: {
        metadata: { name: "b" },
        spec: {
          minReplicas: 2,
          maxReplicas: 5,
          scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" },
          metrics: [
            { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } } },
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
            { type: "Pods", pods: { metric: { name: "qps" }, target: { type: "AverageValue", averageValue: "1k" } } },
          ],
          behavior: {
            scaleDown: { stabilizationWindowSeconds: 60, policies: [{ type: "Pods", value: 4, periodSeconds: 60 }] },
          },
        },
      },
    }),
    c("v2 as v1", `GET ${hpa("v1")}/b`),
    c("v1 changes it", `PATCH ${hpa("v1")}/b`, {
      type: "merge",
      json: { spec: { targetCPUUtilizationPercentage: 80 } },
    }),
    c("v2 afterwards", `GET ${hpa("v2")}/b`),
    c("status by v2", `PATCH ${hpa("v2")}/b/status`, {
      type: "merge",
      json: {
        status: {
          currentReplicas: 2,
          desiredReplicas: 3,
          conditions: [{ type: "AbleToScale", status: "True" }],
          currentMetrics: [
            { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 5, averageValue: "5m" } } },
          ],
        },
      },
    }),
    c("status as v1", `GET ${hpa("v1")}/b/status`),
    c("bad", `POST ${hpa("v2")}`, { json: { metadata: { name: "c" }, spec: { maxReplicas: 0 } } }),
    c("min above max", `POST ${hpa("v2")}`, {
      json: {
        metadata: { name: "c" },
        spec: { minReplicas: 5, maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "d" } },
      },
    }),
    c("v2 gone again", `GET /apis/autoscaling/v2beta2/namespaces/{ns}/horizontalpodautoscalers`),
    c("list v1", `GET ${hpa("v1")}`),
  ]),
  scenario("services", [
    service("plain", { ports: [{ port: 80 }] }),
    service("headless", {
      clusterIP: "None",
      selector: { a: "b" },
      ports: [{ port: 80, targetPort: "http", name: "x", appProtocol: "http" }],
    }),
    service("external", { type: "ExternalName", externalName: "x.io" }),
    service("node-port", { type: "NodePort", ports: [{ port: 80 }, { port: 81, name: "b" }] }),
    service("named", {
      type: "NodePort",
      ports: [
        { port: 80, name: "a" },
        { port: 81, name: "b" },
      ],
    }),
    service("balancer", { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: [{ port: 80 }] }),
    service("no-node-ports", { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] }),
    service("bad-ip", { clusterIP: "1.2.3.4", ports: [{ port: 80 }] }),
    service("no-ip", { clusterIP: "nonsense", ports: [{ port: 80 }] }),
    service("bad-port", { ports: [{ port: 0 }] }),
    service("no-ports", {}),
    service("bad-node-port", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }),
    service("node-port-without-type", { ports: [{ port: 80, nodePort: 31999 }] }),
    service("bad-type", { type: "Magic", ports: [{ port: 80 }] }),
    service("affinity", { sessionAffinity: "ClientIP", ports: [{ port: 80 }] }),
    service("dual", { ipFamilyPolicy: "PreferDualStack", ports: [{ port: 80 }] }),
    service("must-dual", { ipFamilyPolicy: "RequireDualStack", ports: [{ port: 80 }] }),
    service("v6", { ipFamilies: ["IPv6"], ports: [{ port: 80 }] }),
    c("clusterIP stays", "PUT {svc}/plain", { json: { metadata: { name: "plain" }, spec: { ports: [{ port: 81 }] } } }),
    c("clusterIP can't change", "PATCH {svc}/plain", { type: "merge", json: { spec: { clusterIP: "None" } } }),
    c("to a node port", "PATCH {svc}/plain", { type: "merge", json: { spec: { type: "NodePort" } } }),
    c("and back", "PATCH {svc}/plain", { type: "merge", json: { spec: { type: "ClusterIP" } } }),
    c("to an external name", "PATCH {svc}/plain", {
      type: "merge",
      json: { spec: { type: "ExternalName", externalName: "x.io" } },
    }),
    c("ip is free again", "GET {svc}/plain", { pick: ["spec.clusterIP", "spec.clusterIPs", "spec.ipFamilies"] }),
  ]),
  scenario("jobs", [
    c("job", "POST {batch}/jobs", {
      json: { metadata: { name: "a" }, spec: { template: { spec: { restartPolicy: "Never", containers } } } },
    }),
    c("own selector", "POST {batch}/jobs", {
      json: {
        metadata: { name: "b" },
        spec: { selector, template: { ...template, spec: { restartPolicy: "Never", containers } } },
      },
    }),
    c("manual selector", "POST {batch}/jobs", {
      json: {
        metadata: { name: "c" },
        spec: {
          manualSelector: true,
          selector,
          template: { ...template, spec: { restartPolicy: "Never", containers } },
        },
      },
    }),
    c("restart policy", "POST {batch}/jobs", {
      json: { metadata: { name: "d" }, spec: { template: { spec: { containers } } } },
    }),
    c("indexed", "POST {batch}/jobs", {
      json: {
        metadata: { name: "e" },
        spec: {
          completionMode: "Indexed",
          completions: 3,
          parallelism: 2,
          template: { spec: { restartPolicy: "OnFailure", containers } },
        },
      },
    }),
    c("immutable template", "PATCH {batch}/jobs/a", {
      type: "merge",
      json: { spec: { template: { spec: { restartPolicy: "OnFailure" } } } },
    }),
    c("suspend", "PATCH {batch}/jobs/a", {
      type: "merge",
      json: { spec: { suspend: true } },
      pick: ["spec.suspend", "metadata.generation"],
    }),
    c("cron job", "POST {batch}/cronjobs", {
      json: {
        metadata: { name: "a" },
        spec: {
          schedule: "*/5 * * * *",
          jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers } } } },
        },
      },
    }),
    c("bad schedule", "POST {batch}/cronjobs", {
      json: {
        metadata: { name: "b" },
        spec: {
          schedule: "often",
          jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers } } } },
        },
      },
    }),
    c("bad time zone", "POST {batch}/cronjobs", {
      json: {
        metadata: { name: "b" },
        spec: {
          timeZone: "Nowhere/City",
          schedule: "* * * * *",
          jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers } } } },
        },
      },
    }),
  ]),
  scenario("workloads", [
    c("deployment", "POST {apps}/deployments", { json: { metadata: { name: "a" }, spec: { selector, template } } }),
    c("stateful set", "POST {apps}/statefulsets", {
      json: {
        metadata: { name: "a" },
        spec: {
          serviceName: "a",
          selector,
          template,
          volumeClaimTemplates: [
            {
              metadata: { name: "d" },
              spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
            },
          ],
        },
      },
    }),
    c("daemon set", "POST {apps}/daemonsets", { json: { metadata: { name: "a" }, spec: { selector, template } } }),
    c("replica set", "POST {apps}/replicasets", { json: { metadata: { name: "a" }, spec: { selector, template } } }),
    c("controller revision", "POST {apps}/controllerrevisions", {
      json: { metadata: { name: "a" }, revision: 3, data: { z: 1, a: { b: [1, 2.5, "x"] } } },
    }),
    c("replication controller", "POST {core}/replicationcontrollers", {
      json: { metadata: { name: "a" }, spec: { template } },
    }),
    c("deployment without selector", "POST {apps}/deployments", {
      json: { metadata: { name: "b" }, spec: { template } },
    }),
    c("deployment that misses its pods", "POST {apps}/deployments", {
      json: { metadata: { name: "b" }, spec: { selector: { matchLabels: { x: "y" } }, template } },
    }),
    c("daemon set: selector can't change", "PATCH {apps}/daemonsets/a", {
      type: "merge",
      json: { spec: { selector: { matchLabels: { x: "y" } } } },
    }),
    c("stateful set: what can't change", "PATCH {apps}/statefulsets/a", {
      type: "merge",
      json: { spec: { serviceName: "b" } },
    }),
    c("deployment: recreate", "PATCH {apps}/deployments/a", {
      type: "merge",
      json: { spec: { strategy: { type: "Recreate", rollingUpdate: null } } },
      pick: ["spec.strategy", "metadata.generation"],
    }),
    c("empty", "POST {apps}/deployments", { json: { metadata: { name: "c" } } }),
  ]),
  scenario("others", [
    c("service account", "POST {core}/serviceaccounts", {
      json: { metadata: { name: "a" }, secrets: [{ name: "s" }] },
    }),
    c("service account token", "POST {core}/serviceaccounts/a/token", {
      json: { spec: {} },
      pick: ["kind", "spec.audiences", "spec.expirationSeconds"],
    }),
    c("limit range", "POST {core}/limitranges", {
      json: {
        metadata: { name: "a" },
        spec: { limits: [{ type: "Container", max: { cpu: "1" }, min: { cpu: "10m" } }] },
      },
    }),
    c("limit range defaults", "POST {pods}?dryRun=All", {
      json: { metadata: { name: "p" }, spec: { containers } },
      pick: ["spec.containers", "metadata.annotations"],
    }),
    c("limit range refuses", "POST {pods}?dryRun=All", {
      json: {
        metadata: { name: "p" },
        spec: { containers: [{ ...containers[0], resources: { requests: { cpu: "2" } } }] },
      },
    }),
    c("quota", "POST {core}/resourcequotas", {
      json: { metadata: { name: "a" }, spec: { hard: { "requests.cpu": "4", pods: "10" }, scopes: ["NotBestEffort"] } },
    }),
    c("endpoints", "POST {core}/endpoints", {
      json: { metadata: { name: "a" }, subsets: [{ addresses: [{ ip: "1.2.3.4" }], ports: [{ port: 80 }] }] },
    }),
    c("endpoint slice", "POST /apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {
      json: {
        metadata: { name: "a" },
        addressType: "IPv4",
        endpoints: [{ addresses: ["1.2.3.4"] }],
        ports: [{ port: 80 }],
      },
    }),
    c("network policy", "POST /apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies", {
      json: {
        metadata: { name: "a" },
        spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "1.2.3.0/24" } }], ports: [{ port: 80 }] }] },
      },
    }),
    c("ingress", "POST /apis/networking.k8s.io/v1/namespaces/{ns}/ingresses", {
      json: {
        metadata: { name: "a" },
        spec: {
          rules: [
            {
              http: {
                paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { name: "h" } } } }],
              },
            },
          ],
        },
      },
    }),
    c("role", "POST /apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", {
      json: { metadata: { name: "a" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
    }),
    c("role binding", "POST /apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", {
      json: {
        metadata: { name: "a" },
        roleRef: { kind: "Role", name: "a", apiGroup: "rbac.authorization.k8s.io" },
        subjects: [
          { kind: "ServiceAccount", name: "x" },
          { kind: "User", name: "u" },
        ],
      },
    }),
    c("role binding: role can't change", "PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings/a", {
      type: "merge",
      json: { roleRef: { name: "b" } },
    }),
    c("storage class", "POST /apis/storage.k8s.io/v1/storageclasses", {
      json: { metadata: { name: "a-{run}" }, provisioner: "x.io/p" },
    }),
    c("priority class", "POST /apis/scheduling.k8s.io/v1/priorityclasses", {
      json: { metadata: { name: "a-{run}" }, value: 5 },
    }),
    c("priority class: value can't change", "PATCH /apis/scheduling.k8s.io/v1/priorityclasses/a-{run}", {
      type: "merge",
      json: { value: 6 },
    }),
    c("pod with a priority", "POST {pods}?dryRun=All", {
      json: { metadata: { name: "p" }, spec: { priorityClassName: "a-{run}", containers } },
      pick: ["spec.priority", "spec.priorityClassName", "spec.preemptionPolicy"],
    }),
    c("runtime class", "POST /apis/node.k8s.io/v1/runtimeclasses", {
      json: { metadata: { name: "a-{run}" }, handler: "h" },
    }),
    c("csi driver", "POST /apis/storage.k8s.io/v1/csidrivers", { json: { metadata: { name: "a-{run}" }, spec: {} } }),
    c("volume attachment", "POST /apis/storage.k8s.io/v1/volumeattachments", {
      json: {
        metadata: { name: "a-{run}" },
        spec: { attacher: "x.io", nodeName: "n", source: { persistentVolumeName: "v" } },
      },
    }),
    c("pod template", "POST {core}/podtemplates", { json: { metadata: { name: "a" }, template } }),
    c("flow schema", "POST /apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", {
      json: { metadata: { name: "a-{run}" }, spec: { priorityLevelConfiguration: { name: "global-default" } } },
    }),
    c("validating policy", "POST /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies", {
      json: {
        metadata: { name: "a-{run}" },
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: ["nope.io"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["x"] }],
          },
          validations: [{ expression: "true" }],
        },
      },
    }),
    c("webhook", "POST /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
      json: { metadata: { name: "a-{run}" }, webhooks: [] },
    }),
    c("pod with everything defaulted", "POST {pods}?dryRun=All", {
      json: {
        metadata: { name: "p" },
        spec: {
          initContainers: [{ name: "i", image: "x:1" }],
          containers: [
            {
              name: "c",
              image: "r.io/x@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
              livenessProbe: { httpGet: { port: 80 } },
              ports: [{ containerPort: 1 }],
              resources: { limits: { cpu: "1", memory: "1Gi" } },
              lifecycle: { postStart: { exec: { command: ["x"] } } },
            },
          ],
          volumes: [
            { name: "a", configMap: { name: "x" } },
            { name: "b", secret: { secretName: "x" } },
            { name: "c", emptyDir: {} },
            { name: "d", hostPath: { path: "/x" } },
            { name: "e", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } },
            { name: "f", downwardAPI: { items: [{ path: "p", fieldRef: { fieldPath: "metadata.name" } }] } },
          ],
        },
      },
    }),
    c("endpoint slice without type", "POST /apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {
      json: { metadata: { name: "b" }, endpoints: [] },
    }),
  ]),
]);
