import type { Duplex } from "node:stream";
import type { AccessControl } from "../auth/access-control.js";
import type { Handler } from "../kube/handler.js";
import { LocalClient } from "../kube/local-client.js";
import type { ApiError } from "../kube/status.js";
import type { CertificateAuthority } from "../pki/authority.js";
import { type Access, type Kubeconfig, kubeconfig, kubeconfigText } from "../pki/kubeconfig.js";
import { LazyTokenKey } from "../pki/tokens.js";
import type { HoldableStore } from "../store/holdable-store.js";
import type { Content } from "./content.js";
import type { FlowIndex } from "./flow.js";
import type { Identity } from "./identity.js";
import type { RealServer } from "./real-server.js";
import { type BackendSpec, EMULATED, type EndpointSpec } from "./spec.js";
import { StartError } from "./start-error.js";
import { ClusterTraffic, type FleetTraffic } from "./traffic.js";

/** Where clients reach a cluster. */
export interface Endpoint {
  /** The host in kubeconfigs: a name or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name that clients send in their ClientHello, where several clusters share the port. */
  readonly serverName?: string;
}

/** What answers a cluster's requests. */
export type Backend = EmulatedBackend | RealBackend;

/** Answers by itself. */
export interface EmulatedBackend {
  readonly handler: Handler;
  /** Who may send which requests. */
  readonly access: AccessControl;
  readonly real?: undefined;
  /** Undefined: answers name no flows. */
  readonly flows?: FlowIndex;
  /** How many objects there are whose key in the store has this prefix: "minions/", "" for all. */
  readonly count?: (prefix: string) => number;
  /** Undefined: what it holds can't go elsewhere. */
  readonly store?: HoldableStore;
}

/** Has a real server answer. */
export interface RealBackend {
  /** What this program itself asks. */
  readonly handler: Handler;
  readonly real: RealServer;
  readonly flows?: undefined;
  readonly count?: undefined;
}

/** `authority`: the CA that has been given. */
export type MakeIdentity = (authority: CertificateAuthority | undefined) => Promise<Identity>;

/**
 * Makes a cluster's backend; `signal` is aborted when the cluster is reset or stopped, or has another one. `kind`: by
 * default the cluster's.
 */
export type CreateBackend = (cluster: Cluster, signal: AbortSignal, kind?: BackendSpec) => Backend | Promise<Backend>;

interface Started {
  made: Backend | Promise<Backend>;
  readonly stop: AbortController;
}

/** A backend that is made while another one answers. */
export interface Successor {
  readonly kind: BackendSpec;
  readonly backend: Promise<Backend>;
  /** Ends it, if it has not become the cluster's. */
  drop(): void;
}

/** What a cluster is on its way to. */
export interface Move {
  readonly to: BackendSpec["type"];
  /** What is being done: for people. */
  step: string;
}

/** One API server. Until somebody asks, it is a name and an endpoint. */
export class Cluster {
  #endpoint: Endpoint | undefined;
  #identity: Promise<Identity> | undefined;
  #etcd: Promise<CertificateAuthority> | undefined;
  #backend: Started | undefined;
  readonly #successors = new WeakMap<Successor, Started>();
  #kind: BackendSpec;
  /** What whoever asks is told while there is nobody to answer. */
  #away: ApiError | undefined;
  #incarnation = 0;
  /** Signs the tokens of ServiceAccounts; outlives resets, as the identity does. */
  readonly tokenKey: LazyTokenKey;
  /** What has passed its door. */
  readonly traffic: ClusterTraffic;
  /** Undefined: what is behind the endpoint stays. */
  move: Move | undefined;
  /** Whether etcd may still have what a move has left there. */
  leftovers: boolean;
  /** What the listeners are to give it. */
  readonly wanted: EndpointSpec;
  /** The CA that it is to have; by default one of its own making. "later": it can't do without one, and has none yet. */
  #authority: CertificateAuthority | "later" | undefined;
  /** When the last request came, in milliseconds since the epoch. */
  lastActivity: number | undefined;
  /** Takes a connection as if it had come to the cluster's own port. Undefined while nobody listens. */
  take: ((connection: Duplex) => void) | undefined;
  #content: Content | undefined;
  readonly #makeIdentity: MakeIdentity;
  readonly #makeEtcd: () => Promise<CertificateAuthority>;
  readonly #createBackend: CreateBackend;

  constructor(
    readonly name: string,
    /** Counts from 1; decides the port. */
    readonly index: number,
    sources: {
      readonly identity: MakeIdentity;
      readonly etcdAuthority: () => Promise<CertificateAuthority>;
      readonly backend: CreateBackend;
      readonly traffic: FleetTraffic;
      readonly tokenKey?: LazyTokenKey;
      readonly endpoint?: EndpointSpec;
      readonly authority?: CertificateAuthority | "later";
      readonly kind?: BackendSpec;
      readonly content?: Content | undefined;
      readonly leftovers?: boolean;
    },
  ) {
    this.#content = sources.content;
    this.#kind = sources.kind ?? EMULATED;
    this.leftovers = sources.leftovers ?? false;
    this.traffic = new ClusterTraffic(sources.traffic, () => this.kind);
    this.wanted = sources.endpoint ?? {};
    this.#authority = sources.authority;
    this.#makeEtcd = sources.etcdAuthority;
    this.tokenKey = sources.tokenKey ?? new LazyTokenKey();
    this.#makeIdentity = sources.identity;
    this.#createBackend = sources.backend;
  }

