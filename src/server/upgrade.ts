import type { IncomingHttpHeaders } from "node:http";
import { unsupported } from "../kube/gaps.js";
import type { RequestInfo } from "../kube/request-info.js";

/** The protocol that a request wants to go on with, in lower case; "" for none. */
export function upgradeProtocol(headers: IncomingHttpHeaders): string {
  if (headers.upgrade === undefined) return "";
  const wanted = /(^|[\s,])upgrade($|[\s,])/i.test(headers.connection ?? "");
  return wanted ? headers.upgrade.toLowerCase() : "";
}

/**
 * Refuses what would have to leave HTTP. A real server ignores an upgrade wherever it has no use for one, and so it is
 * only watches that can't be served: exec, attach and port-forward are refused by their handlers. Throws 501.
 */
export function refuseUpgrade(headers: IncomingHttpHeaders, info: RequestInfo): void {
  if (info.verb !== "watch" || upgradeProtocol(headers) !== "websocket") return;
  throw unsupported("websocket-watch");
}
