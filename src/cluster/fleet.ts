import { setImmediate } from "node:timers/promises";
import type { Logger } from "pino";
import type { KeyPair } from "../pki/authority.js";
import { type Access, kubeconfig, kubeconfigText } from "../pki/kubeconfig.js";
import { LazyTokenKey } from "../pki/tokens.js";
import { Cluster, type CreateBackend } from "./cluster.js";
import { createIdentity } from "./identity.js";
import type { Output } from "./output.js";
import type { ClusterSpec } from "./spec.js";
import { StartError } from "./start-error.js";

/** The listeners, as a fleet uses them. */
export interface FrontDoor {
  /** Opens all or none and sets each cluster's endpoint. Throws StartError. */
  open(clusters: readonly Cluster[]): Promise<void>;
  /** Stops accepting for a cluster, ends its connections, waits for running requests for at most `graceMs`. */
  close(cluster: Cluster, graceMs: number): Promise<void>;
  closeAll(graceMs: number): Promise<void>;
}

export interface FleetSettings {
  /** Clusters are `<prefix>-<n>`. */
  readonly namePrefix: string;
  /** How many to start with. */
  readonly clusters: number;
  /** Whether kubeconfigs are written at start, rather than when one is asked for. */
  readonly eager: boolean;
  /** Whether kept identities are replaced. */
  readonly fresh: boolean;
  /** How long a drain waits for running requests. */
  readonly graceMs: number;
}

export interface FleetParts {
  readonly door: FrontDoor;
  readonly output: Output | undefined;
  readonly createBackend: CreateBackend;
  readonly now: () => number;
  readonly log: Logger;
  /** Told as clusters come up. */
  readonly progress?: (up: number, total: number) => void;
}

/** How many identities are made before requests get their turn: some 10 ms. */
const BATCH = 16;

/** The clusters of this process. */
export class Fleet {
  readonly #clusters = new Map<string, Cluster>();
  readonly #settings: FleetSettings;
  readonly #parts: FleetParts;
  /** Resolves when kept identities may be read. */
  #prepared: Promise<void> = Promise.resolve();
  /** What the merged kubeconfig holds. */
  readonly #accesses = new Map<string, Access>();
  #next = 1;
  #closing: Promise<void> | undefined;

  constructor(settings: FleetSettings, parts: FleetParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  get clusters(): ReadonlyMap<string, Cluster> {
    return this.#clusters;
  }

  /** Throws for a name that is not in the fleet. */
  cluster(name: string): Cluster {
    const found = this.#clusters.get(name);
    if (found === undefined) throw new StartError(`there is no cluster ${JSON.stringify(name)}`);
    return found;
  }

  /** Opens every listener, then writes the kubeconfigs. Throws StartError with nothing left behind. */
  async start(): Promise<void> {
    const { output, door } = this.#parts;
    const { clusters, namePrefix, fresh } = this.#settings;
    const made = Array.from({ length: clusters }, (_, i) => this.#make(`${namePrefix}-${i + 1}`, i + 1));
    this.#next = clusters + 1;
    // A connection may come before the last listener is open; its identity waits until it is known which ones count.
    let prepared = () => {};
    this.#prepared = new Promise((resolve) => {
      prepared = resolve;
    });
    try {
      output?.prepare();
      await door.open(made);
      if (fresh) output?.forgetIdentities();
      prepared();
      await this.#announce(made);
    } catch (error) {
      prepared();
      await door.closeAll(0);
      output?.release();
      throw error;
    }
  }

