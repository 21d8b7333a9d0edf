import { LRUCache } from "lru-cache";
import type { UserInfo } from "../kube/handler.js";
import type { RequestInfo } from "../kube/request-info.js";
import { baseUid } from "../store/base-layer.js";

/**
 * The uids of the flow schema and the priority level that a request falls under, of those that a fresh server has
 * (apiserver/pkg/apis/flowcontrol/bootstrap). Nothing is limited by them here; clients and dashboards read them.
 */
export function flowIds(seed: string, cluster: string, user: UserInfo, info: RequestInfo) {
  const [schema, level] = flowOf(user, info);
  const key = `${seed} ${cluster} ${schema}`;
  let ids = known.get(key);
  if (!ids) {
    ids = {
      schema: baseUid({ seed, cluster }, `flowschemas/${schema}`),
      level: baseUid({ seed, cluster }, `prioritylevelconfigurations/${level}`),
    };
    known.set(key, ids);
  }
  return ids;
}

/** Every request asks, and a uid is a hash. */
const known = new LRUCache<string, { readonly schema: string; readonly level: string }>({ max: 4096 });

const PROBES = new Set(["/healthz", "/livez", "/readyz"]);

function flowOf(user: UserInfo, info: RequestInfo): readonly [schema: string, level: string] {
  if (user.groups.includes("system:masters")) return ["exempt", "exempt"];
  if (PROBES.has(info.path)) return ["probes", "exempt"];
  if (user.groups.includes("system:nodes")) return nodeFlow(info);
  if (user.groups.includes("system:serviceaccounts")) return ["service-accounts", "workload-low"];
  if (user.groups.includes("system:authenticated")) return ["global-default", "global-default"];
  if (user.groups.includes("system:unauthenticated")) return ["global-default", "global-default"];
  return ["catch-all", "catch-all"];
}

function nodeFlow(info: RequestInfo): readonly [schema: string, level: string] {
  const heartbeat = info.resource === "leases" || (info.resource === "nodes" && info.subresource === "status");
  return heartbeat ? ["system-node-high", "node-high"] : ["system-nodes", "system"];
}
