/**
 * Names of admission plugins, as kube-apiserver's flags take them, in the order they run. ServiceAccount is off unless
 * asked for: nothing here makes a namespace's "default" account, and without one no pod could be created.
 */
export const DEFAULT_ADMISSION = [
  "NamespaceLifecycle",
  "LimitRanger",
  "TaintNodesByCondition",
  "PodSecurity",
  "Priority",
  "DefaultTolerationSeconds",
  "DefaultStorageClass",
  "StorageObjectInUseProtection",
  "PersistentVolumeClaimResize",
  "RuntimeClass",
  "CertificateApproval",
  "CertificateSigning",
  "CertificateSubjectRestriction",
  "DefaultIngressClass",
  "MutatingAdmissionWebhook",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionWebhook",
  "ResourceQuota",
] as const;

export const OPTIONAL_ADMISSION = ["ServiceAccount"] as const;

/** In the order that errors and help name them. */
export const ADMISSION_NAMES = [...DEFAULT_ADMISSION, ...OPTIONAL_ADMISSION] as const;

export type AdmissionName = (typeof ADMISSION_NAMES)[number];

export interface AdmissionChoice {
  readonly enabledAdmission?: readonly AdmissionName[];
  readonly disabledAdmission?: readonly AdmissionName[];
}

/**
 * The plugins that are off. Throws RangeError where one is asked for and refused at the same time, as upstream:
 * apiserver/pkg/server/options/admission.go, Validate.
 */
export function admissionOff({ enabledAdmission = [], disabledAdmission = [] }: AdmissionChoice): Set<string> {
  const both = enabledAdmission.filter((name) => disabledAdmission.includes(name));
  if (both.length > 0) throw new RangeError(`${both.join(", ")}: both enabled and disabled`);
  return new Set([...OPTIONAL_ADMISSION.filter((name) => !enabledAdmission.includes(name)), ...disabledAdmission]);
}
