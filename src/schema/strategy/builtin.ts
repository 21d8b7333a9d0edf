import { assign } from "../../kube/access.js";
import * as certificates from "./certificates.js";
import * as core from "./core.js";
import * as devices from "./devices.js";
import { dropTopology } from "./endpoint-slices.js";
import { changesOf, contentOrLabels, specOrAnnotations } from "./generation.js";
import type { KindRules } from "./generic.js";
import * as pods from "./pods.js";
import * as fields from "./selectable-fields.js";
import { dropFieldsOfOtherTypes, dropTypeDependentFields } from "./services.js";
import * as workloads from "./workloads.js";

const spec = changesOf("spec");

/** Kinds with /status whose generation counts the spec: the most common form. */
const CONTROLLED: KindRules = { status: true, generation: spec };
const RETURNED: KindRules = { returnsDeletedObject: true };
const RBAC: KindRules = { createOnUpdate: true };
const FLOW_CONTROL: KindRules = { ...CONTROLLED, statusMetadata: "replaced" };
const WEBHOOKS: KindRules = { generation: changesOf("webhooks"), unconditionalUpdate: false };
const POLICY: KindRules = { generation: spec, unconditionalUpdate: false };
const GUARDED: KindRules = { unconditionalUpdate: false };

const CORE: Readonly<Record<string, KindRules>> = {
  configmaps: {},
  endpoints: { createOnUpdate: true },
  events: { createOnUpdate: true, fields: fields.eventFields },
  limitranges: { createOnUpdate: true, onCreate: core.nameLimitRange },
  namespaces: {
    ...RETURNED,
    status: true,
    onCreate: core.startNamespace,
    canonicalize: core.labelNamespace,
    onUpdate: core.keepNamespaceFinalizers,
    subresources: { finalize: core.finalizeNamespace },
    fields: fields.namespaceFields,
  },
  nodes: {
    statusOnly: true,
    onCreate: (node) => core.dropNodeConfig(node),
    onUpdate(node, old) {
      // A node may be created with a status; an update of the node can't change it.
      assign(node, "status", old.status);
      core.dropNodeConfig(node, old);
    },
    onStatusUpdate: core.dropNodeConfig,
    fields: fields.nodeFields,
  },
  persistentvolumeclaims: {
    ...RETURNED,
    status: true,
    onCreate: core.startClaim,
    onUpdate: core.normalizeDataSources,
    fields: fields.nameField,
  },
  persistentvolumes: {
    ...RETURNED,
    status: true,
    onCreate: core.startPersistentVolume,
    onStatusUpdate: core.stampPhase,
    fields: fields.nameField,
  },
  pods: {
    ...RETURNED,
    ...CONTROLLED,
    readsNewStatus: true,
    onCreate: pods.startPod,
    onUpdate: pods.dropFromPod,
    onStatusUpdate: pods.keepPodStatus,
    subresources: { ephemeralcontainers: pods.ephemeralContainers, resize: pods.resize },
    fields: fields.podFields,
    graceful: pods.gracefulPod,
  },
  podtemplates: {
    ...RETURNED,
    generation: changesOf("template"),
    onCreate: (template) => workloads.dropFromOwnTemplate(template),
    onUpdate: workloads.dropFromOwnTemplate,
  },
  replicationcontrollers: {
    ...CONTROLLED,
    propagation: "orphan",
    onCreate: (controller) => workloads.dropFromTemplate(controller),
    onUpdate: workloads.dropFromTemplate,
    fields: fields.replicasField,
  },
  resourcequotas: { ...RETURNED, status: true },
  secrets: { onUpdate: core.keepSecretType, fields: fields.secretFields },
  serviceaccounts: { ...RETURNED, onCreate: core.cleanSecretReferences, onUpdate: core.cleanSecretReferences },
  services: {
    ...RETURNED,
    status: true,
    createOnUpdate: true,
    onUpdate: dropTypeDependentFields,
    canonicalize: dropFieldsOfOtherTypes,
    fields: fields.serviceFields,
  },
};

const APPS: Readonly<Record<string, KindRules>> = {
  controllerrevisions: {},
  daemonsets: {
    ...CONTROLLED,
    onCreate: workloads.startTemplateGeneration,
    onUpdate: workloads.countTemplateGeneration,
    onStatusUpdate: workloads.keepTemplateGeneration,
  },
  deployments: {
    status: true,
    statusMetadata: "labels",
    generation: specOrAnnotations,
    onCreate: (deployment) => workloads.dropFromTemplate(deployment),
    onUpdate: workloads.dropFromTemplate,
    onStatusUpdate: workloads.dropTerminatingReplicas,
  },
  replicasets: {
    ...CONTROLLED,
    onCreate: (set) => workloads.dropFromTemplate(set),
    onUpdate: workloads.dropFromTemplate,
    onStatusUpdate: workloads.dropTerminatingReplicas,
    fields: fields.replicasField,
  },
  statefulsets: {
    ...CONTROLLED,
    onCreate: (set) => workloads.dropStatefulSetMaxUnavailable(set),
    onUpdate: workloads.dropStatefulSetMaxUnavailable,
  },
};

