import type { Duplex, Readable, Writable } from "node:stream";
import type { KubeObject } from "../kube/json.js";

/**
 * Who answers what a kubelet, a container or a server in the cluster would: the log of a pod, commands, connections to
 * its ports, what is behind a proxy. Each hook may leave a request to the next by returning undefined at once; what
 * nobody takes is answered by the pod's annotations, or by default (docs/guide/streams.md).
 */
export interface StreamHooks {
  /**
   * Pods that are answered for even where a real server would find no kubelet: without a node, or with one that is not
   * there or has no address.
   */
  serves?(target: PodTarget): boolean;
  log?(request: LogRequest): LogSource | undefined;
  /** Resolves to the exit code; nothing is 0. What it throws is told to the client as an internal error. */
  exec?(request: ExecRequest): Promise<number | undefined> | undefined;
  attach?(request: AttachRequest): Promise<number | undefined> | undefined;
  /** Serves one connection to a port, and settles when that is over. What it throws is told on the error stream. */
  portForward?(request: PortForwardRequest): Promise<void> | undefined;
  /** Answers an HTTP request to a node, pod or service. */
  proxy?(request: ProxyRequest): Promise<ProxyAnswer> | undefined;
}

export interface PodTarget {
  /** The name of the cluster. */
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** The pod as it was when the request came. Not to be changed. */
  readonly pod: KubeObject;
}

/** Lines without their line ends. A line that begins with an RFC 3339 time and a blank was written at that time. */
export type LogSource = Iterable<string> | AsyncIterable<string>;

export interface LogRequest extends PodTarget {
  readonly container: string;
  /** The log of the container before its last restart. */
  readonly previous: boolean;
  /** Whether lines that come later are wanted, too: the source may go on until `signal`. */
  readonly follow: boolean;
  /** Aborted when nobody reads any more. */
  readonly signal: AbortSignal;
}

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

export interface AttachRequest extends PodTarget {
  readonly container: string;
  /** With a terminal there is no stderr. */
  readonly tty: boolean;
  /** The streams that the client asked for. */
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** The terminal's size, at first and whenever it changes. */
  readonly resize: AsyncIterable<TerminalSize>;
  /** Aborted when the client is gone, or the server drains. */
  readonly signal: AbortSignal;
}

export interface ExecRequest extends AttachRequest {
  readonly command: readonly string[];
}

export interface PortForwardRequest extends PodTarget {
  readonly port: number;
  /** The connection. Each direction ends on its own. */
  readonly connection: Duplex;
  readonly signal: AbortSignal;
}

export interface ProxyRequest {
  readonly cluster: string;
  readonly resource: "nodes" | "pods" | "services";
  /** "" for nodes. */
  readonly namespace: string;
  readonly name: string;
  /** "http", "https", or "" where the request does not say. */
  readonly scheme: string;
  /** A number or a name; "" where the request does not say. */
  readonly port: string;
  readonly method: string;
  /** Begins with a slash; without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

export interface ProxyAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | AsyncIterable<Buffer>;
  /**
   * Instead of a status and a body, where the request asks to leave HTTP (it has an `upgrade` header): the client is
   * told 101 with `headers`, and what follows in both directions is the new protocol's. Settles when that is over.
   */
  upgrade?(connection: Duplex, signal: AbortSignal): Promise<void>;
}

/** The hooks of a fleet, in the order in which they are asked: the latest first. */
export class HookList {
  #hooks: readonly StreamHooks[] = [];

  constructor(...hooks: readonly StreamHooks[]) {
    this.#hooks = hooks;
  }

  /** Adds hooks, which are asked before those that are there. The answer takes them away. */
  use(hooks: StreamHooks): () => void {
    this.#hooks = [hooks, ...this.#hooks];
    return () => {
      this.#hooks = this.#hooks.filter((each) => each !== hooks);
    };
  }

  serves(target: PodTarget): boolean {
    return this.#hooks.some((hooks) => hooks.serves?.(target) === true);
  }

  /** What the first that takes the request makes of it. */
  ask<T>(call: (hooks: StreamHooks) => T | undefined): T | undefined {
    for (const hooks of this.#hooks) {
      const answer = call(hooks);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}
