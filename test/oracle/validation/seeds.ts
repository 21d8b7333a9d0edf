import type { Json } from "../../../src/kube/json.js";

/** An object that a server accepts, and where it belongs. `{ns}` is the namespace. */
export interface Seed {
  readonly path: string;
  readonly object: Readonly<Record<string, Json>>;
  /** Sent to /status of the stored object. */
  readonly status?: Json;
  /** Sent to these subresources of the stored object, with these fields of its spec. */
  readonly through?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  /** Never stored, since others would notice: creations only. */
  readonly createOnly?: boolean;
}

const meta = { name: "seed", labels: { app: "a" } };
const container = {
  name: "c",
  image: "nginx:1",
  command: ["run"],
  env: [
    { name: "A", value: "1" },
    { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "C", valueFrom: { configMapKeyRef: { name: "cm", key: "k" } } },
    { name: "D", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } } },
  ],
  envFrom: [{ prefix: "P", secretRef: { name: "s" } }],
  ports: [{ name: "http", containerPort: 80, hostPort: 8080, protocol: "TCP" }],
  resources: { limits: { cpu: "2", memory: "1Gi" }, requests: { cpu: "1" } },
  volumeMounts: [{ name: "v", mountPath: "/v", subPath: "s" }],
  livenessProbe: { httpGet: { path: "/", port: "http", httpHeaders: [{ name: "X", value: "v" }] }, periodSeconds: 3 },
  readinessProbe: { exec: { command: ["true"] } },
  startupProbe: { grpc: { port: 5, service: "s" } },
  lifecycle: { preStop: { sleep: { seconds: 3 } }, postStart: { exec: { command: ["x"] } } },
  securityContext: { runAsUser: 5, capabilities: { add: ["NET_ADMIN"] }, allowPrivilegeEscalation: true },
};
const podSpec = {
  containers: [container, { name: "d", image: "i", livenessProbe: { tcpSocket: { port: 80 } } }],
  initContainers: [{ name: "i", image: "i", restartPolicy: "Always" }],
  volumes: [
    { name: "v", emptyDir: { sizeLimit: "1Gi" } },
    { name: "s", secret: { secretName: "s", items: [{ key: "k", path: "p", mode: 256 }] } },
    { name: "m", configMap: { name: "m", defaultMode: 420 } },
    { name: "h", hostPath: { path: "/h", type: "Directory" } },
    { name: "n", nfs: { server: "s", path: "/p" } },
    { name: "p", persistentVolumeClaim: { claimName: "c" } },
    { name: "x", csi: { driver: "d.example", nodePublishSecretRef: { name: "s" } } },
    { name: "y", downwardAPI: { items: [{ path: "p", fieldRef: { fieldPath: "metadata.labels" } }] } },
    {
      name: "z",
      projected: {
        sources: [
          { serviceAccountToken: { path: "t", expirationSeconds: 3600 } },
          { configMap: { name: "c", items: [{ key: "k", path: "p" }] } },
        ],
      },
    },
    {
      name: "e",
      ephemeral: {
        volumeClaimTemplate: {
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      },
    },
    { name: "g", image: { reference: "r", pullPolicy: "Always" } },
    { name: "q", iscsi: { targetPortal: "1.2.3.4", iqn: "iqn.2001-04.com.example:a", lun: 0 } },
  ],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "k", operator: "In", values: ["v"] }] }],
      },
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 5, preference: { matchFields: [{ key: "metadata.name", operator: "In", values: ["n"] }] } },
      ],
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { a: "b" } } },
      ],
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { topologyKey: "zone", namespaceSelector: {} } },
      ],
    },
  },
  tolerations: [{ key: "k", operator: "Equal", value: "v", effect: "NoExecute", tolerationSeconds: 5 }],
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { a: "b" } } },
  ],
  hostAliases: [{ ip: "1.2.3.4", hostnames: ["h"] }],
  dnsConfig: { nameservers: ["1.1.1.1"], searches: ["x.y"], options: [{ name: "ndots", value: "2" }] },
  securityContext: { fsGroup: 5, sysctls: [{ name: "kernel.shm_rmid_forced", value: "1" }], supplementalGroups: [5] },
  imagePullSecrets: [{ name: "p" }],
  nodeSelector: { a: "b" },
  readinessGates: [{ conditionType: "x.y/z" }],
  activeDeadlineSeconds: 50,
  serviceAccountName: "default",
};
const smallTemplate = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i" }] } };
const selector = { matchLabels: { app: "a" }, matchExpressions: [{ key: "app", operator: "In", values: ["a"] }] };
const apps = (resource: string) => `/apis/apps/v1/namespaces/{ns}/${resource}`;
const core = (resource: string) => `/api/v1/namespaces/{ns}/${resource}`;
const rule = { operations: ["CREATE"], apiGroups: ["fuzz.example"], apiVersions: ["v1"], resources: ["things"] };
const condition = {
  type: "T",
  status: "True",
  reason: "R",
  message: "m",
  lastTransitionTime: "2001-01-01T00:00:00Z",
  observedGeneration: 1,
};
const admission = (resource: string) => `/apis/admissionregistration.k8s.io/v1/${resource}`;
const storage = (resource: string) => `/apis/storage.k8s.io/v1/${resource}`;
const hook = {
  name: "a.fuzz.example",
  clientConfig: { service: { name: "s", namespace: "n", path: "/p", port: 443 } },
  rules: [rule],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  namespaceSelector: { matchLabels: { a: "b" } },
  matchConditions: [{ name: "m", expression: "true" }],
  timeoutSeconds: 5,
};
const CSR =
  "-----BEGIN CERTIFICATE REQUEST-----\nMIHWMH8CAQAwHTEMMAoGA1UECgwDZGV2MQ0wCwYDVQQDDARqYW5lMFkwEwYHKoZI\nzj0CAQYIKoZIzj0DAQcDQgAEkL3t1cFiJGp/uAd3R1QpHPFgyojwzcFKmQ5Kicua\ngdA2arLvicgglB9yD8S7HXa4QU2uJb+E3lv5cV0BXjT256AAMAoGCCqGSM49BAMC\nA0cAMEQCICxPy3LSOPLYq/Aj4v0T+kvf7xrXITTd1X2lx5QJZXWfAiAz8bjEh68i\n3tT4eLmFJ7nE7SfECl25DfXhe7YWNufcbQ==\n-----END CERTIFICATE REQUEST-----\n";

