import type { Server, Socket } from "node:net";
import type { Logger } from "pino";
import type { Cluster } from "../cluster/cluster.js";
import type { FrontDoor } from "../cluster/fleet.js";
import { StartError } from "../cluster/start-error.js";
import { Front } from "./front.js";
import type { HttpServer } from "./http.js";
import { closeServer, listenAll, portOf } from "./listen.js";
import { peekServerName } from "./sni.js";
import type { TlsServers } from "./tls-servers.js";

export interface DoorSettings {
  /** Address or name to listen on. */
  readonly host: string;
  /** Address or name in kubeconfigs. */
  readonly advertiseHost: string;
  /** Cluster n listens on this + n; 0: on whichever port is free. */
  readonly basePort: number;
  /** All clusters on one port, told apart by `<cluster>.<domain>`. */
  readonly sni?: { readonly domain: string; readonly port: number };
}

const MAX_PORT = 65_535;

/** The listeners of a fleet: a port per cluster, or one for all. */
export class Door implements FrontDoor {
  readonly #settings: DoorSettings;
  readonly #tls: TlsServers;
  readonly #http: HttpServer;
  readonly #log: Logger;
  readonly #fronts = new Map<Cluster, Front>();
  readonly #servers = new Map<Cluster, Server>();
  /** By server name. */
  readonly #names = new Map<string, Cluster>();
  #shared: Server | undefined;
  readonly #peeking = new Set<Socket>();

  constructor(
    settings: DoorSettings,
    parts: { readonly tls: TlsServers; readonly http: HttpServer; readonly log: Logger },
  ) {
    this.#settings = settings;
    this.#tls = parts.tls;
    this.#http = parts.http;
    this.#log = parts.log;
  }

  async open(clusters: readonly Cluster[]): Promise<void> {
    const { sni } = this.#settings;
    if (sni === undefined) await this.#openPorts(clusters);
    else await this.#openShared(clusters, sni);
  }

  async close(cluster: Cluster, graceMs: number): Promise<void> {
    const server = this.#servers.get(cluster);
    this.#servers.delete(cluster);
    if (server !== undefined) closeServer(server);
    const serverName = cluster.listening ? cluster.endpoint.serverName : undefined;
    if (serverName !== undefined) this.#names.delete(serverName);
    const front = this.#fronts.get(cluster);
    this.#fronts.delete(cluster);
    await front?.close(graceMs);
  }

  async closeAll(graceMs: number): Promise<void> {
    const servers = [...this.#servers.values(), ...(this.#shared ? [this.#shared] : [])];
    servers.forEach(closeServer);
    for (const socket of this.#peeking) socket.destroy();
    await Promise.all([...this.#fronts.values()].map((front) => front.close(graceMs)));
    this.#tls.clear();
    await this.#http.close();
  }

  async #openPorts(clusters: readonly Cluster[]): Promise<void> {
    const { host, advertiseHost, basePort } = this.#settings;
    const last = clusters.at(-1);
    if (basePort > 0 && last !== undefined && basePort + last.index > MAX_PORT) {
      throw new StartError(
        `cluster ${last.index} would need port ${basePort + last.index}, but the last is ${MAX_PORT}`,
      );
    }
    const addresses = clusters.map(({ index }) => ({ host, port: basePort === 0 ? 0 : basePort + index }));
    const accept = (index: number, socket: Socket) => this.#accept(clusters[index]!, socket);
    const servers = await listenAll(addresses, accept, (error) => this.#refused(error));
    clusters.forEach((cluster, index) => {
      const server = servers[index]!;
      cluster.endpoint = { host: advertiseHost, port: portOf(server) };
      this.#servers.set(cluster, server);
    });
  }

  async #openShared(
    clusters: readonly Cluster[],
    sni: { readonly domain: string; readonly port: number },
  ): Promise<void> {
    const { host, advertiseHost } = this.#settings;
    if (this.#shared === undefined) {
      const accept = (_index: number, socket: Socket) => this.#acceptByName(socket);
      const [server] = await listenAll([{ host, port: sni.port }], accept, (error) => this.#refused(error));
      this.#shared = server!;
    }
    const port = portOf(this.#shared);
    for (const cluster of clusters) {
      const serverName = `${cluster.name}.${sni.domain}`;
      cluster.endpoint = { host: advertiseHost, port, serverName };
      this.#names.set(serverName, cluster);
    }
  }

  #acceptByName(socket: Socket): void {
    this.#peeking.add(socket);
    socket.once("close", () => this.#peeking.delete(socket));
    peekServerName(socket, (serverName) => {
      const cluster = serverName === undefined ? undefined : this.#names.get(serverName);
      if (cluster === undefined) return false;
      this.#peeking.delete(socket);
      this.#accept(cluster, socket);
      return true;
    });
  }

  #accept(cluster: Cluster, socket: Socket): void {
    let front = this.#fronts.get(cluster);
    if (front === undefined) {
      front = new Front(cluster, this.#tls, this.#log);
      this.#fronts.set(cluster, front);
    }
    void front.accept(socket);
  }

  /** Typically the limit of open files: clients see a refused or reset connection, and the server goes on. */
  #refused(error: Error): void {
    this.#log.warn({ err: error }, "a connection could not be accepted");
  }
}
