import type { JsonObject, KubeObject } from "../../kube/json.js";
import type { KeyPair } from "../../pki/authority.js";
import { commonFlags } from "../etcd/member-flags.js";
import { podSecurity, secretVolume } from "./apiserver.js";
import { hashOf, labelsOf, selectorOf } from "./labels.js";

export interface EtcdParts {
  readonly fleet: string;
  readonly namespace: string;
  readonly image: string;
  /** "10Gi" on a volume; undefined: what the pod's node has, for as long as the pod is there. */
  readonly storage?: string | undefined;
  /** PEM. */
  readonly ca: string;
  readonly serving: KeyPair;
}

export const CLIENT_PORT = 2379;
const PEER_PORT = 2380;
const HEALTH_PORT = 2381;
const USER = 65_532;
const PKI_DIR = "/etc/etcd/pki";
const DATA_DIR = "/var/lib/etcd";

/** The name of all that a fleet's etcd has in a backing cluster. */
export function etcdName(fleet: string): string {
  return `etcd-${fleet.slice(0, 8)}`;
}

/** Names under which an etcd is known to pods, and where we forward a port of it to. */
export function etcdHosts(name: string, namespace: string): string[] {
  const services = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
  return [...services, `${name}-0.${name}-peers.${namespace}.svc`, "localhost", "127.0.0.1"];
}

/** One member of etcd, which lets in whoever has a certificate of the CA. */
export function etcdObjects(parts: EtcdParts): KubeObject[] {
  const { fleet, namespace, ca, serving, storage } = parts;
  const name = etcdName(fleet);
  const labels = labelsOf("etcd", name, fleet);
  const metadata = (suffix = ""): JsonObject => ({ name: `${name}${suffix}`, namespace, labels });
  const content = { "ca.crt": ca, "server.crt": serving.certificate, "server.key": serving.key };
  const data = Object.fromEntries(
    Object.entries(content).map(([file, text]) => [file, Buffer.from(text).toString("base64")]),
  );
  const port = (called: string, number: number) => ({
    name: called,
    port: number,
    targetPort: called,
    protocol: "TCP",
  });
  const service = (suffix: string, spec: JsonObject) => ({
    ...{ apiVersion: "v1", kind: "Service", metadata: metadata(suffix) },
    spec: { type: "ClusterIP", selector: selectorOf(name, fleet), ...spec },
  });
  const claim = {
    metadata: { name: "data", labels },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: storage ?? "" } } },
  };
  const objects = [
    { apiVersion: "v1", kind: "Secret", metadata: metadata("-pki"), type: "Opaque", data },
    service("", { ports: [port("client", CLIENT_PORT)] }),
    // Its own name has to be known before it is ready.
    service("-peers", { clusterIP: "None", publishNotReadyAddresses: true, ports: [port("peer", PEER_PORT)] }),
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: metadata(),
      spec: {
        replicas: 1,
        serviceName: `${name}-peers`,
        selector: { matchLabels: selectorOf(name, fleet) },
        template: podTemplate(parts, name, hashOf(data)),
        ...(storage === undefined ? {} : { volumeClaimTemplates: [claim] }),
      },
    },
  ];
  return objects as unknown as KubeObject[];
}

function podTemplate({ fleet, namespace, image, storage }: EtcdParts, name: string, config: string): JsonObject {
  const own = `https://${name}-0.${name}-peers.${namespace}.svc:${PEER_PORT}`;
  const health = { httpGet: { path: "/health?serializable=true", port: "health", scheme: "HTTP" } };
  return {
    metadata: { labels: labelsOf("etcd", name, fleet), annotations: { "fake-apiserver/config": config } },
    spec: {
      ...{ automountServiceAccountToken: false, enableServiceLinks: false },
      securityContext: podSecurity(USER),
      containers: [
        {
          name: "etcd",
          image,
          command: [
            "etcd",
            `--name=${name}-0`,
            `--data-dir=${DATA_DIR}/data`,
            `--listen-client-urls=https://0.0.0.0:${CLIENT_PORT}`,
            `--advertise-client-urls=https://${name}.${namespace}.svc:${CLIENT_PORT}`,
            `--listen-peer-urls=https://0.0.0.0:${PEER_PORT}`,
            `--initial-advertise-peer-urls=${own}`,
            `--initial-cluster=${name}-0=${own}`,
            `--listen-metrics-urls=http://0.0.0.0:${HEALTH_PORT}`,
            ...commonFlags(PKI_DIR),
          ],
          ports: [
            { name: "client", containerPort: CLIENT_PORT, protocol: "TCP" },
            { name: "peer", containerPort: PEER_PORT, protocol: "TCP" },
            { name: "health", containerPort: HEALTH_PORT, protocol: "TCP" },
          ],
          resources: { requests: { cpu: "100m", memory: "256Mi" } },
          startupProbe: { ...health, periodSeconds: 2, timeoutSeconds: 15, failureThreshold: 90 },
          livenessProbe: { ...health, periodSeconds: 10, timeoutSeconds: 15, failureThreshold: 8 },
          readinessProbe: { ...health, periodSeconds: 2, timeoutSeconds: 15, failureThreshold: 3 },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          volumeMounts: [
            { name: "pki", mountPath: PKI_DIR, readOnly: true },
            { name: "data", mountPath: DATA_DIR },
          ],
        },
      ],
      volumes: [secretVolume("pki", `${name}-pki`), ...(storage === undefined ? [{ name: "data", emptyDir: {} }] : [])],
    },
  };
}
