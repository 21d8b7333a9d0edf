import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

type Fields = Readonly<Record<string, unknown>>;

const net = "/apis/networking.k8s.io/v1";
const ingresses = `${net}/namespaces/{ns}/ingresses`;
const policies = `${net}/namespaces/{ns}/networkpolicies`;
const slices = "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices";
const scalers = "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers";
const flow = "/apis/flowcontrol.apiserver.k8s.io/v1";
const admission = "/apis/admissionregistration.k8s.io/v1";
const storage = "/apis/storage.k8s.io/v1";

/** Creates nothing that others would notice. */
const create =
  (path: string) =>
  (name: string, more: Fields, metadata: Fields = {}): Case =>
    c(name, `POST ${path}?dryRun=All`, { json: { metadata: { name: "x-{run}", ...metadata }, ...more } });

const backend = { service: { name: "s", port: { number: 80 } } };
const ingress = create(ingresses);
const path = (more: Fields) => ({
  spec: { rules: [{ http: { paths: [{ path: "/", pathType: "Prefix", backend, ...more }] } }] },
});
const policy = create(policies);
const port = (more: Fields) => ({ spec: { podSelector: {}, ingress: [{ ports: [more] }] } });
const peer = (more: Fields) => ({ spec: { podSelector: {}, egress: [{ to: [more] }] } });
const slice = create(slices);
const target = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
const scaler = create(scalers);
const limits = create("{core}/limitranges");
const quota = create("{core}/resourcequotas");
const hook = {
  name: "a.b.c",
  clientConfig: { url: "https://h.example" },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  rules: [{ operations: ["CREATE"], apiGroups: ["x"], apiVersions: ["v1"], resources: ["y"] }],
};
const webhooks = create(`${admission}/validatingwebhookconfigurations`);
const binding = create(`${admission}/validatingadmissionpolicybindings`);
const containers = [{ name: "c", image: "i" }];

