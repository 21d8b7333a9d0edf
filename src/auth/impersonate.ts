import type { IncomingHttpHeaders } from "node:http";
import type { UserInfo } from "../kube/handler.js";
import { isDns1123Label, isDns1123Subdomain } from "../kube/names.js";
import { internalServerError } from "../kube/plain-text-error.js";
import { type Attributes, type Authorizer, authorize, resourceAttributes } from "./authorize.js";
import { AUTHENTICATED, UNAUTHENTICATED } from "./groups.js";
import { headerValues, prefixedValues } from "./header-values.js";

/** One thing that the caller wants to be, which needs a permission of its own. */
interface Claim {
  readonly resource: "serviceaccounts" | "users" | "groups" | "userextras" | "uids";
  readonly group: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/**
 * The user whom Impersonate-* headers name, or the caller where there are none. `uri` as the client sent it.
 * Upstream: apiserver/pkg/endpoints/filters/impersonation.go. Throws 403, and 500 for headers without a user.
 */
export function impersonate(
  caller: UserInfo,
  headers: IncomingHttpHeaders,
  uri: string,
  authorizer: Authorizer,
): UserInfo {
  if (!isAsked(headers)) return caller;
  const claims = claimsOf(headers);
  if (claims.length === 0) return caller;
  if (claims[0]!.resource !== "users" && claims[0]!.resource !== "serviceaccounts") {
    throw internalServerError(uri, `requested [${claims.map(goReference).join(" ")}] without impersonating a user`);
  }
  for (const claim of claims) authorize(authorizer, caller, attributesOf(claim));
  return userOf(claims);
}

function isAsked(headers: IncomingHttpHeaders): boolean {
  for (const header in headers) if (header.startsWith("impersonate-")) return true;
  return false;
}

function claimsOf(headers: IncomingHttpHeaders): Claim[] {
  const claims: Claim[] = [];
  const add = (resource: Claim["resource"], name: string, more: Partial<Claim> = {}) =>
    claims.push({ resource, name, group: "", namespace: "", subresource: "", ...more });
  const user = headerValues(headers, "impersonate-user")[0] ?? "";
  if (user !== "") {
    const account = accountOf(user);
    if (account) add("serviceaccounts", account.name, { namespace: account.namespace });
    else add("users", user);
  }
  for (const group of headerValues(headers, "impersonate-group")) add("groups", group);
  for (const [subresource, values] of prefixedValues(headers, "impersonate-extra-")) {
    for (const name of values) add("userextras", name, { group: "authentication.k8s.io", subresource });
  }
  const uid = headerValues(headers, "impersonate-uid")[0] ?? "";
  if (uid !== "") add("uids", uid, { group: "authentication.k8s.io" });
  return claims;
}

/** Upstream: apiserver/pkg/authentication/serviceaccount/util.go, SplitUsername. */
function accountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace = "", name = ""] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  const valid = name !== "" && isDns1123Label(namespace).length === 0 && isDns1123Subdomain(name).length === 0;
  return valid ? { namespace, name } : undefined;
}

function attributesOf({ resource, group, namespace, name, subresource }: Claim): Attributes {
  return resourceAttributes({ verb: "impersonate", resource, group, namespace, name, subresource });
}

function userOf(claims: readonly Claim[]): UserInfo {
  const [who] = claims;
  const account = who!.resource === "serviceaccounts";
  const name = account ? `system:serviceaccount:${who!.namespace}:${who!.name}` : who!.name;
  const asked = claims.filter((claim) => claim.resource === "groups").map((claim) => claim.name);
  const fixed = account ? ["system:serviceaccounts", `system:serviceaccounts:${who!.namespace}`] : [];
  const extra: Record<string, string[]> = {};
  for (const claim of claims) {
    if (claim.resource !== "userextras") continue;
    extra[claim.subresource] ??= [];
    extra[claim.subresource]!.push(claim.name);
  }
  const uid = claims.find((claim) => claim.resource === "uids")?.name;
  return {
    name,
    groups: implied(name, asked.length > 0 ? asked : fixed),
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

function implied(name: string, groups: readonly string[]): string[] {
  if (name === "system:anonymous") {
    return groups.includes(UNAUTHENTICATED) ? [...groups] : [...groups, UNAUTHENTICATED];
  }
  return groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED) ? [...groups] : [...groups, AUTHENTICATED];
}

/** As Go prints an ObjectReference: kind, namespace, name, uid, apiVersion, resourceVersion, fieldPath. */
function goReference(claim: Claim): string {
  const kind = {
    serviceaccounts: "ServiceAccount",
    users: "User",
    groups: "Group",
    userextras: "UserExtra",
    uids: "UID",
  };
  const apiVersion = claim.group === "" ? "" : `${claim.group}/v1`;
  return `{${[kind[claim.resource], claim.namespace, claim.name, "", apiVersion, "", claim.subresource].join(" ")}}`;
}
