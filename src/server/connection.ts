import type { Http2Session, ServerHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import { type Peer, peerOf } from "../auth/peer.js";
import type { Cluster } from "../cluster/cluster.js";
import type { Exchange, Origin } from "./exchange.js";
import type { Front } from "./front.js";

/** A client's TLS connection to one cluster. The cluster is known from the socket, never from what a request says. */
export class Connection implements Origin {
  readonly #exchanges = new Set<Exchange>();
  #peer: Peer | undefined;
  #session: ServerHttp2Session | undefined;
  #draining = false;

  constructor(
    readonly front: Front,
    readonly socket: TLSSocket,
  ) {
    Object.defineProperty(socket, CONNECTION, { value: this });
  }

  get cluster(): Cluster {
    return this.front.cluster;
  }

  get peer(): Peer {
    this.#peer ??= peerOf(this.socket);
    return this.#peer;
  }

  get draining(): boolean {
    return this.#draining;
  }

  attach(session: ServerHttp2Session): void {
    this.#session = session;
    bySession.set(session, this);
    if (this.#draining) session.close();
  }

  /** Counts a request in, until `end` is called. */
  begin(exchange: Exchange): void {
    this.#exchanges.add(exchange);
    if (this.#draining) exchange.abort();
  }

  end(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
    if (this.#draining && this.#session === undefined && this.#exchanges.size === 0) this.socket.end();
  }

  /** No new requests: watches end, running requests finish, then the connection closes. */
  drain(): void {
    this.#draining = true;
    for (const exchange of this.#exchanges) exchange.abort();
    if (this.#session !== undefined) this.#session.close();
    else if (this.#exchanges.size === 0) this.socket.end();
  }
}

const CONNECTION = Symbol("connection");
const bySession = new WeakMap<Http2Session, Connection>();

/** The connection of a TLS socket, or of the stand-in for it that an HTTP/2 session shows. */
export function connectionOfSocket(socket: object): Connection | undefined {
  return (socket as { readonly [CONNECTION]?: Connection })[CONNECTION];
}

/** Works for sessions whose socket is gone, too. */
export function connectionOfSession(session: Http2Session | undefined): Connection | undefined {
  return session === undefined ? undefined : bySession.get(session);
}
