import type { FieldPath } from "../../kube/field-path.js";

/** Old labels of nodes, since when they are, and what to use; upstream: api/node/util.go. */
const OLD_LABELS: Readonly<Record<string, readonly [since: string, use: string]>> = {
  "beta.kubernetes.io/arch": ["1.14", "kubernetes.io/arch"],
  "beta.kubernetes.io/os": ["1.14", "kubernetes.io/os"],
  "failure-domain.beta.kubernetes.io/region": ["1.17", "topology.kubernetes.io/region"],
  "failure-domain.beta.kubernetes.io/zone": ["1.17", "topology.kubernetes.io/zone"],
  "beta.kubernetes.io/instance-type": ["1.17", "node.kubernetes.io/instance-type"],
};

/** The label that took an old one's place. */
export const newLabelOf = (key: string): string | undefined =>
  Object.hasOwn(OLD_LABELS, key) ? OLD_LABELS[key]?.[1] : undefined;

/** `named`: the warning names the key, which is not in the path. */
export function nodeLabelWarnings(path: FieldPath, key: string, named = false): string[] {
  const old = Object.hasOwn(OLD_LABELS, key) ? OLD_LABELS[key] : undefined;
  return old ? [`${path}: ${named ? `${key} is ` : ""}deprecated since v${old[0]}; use "${old[1]}" instead`] : [];
}
