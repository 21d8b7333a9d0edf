import type { IncomingHttpHeaders } from "node:http";
import type { RequestInfo } from "./request-info.js";
import type { Tunnel, Upgrade } from "./tunnel.js";

/** Who a request comes from, after authentication. */
export interface UserInfo {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** One HTTP request on its way through the pipeline. The body has already been read, within its limit. */
export interface KubeRequest {
  readonly method: string;
  /** Path as the client sent it, percent-decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  /** Aborted when the client goes away or the server drains. */
  readonly signal: AbortSignal;
}

/** An answer that is complete. It names its Content-Length only where a real server's handler would. */
export interface UnaryAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Pieces in order; never copied together, because LIST answers are concatenations of stored bytes. */
  readonly chunks: readonly Buffer[];
}

/** Where a streamed answer is written to. */
export interface StreamSink {
  /** Hands over a piece; false means full: wait for {@link drained} before the next. */
  write(chunk: Buffer): boolean;
  drained(): Promise<void>;
  /** Aborted when the client is gone, the deadline has passed or the server drains. */
  readonly signal: AbortSignal;
  /** Breaks the answer off, so that the client sees that it is not whole. */
  abort?(): void;
  /** Both directions, where the answer has left HTTP. */
  readonly tunnel?: Tunnel | undefined;
}

/** An answer that goes on: watch, log follow. Headers are sent at once; the stream ends when `run` settles. */
export interface StreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  run(sink: StreamSink): Promise<void>;
  /** The body begins at once, so that the head may wait for it. */
  readonly prompt?: boolean;
  /** What the head has announced as trailers, when the body has ended. */
  trailers?(): Readonly<Record<string, string | readonly string[]>>;
  /** Leaves HTTP before `run`. Only for requests that ask for it, and those come by HTTP/1.1 alone. */
  readonly upgrade?: Upgrade;
}

export type Answer = UnaryAnswer | StreamAnswer;

/** The one shape of everything between authentication and the store. Throws ApiError for every refusal. */
export type Handler = (request: KubeRequest) => Promise<Answer>;

export function isStream(answer: Answer): answer is StreamAnswer {
  return "run" in answer;
}
