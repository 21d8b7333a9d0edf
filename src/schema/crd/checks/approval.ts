import { stringMapAt } from "../../../kube/access.js";
import { type FieldError, invalidValue, required } from "../../../kube/field-errors.js";
import { FieldPath } from "../../../kube/field-path.js";
import { goQuote } from "../../../kube/go-text.js";
import type { KubeObject } from "../../../kube/json.js";
import type { Condition } from "../conditions.js";
import { isRequestUri } from "../formats.js";

const ANNOTATION = "api-approved.kubernetes.io";
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

type Approval = "Invalid" | "Approved" | "Unapproved" | "Missing";

/** Groups of the Kubernetes community need its approval, or to say that they have none. */
export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group);
}

/** Upstream: apiextensions-apiserver/pkg/apihelpers/helpers.go, GetAPIApprovalState. */
function approvalOf(crd: KubeObject): { readonly state: Approval; readonly reason: string } {
  const text = stringMapAt(crd, "metadata", "annotations")[ANNOTATION] ?? "";
  const must = `protected groups must have approval annotation ${goQuote(ANNOTATION)}`;
  if (text === "") return { state: "Missing", reason: `${must}, ${SEE}` };
  if (text.startsWith("unapproved")) return { state: "Unapproved", reason: `not approved: ${goQuote(text)}` };
  if (isRequestUri(text) && /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/]/.test(text)) {
    return { state: "Approved", reason: `approved in ${text}` };
  }
  const why = `${must} with either a URL or a reason starting with "unapproved", ${SEE}`;
  return { state: "Invalid", reason: why };
}

/** What has not changed is not held against an update. */
export function validateApproval(crd: KubeObject, group: string, old?: KubeObject): FieldError[] {
  if (!isProtectedGroup(group)) return [];
  const { state, reason } = approvalOf(crd);
  if (old && approvalOf(old).state === state) return [];
  const path = FieldPath.of("metadata", "annotations").key(ANNOTATION);
  if (state === "Missing") return [required(path, reason)];
  if (state !== "Invalid") return [];
  return [invalidValue(path, stringMapAt(crd, "metadata", "annotations")[ANNOTATION]!, reason)];
}

const REASONS: Readonly<Record<Approval, string>> = {
  Approved: "ApprovedAnnotation",
  Unapproved: "UnapprovedAnnotation",
  Missing: "MissingAnnotation",
  Invalid: "InvalidAnnotation",
};

/** Upstream: controller/apiapproval/apiapproval_controller.go. */
export function approvalCondition(crd: KubeObject, group: string): Condition | undefined {
  if (!isProtectedGroup(group)) return undefined;
  const { state, reason: message } = approvalOf(crd);
  const status = state === "Approved" ? "True" : "False";
  return { type: "KubernetesAPIApprovalPolicyConformant", status, reason: REASONS[state], message };
}
