import { timestamp } from "../kube/clock.js";
import type { JsonObject } from "../kube/json.js";
import { addressesOf, hexOf, uuidOf } from "./addresses.js";
import { CONTROL_PLANE_ROLE, type NodeSpec, type Taint } from "./spec.js";
import type { NamedObject } from "./writes.js";

const CAPACITY = {
  cpu: "8",
  "ephemeral-storage": "488876072Ki",
  "hugepages-1Gi": "0",
  "hugepages-2Mi": "0",
  memory: "32599664Ki",
  pods: "110",
};

/** What keeps a node from its users besides Ready: kubelets say of each that it is not so. */
const PRESSURES = [
  ["MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  ["DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ["PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
] as const;

/** The node as its kubelet registers it. `now`: milliseconds since the epoch. */
export function nodeObject(spec: NodeSpec, now: number): NamedObject {
  const capacity = { ...CAPACITY, ...spec.capacity };
  const taints = taintsOf(spec);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: spec.name, labels: labelsOf(spec), annotations: annotationsOf(spec) },
    spec: {
      ...(spec.providerID === undefined ? {} : { providerID: spec.providerID }),
      ...(taints.length === 0 ? {} : { taints: [...taints] }),
    },
    status: {
      addresses: [...addressesOf(spec)],
      capacity,
      allocatable: capacity,
      conditions: conditions(now),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: nodeInfo(spec),
    },
  };
}

/** What a healthy kubelet reports. */
export function conditions(now: number): JsonObject[] {
  const time = timestamp(now);
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  });
  return [
    ...PRESSURES.map(([type, reason, message]) => condition(type, "False", reason, message)),
    condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
  ];
}

/** What the node controller makes of a kubelet that has fallen silent. */
export function unknownConditions(now: number): JsonObject[] {
  const time = timestamp(now);
  return [...PRESSURES.map(([type]) => type), "Ready"].map((type) => ({
    type,
    status: "Unknown",
    reason: "NodeStatusUnknown",
    message: "Kubelet stopped posting node status.",
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  }));
}

export function nodeInfo({ name, version }: NodeSpec): JsonObject {
  return {
    architecture: "amd64",
    bootID: uuidOf("boot", name),
    containerRuntimeVersion: "containerd://2.1.4",
    kernelVersion: "6.8.0-86-generic",
    kubeProxyVersion: "",
    kubeletVersion: version,
    machineID: hexOf("machine", name),
    operatingSystem: "linux",
    osImage: "Ubuntu 24.04.3 LTS",
    systemUUID: uuidOf("system", name),
  };
}

/** All labels that the machine itself answers for. */
export function labelsOf({ name, labels, controlPlane }: NodeSpec): Record<string, string> {
  return {
    "beta.kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    ...(controlPlane === undefined
      ? {}
      : { [CONTROL_PLANE_ROLE]: "", "node.kubernetes.io/exclude-from-external-load-balancers": "" }),
    ...labels,
  };
}

function annotationsOf({ annotations }: NodeSpec): Record<string, string> {
  return {
    "node.alpha.kubernetes.io/ttl": "0",
    "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    ...annotations,
  };
}

function taintsOf({ taints, controlPlane }: NodeSpec): readonly Taint[] {
  return taints ?? (controlPlane === undefined ? [] : [{ key: CONTROL_PLANE_ROLE, effect: "NoSchedule" }]);
}

/** The sign of life that a kubelet renews. */
export function leaseObject(name: string, nodeUid: string, now: number): NamedObject {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name,
      namespace: "kube-node-lease",
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: nodeUid }],
    },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: new Date(now).toISOString().replace("Z", "000Z"),
    },
  };
}