contract("validation", [
  scenario("ingresses", [
    ingress("nothing said", { spec: {} }),
    ingress("no absolute path", path({ path: "p" })),
    ingress("path with dots", path({ path: "/a/../b//c/." })),
    ingress("no path type", path({ pathType: null })),
    ingress("unknown path type", path({ pathType: "Regex" })),
    ingress("two backends", path({ backend: { ...backend, resource: { kind: "K", name: "n" } } })),
    ingress("no backend", path({ backend: {} })),
    ingress("two ports", path({ backend: { service: { name: "s", port: { name: "a", number: 1 } } } })),
    ingress("hosts", {
      spec: { rules: [{ host: "1.2.3.4" }, { host: "*.*.x" }, { host: "Up_" }], tls: [{ hosts: ["*x"] }] },
    }),
    ingress(
      "class and annotation",
      { spec: { defaultBackend: backend, ingressClassName: "a" } },
      {
        annotations: { "kubernetes.io/ingress.class": "b" },
      },
    ),
    ingress(
      "annotation is old",
      { spec: { defaultBackend: backend } },
      {
        annotations: { "kubernetes.io/ingress.class": "b" },
      },
    ),
    create(`${net}/ingressclasses`)("classes", {
      spec: { controller: "noslash", parameters: { kind: "", name: "a/b", scope: "Namespace" } },
    }),
    given(ingresses, { metadata: { name: "i" }, spec: { defaultBackend: backend } }),
    c("status", `PATCH ${ingresses}/i/status`, {
      type: "merge",
      json: { status: { loadBalancer: { ingress: [{ ip: "1.2.3", hostname: "1.2.3.4" }, { ip: "010.0.0.1" }] } } },
    }),
  ]),
  scenario("network policies", [
    policy("port range", port({ port: 90, endPort: 80 })),
    policy("end of a name", port({ port: "http", endPort: 80 })),
    policy("end of nothing", port({ endPort: 80, protocol: "ICMP" })),
    policy("empty peer", peer({})),
    policy("two kinds of peer", peer({ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } })),
    policy("exceptions", peer({ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16", "10.0.0.0/8", "x"] } })),
    policy("odd ranges", peer({ ipBlock: { cidr: "10.0.0.1/8", except: ["010.1.0.0/16"] } })),
    policy("types", { spec: { podSelector: { matchLabels: { "a b": "c" } }, policyTypes: ["Both"] } }),
    policy("three types", { spec: { podSelector: {}, policyTypes: ["Ingress", "Egress", "Ingress"] } }),
  ]),
  scenario("endpoints", [
    slice("no type", { endpoints: [{ addresses: [] }] }),
    slice("addresses", {
      addressType: "IPv4",
      endpoints: [{ addresses: ["::1", "127.0.0.1", "169.254.1.1", "0.0.0.0", "x"] }],
    }),
    slice("canonical", { addressType: "IPv6", endpoints: [{ addresses: ["2001:DB8::1", "1.2.3.4", "fe80::1"] }] }),
    slice("names", {
      addressType: "FQDN",
      endpoints: [{ addresses: ["one", "a.b", "-a.b"], hostname: "H", nodeName: "N_" }],
    }),
    slice("ports", {
      addressType: "IPv4",
      endpoints: [],
      ports: [{ name: "a" }, { name: "a", protocol: "X" }, { name: "B" }],
    }),
    slice("hints", {
      addressType: "IPv4",
      endpoints: [{ addresses: ["1.2.3.4"], hints: { forZones: [{ name: "a" }, { name: "a" }] } }],
    }),
    create("{core}/endpoints")("old endpoints", {
      subsets: [
        { addresses: [{ ip: "127.0.0.1", hostname: "H" }], ports: [{ port: 0 }, { port: 1, protocol: "X" }] },
        {},
      ],
    }),
  ]),
  scenario("autoscalers, limits and quotas", [
    scaler("bounds", { spec: { minReplicas: 5, maxReplicas: 3, scaleTargetRef: { kind: "", name: "a/b" } } }),
    scaler("metrics", {
      spec: {
        maxReplicas: 3,
        scaleTargetRef: target,
        metrics: [
          { type: "Magic" },
          { type: "Resource" },
          { type: "Pods", pods: { metric: { name: "" }, target: { type: "X", value: "-1" } } },
          { type: "ContainerResource", containerResource: { name: "gold", container: "C", target: { type: "Value" } } },
        ],
      },
    }),
    scaler("behavior", {
      spec: {
        maxReplicas: 3,
        scaleTargetRef: target,
        behavior: {
          scaleUp: {
            selectPolicy: "Any",
            stabilizationWindowSeconds: 4000,
            policies: [{ type: "X", value: 0, periodSeconds: 2000 }],
          },
          scaleDown: { policies: [] },
        },
      },
    }),
    limits("limits", {
      spec: {
        limits: [
          { type: "Container", max: { cpu: "1" }, min: { cpu: "2" }, default: { cpu: "3" } },
          { type: "Pod", default: { cpu: "1" } },
          { type: "PersistentVolumeClaim" },
          { type: "Car", max: { gold: "1" } },
        ],
      },
    }),
    limits("a ratio", {
      spec: {
        limits: [
          { type: "Container", max: { memory: "2Gi" }, min: { memory: "1Gi" }, maxLimitRequestRatio: { memory: "3" } },
        ],
      },
    }),
    quota("half a pod", { spec: { hard: { pods: "1.5" } } }),
    quota("no such resource", { spec: { hard: { gold: "1" } } }),
    quota("no such count", { spec: { hard: { "count/x y": "-1" } } }),
    quota("scopes", { spec: { hard: { pods: "1", secrets: "1" }, scopes: ["Terminating", "NotTerminating", "Any"] } }),
    quota("a scope selector", {
      spec: {
        hard: { pods: "1" },
        scopeSelector: {
          matchExpressions: [
            { scopeName: "BestEffort", operator: "In", values: [] },
            { scopeName: "X", operator: "Y" },
          ],
        },
      },
    }),
  ]),
  scenario("flow control", [
    create(`${flow}/flowschemas`)("a schema", {
      spec: {
        matchingPrecedence: 1,
        priorityLevelConfiguration: { name: "" },
        distinguisherMethod: { type: "ByLuck" },
        rules: [
          {
            subjects: [{ kind: "User" }, { kind: "Pet" }],
            nonResourceRules: [{ verbs: ["get", "*"], nonResourceURLs: ["x", "/a/*/b"] }],
          },
          {},
        ],
      },
    }),
    create(`${flow}/prioritylevelconfigurations`)("a level", {
      spec: {
        type: "Limited",
        limited: {
          nominalConcurrencyShares: -1,
          lendablePercent: 101,
          limitResponse: { type: "Queue", queuing: { queues: 4, handSize: 9, queueLengthLimit: 0 } },
        },
      },
    }),
    create(`${flow}/prioritylevelconfigurations`)("an exempt level", { spec: { type: "Exempt", limited: {} } }),
    c("the catch-all schema", `PATCH ${flow}/flowschemas/catch-all?dryRun=All`, {
      type: "merge",
      json: { spec: { matchingPrecedence: 9999 } },
      pick: ["code", "reason", "details.causes"],
    }),
  ]),
  scenario("who admits", [
    webhooks("names", { webhooks: [{ ...hook, name: "short" }, hook, hook] }),
    webhooks("clients", {
      webhooks: [
        { ...hook, clientConfig: {} },
        { ...hook, name: "b.b.c", clientConfig: { url: "http://u:p@/x?y#z" } },
        { ...hook, name: "c.b.c", clientConfig: { service: { name: "", namespace: "n", port: 0, path: "a//B" } } },
      ],
    }),
    webhooks("choices", {
      webhooks: [
        {
          ...hook,
          sideEffects: "Some",
          failurePolicy: "Cry",
          matchPolicy: "X",
          timeoutSeconds: 31,
          admissionReviewVersions: ["v2", "v2"],
        },
      ],
    }),
    webhooks("rules", {
      webhooks: [
        {
          ...hook,
          rules: [
            {
              operations: ["*", "EAT"],
              apiGroups: [],
              apiVersions: ["*", "v1"],
              resources: ["a/*", "a/b", "*/*", ""],
              scope: "World",
            },
          ],
        },
      ],
    }),
    create(`${admission}/validatingadmissionpolicies`)("a policy", {
      spec: {
        failurePolicy: "Cry",
        paramKind: { apiVersion: "a/b/c" },
        variables: [{ name: "for", expression: "1" }],
        matchConstraints: {},
      },
    }),
    binding("a binding", {
      spec: { paramRef: { name: "a", selector: {} }, validationActions: ["Deny", "Warn", "Warn", "X"] },
    }),
    create("/apis/apiregistration.k8s.io/v1/apiservices")("an API service", {
      spec: {
        group: "g.example",
        version: "V1",
        groupPriorityMinimum: 0,
        versionPriority: 1001,
        service: { name: "", namespace: "n" },
        insecureSkipTLSVerify: true,
        caBundle: "AAAA",
      },
    }),
  ]),
  scenario("storage and addresses", [
    create(`${storage}/storageclasses`)("a class", {
      provisioner: "a b",
      reclaimPolicy: "Recycle",
      volumeBindingMode: "Later",
      allowedTopologies: [
        {
          matchLabelExpressions: [
            { key: "k", values: [] },
            { key: "k", values: ["a", "a"] },
          ],
        },
      ],
    }),
    create(`${storage}/csidrivers`)("a driver", {
      spec: {
        fsGroupPolicy: "X",
        volumeLifecycleModes: ["Never"],
        tokenRequests: [{ audience: "a", expirationSeconds: 5 }, { audience: "a" }],
      },
    }),
    create(`${storage}/csinodes`)("a node", {
      spec: {
        drivers: [
          { name: "D!", nodeID: "", topologyKeys: ["a b", ""], allocatable: { count: -1 } },
          { name: "D!", nodeID: "n", topologyKeys: null },
        ],
      },
    }),
    create(`${storage}/volumeattributesclasses`)("attributes", { driverName: "" }),
    create(`${storage}/namespaces/{ns}/csistoragecapacities`)("a capacity", { storageClassName: "A", capacity: "-1" }),
    create(`${storage}/volumeattachments`)("an inline volume", {
      spec: {
        attacher: "a",
        nodeName: "n",
        source: { inlineVolumeSpec: { nfs: { server: "s", path: "/" }, storageClassName: "c" } },
      },
    }),
    create(`${net}/servicecidrs`)("ranges", { spec: { cidrs: ["10.0.0.1/24", "10.1.0.0/24"] } }),
    create(`${net}/ipaddresses`)(
      "an address",
      { spec: { parentRef: { group: "G", resource: "", name: "a/b" } } },
      { name: "010.0.0.1" },
    ),
    create("/apis/node.k8s.io/v1/runtimeclasses")("a runtime class", {
      handler: "H",
      overhead: { podFixed: { gold: "1" } },
      scheduling: {
        tolerations: [
          { key: "k", operator: "Exists" },
          { key: "k", operator: "Exists" },
        ],
      },
    }),
  ]),
  scenario("warnings of pods", [
    c("in a pod", "POST {pods}", {
      json: {
        metadata: { name: "p", annotations: { "scheduler.alpha.kubernetes.io/critical-pod": "" } },
        spec: {
          nodeSelector: { "beta.kubernetes.io/os": "linux" },
          terminationGracePeriodSeconds: -1,
          imagePullSecrets: [{ name: "s" }, { name: "s" }, {}],
          hostAliases: [{ ip: "1.2.3.4" }, { ip: "1.2.3.4" }],
          containers: [
            {
              name: "c",
              image: "i",
              ports: [
                { name: "a", containerPort: 80 },
                { containerPort: 80, hostPort: 81 },
              ],
              env: [
                { name: "A", value: "1" },
                { name: "A", value: "2" },
              ],
            },
            {
              name: "d",
              image: "i",
              ports: [{ name: "a", containerPort: 80 }],
              resources: { limits: { memory: "1500m" } },
            },
          ],
          affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "k" }] } },
        },
      },
      bodyless: true,
    }),
    c("in a deployment", "POST {apps}/deployments?dryRun=All", {
      json: {
        metadata: { name: "d.d" },
        spec: {
          selector: { matchLabels: { a: "b" } },
          template: {
            metadata: { labels: { a: "b" } },
            spec: { containers, terminationGracePeriodSeconds: -1, nodeSelector: { "beta.kubernetes.io/arch": "x" } },
          },
        },
      },
      bodyless: true,
    }),
  ]),
]);
