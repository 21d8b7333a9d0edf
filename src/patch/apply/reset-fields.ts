import { excluding, type SetFilter } from "./filters.js";

const STATUS = excluding("status");
const SPEC = excluding("spec");
const SPEC_AND_METADATA = excluding("metadata", "spec");

type ByResource = Readonly<Record<string, Readonly<Record<string, SetFilter>>>>;

function split(main: SetFilter, status: SetFilter, ...resources: readonly string[]): ByResource {
  return Object.fromEntries(resources.map((resource) => [resource, { "": main, status }]));
}

/**
 * What the strategies of a resource and its subresources undo of a write, so that nobody comes to own it. Upstream:
 * each strategy's GetResetFields. ServiceCIDR's names a group that does not exist, and the storages of a pod's resize and
 * ephemeralcontainers do not pass theirs on, so that nothing is reset there.
 */
const RESET_FIELDS: ByResource = {
  ...split(STATUS, SPEC, "nodes", "persistentvolumeclaims", "persistentvolumes", "replicationcontrollers"),
  ...split(STATUS, SPEC, "resourcequotas", "services", "apps/daemonsets", "apps/replicasets", "apps/statefulsets"),
  ...split(STATUS, SPEC, "autoscaling/horizontalpodautoscalers", "batch/cronjobs", "batch/jobs"),
  ...split(
    STATUS,
    SPEC,
    "networking.k8s.io/ingresses",
    "policy/poddisruptionbudgets",
    "resource.k8s.io/resourceclaims",
  ),
  ...split(
    STATUS,
    SPEC_AND_METADATA,
    "admissionregistration.k8s.io/validatingadmissionpolicies",
    "apiextensions.k8s.io/customresourcedefinitions",
    "apiregistration.k8s.io/apiservices",
    "flowcontrol.apiserver.k8s.io/flowschemas",
    "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations",
    "internal.apiserver.k8s.io/storageversions",
    "storage.k8s.io/volumeattachments",
    "storagemigration.k8s.io/storageversionmigrations",
  ),
  "apps/deployments": { "": STATUS, status: excluding("spec", "metadata.labels") },
  namespaces: { "": STATUS, status: SPEC, finalize: STATUS },
  pods: { "": STATUS, status: excluding("spec", "metadata.deletionTimestamp", "metadata.ownerReferences") },
  "certificates.k8s.io/certificatesigningrequests": {
    "": excluding("spec", "status"),
    status: excluding("spec", "status.conditions"),
    approval: excluding("spec", "status.certificate"),
  },
  "certificates.k8s.io/podcertificaterequests": { status: SPEC },
};

export const NOTHING_RESET: SetFilter = (set) => set;

/** Of custom resources with a status subresource; the others reset nothing. */
export const CUSTOM_RESETS: Readonly<Record<string, SetFilter>> = { "": STATUS, status: SPEC };

/** The filter of writes to a resource ("" its main endpoint) or subresource. */
export function resetFilter(group: string, resource: string, subresource = ""): SetFilter {
  const key = group === "" ? resource : `${group}/${resource}`;
  const own = Object.hasOwn(RESET_FIELDS, key) ? RESET_FIELDS[key] : undefined;
  return own?.[subresource] ?? NOTHING_RESET;
}
