import type { IncomingHttpHeaders } from "node:http";
import { unauthorized } from "../kube/errors.js";
import type { UserInfo } from "../kube/handler.js";
import { warningHeader } from "../kube/warning.js";
import type { AccessControl } from "./access-control.js";
import { proxiedUser } from "./front-proxy.js";
import type { Peer } from "./peer.js";
import { ISSUER } from "./service-accounts.js";

export const ANONYMOUS: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/** Whom the connection's certificate names, or lets speak for another. Undefined: nobody. */
export function authenticatePeer(peer: Peer, headers: IncomingHttpHeaders, now: number): UserInfo | undefined {
  if (peer.kind !== "verified" || !isCurrent(peer, now)) return undefined;
  return proxiedUser(peer, headers) ?? peer.user;
}

/**
 * Who sends a request that its certificate does not tell of. A wrong credential is refused even where none would do.
 * Throws 401.
 */
export function authenticateRequest(
  peer: Peer,
  headers: IncomingHttpHeaders,
  now: number,
  access: Pick<AccessControl, "anonymous" | "authenticateToken">,
): UserInfo {
  const token = bearerToken(headers.authorization);
  if (token !== "") {
    const answer = access.authenticateToken(token, [ISSUER]);
    if ("user" in answer) return answer.user;
    throw unauthorized("Unauthorized");
  }
  const wrong = peer.kind === "rejected" || (peer.kind === "verified" && !isCurrent(peer, now));
  if (wrong || !access.anonymous) throw unauthorized("Unauthorized");
  return ANONYMOUS;
}

function isCurrent(peer: Extract<Peer, { kind: "verified" }>, now: number): boolean {
  return now >= peer.notBefore && now <= peer.notAfter;
}

/** A Warning header's value for whoever has put a blank too many before the token; it counts as none. */
export function tokenWarning(authorization = ""): string | undefined {
  if (!/^\s*bearer {2}/i.test(authorization) || bearerToken(authorization) !== "") return undefined;
  return warningHeader(
    "the provided Authorization header contains extra space before the bearer token, and is ignored",
  );
}

/** Empty when there is none; upstream: apiserver/pkg/authentication/request/bearertoken/bearertoken.go. */
export function bearerToken(authorization = ""): string {
  const parts = authorization.trim().split(" ");
  return parts.length > 1 && parts[0]!.toLowerCase() === "bearer" ? parts[1]! : "";
}
