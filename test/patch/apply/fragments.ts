import type { Json, JsonObject } from "../../../src/kube/json.js";
import type { Random } from "../random.js";

/** Pieces of which objects of a kind are put together. */
export interface Fragments {
  readonly apiVersions: readonly string[];
  readonly kind: string;
  readonly spec: readonly ((random: Random) => JsonObject)[];
  readonly status: readonly ((random: Random) => JsonObject)[];
}

const text = (random: Random) => random.pick(["1", "2", "3"]);

const metadata: Fragments["spec"] = [
  (random) => ({ metadata: { labels: { [random.pick(["a", "b"])]: text(random) } } }),
  (random) => ({ metadata: { annotations: { [random.pick(["a", "b"])]: text(random) } } }),
  (random) => ({ metadata: { finalizers: random.some(["ex.com/a", "ex.com/b", "ex.com/c"], 0.5) } }),
  (random) => ({
    metadata: {
      ownerReferences: random
        .some(["u1", "u2"], 0.7)
        .map((uid) => ({ apiVersion: "v1", kind: "Pod", name: text(random), uid })),
    },
  }),
  (random) => ({
    metadata: {
      annotations: {
        "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({
          apiVersion: random.pick(["v1", "apps/v1"]),
          kind: "ConfigMap",
          metadata: { name: "x", labels: { a: text(random) } },
          data: { a: text(random) },
        }),
      },
    },
  }),
];

function container(random: Random): JsonObject {
  const out: JsonObject = { name: random.pick(["c1", "c2", "c3"]) };
  const maybe = (name: string, make: () => Json) => {
    if (random.chance(0.35)) out[name] = make();
  };
  maybe("image", () => `i:${text(random)}`);
  maybe("args", () => random.some(["-a", "-b"], 0.7));
  maybe("env", () =>
    random
      .some(["A", "B", "C"], 0.6)
      .map((name) =>
        random.chance(0.3)
          ? { name, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }
          : { name, value: text(random) },
      ),
  );
  maybe("ports", () =>
    random.some([80, 81, 443], 0.6).map((containerPort) => ({
      containerPort,
      ...(random.chance(0.5) && { protocol: random.pick(["TCP", "UDP"]) }),
      ...(random.chance(0.3) && { name: `p${containerPort}` }),
    })),
  );
  maybe("resources", () => ({
    ...(random.chance(0.6) && {
      limits: { cpu: random.pick(["500m", "0.5", "1"]), memory: random.pick<Json>(["1Gi", 1024]) },
    }),
    ...(random.chance(0.4) && { requests: { cpu: "100m" } }),
    ...(random.chance(0.2) && { claims: [{ name: "g" }] }),
  }));
  maybe("livenessProbe", () =>
    random.pick<Json>([
      { httpGet: { port: 80, path: "/x" } },
      { exec: { command: ["a"] } },
      { tcpSocket: { port: "p80" } },
    ]),
  );
  maybe("securityContext", () => random.pick<Json>([{}, { runAsUser: 0 }, { capabilities: { add: ["A"] } }, null]));
  maybe("volumeMounts", () => random.some(["/a", "/b"], 0.6).map((mountPath) => ({ name: "v1", mountPath })));
  return out;
}

function podSpec(random: Random): JsonObject {
  return random.pick<() => JsonObject>([
    () => ({ containers: [container(random)] }),
    () => ({
      containers: [
        { ...container(random), name: "c2" },
        { ...container(random), name: "c1" },
      ],
    }),
    () => ({ initContainers: [container(random)] }),
    () => ({
      volumes: random
        .some(["v1", "v2"], 0.6)
        .map((name) => ({ name, ...random.pick<JsonObject>([{ emptyDir: {} }, { configMap: { name: "c" } }, {}]) })),
    }),
    () => ({ tolerations: random.some(["a", "b"], 0.6).map((key) => ({ key, operator: "Exists" })) }),
    () => ({ nodeSelector: { a: text(random) } }),
    () => ({ hostNetwork: random.chance(0.5), replicas: undefined }) as unknown as JsonObject,
    () => ({ imagePullSecrets: random.pick<Json>([[{ name: "a" }], [{}], [{ name: "b" }, { name: "a" }], []]) }),
    () => ({
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "z",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { a: text(random) } },
        },
      ],
    }),
    () => ({ hostAliases: random.some(["1.1.1.1", "2.2.2.2"], 0.5).map((ip) => ({ ip, hostnames: ["h"] })) }),
    () => ({ securityContext: { runAsUser: 5, sysctls: [{ name: "a", value: "b" }] } }),
    () => ({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }],
          },
        },
      },
    }),
  ])();
}

const conditions = (random: Random) =>
  random
    .some(["Ready", "Other"], 0.7)
    .map((type) => ({ type, status: random.pick(["True", "False"]), reason: text(random) }));

