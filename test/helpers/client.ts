import { Agent, type RequestOptions, request } from "node:https";
import type { Readable } from "node:stream";
import { parse } from "yaml";
import type { Kubeconfig } from "../../src/pki/kubeconfig.js";

/** Where a kubeconfig's current context leads and with what credentials. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly servername: string | undefined;
  readonly ca: string;
  /** Undefined: the client shows no certificate. */
  readonly cert?: string;
  readonly key?: string;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case; a header that came several times has several values. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

/** An answer whose body is still coming. */
export interface OpenReply {
  readonly status: number;
  readonly headers: Reply["headers"];
  readonly body: Readable;
  /** Hangs up. */
  close(): void;
}

export interface Send {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string | undefined;
}

export function endpointOf(config: Kubeconfig | string): Endpoint {
  const kubeconfig = typeof config === "string" ? (parse(config) as Kubeconfig) : config;
  const { context } = kubeconfig.contexts.find(({ name }) => name === kubeconfig["current-context"])!;
  const { cluster } = kubeconfig.clusters.find(({ name }) => name === context.cluster)!;
  const { user } = kubeconfig.users.find(({ name }) => name === context.user)!;
  const url = new URL(cluster.server);
  const text = (base64: string) => Buffer.from(base64, "base64").toString();
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || 443),
    servername: cluster["tls-server-name"],
    ca: text(cluster["certificate-authority-data"]),
    cert: text(user["client-certificate-data"]),
    key: text(user["client-key-data"]),
  };
}

/** HTTP/1.1 requests whose paths and headers are sent as they are written, however odd. */
export class Client {
  readonly endpoint: Endpoint;
  readonly #agent: Agent;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
    const { host, port, servername, ca, cert, key } = endpoint;
    const own = cert === undefined ? {} : { cert, key };
    this.#agent = new Agent({ keepAlive: true, host, port, ca, ...own, ...(servername ? { servername } : {}) });
  }

  /** Resolves with the headers; the caller reads the body. */
  open(method: string, path: string, { headers = {}, body }: Send = {}): Promise<OpenReply> {
    const { host, port, servername } = this.endpoint;
    const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
    const options: RequestOptions = {
      method,
      path,
      host,
      port,
      ...(servername ? { servername } : {}),
      agent: this.#agent,
      headers: { ...length, ...headers },
    };
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        const distinct = response.headersDistinct as Record<string, string[]>;
        const close = () => response.destroy();
        resolve({ status: response.statusCode ?? 0, headers: distinct, body: response, close });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  async send(method: string, path: string, send: Send = {}): Promise<Reply> {
    const { status, headers, body } = await this.open(method, path, send);
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    return { status, headers, body: Buffer.concat(chunks) };
  }

  /** With a JSON body and a JSON answer. */
  async json<T>(method: string, path: string, value?: unknown, type = "application/json"): Promise<T> {
    const send = value === undefined ? {} : { body: JSON.stringify(value), headers: { "Content-Type": type } };
    const { status, body } = await this.send(method, path, send);
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${body.toString()}`);
    return JSON.parse(body.toString()) as T;
  }

  close(): void {
    this.#agent.destroy();
  }
}
