import type { Logger } from "pino";
import { KubeClient } from "../client/client.js";
import type { Connection } from "../client/connection.js";
import { managedName } from "../cluster/spec.js";
import { RetiredError } from "../kube/local-client.js";
import { ApiError } from "../kube/status.js";
import { Discovery } from "./api/discovery.js";
import { Leadership } from "./api/leadership.js";
import { isManaged } from "./endpoint.js";
import { Infrastructure } from "./infrastructure.js";
import { ManagedCluster } from "./managed-cluster.js";
import { WorkQueue } from "./queue.js";
import { type ClusterSecrets, readSecrets } from "./secrets.js";
import type { ManagedFleet, ManagementSettings } from "./settings.js";
import { ManagementView } from "./view.js";

export interface LoopParts {
  readonly connection: Connection;
  readonly fleet: ManagedFleet;
  readonly settings: ManagementSettings;
  readonly log: Logger;
}

/** How often an API that lacks a kind is asked for it again: providers are installed one after the other. */
const ABSENT_MS = 5_000;

/** Keeps a fleet in step with the Clusters and Machines of a management cluster. */
export class ManagementLoop {
  readonly #parts: LoopParts;
  readonly #api: KubeClient;
  readonly #discovery: Discovery;
  readonly #view: ManagementView;
  readonly #queue: WorkQueue;
  readonly #infrastructure: Infrastructure;
  readonly #leadership: Leadership;
  readonly #clusters = new Map<string, ManagedCluster>();
  readonly #complaints = new Map<string, string>();
  readonly #stop = new AbortController();
  #running: Promise<unknown> | undefined;
  #synced = false;

  constructor(parts: LoopParts) {
    const { connection, fleet, settings } = parts;
    this.#parts = parts;
    const api = new KubeClient(connection);
    this.#api = api;
    const discovery = new Discovery(api);
    this.#discovery = discovery;
    this.#queue = new WorkQueue({
      work: (key) => this.#work(key),
      failed: (key, error) => this.#failed(key, error),
      limitMs: Math.max(200, settings.retryMs),
    });
    this.#view = new ManagementView({
      api,
      discovery,
      namespace: settings.namespace,
      changed: (key) => this.#queue.add(key),
      failed: (what, error) => this.#complain(`${what} can't be followed for now`, error),
      absentMs: Math.min(ABSENT_MS, settings.retryMs),
    });
    const { infrastructure: kinds, delays } = settings;
    this.#infrastructure = new Infrastructure({ api, discovery, view: this.#view, fleet, kinds, delays });
    const { namespace = settings.namespace ?? api.namespace, ...lease } = settings.lease;
    this.#leadership = new Leadership(
      api,
      { namespace, ...lease },
      {
        told: (leads) => this.#lead(leads),
        failed: (error) => this.#complain("the Lease can't be had for now", error),
      },
    );
  }

  /** Whether this process acts, rather than another one. */
  get leads(): boolean {
    return this.#leadership.leads;
  }

  /** The Secrets of a cluster, for others who bring clusters up. @throws SecretError */
  async secrets(namespace: string, cluster: string): Promise<ClusterSecrets | undefined> {
    const found = await readSecrets(this.#api, namespace, cluster, false);
    return "missing" in found ? undefined : found.secrets;
  }

  /** Returns at once: a management API that is away is waited for. */
  start(): void {
    const { log } = this.#parts;
    const { signal } = this.#stop;
    log.info(`following the Clusters of ${this.#api.server}`);
    this.#running = Promise.all([this.#view.run(signal), this.#leadership.run(signal), this.#begin()]);
  }

  /** Ends the loop; the fleet goes on as it is. */
  async stop(): Promise<void> {
    await this.#queue.end();
    this.#stop.abort();
    await this.#running;
    this.#api.close();
  }

  async #begin(): Promise<void> {
    const { signal } = this.#stop;
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([this.#view.synced(), stopped]);
    if (signal.aborted) return;
    this.#synced = true;
    this.#lead(this.#leadership.leads);
  }

  #lead(leads: boolean): void {
    const { log } = this.#parts;
    this.#complaints.clear();
    if (leads && this.#synced) {
      log.info("acting on the management cluster");
      void this.#bury().catch((error: unknown) =>
        log.warn({ err: error }, "looking for clusters of Clusters that are gone"),
      );
      for (const cluster of this.#view.clusters.values()) {
        this.#queue.add(`${cluster.metadata.namespace}/${cluster.metadata.name}`);
      }
    }
    this.#queue.open = leads && this.#synced;
  }

  /** What a restarted fleet still has of Clusters that have gone meanwhile. */
  async #bury(): Promise<void> {
    const { fleet, log, settings } = this.#parts;
    const wanted = new Set<string>();
    for (const { metadata } of this.#view.clusters.values()) {
      wanted.add(managedName(metadata.namespace ?? "", metadata.name ?? ""));
    }
    for (const [name, cluster] of [...fleet.clusters]) {
      const [namespace, rest] = name.split(".");
      const foreign = rest === undefined || (settings.namespace !== undefined && settings.namespace !== namespace);
      if (foreign || wanted.has(name) || !(await isManaged(cluster))) continue;
      log.info(`the Cluster of ${name} is gone`);
      await fleet.remove(name);
    }
  }

  async #work(key: string): Promise<void> {
    let cluster = this.#clusters.get(key);
    if (cluster === undefined) {
      cluster = this.#managed(key);
      this.#clusters.set(key, cluster);
    }
    if (!(await cluster.follow())) this.#clusters.delete(key);
  }

  #managed(key: string): ManagedCluster {
    const { fleet, settings } = this.#parts;
    return new ManagedCluster(key, {
      api: this.#api,
      discovery: this.#discovery,
      view: this.#view,
      fleet,
      settings,
      infrastructure: this.#infrastructure,
      later: (ms) => this.#queue.addAfter(key, ms),
      failed: (error) => this.#failed(key, error),
      released: () => {
        for (const [other, cluster] of this.#clusters) if (cluster.isAmiss) this.#queue.add(other);
      },
    });
  }

  /** Once: everything is tried again and again. */
  #complain(what: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const known = this.#complaints.get(what) === message;
    this.#complaints.set(what, message);
    this.#parts.log[known ? "debug" : "warn"](`${what}: ${message || "no answer"}`);
  }

  /** What passes by itself is no news: an API that is away, an object that changed meanwhile, a cluster that was reset. */
  #failed(key: string, error: unknown): void {
    const passes =
      error instanceof RetiredError ||
      (error instanceof ApiError && (error.status.code === 409 || error.status.code === 404));
    const level = passes || "code" in (error as object) ? "debug" : "warn";
    this.#parts.log[level]({ err: error }, `Cluster ${key}: to be tried again`);
  }
}
