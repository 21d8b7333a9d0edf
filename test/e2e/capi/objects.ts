import { INFRASTRUCTURE } from "./infrastructure.js";
import type { ManagedObject } from "./providers.js";

export interface ClusterShape {
  readonly name: string;
  readonly namespace?: string;
  readonly version: string;
  readonly controlPlanes: number;
  readonly workers: number;
  /** "stacked": on the control planes, as KubeadmControlPlane looks after it. */
  readonly etcd: "stacked" | "external";
}

const CAPI = "cluster.x-k8s.io/v1beta2";

/** A Cluster with all that belongs to it, in the order in which it is to be created. */
export function clusterObjects(shape: ClusterShape): ManagedObject[] {
  const { name, namespace = "default", version, controlPlanes, workers, etcd } = shape;
  const infrastructure = (kind: string, named = name) => ({ apiGroup: INFRASTRUCTURE, kind, name: named });
  const of = (apiVersion: string, kind: string, spec: unknown, named = name): ManagedObject => ({
    apiVersion,
    kind,
    metadata: { name: named, namespace },
    spec,
  });
  const template = { template: { spec: {} } };
  return [
    of(CAPI, "Cluster", {
      clusterNetwork: { pods: { cidrBlocks: ["10.244.0.0/16"] }, services: { cidrBlocks: ["10.96.0.0/12"] } },
      infrastructureRef: infrastructure("PlainCluster"),
      controlPlaneRef: { apiGroup: "controlplane.cluster.x-k8s.io", kind: "KubeadmControlPlane", name },
    }),
    of(`${INFRASTRUCTURE}/v1beta2`, "PlainCluster", {}),
    of(`${INFRASTRUCTURE}/v1beta2`, "PlainMachineTemplate", template),
    of("controlplane.cluster.x-k8s.io/v1beta2", "KubeadmControlPlane", {
      replicas: controlPlanes,
      version,
      machineTemplate: { spec: { infrastructureRef: infrastructure("PlainMachineTemplate") } },
      kubeadmConfigSpec: etcd === "stacked" ? { format: "cloud-config" } : externalEtcd(),
    }),
    of("bootstrap.cluster.x-k8s.io/v1beta2", "KubeadmConfigTemplate", {
      template: { spec: { format: "cloud-config" } },
    }),
    of(CAPI, "MachineDeployment", {
      clusterName: name,
      replicas: workers,
      selector: { matchLabels: {} },
      template: {
        spec: {
          clusterName: name,
          version,
          bootstrap: {
            configRef: { apiGroup: "bootstrap.cluster.x-k8s.io", kind: "KubeadmConfigTemplate", name },
          },
          infrastructureRef: infrastructure("PlainMachineTemplate"),
        },
      },
    }),
  ];
}

function externalEtcd() {
  const pki = "/etc/kubernetes/pki";
  return {
    clusterConfiguration: {
      etcd: {
        external: {
          endpoints: ["https://127.0.0.1:2379"],
          caFile: `${pki}/etcd/ca.crt`,
          certFile: `${pki}/apiserver-etcd-client.crt`,
          keyFile: `${pki}/apiserver-etcd-client.key`,
        },
      },
    },
  };
}

/** What the user of an external etcd gives to Cluster API: its CA, without the key, and a client's certificate. */
export function etcdSecrets(
  name: string,
  namespace: string,
  ca: string,
  client: { certificate: string; key: string },
): ManagedObject[] {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const secret = (suffix: string, data: Record<string, string>): ManagedObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `${name}-${suffix}`, namespace, labels: { "cluster.x-k8s.io/cluster-name": name } },
    type: "cluster.x-k8s.io/secret",
    data,
  });
  return [
    secret("etcd", { "tls.crt": base64(ca) }),
    secret("apiserver-etcd-client", { "tls.crt": base64(client.certificate), "tls.key": base64(client.key) }),
  ];
}

/** Remediates a machine whose node is not ready for ten seconds. */
export function healthCheck(cluster: string, namespace: string): ManagedObject {
  return {
    apiVersion: CAPI,
    kind: "MachineHealthCheck",
    metadata: { name: cluster, namespace },
    spec: {
      clusterName: cluster,
      selector: { matchLabels: { "cluster.x-k8s.io/deployment-name": cluster } },
      checks: { unhealthyNodeConditions: [{ type: "Ready", status: "False", timeoutSeconds: 10 }] },
    },
  };
}
