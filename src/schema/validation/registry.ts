import { policyBindingChecks, validatingPolicyChecks } from "./admission-policies.js";
import { apiServiceChecks } from "./api-services.js";
import { autoscalerChecks } from "./autoscalers.js";
import { certificateRequestChecks } from "./certificate-requests.js";
import type { KindChecks } from "./checks.js";
import { configMapChecks, secretChecks } from "./config.js";
import { controllerRevisionChecks } from "./controller-revisions.js";
import { cronJobChecks } from "./cron-jobs.js";
import { capacityChecks, csiDriverChecks, csiNodeChecks } from "./csi.js";
import { daemonSetChecks } from "./daemon-sets.js";
import { deploymentChecks, replicaSetChecks } from "./deployments.js";
import { claimChecks, claimTemplateChecks, deviceClassChecks, resourceSliceChecks } from "./devices/kinds.js";
import { endpointSliceChecks } from "./endpoint-slices.js";
import { endpointsChecks } from "./endpoints.js";
import { coreEventChecks, eventChecks } from "./events.js";
import { flowSchemaChecks } from "./flow-schemas.js";
import { ingressClassChecks } from "./ingress-classes.js";
import { ingressChecks } from "./ingresses.js";
import { ipAddressChecks, serviceCidrChecks } from "./ip-addresses.js";
import { jobChecks } from "./jobs.js";
import { limitRangeChecks } from "./limit-ranges.js";
import { namespaceChecks } from "./namespaces.js";
import { networkPolicyChecks } from "./network-policies.js";
import { nodeChecks } from "./nodes.js";
import { persistentVolumeClaimChecks } from "./persistent-volume-claims.js";
import { persistentVolumeChecks } from "./persistent-volumes.js";
import { podChecks } from "./pod/pods.js";
import { withTemplate } from "./pod/warnings.js";
import { priorityLevelChecks } from "./priority-levels.js";
import { bindingChecks, roleChecks } from "./rbac.js";
import { replicationControllerChecks } from "./replication-controllers.js";
import { resourceQuotaChecks } from "./resource-quotas.js";
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
import { storageClassChecks, volumeAttachmentChecks } from "./storage.js";
import { volumeAttributesClassChecks } from "./storage-classes.js";
import { webhookConfigurationChecks } from "./webhook-configurations.js";

/** By group, then resource. Those with {@link named} are looked at for their name only. */
const CHECKS: Readonly<Record<string, Readonly<Record<string, KindChecks>>>> = {
  "": {
    configmaps: configMapChecks,
    endpoints: endpointsChecks,
    events: coreEventChecks,
    limitranges: limitRangeChecks,
    namespaces: namespaceChecks,
    nodes: nodeChecks,
    persistentvolumeclaims: persistentVolumeClaimChecks,
    persistentvolumes: persistentVolumeChecks,
    pods: podChecks,
    podtemplates: withTemplate(podTemplateChecks, "template"),
    replicationcontrollers: replicationControllerChecks,
    resourcequotas: resourceQuotaChecks,
    secrets: secretChecks,
    serviceaccounts: serviceAccountChecks,
    services: serviceChecks,
  },
  "admissionregistration.k8s.io": {
    mutatingwebhookconfigurations: webhookConfigurationChecks(true),
    validatingadmissionpolicies: validatingPolicyChecks,
    validatingadmissionpolicybindings: policyBindingChecks,
    validatingwebhookconfigurations: webhookConfigurationChecks(false),
  },
  "apiregistration.k8s.io": { apiservices: apiServiceChecks },
  apps: {
    controllerrevisions: controllerRevisionChecks,
    daemonsets: withTemplate(daemonSetChecks, "spec", "template"),
    deployments: withTemplate(deploymentChecks, "spec", "template"),
    replicasets: withTemplate(replicaSetChecks, "spec", "template"),
    statefulsets: statefulSetChecks,
  },
  autoscaling: { horizontalpodautoscalers: autoscalerChecks },
  batch: {
    cronjobs: cronJobChecks,
    jobs: jobChecks,
  },
  "certificates.k8s.io": { certificatesigningrequests: certificateRequestChecks },
  "coordination.k8s.io": { leases: leaseChecks },
  "discovery.k8s.io": { endpointslices: endpointSliceChecks },
  "events.k8s.io": { events: eventChecks },
  "flowcontrol.apiserver.k8s.io": {
    flowschemas: flowSchemaChecks,
    prioritylevelconfigurations: priorityLevelChecks,
  },
  "networking.k8s.io": {
    ingressclasses: ingressClassChecks,
    ingresses: ingressChecks,
    ipaddresses: ipAddressChecks,
    networkpolicies: networkPolicyChecks,
    servicecidrs: serviceCidrChecks,
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
    deviceclasses: deviceClassChecks,
    resourceclaims: claimChecks,
    resourceclaimtemplates: claimTemplateChecks,
    resourceslices: resourceSliceChecks,
  },
  "scheduling.k8s.io": { priorityclasses: priorityClassChecks },
  "storage.k8s.io": {
    csidrivers: csiDriverChecks,
    csinodes: csiNodeChecks,
    csistoragecapacities: capacityChecks,
    storageclasses: storageClassChecks,
    volumeattachments: volumeAttachmentChecks,
    volumeattributesclasses: volumeAttributesClassChecks,
  },
};

export function validationFor(group: string, resource: string): KindChecks | undefined {
  return CHECKS[group]?.[resource];
}
