import type { ForwardedRequest } from "../../cluster/real-server.js";
import { serviceUnavailable } from "../../kube/errors.js";
import type { Answer } from "../../kube/handler.js";
import { ApiError } from "../../kube/status.js";
import type { KeyPair } from "../../pki/authority.js";
import type { Address } from "./address.js";
import { BrokenOff, UpstreamError } from "./broken.js";
import { requestHeaders } from "./headers.js";
import { forwardHttp1, Http1Pool } from "./http1.js";
import { forwardHttp2 } from "./http2.js";
import { Http2Pool } from "./http2-pool.js";
import { certifiedUser, remoteHeaders } from "./identity.js";

export interface ForwarderParts {
  /** The cluster's name, for errors. */
  readonly name: string;
  /** By it we may speak for others. */
  readonly frontProxy: KeyPair;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** How often a request is tried that nobody has seen. */
const TRIES = 3;

/**
 * Passes requests on to one address. By two sets of connections: on those with the front proxy's certificate every
 * request has to name a user, or it is refused before a real server thinks of letting it be anonymous.
 */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #named: Pools;
  readonly #unnamed: Pools;

  constructor(
    readonly address: Address,
    parts: ForwarderParts,
  ) {
    this.#parts = parts;
    this.#named = new Pools(address, parts.frontProxy);
    this.#unnamed = new Pools(address, undefined);
  }

  /** @throws ApiError 401 and 503, BrokenOff */
  async forward(request: ForwardedRequest): Promise<Answer> {
    const user = certifiedUser(request, this.#parts.now());
    const kept = requestHeaders(request.rawHeaders);
    const headers = user === undefined ? kept : [...kept, ...remoteHeaders(user)];
    const pools = user === undefined ? this.#unnamed : this.#named;
    for (let tries = 1; ; tries++) {
      try {
        return await pools.forward(request, headers);
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        // What a body had has gone into the first try; what somebody may have seen is safe to repeat if it only reads.
        const again = request.body === undefined && (!error.sent || isRead(request.method));
        if (!again || tries === TRIES || request.signal.aborted) throw this.#refusal(error, request.method);
      }
    }
  }

  close(): void {
    this.#named.close();
    this.#unnamed.close();
  }

  /** Clients repeat what is answered with 503; what may have been done already must look as it does without us. */
  #refusal(error: UpstreamError, method: string): Error {
    if (error.sent && !isRead(method)) return new BrokenOff(error);
    return unavailable(this.#parts.name, `kube-apiserver can't be reached: ${error.message}`);
  }
}

/** @returns an ApiError 503 that asks for another try soon */
export function unavailable(cluster: string, cause: string, retryAfterSeconds = 1): ApiError {
  const { status } = serviceUnavailable(`cluster ${cluster}: ${cause}`);
  const headers = { "Retry-After": String(retryAfterSeconds) };
  return new ApiError({ ...status, details: { retryAfterSeconds } }, headers);
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

/** Connections in one name; an answer is framed as the HTTP version has it, so that a client gets its own. */
class Pools {
  readonly #http1: Http1Pool;
  readonly #http2: Http2Pool;

  constructor(address: Address, client: KeyPair | undefined) {
    this.#http1 = new Http1Pool(address, { client });
    this.#http2 = new Http2Pool(address, { client });
  }

  forward(request: ForwardedRequest, headers: readonly string[]): Promise<Answer> {
    if (request.version === 2) return forwardHttp2(this.#http2, request, headers);
    return forwardHttp1(this.#http1, request, headers);
  }

  close(): void {
    this.#http1.close();
    this.#http2.close();
  }
}