export const SEEDS: Readonly<Record<string, readonly Seed[]>> = {
  pod: [{ path: core("pods"), object: { metadata: meta, spec: podSpec } }],
  podstatus: [
    {
      path: core("pods"),
      object: { metadata: { name: "tiny" }, spec: { containers: [{ name: "c", image: "i" }] } },
      status: {
        phase: "Running",
        conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2001-01-01T00:00:00Z" }],
        hostIP: "1.2.3.4",
        hostIPs: [{ ip: "1.2.3.4" }],
        podIP: "1.2.3.5",
        podIPs: [{ ip: "1.2.3.5" }],
        containerStatuses: [
          { name: "c", image: "i", imageID: "x", ready: true, restartCount: 1, state: { running: {} } },
        ],
      },
    },
  ],
  podparts: [
    {
      path: core("pods"),
      object: {
        metadata: { name: "parts" },
        spec: { containers: [{ name: "c", image: "i", resources: { limits: { cpu: "2" }, requests: { cpu: "1" } } }] },
      },
      through: {
        resize: {},
        ephemeralcontainers: {
          ephemeralContainers: [
            { name: "e", image: "i", targetContainerName: "c", command: ["x"], env: [{ name: "A", value: "1" }] },
          ],
        },
      },
    },
  ],
  podtemplate: [{ path: core("podtemplates"), object: { metadata: meta, template: smallTemplate } }],
  configmap: [{ path: core("configmaps"), object: { metadata: meta, data: { a: "b" }, binaryData: { c: "AAAA" } } }],
  secret: [
    { path: core("secrets"), object: { metadata: meta, data: { a: "YQ==" }, stringData: { b: "c" } } },
    {
      path: core("secrets"),
      object: { metadata: { name: "basic" }, type: "kubernetes.io/basic-auth", data: { username: "YQ==" } },
    },
    {
      path: core("secrets"),
      object: {
        metadata: { name: "docker" },
        type: "kubernetes.io/dockerconfigjson",
        data: { ".dockerconfigjson": "e30=" },
      },
    },
  ],
  serviceaccount: [
    {
      path: core("serviceaccounts"),
      object: { metadata: meta, secrets: [{ name: "s" }], imagePullSecrets: [{ name: "s" }] },
    },
  ],
  service: [
    {
      path: core("services"),
      object: {
        metadata: meta,
        spec: {
          selector: { a: "b" },
          ports: [
            { name: "a", port: 80, targetPort: "http", protocol: "TCP", appProtocol: "x.y/z" },
            { name: "b", port: 81, targetPort: 8080 },
          ],
          externalIPs: ["1.2.3.4"],
          sessionAffinity: "ClientIP",
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } },
        },
      },
      status: { loadBalancer: { ingress: [] }, conditions: [condition] },
    },
    {
      path: core("services"),
      object: {
        metadata: { name: "lb" },
        spec: {
          type: "LoadBalancer",
          ports: [{ port: 80, nodePort: 30999 }],
          loadBalancerSourceRanges: ["1.2.3.0/24"],
          loadBalancerClass: "x.y/z",
          externalTrafficPolicy: "Local",
        },
      },
      status: {
        loadBalancer: {
          ingress: [{ ip: "1.2.3.4", hostname: "h.example", ipMode: "VIP", ports: [{ port: 5, protocol: "TCP" }] }],
        },
      },
    },
    {
      path: core("services"),
      object: { metadata: { name: "ext" }, spec: { type: "ExternalName", externalName: "e.example" } },
    },
  ],
  namespace: [
    { path: "/api/v1/namespaces", object: { metadata: { name: "fuzz-seed" }, spec: { finalizers: ["kubernetes"] } } },
  ],
  node: [
    {
      path: "/api/v1/nodes",
      object: {
        metadata: { name: "fuzz-node" },
        spec: {
          podCIDRs: ["10.1.0.0/24"],
          podCIDR: "10.1.0.0/24",
          taints: [{ key: "k", value: "v", effect: "NoSchedule" }],
          providerID: "p",
        },
      },
      status: {
        capacity: { cpu: "4", memory: "8Gi" },
        addresses: [{ type: "InternalIP", address: "1.2.3.4" }],
        conditions: [{ type: "Ready", status: "True" }],
        images: [{ names: ["a"], sizeBytes: 5 }],
        volumesAttached: [{ name: "v", devicePath: "p" }],
      },
    },
  ],
  deployment: [
    {
      path: apps("deployments"),
      object: {
        metadata: meta,
        spec: {
          replicas: 2,
          selector,
          template: smallTemplate,
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: "20%" } },
          minReadySeconds: 5,
          progressDeadlineSeconds: 60,
        },
      },
      status: {
        replicas: 2,
        updatedReplicas: 1,
        readyReplicas: 1,
        availableReplicas: 1,
        observedGeneration: 1,
        conditions: [{ type: "A", status: "True" }],
      },
    },
  ],
  replicaset: [
    {
      path: apps("replicasets"),
      object: { metadata: meta, spec: { replicas: 2, selector, template: smallTemplate } },
      status: { replicas: 2, readyReplicas: 1, availableReplicas: 1, fullyLabeledReplicas: 1 },
    },
  ],
  daemonset: [
    {
      path: apps("daemonsets"),
      object: {
        metadata: meta,
        spec: {
          selector,
          template: smallTemplate,
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        },
      },
      status: { currentNumberScheduled: 1, numberMisscheduled: 0, desiredNumberScheduled: 1, numberReady: 1 },
    },
  ],
  statefulset: [
    {
      path: apps("statefulsets"),
      object: {
        metadata: meta,
        spec: {
          serviceName: "s",
          selector,
          template: smallTemplate,
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
          volumeClaimTemplates: [
            {
              metadata: { name: "d" },
              spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
            },
          ],
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Delete" },
          ordinals: { start: 1 },
        },
      },
      status: { replicas: 1, readyReplicas: 1, currentReplicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    },
  ],
  job: [
    {
      path: "/apis/batch/v1/namespaces/{ns}/jobs",
      object: {
        metadata: meta,
        spec: {
          completions: 3,
          parallelism: 2,
          completionMode: "Indexed",
          backoffLimitPerIndex: 1,
          maxFailedIndexes: 1,
          template: { spec: { containers: [{ name: "c", image: "i" }], restartPolicy: "Never" } },
          podFailurePolicy: {
            rules: [
              { action: "FailJob", onExitCodes: { containerName: "c", operator: "In", values: [1, 2] } },
              { action: "Count", onPodConditions: [{ type: "T", status: "True" }] },
            ],
          },
          successPolicy: { rules: [{ succeededIndexes: "0-1", succeededCount: 1 }] },
        },
      },
      status: {
        active: 1,
        succeeded: 0,
        failed: 0,
        ready: 1,
        startTime: "2001-01-01T00:00:00Z",
        uncountedTerminatedPods: { succeeded: ["a"], failed: ["b"] },
      },
    },
    {
      path: "/apis/batch/v1/namespaces/{ns}/jobs",
      object: {
        metadata: { name: "plain" },
        spec: {
          suspend: true,
          template: { spec: { containers: [{ name: "c", image: "i" }], restartPolicy: "OnFailure" } },
        },
      },
      status: { active: 1 },
    },
  ],
  cronjob: [
    {
      path: "/apis/batch/v1/namespaces/{ns}/cronjobs",
      object: {
        metadata: meta,
        spec: {
          schedule: "*/5 * * * *",
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: 5,
          jobTemplate: {
            spec: { template: { spec: { containers: [{ name: "c", image: "i" }], restartPolicy: "Never" } } },
          },
        },
      },
      status: { active: [{ name: "a" }], lastScheduleTime: "2001-01-01T00:00:00Z" },
    },
  ],
  replicationcontroller: [
    {
      path: core("replicationcontrollers"),
      object: { metadata: meta, spec: { replicas: 1, selector: { app: "a" }, template: smallTemplate } },
      status: { replicas: 1 },
    },
  ],
  controllerrevision: [{ path: apps("controllerrevisions"), object: { metadata: meta, data: { a: 1 }, revision: 5 } }],
  pv: [
    {
      path: "/api/v1/persistentvolumes",
      object: {
        metadata: { name: "fuzz-pv" },
        spec: {
          capacity: { storage: "1Gi" },
          accessModes: ["ReadWriteOnce"],
          csi: { driver: "d.example", volumeHandle: "h", controllerPublishSecretRef: { name: "a", namespace: "b" } },
          persistentVolumeReclaimPolicy: "Retain",
          storageClassName: "c",
          mountOptions: ["ro"],
          claimRef: { name: "c", namespace: "n" },
          nodeAffinity: {
            required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "k", operator: "In", values: ["v"] }] }] },
          },
        },
      },
      status: { phase: "Available", message: "m" },
    },
    {
      path: "/api/v1/persistentvolumes",
      object: {
        metadata: { name: "fuzz-pv-local" },
        spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteMany"], hostPath: { path: "/p", type: "" } },
      },
    },
  ],
  pvc: [
    {
      path: core("persistentvolumeclaims"),
      object: {
        metadata: meta,
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" }, limits: { storage: "2Gi" } },
          storageClassName: "c",
          volumeMode: "Filesystem",
          selector: { matchLabels: { a: "b" } },
          dataSource: { kind: "PersistentVolumeClaim", name: "p" },
        },
      },
      status: {
        phase: "Bound",
        accessModes: ["ReadWriteOnce"],
        capacity: { storage: "1Gi" },
        conditions: [{ type: "Resizing", status: "True" }],
      },
    },
  ],
  role: [
    {
      path: "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles",
      object: {
        metadata: meta,
        rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["p"] }],
      },
    },
    {
      path: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
      object: {
        metadata: { name: "fuzz:role" },
        rules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }],
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
      },
    },
    {
      path: "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings",
      object: {
        metadata: meta,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
        subjects: [
          { kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" },
          { kind: "ServiceAccount", name: "s", namespace: "n" },
        ],
      },
    },
    {
      path: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
      object: {
        metadata: { name: "fuzz:binding" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "r" },
        subjects: [{ kind: "Group", name: "u", apiGroup: "rbac.authorization.k8s.io" }],
      },
    },
  ],
  pdb: [
    {
      path: "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets",
      object: { metadata: meta, spec: { minAvailable: 1, selector, unhealthyPodEvictionPolicy: "AlwaysAllow" } },
      status: {
        disruptionsAllowed: 1,
        currentHealthy: 1,
        desiredHealthy: 1,
        expectedPods: 1,
        disruptedPods: { p: "2001-01-01T00:00:00Z" },
        conditions: [condition],
      },
    },
  ],
  priorityclass: [
    {
      path: "/apis/scheduling.k8s.io/v1/priorityclasses",
      object: { metadata: { name: "fuzz-class" }, value: 5, preemptionPolicy: "Never", description: "d" },
    },
  ],
  event: [
    {
      path: core("events"),
      object: {
        metadata: meta,
        involvedObject: { kind: "Pod", namespace: "{ns}", name: "p" },
        reason: "R",
        message: "m",
        type: "Normal",
        count: 1,
        source: { component: "c" },
        firstTimestamp: "2001-01-01T00:00:00Z",
      },
    },
    {
      path: "/apis/events.k8s.io/v1/namespaces/{ns}/events",
      object: {
        metadata: { name: "new" },
        regarding: { kind: "Pod", namespace: "{ns}", name: "p" },
        eventTime: "2001-01-01T00:00:00.000000Z",
        reportingController: "x.y/z",
        reportingInstance: "i",
        action: "A",
        reason: "R",
        type: "Normal",
        note: "n",
        series: { count: 2, lastObservedTime: "2001-01-01T00:00:00.000000Z" },
      },
    },
  ],
  lease: [
    {
      path: "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases",
      object: {
        metadata: meta,
        spec: {
          holderIdentity: "h",
          leaseDurationSeconds: 5,
          leaseTransitions: 1,
          acquireTime: "2001-01-01T00:00:00.000000Z",
          renewTime: "2001-01-01T00:00:00.000000Z",
        },
      },
    },
  ],
  ingress: [
    {
      path: "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses",
      object: {
        metadata: meta,
        spec: {
          ingressClassName: "c",
          defaultBackend: { service: { name: "s", port: { number: 80 } } },
          tls: [{ hosts: ["a.example", "*.b.example"], secretName: "s" }],
          rules: [
            {
              host: "*.foo.example",
              http: {
                paths: [
                  { path: "/p", pathType: "Prefix", backend: { service: { name: "s", port: { name: "http" } } } },
                  {
                    path: "/q",
                    pathType: "Exact",
                    backend: { resource: { apiGroup: "g.example", kind: "K", name: "n" } },
                  },
                ],
              },
            },
          ],
        },
      },
      status: {
        loadBalancer: {
          ingress: [{ ip: "1.2.3.4", hostname: "h.example", ports: [{ port: 5, protocol: "TCP", error: "x.y/Err" }] }],
        },
      },
    },
    {
      path: "/apis/networking.k8s.io/v1/ingressclasses",
      object: {
        metadata: { name: "fuzz-class" },
        spec: {
          controller: "x.example/c",
          parameters: { apiGroup: "g.example", kind: "K", name: "n", scope: "Namespace", namespace: "n" },
        },
      },
    },
  ],
  networkpolicy: [
    {
      path: "/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies",
      object: {
        metadata: meta,
        spec: {
          podSelector: { matchLabels: { a: "b" } },
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            {
              from: [
                { podSelector: {}, namespaceSelector: {} },
                { ipBlock: { cidr: "1.2.0.0/16", except: ["1.2.3.0/24"] } },
              ],
              ports: [{ port: 80, endPort: 90, protocol: "TCP" }],
            },
          ],
          egress: [{ to: [{ namespaceSelector: { matchLabels: { a: "b" } } }], ports: [{ port: "http" }] }],
        },
      },
    },
  ],
  endpointslice: [
    {
      path: "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices",
      object: {
        metadata: meta,
        addressType: "IPv4",
        endpoints: [
          {
            addresses: ["1.2.3.4"],
            conditions: { ready: true },
            hostname: "h",
            nodeName: "n",
            zone: "z",
            hints: { forZones: [{ name: "z" }] },
            targetRef: { kind: "Pod", name: "p" },
          },
        ],
        ports: [
          { name: "a", port: 80, protocol: "TCP", appProtocol: "http" },
          { name: "b", port: 81 },
        ],
      },
    },
    {
      path: "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices",
      object: { metadata: { name: "six" }, addressType: "IPv6", endpoints: [{ addresses: ["2001:db8::1"] }] },
    },
    {
      path: "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices",
      object: {
        metadata: { name: "fqdn" },
        addressType: "FQDN",
        endpoints: [{ addresses: ["a.example"], deprecatedTopology: { a: "b" } }],
      },
    },
  ],
  endpoints: [
    {
      path: core("endpoints"),
      object: {
        metadata: meta,
        subsets: [
          {
            addresses: [{ ip: "1.2.3.4", hostname: "h", nodeName: "n", targetRef: { kind: "Pod", name: "p" } }],
            notReadyAddresses: [{ ip: "1.2.3.5" }],
            ports: [
              { name: "a", port: 80 },
              { name: "b", port: 81, protocol: "UDP" },
            ],
          },
        ],
      },
    },
  ],
  hpa: [
    {
      path: "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers",
      object: {
        metadata: meta,
        spec: {
          minReplicas: 1,
          maxReplicas: 5,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
          metrics: [
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
            {
              type: "ContainerResource",
              containerResource: { name: "cpu", container: "c", target: { type: "AverageValue", averageValue: "5" } },
            },
            {
              type: "Pods",
              pods: {
                metric: { name: "m", selector: { matchLabels: { a: "b" } } },
                target: { type: "AverageValue", averageValue: "5" },
              },
            },
            {
              type: "Object",
              object: {
                describedObject: { kind: "K", name: "n", apiVersion: "v1" },
                metric: { name: "m" },
                target: { type: "Value", value: "5" },
              },
            },
            { type: "External", external: { metric: { name: "m" }, target: { type: "Value", value: "5" } } },
          ],
          behavior: {
            scaleUp: {
              stabilizationWindowSeconds: 5,
              selectPolicy: "Max",
              policies: [{ type: "Pods", value: 4, periodSeconds: 60 }],
            },
            scaleDown: { policies: [{ type: "Percent", value: 10, periodSeconds: 60 }], tolerance: "0.1" },
          },
        },
      },
      status: {
        currentReplicas: 1,
        desiredReplicas: 1,
        conditions: [{ type: "AbleToScale", status: "True" }],
        currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageValue: "1" } } }],
      },
    },
    {
      path: "/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers",
      object: {
        metadata: { name: "old" },
        spec: {
          minReplicas: 1,
          maxReplicas: 5,
          targetCPUUtilizationPercentage: 50,
          scaleTargetRef: { kind: "ReplicationController", name: "d", apiVersion: "v1" },
        },
      },
      status: { currentReplicas: 1, desiredReplicas: 1 },
    },
  ],
  limitrange: [
    {
      path: core("limitranges"),
      object: {
        metadata: meta,
        spec: {
          limits: [
            {
              type: "Container",
              max: { cpu: "4", "example.com/x": "4" },
              min: { cpu: "1" },
              default: { cpu: "3", "example.com/x": "2" },
              defaultRequest: { cpu: "2" },
              maxLimitRequestRatio: { cpu: "3" },
            },
            { type: "Pod", max: { memory: "5Gi" } },
            { type: "PersistentVolumeClaim", max: { storage: "5Gi" }, min: { storage: "1Gi" } },
          ],
        },
      },
    },
  ],
  resourcequota: [
    {
      path: core("resourcequotas"),
      object: {
        metadata: meta,
        spec: { hard: { pods: "5", "requests.cpu": "4", "count/configmaps": "5" }, scopes: ["NotTerminating"] },
      },
      status: { hard: { pods: "5" }, used: { pods: "1" } },
    },
    {
      path: core("resourcequotas"),
      object: {
        metadata: { name: "scoped" },
        spec: {
          hard: { pods: "500" },
          scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] },
        },
      },
    },
  ],
  flowcontrol: [
    {
      path: "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
      object: {
        metadata: { name: "fuzz-flow" },
        spec: {
          matchingPrecedence: 9000,
          priorityLevelConfiguration: { name: "global-default" },
          distinguisherMethod: { type: "ByUser" },
          rules: [
            {
              subjects: [
                { kind: "User", user: { name: "nobody" } },
                { kind: "Group", group: { name: "none" } },
                { kind: "ServiceAccount", serviceAccount: { namespace: "n", name: "s" } },
              ],
              resourceRules: [
                { verbs: ["get"], apiGroups: ["g"], resources: ["r"], clusterScope: true, namespaces: ["n"] },
              ],
              nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }],
            },
          ],
        },
      },
      status: { conditions: [{ type: "Dangling", status: "True", lastTransitionTime: "2001-01-01T00:00:00Z" }] },
    },
    {
      path: "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
      object: {
        metadata: { name: "fuzz-level" },
        spec: {
          type: "Limited",
          limited: {
            nominalConcurrencyShares: 5,
            lendablePercent: 10,
            borrowingLimitPercent: 10,
            limitResponse: { type: "Queue", queuing: { queues: 16, handSize: 4, queueLengthLimit: 10 } },
          },
        },
      },
      status: { conditions: [{ type: "T", status: "True" }] },
    },
    {
      path: "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
      createOnly: true,
      object: {
        metadata: { name: "exempt" },
        spec: { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
      },
    },
  ],
  webhook: [
    {
      path: admission("validatingwebhookconfigurations"),
      object: {
        metadata: { name: "fuzz-hook" },
        webhooks: [hook, { ...hook, name: "b.fuzz.example", clientConfig: { url: "https://h.example/p" } }],
      },
    },
    {
      path: admission("mutatingwebhookconfigurations"),
      object: { metadata: { name: "fuzz-hook" }, webhooks: [{ ...hook, reinvocationPolicy: "IfNeeded" }] },
    },
  ],
  policy: [
    {
      path: admission("validatingadmissionpolicies"),
      object: {
        metadata: { name: "fuzz-policy" },
        spec: {
          paramKind: { apiVersion: "v1", kind: "ConfigMap" },
          matchConstraints: {
            resourceRules: [{ ...rule, resourceNames: ["n"] }],
            namespaceSelector: { matchLabels: { a: "b" } },
            matchPolicy: "Exact",
          },
          validations: [
            {
              expression: "object.metadata.name != 'x'",
              message: "m",
              reason: "Invalid",
              messageExpression: "'a' + 'b'",
            },
          ],
          auditAnnotations: [{ key: "k", valueExpression: "'v'" }],
          matchConditions: [{ name: "m", expression: "true" }],
          variables: [{ name: "v", expression: "1" }],
          failurePolicy: "Fail",
        },
      },
      status: {
        observedGeneration: 1,
        typeChecking: { expressionWarnings: [{ fieldRef: "f", warning: "w" }] },
        conditions: [condition],
      },
    },
    {
      path: admission("validatingadmissionpolicybindings"),
      object: {
        metadata: { name: "fuzz-binding" },
        spec: {
          policyName: "p",
          paramRef: { name: "n", namespace: "n", parameterNotFoundAction: "Deny" },
          matchResources: { resourceRules: [rule] },
          validationActions: ["Deny", "Audit"],
        },
      },
    },
  ],
  apiservice: [
    {
      path: "/apis/apiregistration.k8s.io/v1/apiservices",
      createOnly: true,
      object: {
        metadata: { name: "v1.fuzz.example" },
        spec: {
          group: "fuzz.example",
          version: "v1",
          groupPriorityMinimum: 5,
          versionPriority: 5,
          service: { name: "s", namespace: "n", port: 443 },
          insecureSkipTLSVerify: true,
        },
      },
    },
  ],
  csr: [
    {
      path: "/apis/certificates.k8s.io/v1/certificatesigningrequests",
      createOnly: true,
      object: {
        metadata: { name: "fuzz-csr" },
        spec: {
          request: Buffer.from(CSR).toString("base64"),
          signerName: "x.example/s",
          usages: ["client auth"],
          expirationSeconds: 3600,
        },
      },
    },
  ],
  storage: [
    {
      path: storage("storageclasses"),
      object: {
        metadata: { name: "fuzz-class" },
        provisioner: "p.example",
        parameters: { a: "b" },
        reclaimPolicy: "Delete",
        allowVolumeExpansion: true,
        mountOptions: ["ro"],
        volumeBindingMode: "Immediate",
        allowedTopologies: [{ matchLabelExpressions: [{ key: "k", values: ["v"] }] }],
      },
    },
    {
      path: storage("volumeattachments"),
      object: {
        metadata: { name: "fuzz-attachment" },
        spec: { attacher: "a.example", nodeName: "n", source: { persistentVolumeName: "p" } },
      },
      status: {
        attached: true,
        attachmentMetadata: { a: "b" },
        attachError: { message: "m", errorCode: 5 },
        detachError: { message: "m" },
      },
    },
    {
      path: storage("volumeattachments"),
      object: {
        metadata: { name: "fuzz-inline" },
        spec: {
          attacher: "a.example",
          nodeName: "n",
          source: {
            inlineVolumeSpec: {
              accessModes: ["ReadWriteOnce"],
              csi: { driver: "d.example", volumeHandle: "h" },
            },
          },
        },
      },
    },
    {
      path: storage("csidrivers"),
      object: {
        metadata: { name: "fuzz.example" },
        spec: {
          attachRequired: true,
          podInfoOnMount: true,
          fsGroupPolicy: "File",
          volumeLifecycleModes: ["Persistent", "Ephemeral"],
          tokenRequests: [{ audience: "a", expirationSeconds: 600 }],
          storageCapacity: true,
          requiresRepublish: false,
          seLinuxMount: false,
          nodeAllocatableUpdatePeriodSeconds: 10,
        },
      },
    },
    {
      path: storage("csinodes"),
      object: {
        metadata: { name: "fuzz-csinode" },
        spec: { drivers: [{ name: "d.example", nodeID: "n", topologyKeys: ["k"], allocatable: { count: 5 } }] },
      },
    },
    {
      path: storage("namespaces/{ns}/csistoragecapacities"),
      object: {
        metadata: meta,
        storageClassName: "c",
        capacity: "1Gi",
        maximumVolumeSize: "1Gi",
        nodeTopology: { matchLabels: { a: "b" } },
      },
    },
    {
      path: storage("volumeattributesclasses"),
      object: { metadata: { name: "fuzz-vac" }, driverName: "d.example", parameters: { a: "b" } },
    },
  ],
  ipaddress: [
    {
      path: "/apis/networking.k8s.io/v1/ipaddresses",
      object: {
        metadata: { name: "192.168.7.7" },
        spec: { parentRef: { group: "g.example", resource: "r", namespace: "n", name: "p" } },
      },
    },
    {
      path: "/apis/networking.k8s.io/v1/ipaddresses",
      object: { metadata: { name: "2001:db8::7" }, spec: { parentRef: { resource: "r", name: "p" } } },
    },
    {
      path: "/apis/networking.k8s.io/v1/servicecidrs",
      object: { metadata: { name: "fuzz-cidr" }, spec: { cidrs: ["192.168.9.0/24"] } },
      status: { conditions: [condition] },
    },
  ],
  runtimeclass: [
    {
      path: "/apis/node.k8s.io/v1/runtimeclasses",
      object: {
        metadata: { name: "fuzz-class" },
        handler: "h",
        overhead: { podFixed: { cpu: "1" } },
        scheduling: { nodeSelector: { a: "b" }, tolerations: [{ key: "k", operator: "Exists", effect: "NoSchedule" }] },
      },
    },
  ],
  dra: [
    {
      path: "/apis/resource.k8s.io/v1/namespaces/{ns}/resourceclaims",
      object: {
        metadata: meta,
        spec: {
          devices: {
            requests: [
              {
                name: "r",
                exactly: {
                  deviceClassName: "c.example",
                  count: 2,
                  allocationMode: "ExactCount",
                  selectors: [{ cel: { expression: 'device.driver == "d.example"' } }],
                },
              },
              { name: "f", firstAvailable: [{ name: "s", deviceClassName: "c.example" }] },
            ],
            constraints: [{ requests: ["r"], matchAttribute: "d.example/a" }],
            config: [{ requests: ["r"], opaque: { driver: "d.example", parameters: { kind: "K", apiVersion: "v1" } } }],
          },
        },
      },
      status: {
        allocation: { devices: { results: [{ request: "r", driver: "d.example", pool: "p", device: "v" }] } },
        reservedFor: [{ resource: "pods", name: "p", uid: "u" }],
        devices: [
          {
            driver: "d.example",
            pool: "p",
            device: "v",
            conditions: [condition],
            networkData: { interfaceName: "e", ips: ["1.2.3.4/24"], hardwareAddress: "h" },
          },
        ],
      },
    },
    {
      path: "/apis/resource.k8s.io/v1/namespaces/{ns}/resourceclaimtemplates",
      object: {
        metadata: meta,
        spec: {
          metadata: { labels: { a: "b" } },
          spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c.example" } }] } },
        },
      },
    },
    {
      path: "/apis/resource.k8s.io/v1/deviceclasses",
      object: {
        metadata: { name: "fuzz.example" },
        spec: {
          selectors: [{ cel: { expression: 'device.driver == "d.example"' } }],
          config: [{ opaque: { driver: "d.example", parameters: { a: 1 } } }],
        },
      },
    },
    {
      path: "/apis/resource.k8s.io/v1/resourceslices",
      object: {
        metadata: { name: "fuzz-slice" },
        spec: {
          driver: "d.example",
          nodeName: "n",
          pool: { name: "p", generation: 1, resourceSliceCount: 1 },
          devices: [
            {
              name: "v",
              attributes: { a: { string: "s" }, "x.example/b": { int: 5 }, c: { bool: true }, d: { version: "1.2.3" } },
              capacity: { memory: { value: "1Gi" } },
            },
          ],
        },
      },
    },
    {
      path: "/apis/resource.k8s.io/v1/resourceslices",
      object: {
        metadata: { name: "fuzz-all" },
        spec: {
          driver: "d.example",
          allNodes: true,
          pool: { name: "p", generation: 1, resourceSliceCount: 1 },
          sharedCounters: [{ name: "s", counters: { c: { value: "5" } } }],
          devices: [],
        },
      },
    },
  ],
};