  /**
   * Adds a cluster to the running fleet, by default the next in the row of names. `ca` gives it a CA of its own to use.
   * Throws StartError.
   */
  async create(options: ClusterSpec = {}): Promise<Cluster> {
    const index = this.#next++;
    const name = options.name ?? `${this.#settings.namePrefix}-${index}`;
    const problem = nameProblem(name);
    if (problem !== undefined) throw new StartError(problem);
    if (this.#clusters.has(name)) throw new StartError(`there is a cluster ${JSON.stringify(name)} already`);
    const cluster = this.#make(name, index, options.ca);
    try {
      await this.#parts.door.open([cluster]);
      await this.#announce([cluster]);
    } catch (error) {
      await this.stop(name);
      throw error;
    }
    return cluster;
  }

  /** Forgets a cluster's objects; its endpoint and credentials stay. */
  reset(name: string): void {
    this.cluster(name).reset();
  }

  /** Takes a cluster out of the fleet. Its identity is kept for a later cluster of that name. */
  async stop(name: string): Promise<void> {
    const cluster = this.cluster(name);
    this.#clusters.delete(name);
    await this.#parts.door.close(cluster, this.#settings.graceMs);
    cluster.stop();
    if (this.#accesses.delete(name)) {
      this.#parts.output?.removeKubeconfig(name);
      this.#writeMerged();
    }
    this.#writeRecord();
  }

  /** The kubeconfig of a cluster, made now if it has not been made before. */
  kubeconfig(name: string): Promise<string> {
    return this.cluster(name).kubeconfigText();
  }

  /** Drains: no more connections, watches end, running requests finish within the grace time. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#parts.door.closeAll(this.#settings.graceMs);
    for (const cluster of this.#clusters.values()) cluster.stop();
    this.#parts.output?.release();
  }

  #make(name: string, index: number, given?: KeyPair): Cluster {
    const identity = async () => {
      await this.#prepared;
      const { output, now } = this.#parts;
      if (given === undefined) return output ? output.identity(name, now()) : createIdentity(now());
      const made = createIdentity(now(), given);
      output?.keepIdentity(name, made);
      return made;
    };
    const { output, createBackend: backend } = this.#parts;
    const tokenKey = new LazyTokenKey(output?.tokenKey(name));
    const cluster = new Cluster(name, index, { identity, backend, tokenKey });
    this.#clusters.set(name, cluster);
    return cluster;
  }

  /** Writes kubeconfigs, batch by batch so that early clusters can be used while later ones get their keys. */
  async #announce(clusters: readonly Cluster[]): Promise<void> {
    const { output, progress } = this.#parts;
    this.#writeRecord();
    const write = output !== undefined && this.#settings.eager;
    for (let at = 0; at < clusters.length; at += BATCH) {
      const batch = clusters.slice(at, at + BATCH);
      if (write) await Promise.all(batch.map((cluster) => this.#writeKubeconfig(output, cluster)));
      progress?.(at + batch.length, clusters.length);
      await setImmediate(); // for the requests that have come meanwhile
    }
    this.#writeMerged();
  }

  async #writeKubeconfig(output: Output, cluster: Cluster): Promise<void> {
    const access = await cluster.access();
    output.writeKubeconfig(cluster.name, kubeconfigText(kubeconfig([access])));
    this.#accesses.set(cluster.name, access);
  }

  #writeMerged(): void {
    if (!this.#settings.eager) return;
    const accesses = [...this.#clusters.keys()].flatMap((name) => this.#accesses.get(name) ?? []);
    this.#parts.output?.writeMerged(kubeconfigText(kubeconfig(accesses)));
  }

  #writeRecord(): void {
    const listening = [...this.#clusters.values()].filter((cluster) => cluster.listening);
    const clusters = listening.map(({ name, url, endpoint: { serverName } }) => ({
      name,
      server: url,
      ...(serverName === undefined ? {} : { tlsServerName: serverName }),
    }));
    this.#parts.output?.writeRecord({ format: 1, pid: process.pid, clusters });
  }
}

/** Names go into host names, file names and certificates. Undefined: fine. */
export function nameProblem(name: string): string | undefined {
  if (name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) return undefined;
  return `${JSON.stringify(name)} can't name a cluster: use at most 63 lower-case letters, digits and "-", none at the ends`;
}
