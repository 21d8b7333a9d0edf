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
  /** What it runs on. Default: an infrastructure without fields of its own. */
  readonly infrastructure?: {
    /** What the names of its kinds begin with. */
    readonly prefix: string;
    /** The spec of its cluster, and annotations. */
    readonly cluster?: { readonly spec: object; readonly annotations?: Record<string, string> };
    /** The spec of its machines. */
    readonly machine?: object;
    /** How nodes introduce themselves. */
    readonly nodeRegistration?: object;
  };
}

const CAPI = "cluster.x-k8s.io/v1beta2";

/** A Cluster with all that belongs to it, in the order in which it is to be created. */
export function clusterObjects(shape: ClusterShape): ManagedObject[] {
  const { name, namespace = "default", version, controlPlanes, workers, etcd } = shape;
  const { prefix, cluster, machine = {}, nodeRegistration } = shape.infrastructure ?? { prefix: "Plain" };
  const infrastructure = (kind: string) => ({ apiGroup: INFRASTRUCTURE, kind: `${prefix}${kind}`, name });
  const of = (apiVersion: string, kind: string, spec: unknown, annotations = {}): ManagedObject => ({
    apiVersion,
    kind,
    metadata: { name, namespace, annotations },
    spec,
  });
  const joined = nodeRegistration === undefined ? {} : { joinConfiguration: { nodeRegistration } };
  const first = nodeRegistration === undefined ? {} : { initConfiguration: { nodeRegistration } };
  return [
    of(CAPI, "Cluster", {
      clusterNetwork: { pods: { cidrBlocks: ["10.244.0.0/16"] }, services: { cidrBlocks: ["10.96.0.0/12"] } },
      infrastructureRef: infrastructure("Cluster"),
      controlPlaneRef: { apiGroup: "controlplane.cluster.x-k8s.io", kind: "KubeadmControlPlane", name },
    }),
    of(`${INFRASTRUCTURE}/v1beta2`, `${prefix}Cluster`, cluster?.spec ?? {}, cluster?.annotations),
    of(`${INFRASTRUCTURE}/v1beta2`, `${prefix}MachineTemplate`, { template: { spec: machine } }),
    of("controlplane.cluster.x-k8s.io/v1beta2", "KubeadmControlPlane", {
      replicas: controlPlanes,
      version,
      machineTemplate: { spec: { infrastructureRef: infrastructure("MachineTemplate") } },
      kubeadmConfigSpec: {
        format: "cloud-config",
        ...(etcd === "stacked" ? {} : externalEtcd()),
        ...first,
        ...joined,
      },
    }),
    of("bootstrap.cluster.x-k8s.io/v1beta2", "KubeadmConfigTemplate", {
      template: { spec: { format: "cloud-config", ...joined } },
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
          infrastructureRef: infrastructure("MachineTemplate"),
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
  return [
    secret(name, "etcd", { "tls.crt": ca }, namespace),
    secret(name, "apiserver-etcd-client", { "tls.crt": client.certificate, "tls.key": client.key }, namespace),
  ];
}

/** What the user of an own CA gives to Cluster API. */
export function caSecret(cluster: string, pair: { certificate: string; key: string }): ManagedObject {
  return secret(cluster, "ca", { "tls.crt": pair.certificate, "tls.key": pair.key });
}

function secret(cluster: string, suffix: string, data: Record<string, string>, namespace = "default"): ManagedObject {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `${cluster}-${suffix}`, namespace, labels: { "cluster.x-k8s.io/cluster-name": cluster } },
    type: "cluster.x-k8s.io/secret",
    data: Object.fromEntries(encoded),
  };
}

/** A worker that no MachineDeployment looks after. `infrastructure`: the name of what it runs on. */
export function lonelyWorker(
  clusterName: string,
  name: string,
  version: string,
  infrastructure = name,
): ManagedObject[] {
  const metadata = { name, namespace: "default", labels: { "cluster.x-k8s.io/cluster-name": clusterName } };
  const bootstrap =
    infrastructure === name
      ? { configRef: { apiGroup: "bootstrap.cluster.x-k8s.io", kind: "KubeadmConfig", name } }
      : { dataSecretName: infrastructure };
  const infrastructureRef = { apiGroup: INFRASTRUCTURE, kind: "PlainMachine", name: infrastructure };
  return [
    {
      apiVersion: "bootstrap.cluster.x-k8s.io/v1beta2",
      kind: "KubeadmConfig",
      metadata,
      spec: { format: "cloud-config" },
    },
    { apiVersion: `${INFRASTRUCTURE}/v1beta2`, kind: "PlainMachine", metadata, spec: {} },
    { apiVersion: CAPI, kind: "Machine", metadata, spec: { clusterName, version, bootstrap, infrastructureRef } },
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
