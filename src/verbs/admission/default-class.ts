import { objectAt, optionalStringAt, stringAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";
import { type AdmissionPlugin, isFor } from "./attributes.js";

const BETA_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class";

/** A claim without a class gets the default one; upstream: plugin/pkg/admission/storage/storageclass/setdefault. */
export const defaultStorageClass: AdmissionPlugin = {
  name: "DefaultStorageClass",
  operations: ["CREATE"],
  mutate(attributes, view) {
    const { object } = attributes;
    if (!isFor(attributes, "", "persistentvolumeclaims") || !object) return;
    if (object.metadata.annotations?.[BETA_STORAGE_CLASS] !== undefined) return;
    const spec = objectAt(object, "spec");
    if (!spec || optionalStringAt(spec, "storageClassName") !== undefined) return;
    const found = newest(view.list("storage.k8s.io", "storageclasses", ""), STORAGE_DEFAULTS);
    if (found) spec.storageClassName = found.metadata.name ?? "";
  },
};

const STORAGE_DEFAULTS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

/** The same for ingresses; upstream: plugin/pkg/admission/network/defaultingressclass. */
export const defaultIngressClass: AdmissionPlugin = {
  name: "DefaultIngressClass",
  operations: ["CREATE"],
  mutate(attributes, view) {
    const { object } = attributes;
    if (!isFor(attributes, "networking.k8s.io", "ingresses") || !object) return;
    if (object.metadata.annotations?.["kubernetes.io/ingress.class"] !== undefined) return;
    const spec = objectAt(object, "spec");
    if (!spec || optionalStringAt(spec, "ingressClassName") !== undefined) return;
    const classes = view.list("networking.k8s.io", "ingressclasses", "");
    const found = newest(classes, ["ingressclass.kubernetes.io/is-default-class"]);
    if (found) spec.ingressClassName = found.metadata.name ?? "";
  },
};

/** Of several defaults the newest counts, then the first by name. */
function newest(classes: Iterable<KubeObject>, annotations: readonly string[]): KubeObject | undefined {
  const defaults = [...classes].filter((candidate) =>
    annotations.some((annotation) => candidate.metadata.annotations?.[annotation] === "true"),
  );
  return defaults.sort(byAge)[0];
}

function byAge(a: KubeObject, b: KubeObject): number {
  const [older, newer] = [stringAt(a, "metadata", "creationTimestamp"), stringAt(b, "metadata", "creationTimestamp")];
  if (older !== newer) return older > newer ? -1 : 1;
  return stringAt(a, "metadata", "name") < stringAt(b, "metadata", "name") ? -1 : 1;
}
