import { admissionOff } from "../../kube/admission-names.js";
import type { AdmissionPlugin, AdmissionView, Attributes } from "./attributes.js";
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from "./certificates.js";
import { defaultIngressClass, defaultStorageClass } from "./default-class.js";
import { defaultTolerationSeconds } from "./default-toleration-seconds.js";
import { mutatingAdmissionWebhook, validatingAdmissionPolicy, validatingAdmissionWebhook } from "./judges.js";
import { limitRanger } from "./limit-ranger.js";
import { namespaceLifecycle } from "./namespace-lifecycle.js";
import { persistentVolumeClaimResize } from "./persistent-volume-claim-resize.js";
import { podSecurity } from "./pod-security/index.js";
import { priority } from "./priority.js";
import { resourceQuota } from "./resource-quota.js";
import { runtimeClass } from "./runtime-class.js";
import { serviceAccount } from "./service-account.js";
import { storageObjectInUseProtection } from "./storage-object-in-use-protection.js";
import { taintNodesByCondition } from "./taint-nodes-by-condition.js";

/** In the order they run; upstream: pkg/kubeapiserver/options/plugins.go. */
export const PLUGINS: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  persistentVolumeClaimResize,
  runtimeClass,
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  defaultIngressClass,
  mutatingAdmissionWebhook,
  validatingAdmissionPolicy,
  validatingAdmissionWebhook,
  resourceQuota,
];

const OFF = admissionOff({});

/**
 * Runs one phase of admission: "mutate" before the strategy prepares the object, "validate" after it has been
 * validated. Throws the first plugin's ApiError.
 */
export function admit(
  phase: "mutate" | "validate",
  attributes: Attributes,
  view: AdmissionView,
  disabled: ReadonlySet<string> = OFF,
): void {
  for (const plugin of PLUGINS) {
    if (disabled.has(plugin.name) || !plugin.operations.includes(attributes.operation)) continue;
    plugin[phase]?.(attributes, view);
  }
}
