import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { ForwardedRequest } from "../cluster/real-server.js";
import type { Answer } from "../kube/handler.js";
import { parseRequestInfo } from "../kube/request-info.js";
import { BrokenOff } from "../proxy/forward/broken.js";
import type { Exchange } from "./exchange.js";
import { failureAnswer } from "./failure.js";
import { isLongRunning } from "./long-running.js";
import { type PipelineDeps, withHeaders } from "./pipeline.js";

/**
 * The journey of a request that a real server answers: nothing is looked at here but whom the connection belongs to.
 * Undefined: the client is gone.
 * @throws BrokenOff
 */
export async function forwardAnswer(exchange: Exchange, deps: PipelineDeps): Promise<Answer | undefined> {
  const { origin } = exchange;
  const { cluster } = origin;
  try {
    cluster.lastActivity = deps.now();
    const real = await cluster.real!;
    return await real.forward(new PassedOn(exchange));
  } catch (error) {
    if (error instanceof BrokenOff) throw error;
    if (exchange.aborted && !origin.draining) return undefined;
    const headers = { "Audit-Id": String(exchange.headers["audit-id"] ?? randomUUID()), "Cache-Control": PRIVATE };
    return withHeaders(failureAnswer(error, exchange, deps.answers, deps.log), headers);
  }
}

const PRIVATE = "no-cache, private";

class PassedOn implements ForwardedRequest {
  readonly #exchange: Exchange;
  #ended: AbortController | undefined;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get version(): 1 | 2 {
    return this.#exchange.raw?.httpVersionMajor === 2 ? 2 : 1;
  }

  get method(): string {
    return this.#exchange.method;
  }

  get uri(): string {
    return this.#exchange.target.uri;
  }

  get headers(): IncomingHttpHeaders {
    return this.#exchange.headers;
  }

  get rawHeaders(): readonly string[] {
    const { raw, headers } = this.#exchange;
    return raw?.rawHeaders ?? Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
  }

  get peer() {
    return this.#exchange.origin.peer;
  }

  get body() {
    return this.#exchange.source;
  }

  get mayLeave(): boolean {
    return this.#exchange.mayLeave;
  }

  goOn(): void {
    this.#exchange.goOn();
  }

  /** A drain ends what would go on and on; the rest has the time that it needs. */
  get signal(): AbortSignal {
    if (this.#ended !== undefined) return this.#ended.signal;
    const ended = new AbortController();
    this.#ended = ended;
    const exchange = this.#exchange;
    const { signal } = exchange;
    const onAbort = () => {
      if (!exchange.origin.draining || goesOn(exchange)) ended.abort();
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    return ended.signal;
  }
}

function goesOn({ method, target }: Exchange): boolean {
  try {
    return isLongRunning(parseRequestInfo(method, target.path, target.query));
  } catch {
    return false;
  }
}
