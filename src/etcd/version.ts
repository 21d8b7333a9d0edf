import { objectsAt, stringAt } from "../kube/access.js";
import type { KubeObject } from "../kube/json.js";

/** What kubeadm brings with Kubernetes 1.x; upstream: cmd/kubeadm/app/constants, SupportedEtcdVersion. */
const BROUGHT: readonly (readonly [minor: number, version: string])[] = [
  [34, "3.6.5"],
  [0, "3.5.24"],
];

/** The version in the tag of an etcd image: "3.5.24" of "registry.k8s.io/etcd:3.5.24-0". */
export function imageVersion(pod: KubeObject | undefined): string | undefined {
  for (const container of objectsAt(pod, "spec", "containers")) {
    const found = /[/:]?etcd:v?(\d+\.\d+\.\d+)/.exec(stringAt(container, "image"));
    if (found !== null) return found[1];
  }
  return undefined;
}

/** That of kubeadm for a kubelet's version such as "v1.33.1"; the newest for what is none. */
export function kubeadmVersion(kubelet: string): string {
  const minor = Number(/^v1\.(\d+)\./.exec(kubelet)?.[1] ?? Number.POSITIVE_INFINITY);
  return (BROUGHT.find(([since]) => minor >= since) ?? BROUGHT[0]!)[1];
}

/** Whether a version of etcd is at least 3.6, which tells more in some answers. */
export function isFrom36(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 3 || (major === 3 && minor >= 6);
}
