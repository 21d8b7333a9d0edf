import type { Reach } from "../../cluster/spec.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import type { Tenant } from "../etcd/tenant.js";
import { type ControlPlanePki, pkiContent, pkiFiles } from "../pki.js";
import { type ServerSettings, serverFlags } from "../runtime/flags.js";
import { CLUSTER, hashOf, labelsOf, objectName, selectorOf } from "./labels.js";

/** What a kube-apiserver asks of its node. */
export interface Requests {
  /** "100m" */
  readonly cpu: string;
  /** "400Mi" */
  readonly memory: string;
}

export interface ApiserverParts {
  readonly cluster: string;
  readonly fleet: string;
  readonly namespace: string;
  readonly image: string;
  readonly reach: Reach;
  readonly requests: Requests;
  readonly pki: ControlPlanePki;
  readonly tenant: Tenant;
  readonly settings: ServerSettings;
  /** What `settings.tokenFile` holds. */
  readonly tokens?: string | undefined;
  /** After ours. */
  readonly flags: readonly string[];
}

/** Where pods find what is in Secrets. */
const PKI_DIR = "/etc/kubernetes/pki";
const ETCD_DIR = "/etc/kubernetes/etcd";
const TOKENS = "tokens.csv";

export const SERVER_PORT = 6443;
/** Nobody's, and no number that images use. */
const USER = 65_532;

const SERVICE_TYPES = {
  "port-forward": "ClusterIP",
  service: "ClusterIP",
  "node-port": "NodePort",
  "load-balancer": "LoadBalancer",
} as const satisfies Readonly<Record<Reach, string>>;

/** All that a cluster's kube-apiserver is made of in a backing cluster: what pods need before the pods. */
export function apiserverObjects(parts: ApiserverParts): KubeObject[] {
  const { cluster, fleet, namespace, pki, tenant, tokens } = parts;
  const name = objectName(cluster);
  const metadata = (suffix = ""): JsonObject => ({
    name: `${name}${suffix}`,
    namespace,
    labels: labelsOf("kube-apiserver", name, fleet),
    annotations: { [CLUSTER]: cluster },
  });
  const secret = (suffix: string, content: Readonly<Record<string, string>>) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadata(suffix),
    type: "Opaque",
    data: Object.fromEntries(
      Object.entries(content).map(([file, text]) => [file, Buffer.from(text).toString("base64")]),
    ),
  });
  const secrets = [
    secret("-pki", { ...pkiContent(pki), ...(tokens === undefined ? {} : { [TOKENS]: tokens }) }),
    secret("-etcd", { "ca.crt": tenant.ca, "client.crt": tenant.client.certificate, "client.key": tenant.client.key }),
  ];
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(),
    spec: {
      type: SERVICE_TYPES[parts.reach],
      selector: selectorOf(name, fleet),
      ports: [{ name: "https", port: SERVER_PORT, targetPort: "https", protocol: "TCP" }],
    },
  };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(),
    spec: {
      replicas: 1,
      // The next pod is ready before the last one goes: both may serve the same prefix of etcd.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: selectorOf(name, fleet) },
      template: podTemplate(parts, name, hashOf(secrets.map(({ data }) => data))),
    },
  };
  return [...secrets, service, deployment] as KubeObject[];
}

/** A pod that reads Secrets only when it starts: it is made anew when they change. */
function podTemplate(parts: ApiserverParts, name: string, config: string): JsonObject {
  const { cluster, fleet, image, requests, settings, flags, tenant } = parts;
  const own = serverFlags(
    {
      ...{ bind: "0.0.0.0", port: SERVER_PORT, tenant, pki: pkiFiles(PKI_DIR) },
      etcd: { ca: `${ETCD_DIR}/ca.crt`, certificate: `${ETCD_DIR}/client.crt`, key: `${ETCD_DIR}/client.key` },
    },
    { ...settings, tokenFile: parts.tokens === undefined ? undefined : `${PKI_DIR}/${TOKENS}` },
  );
  return {
    metadata: {
      labels: labelsOf("kube-apiserver", name, fleet),
      annotations: { [CLUSTER]: cluster, "fake-apiserver/config": config },
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      securityContext: podSecurity(USER),
      containers: [
        {
          name: "kube-apiserver",
          image,
          command: ["kube-apiserver", ...own, ...flags],
          ports: [{ name: "https", containerPort: SERVER_PORT, protocol: "TCP" }],
          resources: { requests: { cpu: requests.cpu, memory: requests.memory } },
          ...probes(settings, flags),
          // Its images give the binary this capability; without it, it can't be run at all.
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
          },
          volumeMounts: [
            { name: "pki", mountPath: PKI_DIR, readOnly: true },
            { name: "etcd", mountPath: ETCD_DIR, readOnly: true },
          ],
        },
      ],
      volumes: [secretVolume("pki", `${name}-pki`), secretVolume("etcd", `${name}-etcd`)],
    },
  };
}

/** As the standard "restricted" for pods has it. */
export function podSecurity(user: number): JsonObject {
  return {
    ...{ runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user },
    seccompProfile: { type: "RuntimeDefault" },
  };
}

export function secretVolume(name: string, secretName: string): JsonObject {
  return { name, secret: { secretName, defaultMode: 0o440 } };
}

/** A kubelet asks without a certificate: where nobody is anonymous, it can only see whether somebody listens. */
function probes({ authorizationMode }: ServerSettings, flags: readonly string[]): JsonObject {
  const closed = flags.some((flag) => flag === "--anonymous-auth=false" || flag.startsWith("--authentication-config"));
  const ask = (path: string): JsonObject =>
    authorizationMode === "RBAC" && !closed
      ? { httpGet: { path, port: "https", scheme: "HTTPS" } }
      : { tcpSocket: { port: "https" } };
  return {
    startupProbe: { ...ask("/livez"), periodSeconds: 2, timeoutSeconds: 15, failureThreshold: 90 },
    livenessProbe: { ...ask("/livez"), periodSeconds: 10, timeoutSeconds: 15, failureThreshold: 8 },
    readinessProbe: { ...ask("/readyz"), periodSeconds: 2, timeoutSeconds: 15, failureThreshold: 3 },
  };
}
