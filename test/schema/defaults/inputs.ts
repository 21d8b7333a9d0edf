import type { Json, JsonObject } from "../../../src/kube/json.js";

const container = { name: "c", image: "nginx" };
const template = (spec: JsonObject = {}) => ({
  metadata: { labels: { app: "a" } },
  spec: { containers: [container], ...spec },
});
const selector = { matchLabels: { app: "a" } };
const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };

function object(apiVersion: string, kind: string, rest: JsonObject): JsonObject {
  return { apiVersion, kind, metadata: { name: "n" }, ...rest };
}

function pod(spec: JsonObject): JsonObject {
  return object("v1", "Pod", { spec: { containers: [container], ...spec } });
}

function images(...names: string[]): Json {
  return names.map((image, index) => ({ name: `c${index}`, image }));
}

/** Objects that each leave something to be filled in. */
export const INPUTS: readonly JsonObject[] = [
  pod({}),
  pod({
    containers: images(
      "",
      "nginx:latest",
      "nginx:1.27",
      "reg:5000/a/b",
      "Upper/x",
      "localhost/x",
      `a@sha256:${"0".repeat(64)}`,
      `a:latest@sha256:${"0".repeat(64)}`,
      "a@sha256:0",
      "docker.io/a",
      "0".repeat(64),
      "a:bad tag",
    ),
  }),
  pod({
    hostNetwork: true,
    containers: [
      { ...container, ports: [{ containerPort: 80 }, { containerPort: 81, hostPort: 8081, protocol: "UDP" }] },
    ],
  }),
  pod({
    containers: [{ ...container, resources: { limits: { cpu: "1", memory: "1.5u" }, requests: { cpu: "0.0001" } } }],
    initContainers: [{ ...container, name: "i", resources: { limits: { cpu: "2" } } }],
  }),
  pod({
    resources: { limits: { cpu: "4", memory: "1Gi" } },
    containers: [
      {
        ...container,
        resources: { requests: { cpu: "1500m", "example.com/gpu": "1" }, limits: { "hugepages-2Mi": "4Mi" } },
      },
      { ...container, name: "d", resources: { requests: { cpu: "1" } } },
    ],
    initContainers: [
      { ...container, name: "side", restartPolicy: "Always", resources: { requests: { cpu: "250m" } } },
      { ...container, name: "init", resources: { requests: { cpu: "3", memory: "64Mi" } } },
    ],
  }),
  pod({
    serviceAccount: "old",
    terminationGracePeriodSeconds: -5,
    volumes: [
      { name: "none" },
      { name: "secret", secret: {} },
      { name: "config", configMap: { defaultMode: 256 } },
      { name: "host", hostPath: { path: "/" } },
      { name: "downward", downwardAPI: { items: [{ path: "p", fieldRef: { fieldPath: "metadata.name" } }] } },
      { name: "projected", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } },
      { name: "iscsi", iscsi: { targetPortal: "t", iqn: "q", lun: 0 } },
      { name: "rbd", rbd: { monitors: ["m"], image: "i" } },
      { name: "azure", azureDisk: { diskName: "d", diskURI: "u" } },
      { name: "scale", scaleIO: { gateway: "g", system: "s", secretRef: {} } },
      { name: "claim", ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"] } } } },
    ],
  }),
  pod({
    containers: [
      {
        ...container,
        livenessProbe: { httpGet: { port: 80 } },
        readinessProbe: { grpc: { port: 1 } },
        startupProbe: { periodSeconds: 3, exec: {} },
        lifecycle: { postStart: { httpGet: { port: "http" } } },
        env: [{ name: "N", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
      },
    ],
  }),
  object("v1", "Service", {
    spec: { ports: [{ port: 80 }, { port: 53, protocol: "UDP", targetPort: "dns", name: "d" }] },
  }),
  object("v1", "Service", { spec: { type: "LoadBalancer", ports: [{ port: 80 }], sessionAffinity: "ClientIP" } }),
  object("v1", "Service", { spec: { type: "NodePort", ports: [{ port: 80, targetPort: 0 }] } }),
  object("v1", "Service", { spec: { type: "ExternalName", externalName: "e" } }),
  object("v1", "Service", {
    spec: { externalIPs: ["192.0.2.1"], sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } },
  }),
  object("v1", "Secret", { stringData: { b: "hé", a: "new" }, data: { a: "b2xk", c: "Yw==" } }),
  object("v1", "Node", { spec: { podCIDR: "10.0.0.0/24" }, status: { capacity: { cpu: "8", memory: "100500u" } } }),
  object("v1", "Node", { spec: { podCIDR: "10.0.0.0/24", podCIDRs: ["10.1.0.0/24", "fd00::/64"] } }),
  object("v1", "Namespace", {}),
  object("v1", "LimitRange", {
    spec: {
      limits: [
        {
          type: "Container",
          max: { cpu: "2", memory: "1Gi" },
          min: { cpu: "1", "example.com/x": "1" },
          default: { cpu: "1500m" },
        },
        { type: "Pod", max: { cpu: "2" } },
      ],
    },
  }),
  object("v1", "ReplicationController", { spec: { template: template() } }),
  object("v1", "PersistentVolume", { spec: { capacity: { storage: "1Gi" }, rbd: { monitors: ["m"], image: "i" } } }),
  object("v1", "PersistentVolumeClaim", { spec: { resources: { requests: { storage: "1Gi" } } } }),
  object("v1", "Endpoints", { subsets: [{ ports: [{ port: 1 }] }] }),
  object("apps/v1", "Deployment", { spec: { selector, template: template({ serviceAccountName: "sa" }) } }),
  object("apps/v1", "Deployment", {
    spec: { selector, template: template(), strategy: { type: "Recreate" }, replicas: 0 },
  }),
  object("apps/v1", "ReplicaSet", { spec: { selector, template: template() } }),
  object("apps/v1", "DaemonSet", {
    spec: { selector, template: template(), updateStrategy: { rollingUpdate: { maxSurge: "10%" } } },
  }),
  object("apps/v1", "StatefulSet", {
    spec: { selector, template: template(), volumeClaimTemplates: [{ metadata: { name: "d" } }] },
  }),
  object("apps/v1", "StatefulSet", {
    spec: { selector, template: template(), updateStrategy: { type: "OnDelete", rollingUpdate: {} } },
  }),
  object("batch/v1", "Job", { spec: { template: template() } }),
  object("batch/v1", "Job", {
    spec: {
      parallelism: 3,
      backoffLimitPerIndex: 1,
      template: template(),
      podFailurePolicy: { rules: [{ action: "Count", onPodConditions: [{ type: "T" }] }] },
    },
  }),
  object("batch/v1", "CronJob", { spec: { schedule: "* * * * *", jobTemplate: { spec: { template: template() } } } }),
  object("autoscaling/v2", "HorizontalPodAutoscaler", {
    spec: {
      maxReplicas: 3,
      scaleTargetRef: { kind: "Deployment", name: "d" },
      behavior: { scaleUp: { selectPolicy: "Min" } },
    },
  }),
  object("networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] } }),
  object("networking.k8s.io/v1", "IngressClass", { spec: { controller: "c", parameters: { kind: "K", name: "p" } } }),
  object("discovery.k8s.io/v1", "EndpointSlice", { addressType: "IPv4", endpoints: [], ports: [{ port: 80 }] }),
  object("storage.k8s.io/v1", "StorageClass", { provisioner: "p" }),
  object("storage.k8s.io/v1", "CSIDriver", {}),
  object("storage.k8s.io/v1", "VolumeAttachment", {
    spec: { attacher: "a", nodeName: "n", source: { inlineVolumeSpec: { rbd: { monitors: ["m"], image: "i" } } } },
  }),
  object("rbac.authorization.k8s.io/v1", "RoleBinding", {
    roleRef: { kind: "Role", name: "r" },
    subjects: [
      { kind: "User", name: "u" },
      { kind: "ServiceAccount", name: "s" },
    ],
  }),
  object("scheduling.k8s.io/v1", "PriorityClass", { value: 1 }),
  object("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", {
    spec: { type: "Limited", limited: { limitResponse: { type: "Queue", queuing: {} } } },
  }),
  object("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", { spec: { type: "Exempt", exempt: {} } }),
  object("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", { spec: { priorityLevelConfiguration: { name: "p" } } }),
  object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {
    webhooks: [{ name: "w", clientConfig: { service: { name: "s", namespace: "n" } }, rules: [rule] }],
  }),
  object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", {
    webhooks: [{ name: "w", clientConfig: { url: "https://x" } }],
  }),
  object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", {
    spec: { matchConstraints: { resourceRules: [rule] } },
  }),
  object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", {
    spec: { policyName: "p", matchResources: {} },
  }),
  object("apiregistration.k8s.io/v1", "APIService", { spec: { service: { name: "s", namespace: "n" } } }),
  object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
    spec: {
      names: { kind: "Widget", plural: "widgets" },
      versions: [
        {
          name: "v1",
          storage: true,
          served: true,
          schema: { openAPIV3Schema: { type: "object", default: { b: 1.5, a: 9007199254740993n }, enum: ["<"] } },
        },
      ],
      conversion: { strategy: "Webhook", webhook: { clientConfig: { service: { name: "s", namespace: "n" } } } },
    },
  }),
  object("resource.k8s.io/v1", "ResourceClaim", {
    spec: {
      devices: {
        requests: [
          { name: "r", exactly: { deviceClassName: "d", tolerations: [{ key: "k" }] } },
          { name: "f", firstAvailable: [{ name: "s", allocationMode: "All" }] },
        ],
      },
    },
  }),
];
