import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Cluster } from "../../cluster/cluster.js";
import type { KubernetesSpec } from "../../cluster/spec.js";
import { StartError } from "../../cluster/start-error.js";
import { parseQuantity } from "../../kube/quantity.js";
import type { Tenant } from "../etcd/tenant.js";
import { writePrivate } from "../pki.js";
import type { ServerSettings } from "../runtime/flags.js";
import { KubernetesRuntime } from "../runtime/kubernetes.js";
import { Turnstile } from "../runtime/turnstile.js";
import type { Requests } from "./apiserver.js";
import { BackingCluster, type BackingSettings } from "./backing-cluster.js";
import { BackingEtcd, type EtcdSettings } from "./etcd.js";
import { objectName } from "./labels.js";
import { Placement } from "./placement.js";

/** Backing clusters, and what is run in them. */
export interface BackingChoice {
  readonly clusters: readonly BackingSettings[];
  /** Of kube-apiserver, of the fleet's minor version. */
  readonly image: string;
  /** One etcd in each backing cluster, where servers do not share the fleet's. */
  readonly etcd?: EtcdSettings;
  /** How pods reach the fleet's etcd, where that is not as the fleet does. */
  readonly etcdEndpoints?: readonly string[];
}

export interface BackingsParts {
  /** Holds what has to outlive the process. */
  readonly dir: string;
  readonly settings: ServerSettings;
  readonly serviceIp: string;
  readonly hosts: (cluster: Cluster) => readonly string[];
  /** The folder of a cluster. */
  readonly clusterDir: (cluster: string) => string;
  /** The cluster's place in the fleet's etcd. @throws StartError */
  readonly tenant: (cluster: string) => Promise<Tenant>;
  readonly now: () => number;
  readonly log: Logger;
}

/** What a server asks of its node, unless it is told. */
const REQUESTS = {
  plain: { cpu: "100m", memory: "400Mi" },
  saving: { cpu: "50m", memory: "300Mi" },
} as const satisfies Readonly<Record<string, Requests>>;

/** How many write their objects at a time; who takes longer than that does not keep others waiting. */
const WRITERS = 8;
const WRITE_MS = 20_000;
/** How often what nobody wants is looked for, and after a failure. */
const PRUNE_MS = 300_000;
const RETRY_MS = 15_000;

/** The backing clusters of a fleet, with what it has in them. */
export class Backings {
  readonly #choice: BackingChoice;
  readonly #parts: BackingsParts;
  readonly #clusters: ReadonlyMap<string, BackingCluster>;
  readonly #etcds = new Map<string, BackingEtcd>();
  readonly #placement: Placement;
  readonly #writes = new Turnstile(WRITERS, WRITE_MS);
  readonly #fleet: string;
  #isLive: ((cluster: string) => boolean) | undefined;
  #pruning: NodeJS.Timeout | undefined;
  #closed = false;

