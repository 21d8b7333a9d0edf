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

/** Undefined: allowed. Otherwise why not; "" where there is nothing to say. */
export type Authorizer = (user: UserInfo, attributes: Attributes) => string | undefined;

/** What the role system:public-info-viewer lets everybody read. */
const PUBLIC: ReadonlySet<string> = new Set(["/healthz", "/livez", "/readyz", "/version", "/version/"]);

/** Whoever has authenticated may do everything, everybody else what a cluster shows to the public. */
export const allowAuthenticated: Authorizer = (user, attributes) => {
  if (user.groups.includes("system:authenticated")) return undefined;
  const open = !attributes.isResourceRequest && attributes.verb === "get" && PUBLIC.has(attributes.path);
  return open ? undefined : "";
};

/** Throws 403 in upstream's words: apiserver/pkg/endpoints/handlers/responsewriters/errors.go. */
export function authorize(authorizer: Authorizer, user: UserInfo, attributes: Attributes): void {
  const reason = authorizer(user, attributes);
  if (reason === undefined) return;
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
