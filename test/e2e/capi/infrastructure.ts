import type { ManagedObject } from "./providers.js";

export const INFRASTRUCTURE = "infrastructure.cluster.x-k8s.io";

const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** CRDs of an infrastructure provider that has no fields of its own. */
export function infrastructureDefinitions(): ManagedObject[] {
  return ["Cluster", "Machine", "MachineTemplate"].map((what) => {
    const kind = `Plain${what}`;
    const plural = `${kind.toLowerCase()}s`;
    return {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: {
        name: `${plural}.${INFRASTRUCTURE}`,
        labels: { "cluster.x-k8s.io/provider": "infrastructure-plain", "cluster.x-k8s.io/v1beta2": "v1beta2" },
      },
      spec: {
        group: INFRASTRUCTURE,
        scope: "Namespaced",
        names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
        versions: [
          {
            name: "v1beta2",
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: "object", properties: { spec: anything, status: anything } } },
          },
        ],
      },
    };
  });
}
