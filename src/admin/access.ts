import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import { TLSSocket } from "node:tls";
import { isLoopback } from "../kube/loopback.js";
import { AdminError } from "./errors.js";

export interface AccessSettings {
  /** The address that is listened on. */
  readonly host: string;
  /** Whoever shows one of these may do everything. */
  readonly tokens: readonly string[];
  /** Whether callers that show nothing are let in, short of private keys: they are on this machine. */
  readonly open: boolean;
}

/**
 * Judges a request before anything of it is read. Returns whether the caller has shown who it is, by a token or a
 * client certificate. @throws AdminError 401 or 403
 */
export function admit(request: IncomingMessage, settings: AccessSettings): boolean {
  keepBrowsersOut(request, settings.host);
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (token !== undefined && settings.tokens.some((one) => same(one, token))) return true;
    throw new AdminError(401, "unauthorized", "the Authorization header holds no token that is known here");
  }
  if (request.socket instanceof TLSSocket && request.socket.authorized) return true;
  if (settings.open) return false;
  throw new AdminError(401, "unauthorized", "show a token (Authorization: Bearer …) or a client certificate");
}

/**
 * A page in a browser on this machine can send requests here, too: from its own site, which Origin names, or, once its
 * name server says that its site is 127.0.0.1, as if it were ours, which Host gives away.
 */
function keepBrowsersOut({ headers, socket }: IncomingMessage, own: string): void {
  const { host = "", origin } = headers;
  if (isLoopback(own) && host !== "" && !isLoopback(nameOf(host))) {
    throw new AdminError(403, "forbidden", `${JSON.stringify(host)} is not a name of this machine`);
  }
  const site = `${socket instanceof TLSSocket ? "https" : "http"}://${host}`;
  if (origin !== undefined && origin !== site) {
    throw new AdminError(403, "forbidden", "requests of web sites are not answered");
  }
}

/** A Host header without its port, in lower case. */
function nameOf(host: string): string {
  const name = host.replace(/:\d*$/, "").toLowerCase();
  const bare = name.replace(/^\[(.*)\]$/, "$1");
  return isIPv6(bare) ? bare : name;
}

/** Without telling by the time that it takes how much was right. */
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
