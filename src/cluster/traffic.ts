import type { BackendSpec, ProxyWay, RuntimeSpec } from "./spec.js";

/** What clusters of one kind come to, whichever they are and have been. */
export interface BackendTraffic {
  readonly backend: BackendSpec["type"];
  /** Of those with a real server. */
  readonly proxy?: ProxyWay;
  readonly runtime?: RuntimeSpec["type"];
  /** Of clients, those that are open. */
  connections: number;
  connectionsTotal: number;
  /** By status code; {@link GONE} and {@link BROKEN_OFF} for what nobody has got an answer to. */
  readonly requests: Map<number, number>;
  /** Bytes that have come from clients through a pipe, and gone to them. */
  received: number;
  sent: number;
}

/** The client did not wait for the answer; nginx's code for it. */
export const GONE = 499;
/** The server behind us has ended without an answer. */
export const BROKEN_OFF = 0;

/** What has passed the doors of a fleet, by what is behind them. Counts never go back, whatever becomes of a cluster. */
export class FleetTraffic {
  readonly #byKind = new Map<string, BackendTraffic>();

  /** Kinds that there have been. */
  get backends(): Iterable<BackendTraffic> {
    return this.#byKind.values();
  }

  of(kind: BackendSpec): BackendTraffic {
    const [proxy, runtime] = kind.type === "emulated" ? [] : [kind.proxy, kind.runtime.type];
    const key = `${kind.type} ${proxy} ${runtime}`;
    const known = this.#byKind.get(key);
    if (known !== undefined) return known;
    const made: BackendTraffic = {
      backend: kind.type,
      ...(proxy === undefined || runtime === undefined ? {} : { proxy, runtime }),
      ...{ connections: 0, connectionsTotal: 0, requests: new Map(), received: 0, sent: 0 },
    };
    this.#byKind.set(key, made);
    return made;
  }
}

/** Told of bytes that pass through a pipe. */
export interface PipeMeter {
  /** From a client. */
  cameIn(bytes: number): void;
  wentOut(bytes: number): void;
}

/** What has passed one cluster's door. */
export class ClusterTraffic implements PipeMeter {
  readonly #fleet: FleetTraffic;
  readonly #kind: () => BackendSpec;
  #current: { readonly kind: BackendSpec; readonly traffic: BackendTraffic } | undefined;
  connections = 0;
  connectionsTotal = 0;
  requests = 0;
  received = 0;
  sent = 0;

  /** `kind`: of the cluster now. */
  constructor(fleet: FleetTraffic, kind: () => BackendSpec) {
    this.#fleet = fleet;
    this.#kind = kind;
  }

  /** Counts a request. */
  answered(code: number): void {
    this.requests++;
    const { requests } = this.backend;
    requests.set(code, (requests.get(code) ?? 0) + 1);
  }

  /** Counts a connection in; what is returned counts it out. */
  connected(): () => void {
    const { backend } = this;
    this.connections++;
    this.connectionsTotal++;
    backend.connections++;
    backend.connectionsTotal++;
    return () => {
      this.connections--;
      backend.connections--;
    };
  }

  cameIn(bytes: number): void {
    this.received += bytes;
    this.backend.received += bytes;
  }

  wentOut(bytes: number): void {
    this.sent += bytes;
    this.backend.sent += bytes;
  }

  /** Of all clusters of the same kind. */
  get backend(): BackendTraffic {
    const kind = this.#kind();
    if (this.#current?.kind !== kind) this.#current = { kind, traffic: this.#fleet.of(kind) };
    return this.#current.traffic;
  }
}
