import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SharedParts } from "../store/shared-parts.js";
import { ClusterLog } from "../store/wal/cluster-log.js";
import { LogFile, type LogParts } from "../store/wal/log-file.js";
import { OpenFiles } from "../store/wal/open-files.js";
import type { Birth } from "../store/wal/records.js";
import { Syncer, type SyncPolicy } from "../store/wal/syncer.js";
import { claim } from "./claim.js";
import type { Cluster } from "./cluster.js";
import type { BackendSpec, EndpointSpec } from "./spec.js";
import { StartError } from "./start-error.js";

/** A cluster as a restart makes it again. */
export interface KeptCluster {
  readonly name: string;
  readonly index: number;
  readonly endpoint: EndpointSpec;
  /** It has a server name on a port that clusters share. */
  readonly sharesPort?: boolean;
  /** Its CA was to be given later. */
  readonly caComesLater?: boolean;
  /** Default: emulated. */
  readonly kind?: BackendSpec;
  /** It is emulated, and etcd may have objects of it which a move has left there. */
  readonly leftInEtcd?: boolean;
}

/** What makes a cluster the same again. `now`: what is behind it, if not what is there. */
export function keptCluster(
  cluster: Cluster,
  { kind, leftovers }: Pick<Cluster, "kind" | "leftovers"> = cluster,
): KeptCluster {
  const { name, index, wanted, endpoint, awaitsAuthority } = cluster;
  return {
    ...{ name, index, endpoint: { ...wanted, port: endpoint.port } },
    ...(endpoint.serverName !== undefined && wanted.serverName === undefined ? { sharesPort: true } : {}),
    ...(awaitsAuthority ? { caComesLater: true } : {}),
    ...(kind.type === "emulated" ? {} : { kind }),
    ...(leftovers ? { leftInEtcd: true } : {}),
  };
}

export interface DataOptions {
  readonly sync: SyncPolicy;
  readonly seed: string | undefined;
  /** Everything that is kept goes. */
  readonly fresh: boolean;
  readonly shared: SharedParts;
  readonly report: (error: unknown) => void;
}

type FleetChange =
  | { readonly is: "fleet"; readonly format: 1; readonly seed: string }
  | { readonly is: "cluster"; readonly cluster: KeptCluster }
  | { readonly is: "gone"; readonly name: string };

/** Some records that say nothing any more are no reason to write a file anew. */
const OUTDATED = 1000;

const FLEET = "fleet.wal";
const OBJECTS = "objects";
const END = ".wal";

/**
 * The folder of what outlives the process: `fleet.wal` tells which clusters there are, and where;
 * `objects/<name>.wal` holds the objects of one, from its first request on; `pki` the identities, see `Output`.
 */
export class DataFolder {
  readonly #options: DataOptions;
  readonly #parts: LogParts;
  readonly #fleet: LogFile;
  readonly #clusters = new Map<string, KeptCluster>();
  /** Clusters that were taken out of the fleet stay out of the row that it starts with. */
  readonly #gone = new Set<string>();
  readonly #logs = new Map<string, ClusterLog>();
  readonly #release: () => void;
  #seed: string | undefined;

  /** Claims the folder. @throws StartError, for damage too */
  constructor(
    readonly dir: string,
    options: DataOptions,
  ) {
    this.#options = options;
    const syncer = options.sync === "always" ? undefined : new Syncer(options.report);
    this.#parts = { files: new OpenFiles(), syncer };
    this.#fleet = new LogFile(join(dir, FLEET), this.#parts);
    try {
      for (const part of [OBJECTS, "pki"]) mkdirSync(join(dir, part), { recursive: true, mode: 0o700 });
      this.#release = claim(dir, "--data-dir");
    } catch (error) {
      throw error instanceof StartError ? error : this.#unfit(error);
    }
    try {
      if (options.fresh) this.#clear();
      this.#read();
    } catch (error) {
      this.#release();
      throw this.#unfit(error);
    }
  }

  /** As the fleet was when it ended. */
  get clusters(): ReadonlyMap<string, KeptCluster> {
    return this.#clusters;
  }

  get gone(): ReadonlySet<string> {
    return this.#gone;
  }

  /** Whether a cluster's objects are here. */
  get hasObjects(): boolean {
    return readdirSync(join(this.dir, OBJECTS)).some((file) => file.endsWith(END));
  }

  /** Where uids of the base layer come from, unless they are told otherwise. */
  get seed(): string {
    return this.#seed!;
  }

  /** Where identities are kept. */
  get identities(): string {
    return join(this.dir, "pki");
  }

  holds(dir: string): boolean {
    try {
      return realpathSync(dir) === realpathSync(this.dir);
    } catch {
      return false; // not there yet
    }
  }

