import type { Item } from "./items.js";

/** What must be there before others can be made, by kind; all kinds that are not named come where "*" is. */
const ORDER: readonly (readonly string[])[] = [
  ["CustomResourceDefinition"],
  ["Namespace"],
  [
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "VolumeAttributesClass",
    "IngressClass",
    "DeviceClass",
    "CSIDriver",
  ],
  ["ServiceAccount", "Secret", "ConfigMap"],
  ["ClusterRole", "Role"],
  ["ClusterRoleBinding", "RoleBinding"],
  ["Node", "PersistentVolume"],
  ["PersistentVolumeClaim", "Service"],
  ["*"],
  // What judges other objects would stand in their way.
  ["LimitRange", "ResourceQuota"],
  ["ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"],
  ["ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding"],
  ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService"],
];

const RANKS = new Map(ORDER.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank] as const)));
const OTHERS = RANKS.get("*")!;

/** Of kinds that clusters have by themselves; a custom resource may have the name of one. */
const BUILTIN = /^(v1|[a-z]+\/v\w+|[a-z.]+\.k8s\.io\/v\w+)$/;

/** Where an object stands among those of others kinds. */
export function rankOf({ apiVersion, kind }: Pick<Item, "apiVersion" | "kind">): number {
  return BUILTIN.test(apiVersion) ? (RANKS.get(kind) ?? OTHERS) : OTHERS + 0.5;
}

/** An order in which objects can be created, and that is the same for the same objects. */
export function inOrder<T extends Item>(items: readonly T[]): T[] {
  const keyed = items.map((item) => {
    const { apiVersion, kind, metadata } = item;
    return { item, rank: rankOf(item), key: [kind, apiVersion, metadata.namespace ?? "", metadata.name ?? ""] };
  });
  return keyed.sort((a, b) => a.rank - b.rank || compare(a.key, b.key)).map(({ item }) => item);
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (const [i, text] of a.entries()) if (text !== b[i]) return text < b[i]! ? -1 : 1;
  return 0;
}