const BATCH: Readonly<Record<string, KindRules>> = {
  cronjobs: {
    ...CONTROLLED,
    onCreate: (cronJob) => workloads.dropFromJobTemplate(cronJob),
    onUpdate: workloads.dropFromJobTemplate,
  },
  jobs: {
    ...CONTROLLED,
    propagation: "orphan",
    onCreate: workloads.generateJobSelector,
    onUpdate: workloads.dropFromTemplate,
    fields: fields.jobFields,
  },
};

/** By group, then resource. What upstream has no strategy code for needs no row. */
export const BUILTIN: Readonly<Record<string, Readonly<Record<string, KindRules>>>> = {
  "": CORE,
  apps: APPS,
  batch: BATCH,
  "admissionregistration.k8s.io": {
    mutatingadmissionpolicies: POLICY,
    mutatingadmissionpolicybindings: POLICY,
    mutatingwebhookconfigurations: WEBHOOKS,
    validatingadmissionpolicies: { ...POLICY, status: true, statusMetadata: "reset" },
    validatingadmissionpolicybindings: POLICY,
    validatingwebhookconfigurations: WEBHOOKS,
  },
  "apiextensions.k8s.io": {
    customresourcedefinitions: {
      ...CONTROLLED,
      unconditionalUpdate: false,
      onCreate: core.addStoredVersion,
      onUpdate: core.addStoredVersion,
    },
  },
  "apiregistration.k8s.io": {
    apiservices: {
      status: true,
      statusMetadata: "reset",
      unconditionalUpdate: false,
      onCreate: core.markLocalApiService,
    },
  },
  autoscaling: {
    horizontalpodautoscalers: {
      status: true,
      onCreate: (autoscaler) => workloads.dropTolerance(autoscaler),
      onUpdate: workloads.dropTolerance,
    },
  },
  "certificates.k8s.io": {
    certificatesigningrequests: {
      status: true,
      onCreate: certificates.recordRequester,
      onUpdate: certificates.keepRequest,
      onStatusUpdate: certificates.keepDecisions,
      subresources: { approval: certificates.approval },
      fields: fields.signerField,
    },
  },
  "coordination.k8s.io": {
    leases: {
      ...GUARDED,
      createOnUpdate: true,
      onCreate: (lease) => workloads.dropCoordinatedElection(lease),
      onUpdate: workloads.dropCoordinatedElection,
    },
    leasecandidates: { ...GUARDED, createOnUpdate: true, fields: fields.leaseNameField },
  },
  "discovery.k8s.io": {
    endpointslices: {
      generation: contentOrLabels,
      onCreate: (slice) => dropTopology(slice),
      onUpdate: dropTopology,
    },
  },
  "events.k8s.io": { events: CORE.events! },
  "flowcontrol.apiserver.k8s.io": { flowschemas: FLOW_CONTROL, prioritylevelconfigurations: FLOW_CONTROL },
  "networking.k8s.io": {
    ingresses: CONTROLLED,
    ingressclasses: { generation: spec },
    ipaddresses: {},
    networkpolicies: { generation: spec },
    // The resource itself takes a status with it; only /status is split.
    servicecidrs: { statusOnly: true, statusMetadata: "reset" },
  },
  "node.k8s.io": { runtimeclasses: { ...GUARDED, createOnUpdate: true } },
  policy: { poddisruptionbudgets: { ...CONTROLLED, unconditionalUpdate: false } },
  "rbac.authorization.k8s.io": { clusterrolebindings: RBAC, clusterroles: RBAC, rolebindings: RBAC, roles: RBAC },
  "resource.k8s.io": {
    deviceclasses: {
      ...RETURNED,
      generation: spec,
      onCreate: devices.dropFromClass,
      onUpdate: devices.dropFromClass,
    },
    resourceclaims: {
      ...RETURNED,
      status: true,
      statusMetadata: "reset",
      onCreate: (claim) => devices.dropFromClaim(claim),
      onUpdate: devices.dropFromClaim,
      onStatusUpdate: devices.dropFromClaimStatus,
    },
    resourceclaimtemplates: {
      ...RETURNED,
      onCreate: (template) => devices.dropFromClaimTemplate(template),
      onUpdate: devices.dropFromClaimTemplate,
    },
    resourceslices: {
      ...RETURNED,
      // What is dropped counts, too.
      generation: (slice, old) => devices.changedAndDropped(slice, spec(slice, old)),
      onCreate: devices.dropFromSlice,
      fields: fields.resourceSliceFields,
    },
  },
  "scheduling.k8s.io": { priorityclasses: { generation: () => false } },
  "storage.k8s.io": {
    csidrivers: {
      ...RETURNED,
      ...GUARDED,
      generation: spec,
      generationFromZero: true,
      onCreate: (driver) => core.dropUpdatePeriod(driver),
      onUpdate: core.dropUpdatePeriod,
    },
    csinodes: { ...RETURNED, ...GUARDED },
    csistoragecapacities: GUARDED,
    storageclasses: RETURNED,
    volumeattachments: {
      ...RETURNED,
      ...GUARDED,
      status: true,
      statusMetadata: "reset",
      onStatusUpdate: core.dropErrorCodes,
    },
    volumeattributesclasses: RETURNED,
  },
};
