import type { Logger } from "pino";
import { parseRequestInfo } from "../kube/request-info.js";
import type { Exchange } from "./exchange.js";
import type { Pipeline } from "./pipeline.js";

/**
 * Tells of every request at level "trace" who has asked which cluster for what, once the answer begins. A log of any
 * other level costs nothing.
 */
export function withRequestLog(pipeline: Pipeline, log: Logger): Pipeline {
  if (!log.isLevelEnabled("trace")) return pipeline;
  return async (exchange) => {
    const began = performance.now();
    const answer = await pipeline(exchange);
    const { origin, method, target, headers } = exchange;
    const fields = {
      ...{ cluster: origin.cluster.name, method, uri: target.uri, ...asked(exchange) },
      client: headers["user-agent"] ?? "",
      // As nginx tells of clients that are gone before their answer.
      code: answer?.status ?? 499,
      ms: Number((performance.now() - began).toFixed(1)),
    };
    log.trace(fields, "request");
    return answer;
  };
}

/** "list", "pods"; "create", "pods/eviction"; for what is no resource the path stands. */
function asked({ method, target }: Exchange): { verb: string; resource: string } {
  try {
    const { isResourceRequest, verb, group, resource, subresource } = parseRequestInfo(
      method,
      target.path,
      target.query,
    );
    if (!isResourceRequest) return { verb, resource: target.path };
    const named = group === "" ? resource : `${resource}.${group}`;
    return { verb, resource: subresource === "" ? named : `${named}/${subresource}` };
  } catch {
    return { verb: method.toLowerCase(), resource: target.path };
  }
}
