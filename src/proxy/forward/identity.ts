import { bearerToken } from "../../auth/authenticate.js";
import type { Peer } from "../../auth/peer.js";
import type { ForwardedRequest } from "../../cluster/real-server.js";
import { unauthorized } from "../../kube/errors.js";
import type { UserInfo } from "../../kube/handler.js";
import { valuesOf } from "./headers.js";

/**
 * Whom this cluster's CA vouches for. Undefined: nobody; the real server has to judge what the request shows. Throws
 * 401 for a certificate that can't be believed where nothing else is shown, as a real server does: it does not let such
 * a client be anonymous. Upstream: apiserver/pkg/authentication/request/union.
 */
export function certifiedUser(
  request: Pick<ForwardedRequest, "peer" | "rawHeaders">,
  now: number,
): UserInfo | undefined {
  const { peer } = request;
  if (peer.kind === "verified" && isCurrent(peer, now)) return peer.user;
  if (peer.kind !== "none" && !showsToken(request.rawHeaders)) throw unauthorized("Unauthorized");
  return undefined;
}

function isCurrent(peer: Extract<Peer, { kind: "verified" }>, now: number): boolean {
  return now >= peer.notBefore && now <= peer.notAfter;
}

/** Browsers can't set headers on WebSockets; upstream: authentication/request/websocket/protocol.go. */
const IN_PROTOCOL = /(?:^|,)\s*base64url\.bearer\.authorization\.k8s\.io\./;

function showsToken(raw: ForwardedRequest["rawHeaders"]): boolean {
  if (bearerToken(valuesOf(raw, "authorization")[0]) !== "") return true;
  return valuesOf(raw, "sec-websocket-protocol").some((value) => IN_PROTOCOL.test(value));
}

/** How a front proxy tells who a request is from; names and values in turn. */
export function remoteHeaders({ name, groups, uid, extra = {} }: UserInfo): string[] {
  const out = ["X-Remote-User", asBytes(name)];
  for (const group of groups) out.push("X-Remote-Group", asBytes(group));
  if (uid !== undefined) out.push("X-Remote-Uid", asBytes(uid));
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) out.push(`X-Remote-Extra-${encodeURIComponent(key)}`, asBytes(value));
  }
  return out;
}

/** Node writes a character of a field as a byte; names are UTF-8 to a real server. */
function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