  /** Keeps clusters as they are now; does nothing for those that are kept so. @throws StartError */
  keep(clusters: readonly KeptCluster[]): void {
    const news = clusters.filter((cluster) => {
      const known = this.#clusters.get(cluster.name);
      return known === undefined || JSON.stringify(known) !== JSON.stringify(cluster);
    });
    if (news.length === 0) return;
    this.#append(news.map((cluster) => ({ is: "cluster", cluster })));
    for (const cluster of news) {
      this.#clusters.set(cluster.name, cluster);
      this.#gone.delete(cluster.name);
    }
  }

  /** Keeps a cluster as it is now; it is on the disk when this returns. @throws StartError */
  keepSafely(cluster: KeptCluster): void {
    this.keep([cluster]);
    this.#sync(FLEET);
  }

  /** What has been written of a cluster's objects is on the disk when this returns. @throws StartError */
  syncObjects(name: string): void {
    for (const path of [join(OBJECTS, `${name}${END}`), OBJECTS]) this.#sync(path);
  }

  /** Forgets a cluster's objects, but not the cluster. */
  dropObjects(name: string): void {
    this.#logs.delete(name);
    this.#remove(this.#pathOf(name));
  }

  #sync(path: string): void {
    try {
      const fd = openSync(join(this.dir, path), "r");
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw this.#unfit(error);
    }
  }

  /** Forgets a cluster and its objects. @throws StartError, with nothing forgotten */
  forget(name: string): void {
    if (this.#clusters.has(name)) this.#append([{ is: "gone", name }]);
    this.#clusters.delete(name);
    this.#gone.add(name);
    this.#logs.delete(name);
    this.#remove(this.#pathOf(name));
  }

  /** The log of a cluster that is about to be used. @throws DamagedLogError */
  open(name: string): ClusterLog {
    const { shared, report } = this.#options;
    const log = new ClusterLog({ ...this.#parts, file: this.#pathOf(name), shared, report, boot: bootId() });
    this.#logs.set(name, log);
    return log;
  }

  /** Has a cluster begin anew, above the revisions that it has had. @throws ApiError, with nothing changed */
  reset(name: string, birth: Omit<Birth, "floor">): void {
    const log = this.#logs.get(name) ?? this.open(name);
    if (log.birth === undefined) return;
    log.begin({ ...birth, floor: log.revision + 1 });
    log.close();
  }

  /** Gives the folder back. */
  async close(): Promise<void> {
    this.#parts.files.closeAll();
    await this.#parts.syncer?.close();
    this.#release();
  }

  #pathOf(name: string): string {
    return join(this.dir, OBJECTS, `${name}${END}`);
  }

  #read(): void {
    let records = 0;
    this.#fleet.read((payload) => {
      records++;
      this.#take(JSON.parse(payload.toString("utf8")) as FleetChange);
    });
    const seed = this.#options.seed ?? this.#seed ?? randomUUID();
    const changed = seed !== this.#seed;
    this.#seed = seed;
    if (changed || records > this.#clusters.size + this.#gone.size + OUTDATED) this.#rewrite();
    // Of clusters that were taken out, or were on their way to or from a real server, when the process ended.
    for (const file of readdirSync(join(this.dir, OBJECTS))) {
      const known = this.#clusters.get(file.slice(0, -END.length));
      if (known === undefined || known.kind?.type === "passthrough") this.#remove(join(this.dir, OBJECTS, file));
    }
  }

  #take(change: FleetChange): void {
    switch (change.is) {
      case "fleet":
        if (change.format !== 1) throw new Error(`${FLEET} is of format ${change.format as number}`);
        this.#seed = change.seed;
        break;
      case "cluster":
        this.#clusters.set(change.cluster.name, change.cluster);
        this.#gone.delete(change.cluster.name);
        break;
      case "gone":
        this.#clusters.delete(change.name);
        this.#gone.add(change.name);
    }
  }

  #rewrite(): void {
    const changes: FleetChange[] = [
      { is: "fleet", format: 1, seed: this.seed },
      ...Array.from(this.#clusters.values(), (cluster) => ({ is: "cluster", cluster }) as const),
      ...Array.from(this.#gone, (name) => ({ is: "gone", name }) as const),
    ];
    this.#fleet.replace(changes.map((change) => [JSON.stringify(change)]));
  }

  #append(changes: readonly FleetChange[]): void {
    try {
      this.#fleet.append(...changes.map((change) => [JSON.stringify(change)]));
    } catch (error) {
      throw this.#unfit(error);
    }
  }

  #clear(): void {
    this.#remove(join(this.dir, FLEET));
    for (const file of readdirSync(join(this.dir, OBJECTS))) this.#remove(join(this.dir, OBJECTS, file));
  }

  #remove(file: string): void {
    this.#parts.files.close(file);
    rmSync(file, { force: true });
  }

  #unfit(error: unknown): StartError {
    return new StartError(`can't use the data folder ${this.dir}: ${(error as Error).message}`);
  }
}

/** Another at each start of the machine. */
function bootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
}
