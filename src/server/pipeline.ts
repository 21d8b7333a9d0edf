import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { authenticatePeer, authenticateRequest, tokenWarning } from "../auth/authenticate.js";
import { allowAlways, authorize, isPrivileged } from "../auth/authorize.js";
import { impersonate } from "../auth/impersonate.js";
import type { Backend, Cluster, EmulatedBackend } from "../cluster/cluster.js";
import type { FlowIds } from "../cluster/flow.js";
import type { AnswerContext } from "../codec/answer-context.js";
import { serviceUnavailable } from "../kube/errors.js";
import { type Answer, isStream, type UserInfo } from "../kube/handler.js";
import { parseRequestInfo, type RequestInfo } from "../kube/request-info.js";
import { checkTimeout } from "./deadline.js";
import { ClientGone, type Exchange, ServedRequest } from "./exchange.js";
import { failureAnswer } from "./failure.js";
import { forwardAnswer } from "./forward.js";
import { healthAnswer } from "./health.js";
import { isTunnel } from "./long-running.js";

export interface PipelineDeps {
  readonly answers: AnswerContext;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Logger;
  /** Undefined: the answer names no flow. */
  readonly flow?: (cluster: Cluster, user: UserInfo, info: RequestInfo) => FlowIds | undefined;
}

/** Answers a request. Undefined: the client is gone. Rejects with BrokenOff alone: the client is to see no answer. */
export type Pipeline = (exchange: Exchange) => Promise<Answer | undefined>;

/** The journey of every request, in upstream's order: apiserver/pkg/server/config.go, DefaultBuildHandlerChain. */
export function createPipeline(deps: PipelineDeps): Pipeline {
  return async (exchange) => {
    if (exchange.origin.cluster.kind.type !== "emulated") return forwardAnswer(exchange, deps);
    const headers: Record<string, string> = {
      "Audit-Id": (exchange.headers["audit-id"] as string | undefined) || randomUUID(),
    };
    try {
      const { origin, method, target } = exchange;
      const info = parseRequestInfo(method, target.path, target.query);
      headers["Cache-Control"] = "no-cache, private";
      checkTimeout(info, target.query);
      const now = deps.now();
      const { cluster, peer } = origin;
      cluster.lastActivity = now;
      let caller = authenticatePeer(peer, exchange.headers, now);
      if (caller === undefined) {
        const warning = tokenWarning(exchange.headers.authorization);
        if (warning !== undefined) headers.Warning = warning;
        caller = authenticateRequest(peer, exchange.headers, now, emulated(await cluster.backend).access);
      }
      // Whoever may do everything is not asked about, and so waits for nothing.
      const judge = isPrivileged(caller) ? allowAlways : emulated(await cluster.backend).access.authorize;
      const user = impersonate(caller, exchange.headers, target.uri, judge);
      nameFlow(headers, deps, exchange, user, info);
      if (!isPrivileged(user)) authorize(emulated(await cluster.backend).access.authorize, user, info);
      const health = healthAnswer(info, target.query, origin.draining);
      if (health) return withHeaders(health, headers);
      const body = takesBody(method) && exchange.source ? await exchange.body() : undefined;
      const { backend } = cluster;
      const { handler } = backend instanceof Promise ? await backend : backend;
      const answer = await handler(new ServedRequest(exchange, info, user, body));
      return withHeaders(answer, headers);
    } catch (error) {
      if (error instanceof ClientGone || (exchange.aborted && !exchange.origin.draining)) return undefined;
      return withHeaders(failureAnswer(error, exchange, deps.answers, deps.log), headers);
    }
  };
}

/** A request may be on its way while the cluster gets a real server: its client repeats it. */
function emulated(backend: Backend): EmulatedBackend {
  if (backend.real !== undefined) throw serviceUnavailable("the cluster has got another server", 1);
  return backend;
}

/** Upstream ignores the body of other methods. */
function takesBody(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH" || method === "DELETE";
}

/** Long-running requests but watches have no flow; upstream: apiserver/pkg/server/filters/priority-and-fairness.go. */
function nameFlow(
  headers: Record<string, string>,
  deps: PipelineDeps,
  exchange: Exchange,
  user: UserInfo,
  info: RequestInfo,
): void {
  if (deps.flow === undefined || isTunnel(info)) return;
  const flow = deps.flow(exchange.origin.cluster, user, info);
  if (flow === undefined) return;
  headers["X-Kubernetes-Pf-Flowschema-Uid"] = flow.schema;
  headers["X-Kubernetes-Pf-Prioritylevel-Uid"] = flow.level;
}

/** A handler's own headers win. */
export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  const merged = { ...headers, ...answer.headers };
  return isStream(answer)
    ? { ...answer, headers: merged, run: (sink) => answer.run(sink) }
    : { status: answer.status, headers: merged, chunks: answer.chunks };
}