  /** @throws StartError for what was kept and can't be used */
  constructor(choice: BackingChoice, parts: BackingsParts) {
    this.#choice = choice;
    this.#parts = parts;
    this.#fleet = fleetIn(parts.dir);
    this.#clusters = new Map(
      choice.clusters.map((settings) => [settings.name, new BackingCluster(settings, this.#fleet)]),
    );
    this.#placement = new Placement(join(parts.dir, "placements.json"), choice.clusters);
    for (const backing of choice.etcd === undefined ? [] : this.#clusters.values()) {
      const { now, log } = parts;
      const etcd = new BackingEtcd(backing, choice.etcd!, {
        ...{ dir: join(parts.dir, backing.name), fleet: this.#fleet, now, log },
      });
      this.#etcds.set(backing.name, etcd);
    }
  }

  /** Whether each backing cluster has an etcd of its own. */
  get hasEtcd(): boolean {
    return this.#etcds.size > 0;
  }

  /** @throws StartError where there is no room for one more */
  admit(spec: KubernetesSpec): void {
    this.#placement.check({ memory: this.#needOf(spec).bytes, backing: spec.backing });
  }

  /** Whether a cluster's server is in one of them. */
  holds(cluster: string): boolean {
    return this.#placement.of(cluster) !== undefined;
  }

  /** Clusters are known now: what was left by others of this fleet goes. */
  start(isLive: (cluster: string) => boolean): void {
    this.#isLive = isLive;
    this.#placement.isLive = isLive;
    this.#pruneIn(0);
  }

  runtime(cluster: Cluster, spec: KubernetesSpec): KubernetesRuntime {
    const { settings, serviceIp, now, log } = this.#parts;
    const { requests, bytes } = this.#needOf(spec);
    return new KubernetesRuntime(cluster, spec, {
      ...{ fleet: this.#fleet, requests, settings, serviceIp, now, log, writes: this.#writes },
      image: spec.image ?? this.#choice.image,
      hosts: this.#parts.hosts(cluster),
      dir: this.#parts.clusterDir(cluster.name),
      place: () => this.#place(cluster.name, { memory: bytes, backing: spec.backing }),
      tenant: (backing) => this.#tenantOf(cluster.name, backing),
    });
  }

  /** Deletes all that a cluster has there. What can't be deleted now is deleted later. @throws StartError then */
  async forget(cluster: string): Promise<void> {
    const name = this.#placement.of(cluster);
    if (name === undefined) return;
    const backing = this.#clusters.get(name);
    try {
      await backing?.remove(objectName(cluster));
      await this.#etcds.get(name)?.purge(cluster);
    } catch (error) {
      this.#pruneIn(RETRY_MS);
      throw new StartError(
        `cluster ${cluster}: what it has in backing cluster ${name} is left behind: ${(error as Error).message}; it is ` +
          "deleted when that answers",
      );
    } finally {
      this.#placement.release(cluster);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#pruning);
    await Promise.all([...this.#etcds.values()].map((etcd) => etcd.close()));
    for (const backing of this.#clusters.values()) backing.close();
  }

  async #place(cluster: string, need: { memory: number; backing: string | undefined }): Promise<BackingCluster> {
    const known = this.#placement.of(cluster);
    const away = new Set<string>();
    if (known === undefined && need.backing === undefined && this.#clusters.size > 1) {
      const all = [...this.#clusters.values()];
      const answers = await Promise.all(all.map((backing) => backing.answers()));
      for (const [at, { name }] of all.entries()) if (!answers[at]) away.add(name);
    }
    return this.#clusters.get(this.#placement.place(cluster, need, (name) => !away.has(name)))!;
  }

  async #tenantOf(cluster: string, backing: BackingCluster): Promise<Tenant> {
    const own = this.#etcds.get(backing.name);
    if (own !== undefined) return own.tenant(cluster);
    const tenant = await this.#parts.tenant(cluster);
    const { etcdEndpoints: endpoints = tenant.endpoints } = this.#choice;
    return { ...tenant, endpoints };
  }

  #needOf({ preset = this.#parts.settings.preset, resources = {} }: KubernetesSpec) {
    const requests: Requests = { ...REQUESTS[preset], ...resources };
    return { requests, bytes: Number(parseQuantity(requests.memory).scaled(0)) };
  }

  #pruneIn(delayMs: number): void {
    if (this.#closed || this.#isLive === undefined) return;
    clearTimeout(this.#pruning);
    this.#pruning = setTimeout(async () => {
      const failed = await Promise.all([...this.#clusters.values()].map((backing) => this.#prune(backing)));
      this.#pruneIn(failed.includes(true) ? RETRY_MS : PRUNE_MS);
    }, delayMs).unref();
  }

  async #prune(backing: BackingCluster): Promise<boolean> {
    const wanted = () => {
      const here = this.#placement.clusters.filter((cluster) => this.#placement.of(cluster) === backing.name);
      const names = here.filter((cluster) => this.#isLive?.(cluster)).map(objectName);
      return new Set([...names, this.#etcds.get(backing.name)?.instance]);
    };
    try {
      const deleted = await backing.prune((instance) => wanted().has(instance));
      if (deleted > 0) {
        this.#parts.log.info({ backing: backing.name, objects: deleted }, "what no cluster wants any more is deleted");
      }
      return false;
    } catch {
      return true; // clusters that are there tell why
    }
  }
}

/** The name by which backing clusters know this fleet, over all its starts on a folder. @throws StartError */
function fleetIn(dir: string): string {
  const file = join(dir, "fleet");
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw new StartError((error as Error).message);
  }
  const made = randomUUID();
  writePrivate(file, made);
  return made;
}
