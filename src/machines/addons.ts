import type { JsonObject } from "../kube/json.js";
import {
  type ControlPlaneSpec,
  corednsImage,
  DNS_DOMAIN,
  endpointKubeconfig,
  kubeProxyConfiguration,
} from "./cluster-configuration.js";
import { CONTROL_PLANE_ROLE } from "./spec.js";
import { REGISTRY } from "./versions.js";
import type { NamedObject } from "./writes.js";

/** An object and the collection that it goes into. */
export interface Placed {
  readonly collection: string;
  readonly object: NamedObject;
}

const SYSTEM = "kube-system";

/** An object in kube-system. */
export function systemObject(
  collection: string,
  apiVersion: string,
  kind: string,
  name: string,
  rest: JsonObject,
  labels?: JsonObject,
): Placed {
  return {
    collection,
    object: { apiVersion, kind, metadata: { name, namespace: SYSTEM, ...(labels && { labels }) }, ...rest },
  };
}

const CORE = `/api/v1/namespaces/${SYSTEM}`;
const APPS = `/apis/apps/v1/namespaces/${SYSTEM}`;

export function configMap(name: string, data: JsonObject, labels?: JsonObject): Placed {
  return systemObject(`${CORE}/configmaps`, "v1", "ConfigMap", name, { data }, labels);
}

function serviceAccount(name: string): Placed {
  return systemObject(`${CORE}/serviceaccounts`, "v1", "ServiceAccount", name, {});
}

export function kubeProxy(spec: ControlPlaneSpec): Placed[] {
  const labels = { "k8s-app": "kube-proxy" };
  const user = { tokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token" };
  const pod = {
    priorityClassName: "system-node-critical",
    hostNetwork: true,
    serviceAccountName: "kube-proxy",
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [{ operator: "Exists" }],
    containers: [
      {
        name: "kube-proxy",
        image: `${spec.imageRepository ?? REGISTRY}/kube-proxy:${spec.version}`,
        imagePullPolicy: "IfNotPresent",
        command: [
          "/usr/local/bin/kube-proxy",
          "--config=/var/lib/kube-proxy/config.conf",
          "--hostname-override=$(NODE_NAME)",
        ],
        env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
        securityContext: { privileged: true },
        volumeMounts: [{ name: "kube-proxy", mountPath: "/var/lib/kube-proxy" }],
      },
    ],
    volumes: [{ name: "kube-proxy", configMap: { name: "kube-proxy" } }],
  };
  const set = {
    selector: { matchLabels: labels },
    updateStrategy: { type: "RollingUpdate" },
    template: { metadata: { labels }, spec: pod },
  };
  const data = { "config.conf": kubeProxyConfiguration(spec), "kubeconfig.conf": endpointKubeconfig(spec, user) };
  return [
    serviceAccount("kube-proxy"),
    configMap("kube-proxy", data, { app: "kube-proxy" }),
    systemObject(`${APPS}/daemonsets`, "apps/v1", "DaemonSet", "kube-proxy", { spec: set }, labels),
  ];
}

/** `dnsAddress`: the cluster IP that pods have in their resolv.conf. */
export function coredns(spec: ControlPlaneSpec, dnsAddress: string): Placed[] {
  const labels = { "k8s-app": "kube-dns" };
  const probe = (path: string, port: string) => ({ httpGet: { path, port, scheme: "HTTP" } });
  const port = (name: string, containerPort: number, protocol: string) => ({ name, containerPort, protocol });
  const container = {
    name: "coredns",
    image: corednsImage(spec),
    imagePullPolicy: "IfNotPresent",
    args: ["-conf", "/etc/coredns/Corefile"],
    resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
    ports: [
      port("dns", 53, "UDP"),
      port("dns-tcp", 53, "TCP"),
      port("metrics", 9153, "TCP"),
      port("liveness-probe", 8080, "TCP"),
      port("readiness-probe", 8181, "TCP"),
    ],
    livenessProbe: { ...probe("/health", "liveness-probe"), initialDelaySeconds: 60, timeoutSeconds: 5 },
    readinessProbe: probe("/ready", "readiness-probe"),
    volumeMounts: [{ name: "config-volume", mountPath: "/etc/coredns", readOnly: true }],
  };
  const pod = {
    priorityClassName: "system-cluster-critical",
    serviceAccountName: "coredns",
    dnsPolicy: "Default",
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [
      { key: "CriticalAddonsOnly", operator: "Exists" },
      { key: CONTROL_PLANE_ROLE, effect: "NoSchedule" },
    ],
    containers: [container],
    // Cluster API looks for the Corefile by the volume's name and its key.
    volumes: [
      { name: "config-volume", configMap: { name: "coredns", items: [{ key: "Corefile", path: "Corefile" }] } },
    ],
  };
  const deployment = {
    replicas: 2,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: pod },
  };
  return [
    serviceAccount("coredns"),
    configMap("coredns", { Corefile: corefile(spec.dnsDomain ?? DNS_DOMAIN) }),
    systemObject(`${APPS}/deployments`, "apps/v1", "Deployment", "coredns", { spec: deployment }, labels),
    dnsService(labels, dnsAddress),
  ];
}

function dnsService(selector: JsonObject, clusterIP: string): Placed {
  const port = (name: string, number: number, protocol: string) => ({
    name,
    port: number,
    targetPort: number,
    protocol,
  });
  const ports = [port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP"), port("metrics", 9153, "TCP")];
  const labels = {
    "k8s-app": "kube-dns",
    "kubernetes.io/cluster-service": "true",
    "kubernetes.io/name": "CoreDNS",
  };
  return systemObject(
    `${CORE}/services`,
    "v1",
    "Service",
    "kube-dns",
    { spec: { clusterIP, selector, ports } },
    labels,
  );
}

/** With the plugins that kubeadm has CoreDNS load, so that tools which migrate a Corefile find what they know. */
function corefile(domain: string): string {
  const block = (head: string, ...options: string[]) =>
    `    ${head} {\n${options.map((o) => `       ${o}\n`).join("")}    }`;
  const plugins = [
    "    errors",
    block("health", "lameduck 5s"),
    "    ready",
    block(`kubernetes ${domain} in-addr.arpa ip6.arpa`, "pods insecure", "fallthrough in-addr.arpa ip6.arpa", "ttl 30"),
    "    prometheus :9153",
    block("forward . /etc/resolv.conf", "max_concurrent 1000"),
    block("cache 30", `disable success ${domain}`, `disable denial ${domain}`),
    "    loop",
    "    reload",
    "    loadbalance",
  ];
  return `.:53 {\n${plugins.join("\n")}\n}\n`;
}
