import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import type { Cluster } from "../cluster/cluster.js";
import type { FrontDoor, Room } from "../cluster/fleet-parts.js";
import { isServerName } from "../cluster/names.js";
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

/** The listeners of a fleet: a port per cluster, or one for all but those that want one of their own. */
export class Door implements FrontDoor {
  readonly #settings: DoorSettings;
  readonly #tls: TlsServers;
  readonly #http: HttpServer;
  readonly #log: Logger;
  readonly #fronts = new Map<Cluster, Front>();
  readonly #servers = new Map<Cluster, Server>();
  /** By port, but for those that the system chose. */
  readonly #ports = new Map<number, Cluster>();
  /** By server name, on the port that is shared. */
  readonly #names = new Map<string, Cluster>();
  #shared: Promise<Server> | undefined;
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
    await this.#open(clusters);
    for (const cluster of clusters) cluster.take = (connection) => this.#accept(cluster, connection);
  }

  async #open(clusters: readonly Cluster[]): Promise<void> {
    const { sni } = this.#settings;
    if (sni === undefined) return this.#openPorts(clusters);
    const shared = await this.#sharedPort(sni.port);
    const alone = clusters.filter(({ wanted }) => wanted.port !== undefined && wanted.port !== shared);
    const together = clusters.filter((cluster) => !alone.includes(cluster));
    const names = this.#claimNames(together, sni.domain);
    try {
      await this.#openPorts(alone);
    } catch (error) {
      for (const name of names) this.#names.delete(name);
      throw error;
    }
    together.forEach((cluster, at) => {
      cluster.endpoint = { host: this.#hostOf(cluster), port: shared, serverName: names[at]! };
    });
  }

  room(index: number): Room {
    const { basePort, sni } = this.#settings;
    if (sni !== undefined || basePort === 0) return "free";
    if (basePort + index > MAX_PORT) return "beyond";
    return this.#ports.has(basePort + index) ? "taken" : "free";
  }

  async close(cluster: Cluster, graceMs: number): Promise<void> {
    cluster.take = undefined;
    const server = this.#servers.get(cluster);
    this.#servers.delete(cluster);
    if (server !== undefined) closeServer(server);
    if (cluster.listening) {
      const { port, serverName = "" } = cluster.endpoint;
      if (this.#ports.get(port) === cluster) this.#ports.delete(port);
      if (this.#names.get(serverName) === cluster) this.#names.delete(serverName);
    }
    await this.renew(cluster, graceMs);
  }

  async renew(cluster: Cluster, graceMs: number): Promise<void> {
    const front = this.#fronts.get(cluster);
    this.#fronts.delete(cluster);
    await front?.close(graceMs);
  }

  async closeAll(graceMs: number): Promise<void> {
    const shared = await this.#shared?.catch(() => undefined);
    const servers = [...this.#servers.values(), ...(shared ? [shared] : [])];
    servers.forEach(closeServer);
    for (const socket of this.#peeking) socket.destroy();
    await Promise.all([...this.#fronts.values()].map((front) => front.close(graceMs)));
    this.#tls.clear();
    await this.#http.close();
  }

  async #openPorts(clusters: readonly Cluster[]): Promise<void> {
    const { host, basePort } = this.#settings;
    const last = clusters.filter(({ wanted }) => wanted.port === undefined).at(-1);
    if (basePort > 0 && last !== undefined && basePort + last.index > MAX_PORT) {
      throw new StartError(
        `cluster ${last.index} would need port ${basePort + last.index}, but the last is ${MAX_PORT}`,
      );
    }
    const addresses = clusters.map(({ index, wanted }) => ({
      host,
      port: wanted.port ?? (basePort === 0 ? 0 : basePort + index),
    }));
    const claimed = this.#claimPorts(
      clusters,
      addresses.map(({ port }) => port),
    );
    const accept = (index: number, socket: Socket) => this.#accept(clusters[index]!, socket);
    let servers: Server[];
    try {
      servers = await listenAll(addresses, accept, (error) => this.#refused(error));
    } catch (error) {
      for (const port of claimed) this.#ports.delete(port);
      throw error;
    }
    clusters.forEach((cluster, index) => {
      const server = servers[index]!;
      const { serverName } = cluster.wanted;
      const endpoint = { host: this.#hostOf(cluster), port: portOf(server) };
      cluster.endpoint = serverName === undefined ? endpoint : { ...endpoint, serverName };
      this.#servers.set(cluster, server);
    });
  }

  /** Within the fleet a port has one owner, also while its listener is not yet open. */
  #claimPorts(clusters: readonly Cluster[], ports: readonly number[]): number[] {
    return claimAll(this.#ports, clusters, ports, (port, owner) => {
      return new StartError(`port ${port} is cluster ${owner.name}'s`, "conflict", "endpoint.port");
    });
  }

  #claimNames(clusters: readonly Cluster[], domain: string): string[] {
    const names = clusters.map(({ name, wanted }) => wanted.serverName ?? `${name}.${domain}`);
    const unfit = names.find((name) => !isServerName(name));
    if (unfit !== undefined) {
      throw new StartError(`${JSON.stringify(unfit)} is no server name: too long`, "invalid", "endpoint.serverName");
    }
    return claimAll(this.#names, clusters, names, (name, owner) => {
      return new StartError(`the server name ${name} is cluster ${owner.name}'s`, "conflict", "endpoint.serverName");
    });
  }

  #hostOf({ wanted }: Cluster): string {
    return wanted.host ?? this.#settings.advertiseHost;
  }

  async #sharedPort(port: number): Promise<number> {
    const accept = (_index: number, socket: Socket) => this.#acceptByName(socket);
    this.#shared ??= listenAll([{ host: this.#settings.host, port }], accept, (error) => this.#refused(error)).then(
      ([server]) => server!,
      (error: unknown) => {
        this.#shared = undefined;
        throw error;
      },
    );
    return portOf(await this.#shared);
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

  #accept(cluster: Cluster, socket: Duplex): void {
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

/** Enters each cluster under its key, or none: 0 is nobody's. Returns the keys. @throws what `taken` makes */
function claimAll<K extends string | number>(
  owners: Map<K, Cluster>,
  clusters: readonly Cluster[],
  keys: readonly K[],
  taken: (key: K, owner: Cluster) => StartError,
): K[] {
  const claimed: K[] = [];
  for (const [at, key] of keys.entries()) {
    const owner = owners.get(key);
    if (owner !== undefined) {
      for (const mine of claimed) owners.delete(mine);
      throw taken(key, owner);
    }
    if (key === 0) continue;
    owners.set(key, clusters[at]!);
    claimed.push(key);
  }
  return claimed;
}