  /** What is behind the endpoint. */
  get kind(): BackendSpec {
    return this.#kind;
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

  /** Whether it can't be connected to because its CA is yet to be given. */
  get awaitsAuthority(): boolean {
    return this.#authority === "later";
  }

  giveAuthority(authority: CertificateAuthority): void {
    this.#authority = authority;
  }

  /**
   * The CA and admin credential, made or read on first use. A failure is not remembered. Throws StartError while the
   * CA is yet to be given.
   */
  async identity(): Promise<Identity> {
    const authority = this.#authority;
    if (authority === "later") {
      throw new StartError(`cluster ${JSON.stringify(this.name)} has not been given its CA yet`, "conflict", "ca");
    }
    this.#identity ??= this.#makeIdentity(authority).catch((error: unknown) => {
      this.#identity = undefined;
      throw error;
    });
    return this.#identity;
  }

  /** The CA of the cluster's etcd: given, kept, or made on first use. A failure is not remembered. */
  etcdAuthority(): Promise<CertificateAuthority> {
    this.#etcd ??= this.#makeEtcd().catch((error: unknown) => {
      this.#etcd = undefined;
      throw error;
    });
    return this.#etcd;
  }

  /** Whether somebody has asked for the CA of etcd. */
  get etcdAsked(): boolean {
    return this.#etcd !== undefined;
  }

  giveEtcdAuthority(authority: CertificateAuthority): void {
    this.#etcd = Promise.resolve(authority);
  }

  /** What the cluster is to hold at first, where that is not what every cluster begins with. Handed out once. */
  takeContent(): Content | undefined {
    const content = this.#content;
    this.#content = undefined;
    return content;
  }

  /**
   * A client of what answers requests now; it is retired when the cluster is reset or stopped. In the cluster's eyes
   * it is `userName`, who may do everything.
   */
  async localClient(userName: string): Promise<LocalClient> {
    if (this.#away !== undefined) throw this.#away;
    const started = this.#backend ?? this.#start();
    const { handler } = await started.made;
    return new LocalClient(handler, userName, started.stop.signal);
  }

  /** What answers requests, made on first use; no promise once it is there. A failure is not remembered. */
  get backend(): Backend | Promise<Backend> {
    if (this.#away !== undefined) return Promise.reject(this.#away);
    return (this.#backend ?? this.#start()).made;
  }

  #start(): Started {
    const started = this.#begin(this.#kind);
    this.#backend = started;
    return started;
  }

  #begin(kind: BackendSpec): Started {
    const stop = new AbortController();
    const started: Started = { made: this.#createBackend(this, stop.signal, kind), stop };
    if (started.made instanceof Promise) {
      started.made.then(
        (backend) => {
          started.made = backend;
        },
        () => {
          if (this.#backend === started) this.stop();
        },
      );
    }
    return started;
  }

  /** Makes what is to answer once it {@link become}s the cluster's. `content`: what it is to hold at first. */
  succeed(kind: BackendSpec, content?: Content): Successor {
    this.#content = content;
    const started = this.#begin(kind);
    const backend = Promise.resolve(started.made);
    const successor: Successor = { kind, backend, drop: () => this.#backend !== started && started.stop.abort() };
    this.#successors.set(successor, started);
    backend.catch(() => undefined); // whoever waits for it is told, too
    return successor;
  }

  /** Has it answer from now on. What is returned ends the one before. */
  become(successor: Successor): () => void {
    const before = this.#backend;
    this.#backend = this.#successors.get(successor);
    this.#kind = successor.kind;
    this.#away = undefined;
    return () => before?.stop.abort();
  }

  /** Whoever asks from now on is told so, until there is one who answers: {@link become}, or {@link comeBack}. */
  goAway(refusal: ApiError): void {
    this.#away = refusal;
  }

  comeBack(): void {
    this.#away = undefined;
  }

  /** How often the cluster has been reset. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** Whether a request has reached the cluster since it was made or reset. */
  get touched(): boolean {
    return this.#backend !== undefined && this.#away === undefined;
  }

  /** The real server behind the endpoint, reached for on first use. Undefined: there is none. */
  get real(): RealServer | Promise<RealServer> | undefined {
    if (this.#kind.type === "emulated") return undefined;
    const { backend } = this;
    return backend instanceof Promise ? backend.then(realOf) : realOf(backend);
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

function realOf({ real }: Backend): RealServer {
  if (real === undefined) throw new Error("a passthrough cluster has no real server");
  return real;
}
