import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Peer } from "../auth/peer.js";
import type { Cluster } from "../cluster/cluster.js";
import { requestEntityTooLarge } from "../kube/errors.js";
import type { KubeRequest, UserInfo } from "../kube/handler.js";
import type { RequestInfo } from "../kube/request-info.js";
import { ApiError } from "../kube/status.js";
import type { Target } from "./target.js";

/** Upstream's limit of a request body: apiserver/pkg/server/config.go, MaxRequestBodyBytes. */
export const MAX_BODY = 3 * 1024 * 1024;

/** What a connection offers to its requests. */
export interface Origin {
  readonly cluster: Cluster;
  readonly peer: Peer;
  /** Whether the cluster's listener is being closed. */
  readonly draining: boolean;
}

/** What Node's own request tells. */
export interface RawRequest {
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly httpVersionMajor: number;
}

/** One request as it came in, whatever version of HTTP it came by. */
export class Exchange {
  #abort: AbortController | undefined;
  #gone = false;

  constructor(
    readonly origin: Origin,
    readonly method: string,
    readonly target: Target,
    readonly headers: IncomingHttpHeaders,
    /** Where the body comes from; undefined when it is known to be empty. */
    readonly source: Readable | undefined,
    /** Tells a client that waits for it to send the body. */
    readonly goOn: () => void = () => undefined,
    /** Undefined: its headers are all that is known. */
    readonly raw?: RawRequest,
  ) {}

  /** Whether the client may be told to leave HTTP. */
  mayLeave = false;

  /** Undefined when there is none. Rejects as {@link readBody}. */
  async body(): Promise<Buffer | typeof TOO_LARGE | undefined> {
    if (this.source === undefined) return undefined;
    this.goOn();
    return readBody(this.source);
  }

  /** Made when first asked for: most requests are answered without. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#gone) this.#abort.abort();
    return this.#abort.signal;
  }

  /** The client is gone, or the server drains. */
  abort(): void {
    this.#gone = true;
    this.#abort?.abort();
  }

  get aborted(): boolean {
    return this.#gone;
  }
}

/** A body beyond the limit. What was read of it is dropped. */
export const TOO_LARGE = Symbol("too large");

const EMPTY = Buffer.alloc(0);

/** Reads a body to its end, or till the limit. Rejects when the client goes away meanwhile, or with the source's ApiError. */
export function readBody(source: Readable, limit = MAX_BODY): Promise<Buffer | typeof TOO_LARGE> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void) => {
      source.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onError);
      finish();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else settle(() => resolve(TOO_LARGE));
    };
    const onEnd = () => settle(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)));
    const onClose = () => settle(() => reject(new ClientGone()));
    const onError = (error: Error) => settle(() => reject(error instanceof ApiError ? error : new ClientGone()));
    source.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onError);
  });
}

/** Nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/** The request as the handlers see it. */
export class ServedRequest implements KubeRequest {
  readonly #exchange: Exchange;
  readonly #body: Buffer | typeof TOO_LARGE;

  constructor(
    exchange: Exchange,
    readonly info: RequestInfo,
    readonly user: UserInfo,
    body: Buffer | typeof TOO_LARGE = EMPTY,
  ) {
    this.#exchange = exchange;
    this.#body = body;
  }

  get method(): string {
    return this.#exchange.method;
  }

  get path(): string {
    return this.#exchange.target.path;
  }

  get query(): URLSearchParams {
    return this.#exchange.target.query;
  }

  get headers(): IncomingHttpHeaders {
    return this.#exchange.headers;
  }

  /**
   * A real server finds out that a body is too large when a handler reads it: after it has refused an unknown resource
   * or media type. So does ours. Throws 413.
   */
  get body(): Buffer {
    if (this.#body === TOO_LARGE) throw requestEntityTooLarge(`limit is ${MAX_BODY}`);
    return this.#body;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }
}
