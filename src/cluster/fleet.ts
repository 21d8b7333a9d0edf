import { setImmediate } from "node:timers/promises";
import { Turns } from "../kube/turns.js";
import { CertificateAuthority } from "../pki/authority.js";
import { kubeconfig, kubeconfigText } from "../pki/kubeconfig.js";
import { LazyTokenKey } from "../pki/tokens.js";
import { Cluster, type MakeIdentity } from "./cluster.js";
import { type Content, forNewStores } from "./content.js";
import { keptCluster } from "./data-folder.js";
import type { FleetParts, FleetSettings } from "./fleet-parts.js";
import { type Given, readSpec } from "./given.js";
import { createIdentity } from "./identity.js";
import { Mover } from "./mover.js";
import type { Output } from "./output.js";
import { Published } from "./published.js";
import { reconcile } from "./reconcile.js";
import { type ClusterSpec, EMULATED, type PassthroughSpec } from "./spec.js";
import { startAhead } from "./start-ahead.js";
import { StartError } from "./start-error.js";
import { FleetTraffic } from "./traffic.js";

/** `content`: what the cluster is to hold at first. */
type GivenContent = Given & { readonly content?: Content | undefined; readonly leftovers?: boolean };

/** How many identities are made before requests get their turn: some 10 ms. */
const BATCH = 16;

/** How many ports that other processes have are passed over in search of one that is free. */
const TRIES = 100;

/** The clusters of this process. */
export class Fleet {
  readonly #clusters = new Map<string, Cluster>();
  readonly #settings: FleetSettings;
  readonly #parts: FleetParts;
  /** Resolves when kept identities may be read. */
  #prepared: Promise<void> = Promise.resolve();
  readonly #published: Published;
  readonly #turns = new Turns();
  readonly #mover: Mover;
  /** The numbers of the clusters. */
  readonly #indexes = new Set<number>();
  /** What has passed the doors of all clusters. */
  readonly traffic = new FleetTraffic();
  #next = 1;
  #closing: Promise<void> | undefined;

  constructor(settings: FleetSettings, parts: FleetParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#published = new Published(this.#clusters, parts.output, settings.eager);
    const { data, reals, stores, log, door } = parts;
    const renew = (cluster: Cluster) => door.renew(cluster, settings.graceMs);
    this.#mover = new Mover({ renew, data, reals, elsewhere: stores !== undefined, log });
  }

  get clusters(): ReadonlyMap<string, Cluster> {
    return this.#clusters;
  }

  /** Throws for a name that is not in the fleet. */
  cluster(name: string): Cluster {
    const found = this.#clusters.get(name);
    if (found === undefined) throw new StartError(`there is no cluster ${JSON.stringify(name)}`, "unknown", "name");
    return found;
  }

  /** Tells where the fleet can be managed. */
  announceAdmin(url: string): void {
    this.#published.announceAdmin(url);
  }

