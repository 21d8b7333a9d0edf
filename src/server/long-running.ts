import type { RequestInfo } from "../kube/request-info.js";

const SUBRESOURCES: ReadonlySet<string> = new Set(["attach", "exec", "proxy", "log", "portforward"]);

/** Requests without a deadline; upstream: apiserver/pkg/server/filters/longrunning.go with kube-apiserver's lists. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.verb === "watch" || isTunnel(info);
}

/** Those of them that are not watches either, and so belong to no flow. */
export function isTunnel(info: RequestInfo): boolean {
  if (!info.isResourceRequest) return info.path.startsWith("/debug/pprof/");
  return info.verb === "proxy" || SUBRESOURCES.has(info.subresource);
}
