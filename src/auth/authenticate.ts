import type { IncomingHttpHeaders } from "node:http";
import { unauthorized } from "../kube/errors.js";
import type { UserInfo } from "../kube/handler.js";
import type { Peer } from "./peer.js";

export const ANONYMOUS: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/**
 * Who sends a request. A wrong credential is refused even where none would do; a certificate that is right makes a
 * wrong token irrelevant. Throws 401.
 */
export function authenticate(peer: Peer, headers: IncomingHttpHeaders, now: number): UserInfo {
  if (peer.kind === "verified" && now >= peer.notBefore && now <= peer.notAfter) {
    if (peer.user !== undefined) return peer.user;
  } else if (peer.kind !== "none") {
    throw unauthorized("Unauthorized");
  }
  // No cluster issues tokens yet, so every token is a wrong one.
  if (bearerToken(headers.authorization) !== "") throw unauthorized("Unauthorized");
  return ANONYMOUS;
}

/** Empty when there is none; upstream: apiserver/pkg/authentication/request/bearertoken/bearertoken.go. */
export function bearerToken(authorization = ""): string {
  const parts = authorization.trim().split(" ");
  return parts.length > 1 && parts[0]!.toLowerCase() === "bearer" ? parts[1]! : "";
}
