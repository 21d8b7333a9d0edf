import { stringify } from "yaml";
import type { JsonObject } from "../kube/json.js";
import { imagesFor, kubeadmApi, REGISTRY } from "./versions.js";

/** What `kubeadm init` is told of a cluster. */
export interface ControlPlaneSpec {
  readonly clusterName: string;
  /** Of Kubernetes, with its v: "v1.34.4". */
  readonly version: string;
  /** Where everybody finds the API server: "host:port". */
  readonly endpoint: string;
  /** PEM; what cluster-info tells those who join. */
  readonly caCertificate: string;
  readonly podSubnet?: string;
  readonly serviceSubnet?: string;
  /** "cluster.local" by default. */
  readonly dnsDomain?: string;
  readonly imageRepository?: string;
  /** The etcd part of ClusterConfiguration, `{external: {endpoints, …}}` or `{local: {…}}`. Default: local. */
  readonly etcd?: JsonObject;
  /** The dns part of ClusterConfiguration: imageRepository, imageTag. */
  readonly dns?: JsonObject;
}

export const DNS_DOMAIN = "cluster.local";

/** What the ConfigMap kubeadm-config holds. That it exists tells Cluster API that the control plane is initialized. */
export function clusterConfiguration(spec: ControlPlaneSpec): string {
  return stringify({
    apiVersion: kubeadmApi(spec.version),
    kind: "ClusterConfiguration",
    apiServer: {},
    certificatesDir: "/etc/kubernetes/pki",
    clusterName: spec.clusterName,
    controlPlaneEndpoint: spec.endpoint,
    controllerManager: {},
    dns: spec.dns ?? {},
    etcd: spec.etcd ?? { local: { dataDir: "/var/lib/etcd" } },
    imageRepository: spec.imageRepository ?? REGISTRY,
    kubernetesVersion: spec.version,
    networking: {
      dnsDomain: spec.dnsDomain ?? DNS_DOMAIN,
      ...(spec.podSubnet === undefined ? {} : { podSubnet: spec.podSubnet }),
      serviceSubnet: spec.serviceSubnet ?? "10.96.0.0/12",
    },
    scheduler: {},
  });
}

/** What the ConfigMap kubelet-config holds. */
export function kubeletConfiguration(spec: ControlPlaneSpec, dnsAddress: string): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: "/etc/kubernetes/pki/ca.crt" },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "systemd",
    clusterDNS: [dnsAddress],
    clusterDomain: spec.dnsDomain ?? DNS_DOMAIN,
    rotateCertificates: true,
    staticPodPath: "/etc/kubernetes/manifests",
  });
}

export function kubeProxyConfiguration(spec: ControlPlaneSpec): string {
  return stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: "/var/lib/kube-proxy/kubeconfig.conf" },
    clusterCIDR: spec.podSubnet ?? "",
  });
}

/** A kubeconfig without a user: `user` is how a client inside the cluster names itself, where it does. */
export function endpointKubeconfig(spec: ControlPlaneSpec, user?: JsonObject): string {
  const authority =
    user === undefined
      ? { "certificate-authority-data": Buffer.from(spec.caCertificate).toString("base64") }
      : { "certificate-authority": "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: user === undefined ? "" : "default", cluster: { ...authority, server: `https://${spec.endpoint}` } },
    ],
    ...(user === undefined
      ? {}
      : {
          contexts: [{ name: "default", context: { cluster: "default", namespace: "default", user: "default" } }],
          "current-context": "default",
          users: [{ name: "default", user }],
        }),
  });
}

/** "registry.k8s.io/coredns/coredns:v1.12.1": in a registry of one's own CoreDNS has no folder. */
export function corednsImage(spec: ControlPlaneSpec): string {
  const { imageRepository, imageTag } = spec.dns ?? {};
  const registry =
    typeof imageRepository === "string" && imageRepository !== "" ? imageRepository : spec.imageRepository;
  const tag = typeof imageTag === "string" && imageTag !== "" ? imageTag : imagesFor(spec.version).coredns;
  const folder = registry === undefined || registry === REGISTRY ? `${REGISTRY}/coredns` : registry;
  return `${folder}/coredns:${tag}`;
}
