import { isDns1123Subdomain } from "../../kube/names.js";
import { autoscalerChecks } from "./autoscalers.js";
import { certificateRequestChecks } from "./certificate-requests.js";
import type { KindChecks } from "./checks.js";
import { configMapChecks, secretChecks } from "./config.js";
import { controllerRevisionChecks } from "./controller-revisions.js";
import { cronJobChecks } from "./cron-jobs.js";
import { daemonSetChecks } from "./daemon-sets.js";
import { deploymentChecks, replicaSetChecks } from "./deployments.js";
import { coreEventChecks, eventChecks } from "./events.js";
import { jobChecks } from "./jobs.js";
import { namespaceChecks } from "./namespaces.js";
import { nodeChecks } from "./nodes.js";
import { persistentVolumeClaimChecks } from "./persistent-volume-claims.js";
import { persistentVolumeChecks } from "./persistent-volumes.js";
import { podChecks } from "./pod/pods.js";
import { bindingChecks, roleChecks } from "./rbac.js";
import { replicationControllerChecks } from "./replication-controllers.js";
import { serviceChecks } from "./services.js";
import {
  leaseChecks,
  named,
  podDisruptionBudgetChecks,
  podTemplateChecks,
  priorityClassChecks,
  runtimeClassChecks,
  serviceAccountChecks,
} from "./small-kinds.js";
import { statefulSetChecks } from "./stateful-sets.js";
import { csiNodeChecks, storageClassChecks, volumeAttachmentChecks } from "./storage.js";

/** By group, then resource. Those with {@link named} are looked at for their name only. */
const CHECKS: Readonly<Record<string, Readonly<Record<string, KindChecks>>>> = {
  "": {
    configmaps: configMapChecks,
    endpoints: named(true),
    events: coreEventChecks,
    limitranges: named(true),
    namespaces: namespaceChecks,
    nodes: nodeChecks,
    persistentvolumeclaims: persistentVolumeClaimChecks,
    persistentvolumes: persistentVolumeChecks,
    pods: podChecks,
    podtemplates: podTemplateChecks,
    replicationcontrollers: replicationControllerChecks,
    resourcequotas: named(true),
    secrets: secretChecks,
    serviceaccounts: serviceAccountChecks,
    services: serviceChecks,
  },
  "admissionregistration.k8s.io": {
    mutatingwebhookconfigurations: named(false),
    validatingadmissionpolicies: named(false),
    validatingadmissionpolicybindings: named(false),
    validatingwebhookconfigurations: named(false),
  },
  apps: {
    controllerrevisions: controllerRevisionChecks,
    daemonsets: daemonSetChecks,
    deployments: deploymentChecks,
    replicasets: replicaSetChecks,
    statefulsets: statefulSetChecks,
  },
  autoscaling: { horizontalpodautoscalers: autoscalerChecks },
  batch: { cronjobs: cronJobChecks, jobs: jobChecks },
  "certificates.k8s.io": { certificatesigningrequests: certificateRequestChecks },
  "coordination.k8s.io": { leases: leaseChecks },
  "discovery.k8s.io": { endpointslices: named(true) },
  "events.k8s.io": { events: eventChecks },
  "flowcontrol.apiserver.k8s.io": {
    flowschemas: named(false),
    prioritylevelconfigurations: named(false),
  },
  "networking.k8s.io": {
    ingressclasses: named(false),
    ingresses: named(true),
    networkpolicies: named(true),
    servicecidrs: named(false),
  },
  "node.k8s.io": { runtimeclasses: runtimeClassChecks },
  policy: { poddisruptionbudgets: podDisruptionBudgetChecks },
  "rbac.authorization.k8s.io": {
    clusterrolebindings: bindingChecks(false),
    clusterroles: roleChecks(false),
    rolebindings: bindingChecks(true),
    roles: roleChecks(true),
  },
  "resource.k8s.io": {
    deviceclasses: named(false),
    resourceclaims: named(true),
    resourceclaimtemplates: named(true),
    resourceslices: named(false),
  },
  "scheduling.k8s.io": { priorityclasses: priorityClassChecks },
  "storage.k8s.io": {
    csidrivers: named(false, (name) => isDns1123Subdomain(name.toLowerCase())),
    csinodes: csiNodeChecks,
    csistoragecapacities: named(true),
    storageclasses: storageClassChecks,
    volumeattachments: volumeAttachmentChecks,
    volumeattributesclasses: named(false),
  },
};

export function validationFor(group: string, resource: string): KindChecks | undefined {
  return CHECKS[group]?.[resource];
}
