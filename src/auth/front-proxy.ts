import type { IncomingHttpHeaders } from "node:http";
import type { UserInfo } from "../kube/handler.js";
import { authenticatedGroups } from "./groups.js";
import { headerValues, prefixedValues } from "./header-values.js";
import type { Peer } from "./peer.js";

/** The common name of the one who may speak for others, as extension-apiserver-authentication tells it. */
const PROXY = "front-proxy";

/**
 * The user whom a front proxy has authenticated and names in X-Remote-* headers. Undefined: the connection is not the
 * proxy's, or it speaks for itself. Upstream: apiserver/pkg/authentication/request/headerrequest/requestheader.go.
 */
export function proxiedUser(
  peer: Extract<Peer, { kind: "verified" }>,
  headers: IncomingHttpHeaders,
): UserInfo | undefined {
  if (peer.user?.name !== PROXY) return undefined;
  const name = headerValues(headers, "x-remote-user")[0] ?? "";
  if (name === "") return undefined;
  const groups = headerValues(headers, "x-remote-group").filter((group) => group !== "");
  const extra = prefixedValues(headers, "x-remote-extra-");
  return {
    name,
    groups: authenticatedGroups(name, groups),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
}
