import { forbidden } from "../kube/errors.js";
import { goQuote } from "../kube/go-text.js";
import type { UserInfo } from "../kube/handler.js";
import type { RequestInfo } from "../kube/request-info.js";
import { ApiError } from "../kube/status.js";

/** What an authorizer reads of a request. */
export type Attributes = Pick<
  RequestInfo,
  "isResourceRequest" | "verb" | "path" | "group" | "resource" | "subresource" | "namespace" | "name"
>;

export interface Decision {
  readonly allowed: boolean;
  /** What allows it, or what may be missing; "" where there is nothing to say. */
  readonly reason: string;
}

export type Authorizer = (user: UserInfo, attributes: Attributes) => Decision;

export const ALLOWED: Decision = { allowed: true, reason: "" };

export const allowAlways: Authorizer = () => ALLOWED;

/** Whom every authorizer but none asks about; upstream: authorizerfactory.NewPrivilegedGroups. */
export function isPrivileged(user: UserInfo): boolean {
  return user.groups.includes("system:masters");
}

/** A question about a resource, as handlers ask it beside the request's own. */
export function resourceAttributes(asked: Pick<Attributes, "verb" | "resource"> & Partial<Attributes>): Attributes {
  return { isResourceRequest: true, path: "", group: "", subresource: "", namespace: "", name: "", ...asked };
}

/** Throws 403 in upstream's words: apiserver/pkg/endpoints/handlers/responsewriters/errors.go. */
export function authorize(authorizer: Authorizer, user: UserInfo, attributes: Attributes): void {
  const { allowed, reason } = authorizer(user, attributes);
  if (allowed) return;
  const message = escapeHtml(forbiddenMessage(user, attributes));
  const cause = reason === "" ? message : `${message}: ${reason}`;
  const { status } = forbidden({ group: attributes.group, resource: attributes.resource }, attributes.name, cause);
  throw new ApiError(status, { "X-Content-Type-Options": "nosniff" });
}

function forbiddenMessage(user: UserInfo, attributes: Attributes): string {
  const subject = `User ${goQuote(user.name)} cannot ${attributes.verb}`;
  if (!attributes.isResourceRequest) return `${subject} path ${goQuote(attributes.path)}`;
  const resource =
    attributes.subresource === "" ? attributes.resource : `${attributes.resource}/${attributes.subresource}`;
  const scope =
    attributes.namespace === "" ? "at the cluster scope" : `in the namespace ${goQuote(attributes.namespace)}`;
  return `${subject} resource ${goQuote(resource)} in API group ${goQuote(attributes.group)} ${scope}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