  /** Opens every listener, then writes the kubeconfigs. Throws StartError with nothing left behind. */
  async start(): Promise<void> {
    const { output, door } = this.#parts;
    const { clusters, fresh } = this.#settings;
    const made = this.#first();
    this.#next = made.reduce((next, { index }) => Math.max(next, index + 1), clusters + 1);
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
      this.#parts.data?.keep(made.map((cluster) => keptCluster(cluster)));
      this.#published.writeRecord();
      await this.#announce(made);
      for (const cluster of made.filter(({ leftovers }) => leftovers))
        void this.#turns.take(cluster.name, () => this.#mover.clear(cluster));
    } catch (error) {
      prepared();
      await door.closeAll(0);
      output?.release();
      throw error;
    }
  }

  /** Those that were there when the process ended, where it left them, and those of the row that are new. */
  #first(): Cluster[] {
    const { clusters, namePrefix, real } = this.#settings;
    const { data } = this.#parts;
    const made = Array.from(
      data?.clusters.values() ?? [],
      ({ name, index, endpoint, caComesLater = false, kind = EMULATED, leftInEtcd = false }) =>
        this.#make(name, index, { endpoint, authorityComesLater: caComesLater, kind, leftovers: leftInEtcd }),
    );
    for (let index = 1; index <= clusters; index++) {
      const name = `${namePrefix}-${index}`;
      if (this.#clusters.has(name) || data?.gone.has(name)) continue;
      const kind = real !== undefined && index > clusters - real.clusters ? real.kind : EMULATED;
      made.push(
        this.#make(name, this.#indexes.has(index) ? this.#freeIndex(clusters + 1) : index, { endpoint: {}, kind }),
      );
    }
    return made;
  }

  /**
   * Adds a cluster to the running fleet, by default the next in the row of names. What the spec gives comes before what
   * has been kept of an earlier cluster of that name. With `content` it holds that before anybody is answered. Throws
   * StartError, or what the content throws, with nothing changed.
   */
  async create(spec: ClusterSpec = {}, content?: Content): Promise<Cluster> {
    const given = readSpec(spec, this.#parts.now());
    const row = spec.name === undefined ? this.#nextOfRow() : undefined;
    const name = spec.name ?? this.#rowName(row!);
    return this.#turns.take(name, () =>
      content === undefined ? this.#create(name, given, row) : this.#fill(name, given, content, row),
    );
  }

  /**
   * The cluster of that name, added if it is not there. A live one must be what the spec says; etcd's CA and the key of
   * tokens may still be given as long as there are none. Throws StartError: a "conflict" for anything that differs.
   */
  async ensure(spec: ClusterSpec & { readonly name: string }): Promise<Cluster> {
    const { name } = spec;
    const { now, output } = this.#parts;
    const given = readSpec(spec, now());
    return this.#turns.take(name, async () => {
      const live = this.#clusters.get(name);
      if (live === undefined) return this.#create(name, given);
      const awaited = live.awaitsAuthority;
      await reconcile(live, given, output);
      if (awaited && !live.awaitsAuthority) await live.identity(); // which keeps what was given
      if (awaited && !live.awaitsAuthority) await this.#announce([live]);
      if (awaited) void startAhead([live]);
      return live;
    });
  }

  async #fill(name: string, given: Given, content: Content, row?: number): Promise<Cluster> {
    const filling = forNewStores(content);
    return this.#create(name, { ...given, content: filling.content }, row, filling.begun);
  }

  /** `row`: the number that its name promises. `begun`: whether what is kept under the name, if anything, is its own. */
  async #create(name: string, given: GivenContent, row?: number, begun = () => true): Promise<Cluster> {
    if (this.#closing !== undefined) throw new StartError("the fleet is ending");
    if (this.#clusters.has(name)) {
      throw new StartError(`there is a cluster ${JSON.stringify(name)} already`, "conflict", "name");
    }
    if (given.kind?.type === "passthrough") this.#parts.reals?.admit(given.kind);
    const known = this.#parts.output?.hasIdentity(name) === true;
    const cluster = await this.#open(name, given, row);
    try {
      if (given.content !== undefined) await cluster.backend;
      await this.#keep(cluster, given);
      this.#parts.data?.keep([keptCluster(cluster)]);
      await this.#announce([cluster]);
    } catch (error) {
      await this.#stop(name, !begun());
      if (!known) this.#parts.output?.forget(name);
      throw error;
    }
    void startAhead([cluster]);
    return cluster;
  }

  /** A cluster that was promised no port gets one that nobody has. */
  async #open(name: string, given: GivenContent, row?: number): Promise<Cluster> {
    for (let tries = row === undefined && given.endpoint.port === undefined ? TRIES : 1; ; tries--) {
      const index = row ?? this.#freeIndex(this.#next);
      this.#next = index + 1;
      const cluster = this.#make(name, index, given);
      try {
        await this.#parts.door.open([cluster]);
        return cluster;
      } catch (error) {
        await this.#stop(name, true);
        const taken = error instanceof StartError && error.problem === "conflict" && error.field === "endpoint.port";
        if (!taken || tries <= 1) throw error;
      }
    }
  }

  #rowName(index: number): string {
    return `${this.#settings.namePrefix}-${index}`;
  }

  #nextOfRow(): number {
    let index = this.#freeIndex(this.#next);
    while (this.#clusters.has(this.#rowName(index))) index = this.#freeIndex(index + 1);
    return index;
  }

  /** Freed numbers come again only after the last port: old kubeconfigs should not find a new cluster in its place. */
  #freeIndex(from: number): number {
    const { door } = this.#parts;
    const fits = (index: number) => !this.#indexes.has(index) && door.room(index) !== "taken";
    for (const start of [from, 1]) {
      let index = start;
      while (!fits(index)) index++;
      if (door.room(index) !== "beyond") return index;
    }
    throw new StartError("all ports are taken: remove clusters, lower --base-port or use --sni", "conflict");
  }

  /** Keeps what was given, so that a restart takes it up again. */
  async #keep(cluster: Cluster, given: Given): Promise<void> {
    const { output } = this.#parts;
    if (given.authority !== undefined) await cluster.identity();
    if (given.etcdAuthority !== undefined) output?.keepEtcdAuthority(cluster.name, given.etcdAuthority);
    if (given.tokenKey !== undefined) output?.tokenKey(cluster.name).write(given.tokenKey);
  }

  /** Forgets a cluster's objects; its endpoint and credentials stay. */
  reset(name: string): void | Promise<void> {
    const cluster = this.cluster(name);
    const { data, now, stores } = this.#parts;
    if (cluster.move !== undefined) throw new StartError(`cluster ${name} is being moved`, "conflict");
    if (cluster.kind.type === "passthrough") {
      cluster.reset();
      return this.#parts.reals?.forget(name);
    }
    if (stores !== undefined) {
      cluster.reset();
      return stores.reset(name);
    }
    data?.reset(name, { seed: data.seed, created: now() });
    cluster.reset();
  }

  /** Has a real server take an emulated cluster's place, with all that it holds. @throws StartError, nothing lost */
  promote(name: string, kind: PassthroughSpec): Promise<void> {
    this.cluster(name);
    return this.#turns.take(name, () => this.#mover.promote(this.cluster(name), kind));
  }

  /** The other way round. @throws StartError, nothing lost */
  demote(name: string): Promise<void> {
    this.cluster(name);
    return this.#turns.take(name, () => this.#mover.demote(this.cluster(name)));
  }

  /** Takes a cluster out of the fleet. Its identity is kept for a later cluster of that name. */
  async stop(name: string): Promise<void> {
    this.cluster(name);
    await this.#turns.take(name, async () => {
      this.cluster(name);
      await this.#stop(name);
    });
  }

  /** Takes a cluster out of the fleet for good: a later one of that name is another. */
  async remove(name: string): Promise<void> {
    this.cluster(name);
    await this.#turns.take(name, async () => {
      this.cluster(name);
      await this.#stop(name);
      this.#parts.output?.forget(name);
    });
  }

  /** `keeps`: what it held is somebody else's. */
  async #stop(name: string, keeps = false): Promise<void> {
    const cluster = this.cluster(name);
    this.#clusters.delete(name);
    this.#indexes.delete(cluster.index);
    await this.#parts.door.close(cluster, this.#settings.graceMs);
    cluster.stop();
    if (!keeps) {
      await this.#forgetElsewhere(cluster);
      this.#parts.data?.forget(name);
    }
    this.#published.remove(name);
    this.#published.change();
  }

  /** What can't be deleted now is left where it is: the cluster is out of the fleet all the same. */
  async #forgetElsewhere({ name, kind, leftovers }: Cluster): Promise<void> {
    const { reals, stores, log } = this.#parts;
    await (kind.type === "emulated" && !leftovers ? stores : reals)?.forget(name).catch((error: unknown) => {
      log.warn({ err: error, cluster: name }, "what the cluster held is left behind");
    });
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
    await this.#mover.close();
    await this.#parts.door.closeAll(this.#settings.graceMs);
    for (const cluster of this.#clusters.values()) cluster.stop();
    await this.#parts.stores?.close();
    await this.#parts.reals?.close();
    this.#published.settle();
    this.#parts.output?.release();
    await this.#parts.data?.close();
  }

  #make(name: string, index: number, given: GivenContent): Cluster {
    const { output, now, createBackend: backend } = this.#parts;
    const identity: MakeIdentity = async (authority) => {
      await this.#prepared;
      if (output === undefined) return createIdentity(now(), authority);
      return authority === undefined ? output.identity(name, now()) : output.identityOf(name, authority, now());
    };
    const etcdAuthority = async () => {
      await this.#prepared;
      const kept = output?.keptEtcdAuthority(name);
      if (kept !== undefined) return kept;
      const made = CertificateAuthority.create(now(), "etcd-ca");
      output?.keepEtcdAuthority(name, made);
      return made;
    };
    const tokenKey = new LazyTokenKey(output?.tokenKey(name), given.tokenKey);
    const { endpoint, kind = EMULATED, content, leftovers = false } = given;
    const later = given.authorityComesLater === true && output?.hasIdentity(name) !== true;
    const authority = given.authority ?? (later ? "later" : undefined);
    const cluster = new Cluster(name, index, {
      ...{ identity, etcdAuthority, backend, tokenKey, endpoint, kind, content, leftovers, traffic: this.traffic },
      ...(authority === undefined ? {} : { authority }),
    });
    if (given.etcdAuthority !== undefined) cluster.giveEtcdAuthority(given.etcdAuthority);
    this.#clusters.set(name, cluster);
    this.#indexes.add(index);
    return cluster;
  }

  /** Writes kubeconfigs, batch by batch so that early clusters can be used while later ones get their keys. */
  async #announce(clusters: readonly Cluster[]): Promise<void> {
    const { output, progress } = this.#parts;
    const write = output !== undefined && this.#settings.eager;
    for (let at = 0; at < clusters.length; at += BATCH) {
      const batch = clusters.slice(at, at + BATCH);
      if (write) {
        const usable = batch.filter(({ awaitsAuthority }) => !awaitsAuthority);
        await Promise.all(usable.map((cluster) => this.#writeKubeconfig(output, cluster)));
      }
      progress?.(at + batch.length, clusters.length);
      await setImmediate(); // for the requests that have come meanwhile
    }
    this.#published.change();
  }

  async #writeKubeconfig(output: Output, cluster: Cluster): Promise<void> {
    const access = await cluster.access();
    output.writeKubeconfig(cluster.name, kubeconfigText(kubeconfig([access])));
    this.#published.add(cluster.name, access);
  }
}
