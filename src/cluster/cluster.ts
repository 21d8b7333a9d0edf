import type { Handler } from "../kube/handler.js";
import { type Access, type Kubeconfig, kubeconfig, kubeconfigText } from "../pki/kubeconfig.js";
import type { Identity } from "./identity.js";

/** Where clients reach a cluster. */
export interface Endpoint {
  /** The host in kubeconfigs: a name or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name that clients send in their ClientHello, where several clusters share the port. */
  readonly serverName?: string;
}

/** Makes what answers a cluster's requests; `signal` is aborted when the cluster is reset or stopped. */
export type CreateHandler = (cluster: Cluster, signal: AbortSignal) => Handler;

/** One emulated API server. Until somebody asks, it is a name and an endpoint. */
export class Cluster {
  #endpoint: Endpoint | undefined;
  #identity: Promise<Identity> | undefined;
  #backend: { readonly handler: Handler; readonly stop: AbortController } | undefined;
  #incarnation = 0;
  readonly #makeIdentity: (cluster: Cluster) => Promise<Identity>;
  readonly #createHandler: CreateHandler;

  constructor(
    readonly name: string,
    /** Counts from 1; decides the port. */
    readonly index: number,
    sources: { readonly identity: (cluster: Cluster) => Promise<Identity>; readonly handler: CreateHandler },
  ) {
    this.#makeIdentity = sources.identity;
    this.#createHandler = sources.handler;
  }

  get listening(): boolean {
    return this.#endpoint !== undefined;
  }

  /** Throws before the cluster's listener is open. */
  get endpoint(): Endpoint {
    if (this.#endpoint === undefined) throw new Error(`cluster ${this.name} is not listening`);
    return this.#endpoint;
  }

  set endpoint(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** "https://host:port". */
  get url(): string {
    const { host, port } = this.endpoint;
    return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** The CA and admin credential, made or read on first use. A failure is not remembered. */
  identity(): Promise<Identity> {
    this.#identity ??= this.#makeIdentity(this).catch((error: unknown) => {
      this.#identity = undefined;
      throw error;
    });
    return this.#identity;
  }

  /** What answers requests, made on first use. */
  get handler(): Handler {
    if (this.#backend === undefined) {
      const stop = new AbortController();
      this.#backend = { handler: this.#createHandler(this, stop.signal), stop };
    }
    return this.#backend.handler;
  }

  /** How often the cluster has been reset. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** Whether a request has reached the cluster since it was made or reset. */
  get touched(): boolean {
    return this.#backend !== undefined;
  }

  /** Forgets every object; identity and endpoint stay. Watches end. */
  reset(): void {
    this.#incarnation++;
    this.stop();
  }

  /** Ends what answers requests; a later request would make it anew. */
  stop(): void {
    const backend = this.#backend;
    this.#backend = undefined;
    backend?.stop.abort();
  }

  async access(): Promise<Access> {
    const { authority, admin } = await this.identity();
    const { serverName } = this.endpoint;
    return {
      name: this.name,
      server: this.url,
      ...(serverName === undefined ? {} : { tlsServerName: serverName }),
      caCertificate: authority.certificate,
      client: admin,
    };
  }

  async kubeconfig(): Promise<Kubeconfig> {
    return kubeconfig([await this.access()]);
  }

  async kubeconfigText(): Promise<string> {
    return kubeconfigText(await this.kubeconfig());
  }
}