export const FRAGMENTS: readonly Fragments[] = [
  {
    apiVersions: ["v1"],
    kind: "ConfigMap",
    spec: [
      ...metadata,
      (random) => ({ data: { [random.pick(["a", "b", "<c>"])]: text(random) } }),
      (random) => ({ data: { [random.pick(["a", 'd"q', "\u00e9"])]: text(random) } }),
      (random) => ({ binaryData: { z: random.pick(["AQ==", "Ag=="]) } }),
      (random) => ({ immutable: random.chance(0.5) }),
      (random) => ({ data: random.pick<Json>([{}, null]) }),
    ],
    status: [],
  },
  {
    apiVersions: ["v1"],
    kind: "Pod",
    spec: [...metadata, ...Array.from({ length: 4 }, () => (random: Random) => ({ spec: podSpec(random) }))],
    status: [
      (random) => ({ status: { phase: random.pick(["Running", "Pending"]) } }),
      (random) => ({ status: { conditions: conditions(random) } }),
      (random) => ({ status: { podIPs: random.some(["1.1.1.1", "1.1.1.2"], 0.5).map((ip) => ({ ip })) } }),
      (random) => ({
        status: {
          containerStatuses: [
            {
              name: "c1",
              image: "i",
              imageID: "x",
              ready: random.chance(0.5),
              restartCount: random.below(3),
              state: { running: { startedAt: "2019-01-01T00:00:00Z" } },
            },
          ],
        },
      }),
      (random) => ({ metadata: { labels: { st: text(random) } } }),
    ],
  },
  {
    apiVersions: ["apps/v1"],
    kind: "Deployment",
    spec: [
      ...metadata,
      (random) => ({ spec: { replicas: random.below(3) } }),
      (random) => ({ spec: { selector: { matchLabels: { a: text(random) } } } }),
      (random) => ({ spec: { template: { metadata: { labels: { a: text(random) } } } } }),
      (random) => ({
        spec: {
          strategy: random.pick<Json>([
            { type: "Recreate" },
            { rollingUpdate: { maxSurge: random.pick<Json>([1, "25%"]) } },
          ]),
        },
      }),
      ...Array.from({ length: 3 }, () => (random: Random) => ({ spec: { template: { spec: podSpec(random) } } })),
    ],
    status: [
      (random) => ({ status: { replicas: random.below(3), observedGeneration: random.below(2) } }),
      (random) => ({ status: { conditions: conditions(random) } }),
    ],
  },
  {
    apiVersions: ["v1"],
    kind: "Service",
    spec: [
      ...metadata,
      (random) => ({
        spec: {
          ports: random.some([80, 81, 53], 0.6).map((port) => ({
            port,
            name: `p${port}`,
            ...(random.chance(0.4) && { protocol: random.pick(["TCP", "UDP"]) }),
            ...(random.chance(0.3) && { targetPort: random.pick<Json>(["http", 8080]) }),
          })),
        },
      }),
      (random) => ({ spec: { selector: { [random.pick(["a", "b"])]: text(random) } } }),
      (random) => ({ spec: { externalIPs: random.some(["1.1.1.1", "2.2.2.2"], 0.5) } }),
      (random) => ({ spec: { type: random.pick(["ClusterIP", "NodePort"]) } }),
      (random) => ({ spec: { sessionAffinityConfig: random.pick<Json>([{ clientIP: { timeoutSeconds: 5 } }, {}]) } }),
    ],
    status: [
      (random) => ({
        status: { loadBalancer: { ingress: random.some(["1.1.1.1", "2.2.2.2"], 0.5).map((ip) => ({ ip })) } },
      }),
      (random) => ({
        status: {
          conditions: conditions(random).map((item) => ({
            ...item,
            message: "",
            lastTransitionTime: "2019-01-01T00:00:00Z",
          })),
        },
      }),
    ],
  },
  {
    apiVersions: ["v1"],
    kind: "Node",
    spec: [
      ...metadata,
      (random) => ({ spec: { taints: random.some(["a", "b"], 0.6).map((key) => ({ key, effect: "NoSchedule" })) } }),
      (random) => ({ spec: { podCIDR: random.pick(["10.0.0.0/24", "10.1.0.0/24"]) } }),
      (random) => ({ spec: { podCIDRs: random.some(["10.0.0.0/24", "10.1.0.0/24"], 0.6) } }),
      (random) => ({ spec: { unschedulable: random.chance(0.5) } }),
    ],
    status: [
      (random) => ({ status: { conditions: conditions(random) } }),
      (random) => ({
        status: {
          addresses: random.some(["InternalIP", "Hostname"], 0.6).map((type) => ({ type, address: text(random) })),
        },
      }),
      (random) => ({
        status: {
          capacity: { cpu: random.pick<Json>(["4", "4000m", 4]), memory: "1Gi" },
          nodeInfo: { kubeletVersion: text(random) },
        },
      }),
      (random) => ({ status: { images: [{ names: ["a", "b"], sizeBytes: random.below(2) }] } }),
    ],
  },
  {
    apiVersions: ["autoscaling/v2", "autoscaling/v1"],
    kind: "HorizontalPodAutoscaler",
    spec: [
      ...metadata,
      (random) => ({ spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: text(random) } } }),
      (random) => ({ spec: { minReplicas: random.below(3), maxReplicas: 3 + random.below(3) } }),
      (random) => ({ spec: { maxReplicas: 3 + random.below(3) } }),
    ],
    status: [(random) => ({ status: { currentReplicas: random.below(3), desiredReplicas: random.below(3) } })],
  },
];
