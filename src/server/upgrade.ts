import type { IncomingHttpHeaders } from "node:http";
import type { RequestInfo } from "../kube/request-info.js";
import { ApiError } from "../kube/status.js";

/** The protocol that a request wants to go on with, in lower case; "" for none. */
export function upgradeProtocol(headers: IncomingHttpHeaders): string {
  const wanted = /(^|[\s,])upgrade($|[\s,])/i.test(headers.connection ?? "");
  return wanted ? (headers.upgrade ?? "").toLowerCase() : "";
}

/**
 * Refuses what would have to leave HTTP. A real server ignores an upgrade wherever it has no use for one, and so it is
 * only watches that can't be served: exec, attach and port-forward are refused by their handlers. Throws 501.
 */
export function refuseUpgrade(headers: IncomingHttpHeaders, info: RequestInfo): void {
  if (info.verb !== "watch" || upgradeProtocol(headers) !== "websocket") return;
  const message = "watching over a WebSocket is not supported: watch over HTTP";
  throw new ApiError({ code: 501, reason: "NotImplemented", message });
}
