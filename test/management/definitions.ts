import type { JsonObject } from "../../src/kube/json.js";

/** The contract of Cluster API that a management cluster's definitions keep. */
export type Contract = "v1beta1" | "v1beta2";

const GROUPS: Readonly<Record<string, string>> = {
  Cluster: "cluster.x-k8s.io",
  Machine: "cluster.x-k8s.io",
  KubeadmControlPlane: "controlplane.cluster.x-k8s.io",
  KubeadmConfig: "bootstrap.cluster.x-k8s.io",
  StubCluster: "infrastructure.cluster.x-k8s.io",
  StubMachine: "infrastructure.cluster.x-k8s.io",
  Metal3Cluster: "infrastructure.cluster.x-k8s.io",
  Metal3Machine: "infrastructure.cluster.x-k8s.io",
  BareMetalHost: "metal3.io",
};

export const KINDS = Object.keys(GROUPS);

export function apiVersionOf(contract: Contract, kind: string): string {
  return `${GROUPS[kind]}/${kind === "BareMetalHost" ? "v1alpha1" : contract}`;
}

/** The collection in the namespace "default". */
export function pathOf(contract: Contract, kind: string): string {
  return `/apis/${apiVersionOf(contract, kind)}/namespaces/default/${kind.toLowerCase()}s`;
}

/** Definitions that take any spec and any status. */
export function definitions(contract: Contract, kinds: readonly string[] = KINDS): JsonObject[] {
  return kinds.map((kind) => {
    const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    const plural = `${kind.toLowerCase()}s`;
    const [group = "", name = ""] = apiVersionOf(contract, kind).split("/");
    return {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: [
          {
            name,
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: "object", properties: { spec: open, status: open } } },
          },
        ],
      },
    };
  });
}
