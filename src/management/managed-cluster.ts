import type { KubeClient } from "../client/client.js";
import { managedName } from "../cluster/spec.js";
import type { KubeObject } from "../kube/json.js";
import type { Discovery } from "./api/discovery.js";
import { bringUp } from "./endpoint.js";
import { noteExpiry } from "./expiry.js";
import type { Infrastructure } from "./infrastructure.js";
import { endpointAt, type HostAndPort, isDeleting, isMoved } from "./objects.js";
import { Roster } from "./roster.js";
import type { ManagedFleet, ManagementSettings } from "./settings.js";
import { Troubles } from "./troubles.js";
import type { ManagementView } from "./view.js";

/** How often missing Secrets are looked for before that is called amiss: controllers take their time to make them. */
const LOOKS = 6;

export interface ManagedClusterParts {
  readonly api: KubeClient;
  readonly discovery: Discovery;
  readonly view: ManagementView;
  readonly fleet: ManagedFleet;
  readonly settings: ManagementSettings;
  readonly infrastructure: Infrastructure;
  /** Asks for another round in so many milliseconds. */
  readonly later: (ms: number) => void;
  readonly failed: (error: unknown) => void;
  /** Told when a port or a name has become free. */
  readonly released: () => void;
}

/** One Cluster of the management cluster, and what this process does for it. */
export class ManagedCluster {
  readonly #key: string;
  readonly #parts: ManagedClusterParts;
  #troubles: Troubles;
  #roster: Roster;
  /** As it was last seen. */
  #cluster: KubeObject | undefined;
  #up = false;
  #amiss = false;
  #checked = Number.NEGATIVE_INFINITY;
  /** Since when Secrets are missing. */
  #waiting: number | undefined;
  /** Machines, by uid, that were there when Secrets were last looked at. */
  #seen: ReadonlySet<string> = new Set();

  /** `key`: "namespace/name". */
  constructor(key: string, parts: ManagedClusterParts) {
    this.#key = key;
    this.#parts = parts;
    this.#troubles = new Troubles(parts.api, parts.failed);
    this.#roster = this.#newRoster();
  }

  /** Whether it can't be reached for a reason that may be mended by what happens to others. */
  get isAmiss(): boolean {
    return this.#amiss;
  }

  /** One round. False: there is nothing to do any more. */
  async follow(): Promise<boolean> {
    const cluster = this.#parts.view.clusters.get(this.#key);
    const before = this.#cluster;
    const departed = this.#parts.view.departed(this.#key);
    if (before !== undefined && before.metadata.uid !== cluster?.metadata.uid) await this.#end(departed ?? before);
    this.#cluster = cluster;
    if (cluster === undefined) return false;
    const machines = this.#parts.view.machines.group(this.#key);
    await this.#provide(cluster, machines);
    const endpoint = endpointAt(cluster);
    if (endpoint === undefined || !this.#parts.settings.owns(endpoint.host)) return true;
    if (!(await this.#isUp(cluster, endpoint, machines))) return true;
    const live = this.#parts.fleet.clusters.get(this.#name);
    if (live !== undefined) await this.#roster.follow(cluster, machines, live, endpoint);
    return true;
  }

  async #provide(cluster: KubeObject, machines: readonly KubeObject[]): Promise<void> {
    const { infrastructure, settings, later } = this.#parts;
    if (settings.infrastructure.size === 0) return;
    if (!isDeleting(cluster)) await infrastructure.makeCluster(cluster);
    for (const machine of machines) {
      const left = await infrastructure.makeMachine(cluster, machine);
      if (left !== undefined) later(left);
    }
  }

  async #isUp(cluster: KubeObject, endpoint: HostAndPort, machines: readonly KubeObject[]): Promise<boolean> {
    const { settings, later } = this.#parts;
    const known = this.#up && this.#parts.fleet.clusters.has(this.#name);
    // A machine that comes later than others has to do with the Secrets of its day.
    const comes = machines.some(({ metadata }) => !this.#seen.has(metadata.uid ?? ""));
    const wait = this.#amiss || comes ? settings.retryMs : settings.resyncMs;
    const left = this.#checked + wait - performance.now();
    if (known && left > 0) {
      later(left);
      return true;
    }
    // A Cluster that goes may have lost its Secrets already.
    if (isDeleting(cluster)) return known;
    const overdue = this.#waiting !== undefined && performance.now() - this.#waiting > LOOKS * settings.retryMs;
    const outcome = await bringUp(cluster, endpoint, { ...this.#parts, troubles: this.#troubles, overdue });
    this.#checked = performance.now();
    this.#waiting = outcome === "waiting" ? (this.#waiting ?? this.#checked) : undefined;
    this.#seen = new Set(machines.map(({ metadata }) => metadata.uid ?? ""));
    this.#amiss = outcome === "trouble";
    this.#up = outcome === "up" || (known && this.#parts.fleet.clusters.has(this.#name));
    later(outcome === "up" ? settings.resyncMs : settings.retryMs);
    return this.#up;
  }

  /** The Cluster is gone, or has been moved to another management cluster, and then its machines run on. */
  async #end(cluster: KubeObject): Promise<void> {
    const { fleet, released } = this.#parts;
    const live = fleet.clusters.get(this.#name);
    if (live !== undefined && !isMoved(cluster) && (this.#up || live.awaitsAuthority)) {
      await fleet.remove(this.#name);
      released();
    }
    this.#up = false;
    this.#amiss = false;
    this.#checked = Number.NEGATIVE_INFINITY;
    this.#waiting = undefined;
    this.#seen = new Set();
    this.#troubles = new Troubles(this.#parts.api, this.#parts.failed);
    this.#roster = this.#newRoster();
  }

  get #name(): string {
    const [namespace = "", name = ""] = this.#key.split("/");
    return managedName(namespace, name);
  }

  #newRoster(): Roster {
    const { view, settings, infrastructure, later } = this.#parts;
    return new Roster({
      view,
      troubles: this.#troubles,
      delays: settings.delays,
      provided: (kind) => infrastructure.provides(kind),
      later,
      retryMs: settings.retryMs,
      joined: (machine) => noteExpiry(machine, this.#parts),
    });
  }
}
