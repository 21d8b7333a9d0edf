import { stringAt } from "../kube/access.js";
import type { LocalClient } from "../kube/local-client.js";
import { configMap, coredns, kubeProxy, type Placed } from "./addons.js";
import { bootstrapRbac } from "./bootstrap-rbac.js";
import {
  type ControlPlaneSpec,
  clusterConfiguration,
  endpointKubeconfig,
  kubeletConfiguration,
} from "./cluster-configuration.js";
import { createMissing } from "./writes.js";

export const KUBEADM_CONFIG = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";

/** Whether `kubeadm init` has been through. */
export async function isInitialized(client: LocalClient): Promise<boolean> {
  return (await client.find(KUBEADM_CONFIG)) !== undefined;
}

/**
 * What `kubeadm init` leaves in a cluster. What is there already stays as it is. kubeadm-config comes last: who sees
 * it finds the rest.
 */
export async function initControlPlane(client: LocalClient, spec: ControlPlaneSpec): Promise<void> {
  const dnsAddress = await dnsAddressOf(client);
  const objects = [
    ...bootstrapRbac(),
    clusterInfo(spec),
    configMap("kubelet-config", { kubelet: kubeletConfiguration(spec, dnsAddress) }),
    ...kubeProxy(spec),
    ...coredns(spec, dnsAddress),
    configMap("kubeadm-config", { ClusterConfiguration: clusterConfiguration(spec) }),
  ];
  for (const { collection, object } of objects) await createMissing(client, collection, object);
}

/** The tenth address of the range that the server takes Services' from: its own has the first. */
async function dnsAddressOf(client: LocalClient): Promise<string> {
  const own = stringAt(await client.get("/api/v1/namespaces/default/services/kubernetes"), "spec", "clusterIP");
  return own.includes(":") ? own.replace(/1$/, "a") : own.replace(/\d+$/, (last) => String(Number(last) + 9));
}

/** What those who want to join are told without being asked who they are. */
function clusterInfo(spec: ControlPlaneSpec): Placed {
  return {
    collection: "/api/v1/namespaces/kube-public/configmaps",
    object: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "cluster-info", namespace: "kube-public" },
      data: { kubeconfig: endpointKubeconfig(spec) },
    },
  };
}
