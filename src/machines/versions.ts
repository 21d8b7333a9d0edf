/** The images that go with a Kubernetes version, as kubeadm of that minor has them. */
export interface Images {
  readonly etcd: string;
  readonly coredns: string;
  readonly pause: string;
}

/** By minor. Upstream: cmd/kubeadm/app/constants/constants.go of each release. */
const KNOWN: Readonly<Record<number, Images>> = {
  29: { etcd: "3.5.10-0", coredns: "v1.11.1", pause: "3.9" },
  30: { etcd: "3.5.12-0", coredns: "v1.11.1", pause: "3.9" },
  31: { etcd: "3.5.15-0", coredns: "v1.11.3", pause: "3.10" },
  32: { etcd: "3.5.16-0", coredns: "v1.11.3", pause: "3.10" },
  33: { etcd: "3.5.21-0", coredns: "v1.12.0", pause: "3.10" },
  34: { etcd: "3.6.5-0", coredns: "v1.12.1", pause: "3.10.1" },
};

const MINORS = Object.keys(KNOWN).map(Number);
const FIRST = Math.min(...MINORS);
const LAST = Math.max(...MINORS);

/** "v1.34.4" → 34; 0 for what is no version. */
export function minorOf(version: string): number {
  return Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? 0);
}

/** Those of the nearest known minor for a version older or newer than all. */
export function imagesFor(version: string): Images {
  return KNOWN[Math.min(LAST, Math.max(FIRST, minorOf(version)))]!;
}

/** "v1.34.4", whether or not it came with its v. */
export function withV(version: string): string {
  return version.startsWith("v") ? version : `v${version}`;
}

/** The API version that kubeadm of this Kubernetes version writes its configuration in. */
export function kubeadmApi(version: string): string {
  const minor = minorOf(version);
  return `kubeadm.k8s.io/${minor >= 31 ? "v1beta4" : minor >= 22 ? "v1beta3" : "v1beta2"}`;
}

export const REGISTRY = "registry.k8s.io";
