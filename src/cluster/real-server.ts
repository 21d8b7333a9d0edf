import type { IncomingHttpHeaders } from "node:http";
import type { Duplex, Readable } from "node:stream";
import type { Peer } from "../auth/peer.js";
import type { Answer } from "../kube/handler.js";
import type { ProxyWay } from "./spec.js";
import type { PipeMeter } from "./traffic.js";

/** A request that is passed on as it came. */
export interface ForwardedRequest {
  /** Of HTTP. */
  readonly version: 1 | 2;
  readonly method: string;
  /** With its query, as the client sent it. */
  readonly uri: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** Whom the connection belongs to. */
  readonly peer: Peer;
  /** Undefined: there is none. */
  readonly body: Readable | undefined;
  /** Whether the client may be told to leave HTTP, as it asks. */
  readonly mayLeave: boolean;
  /** Tells a client that waits for it to send the body. */
  goOn(): void;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** "stopped": nobody has asked for it yet. "failed": it is tried again in a while, or when somebody asks. */
export type RealPhase = "stopped" | "starting" | "ready" | "failed";

/** How a real server does. */
export interface RealState {
  readonly phase: RealPhase;
  /** Why it is not ready, and what can be done. */
  readonly message?: string;
  /** How often it has been started again. */
  readonly restarts: number;
  /** Of its process. */
  readonly pid?: number;
  /** Where it is reached: "https://127.0.0.1:40123". */
  readonly url?: string;
}

/** A kube-apiserver behind one of our endpoints. */
export interface RealServer {
  readonly proxy: ProxyWay;
  readonly state: RealState;
  /** Resolves when it answers. @throws ApiError 503 that tells why it does not */
  ready(): Promise<void>;
  /** Passes a request on. @throws ApiError 401 and 503, ClientGone's like for a client that is gone */
  forward(request: ForwardedRequest): Promise<Answer>;
  /** Leads a connection to it, bytes as they are; closes it where that can't be done. */
  lead(connection: Duplex, meter: PipeMeter): Promise<void>;
}
