import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import type { Cluster } from "../cluster/cluster.js";
import type { Connection } from "./connection.js";
import type { TlsServers } from "./tls-servers.js";

/** One cluster's side of the door: what has been accepted for it and not yet closed. */
export class Front {
  readonly #connections = new Set<Connection>();
  readonly #raws = new Set<Duplex>();
  readonly #tls: TlsServers;
  readonly #log: Logger;
  #closed = false;

  constructor(
    readonly cluster: Cluster,
    tls: TlsServers,
    log: Logger,
  ) {
    this.#tls = tls;
    this.#log = log;
  }

  /**
   * Takes a TCP connection, whose first bytes may have been read and put back, or one that came through a tunnel, to
   * the cluster's own TLS server.
   */
  async accept(raw: Duplex): Promise<void> {
    if (this.#closed) {
      raw.destroy();
      return;
    }
    this.#raws.add(raw);
    raw.on("error", ignore); // a reset while nobody else listens
    raw.once("close", () => this.#raws.delete(raw));
    raw.once("close", this.cluster.traffic.connected());
    const { kind } = this.cluster;
    if (kind.type !== "emulated" && kind.proxy === "pipe") return this.#lead(raw);
    try {
      const server = await this.#tls.of(this);
      if (!raw.destroyed) server.emit("connection", raw);
    } catch (error) {
      if (!this.cluster.awaitsAuthority) {
        this.#log.error({ err: error, cluster: this.cluster.name }, "can't serve TLS for this cluster");
      }
      raw.destroy();
    }
  }

  /** Its bytes are between the client and the real server. */
  async #lead(raw: Duplex): Promise<void> {
    try {
      const real = await this.cluster.real;
      this.cluster.lastActivity = Date.now();
      await real!.lead(raw, this.cluster.traffic);
    } catch (error) {
      this.#log.debug({ err: error, cluster: this.cluster.name }, "a connection could not be led to the real server");
      raw.destroy();
    }
  }

  /** Counts in a connection whose handshake is through. */
  welcome(connection: Connection): void {
    this.#connections.add(connection);
    connection.socket.once("close", () => this.#connections.delete(connection));
    if (this.#closed) connection.drain();
  }

  /** Ends everything: running requests get `graceMs` to finish. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const serving = new Set([...this.#connections].map(({ socket }) => peerName(socket)));
    for (const raw of this.#raws) if (!serving.has(peerName(raw))) raw.destroy();
    for (const connection of this.#connections) connection.drain();
    await Promise.race([this.#emptied(), delay(graceMs)]);
    for (const raw of this.#raws) raw.destroy();
    this.#tls.forget(this);
  }

  #emptied(): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.#raws.size === 0) resolve();
      };
      for (const raw of this.#raws) raw.once("close", () => setImmediate(check));
      check();
    });
  }
}

/** Connections through tunnels have all the same. */
function peerName(socket: Duplex & Partial<Pick<Socket, "remoteAddress" | "remotePort">>): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

function ignore(): void {}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
