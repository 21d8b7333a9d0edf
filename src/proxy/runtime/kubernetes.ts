import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { Backoff } from "../../client/pause.js";
import type { Cluster } from "../../cluster/cluster.js";
import type { RealPhase, RealState } from "../../cluster/real-server.js";
import type { KubernetesSpec } from "../../cluster/spec.js";
import { numberAt, objectsAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";
import { addressOf } from "../backing/address.js";
import { apiserverObjects, type Requests } from "../backing/apiserver.js";
import type { BackingCluster } from "../backing/backing-cluster.js";
import { objectName } from "../backing/labels.js";
import { unavailability } from "../backing/verdict.js";
import type { Tenant } from "../etcd/tenant.js";
import { type Address, urlOf } from "../forward/address.js";
import { unavailable } from "../forward/forwarder.js";
import type { ControlPlanePki } from "../pki.js";
import type { ServerSettings } from "./flags.js";
import { probe } from "./probe.js";
import type { Reached, Runtime } from "./runtime.js";
import { ServerFiles } from "./server-files.js";
import type { Turnstile } from "./turnstile.js";

export interface KubernetesParts {
  /** This fleet's name in backing clusters. */
  readonly fleet: string;
  /** Where the cluster's server goes. @throws StartError */
  readonly place: () => Promise<BackingCluster>;
  /** The cluster's place in etcd, as pods reach it. @throws StartError */
  readonly tenant: (backing: BackingCluster) => Promise<Tenant>;
  readonly image: string;
  readonly requests: Requests;
  readonly settings: ServerSettings;
  readonly serviceIp: string;
  /** Names and addresses for which the serving certificate is. */
  readonly hosts: readonly string[];
  /** The folder of the cluster. */
  readonly dir: string;
  /** To write objects takes several requests. */
  readonly writes: Turnstile;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Logger;
}

/** How often a server that is ready is asked how it does, and one that is not. */
const CHECK_MS = 15_000;
const IMPATIENT_MS = 2_000;
/** How often what is there is compared with what should be, Secrets and certificates' ends included. */
const COMPARE_MS = 600_000;
/** After what has failed: from, up to. */
const BACKOFF_MS = [500, 15_000] as const;
/** How long a request waits for a server that is starting. */
const PATIENCE_MS = 30_000;

/** A kube-apiserver in a backing cluster. Its objects are kept as they should be for as long as this runs. */
export class KubernetesRuntime implements Runtime {
  readonly #cluster: Cluster;
  readonly #spec: KubernetesSpec;
  readonly #parts: KubernetesParts;
  readonly #instance: string;
  readonly #files: ServerFiles;
  readonly #backoff = new Backoff(...BACKOFF_MS);
  #phase: RealPhase = "stopped";
  #message: string | undefined;
  #backing: BackingCluster | undefined;
  #unfollow = () => {};
  /** What should be there, once it has been written. */
  #written: { readonly objects: readonly KubeObject[]; readonly pki: ControlPlanePki; readonly at: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  /** Whoever waits for the server. */
  readonly #waiting = new Set<() => void>();
  reached: Reached | undefined;

  constructor(cluster: Cluster, spec: KubernetesSpec, parts: KubernetesParts) {
    this.#cluster = cluster;
    this.#spec = spec;
    this.#parts = parts;
    this.#instance = objectName(cluster.name);
    this.#files = new ServerFiles(parts.dir);
  }

  get state(): RealState {
    const pods = this.#backing?.pods(this.#instance) ?? [];
    const restarts = pods
      .flatMap((pod) => objectsAt(pod, "status", "containerStatuses"))
      .reduce((sum, container) => sum + numberAt(container, "restartCount"), 0);
    return {
      ...{ phase: this.#phase, restarts },
      ...(this.#message === undefined ? {} : { message: this.#message }),
      ...(this.reached === undefined ? {} : { url: urlOf(this.reached.address) }),
    };
  }

  async ready(): Promise<Reached> {
    if (this.reached !== undefined) return this.reached;
    if (this.#phase === "stopped" && !this.#stopped) {
      this.#phase = "starting";
      this.#wake();
    }
    const until = Date.now() + PATIENCE_MS;
    while (this.reached === undefined && this.#phase === "starting" && Date.now() < until) await this.#change(until);
    if (this.reached !== undefined) return this.reached;
    throw unavailable(this.#cluster.name, this.#message ?? "kube-apiserver is still starting", 2);
  }

  missed(): void {
    if (this.#phase === "ready") this.#wake();
  }

  /** What is in the backing cluster stays: the next process finds it there. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#phase = "stopped";
    this.reached = undefined;
    clearTimeout(this.#timer);
    this.#unfollow();
    this.#tellWaiting();
    await this.#round;
  }

  /** Resolves at the next change, or at a time. */
  #change(until: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(late);
        this.#waiting.delete(done);
        resolve();
      };
      const late = setTimeout(done, Math.max(0, until - Date.now())).unref();
      this.#waiting.add(done);
    });
  }

  #tellWaiting(): void {
    for (const waiting of [...this.#waiting]) waiting();
  }

  /** Has a round be made, one at a time. */
  #wake(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    if (this.#round !== undefined) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#round = this.#look()
      .catch((error: unknown) => {
        this.#become("failed", (error as Error).message, undefined);
        return this.#backoff.next();
      })
      .then((delayMs) => {
        this.#round = undefined;
        if (this.#again) this.#wake();
        else if (!this.#stopped) this.#timer = setTimeout(() => this.#wake(), delayMs).unref();
      });
  }

  /** Brings what is there to what should be, and finds out how the server does. Answers when to look again, in ms. */
  async #look(): Promise<number> {
    const backing = await this.#place();
    const due = this.#written === undefined || this.#parts.now() - this.#written.at > COMPARE_MS;
    if (due || backing.strays(this.#written!.objects)) await this.#parts.writes.pass(() => this.#write(backing));
    const where = `backing cluster ${backing.name}`;
    const lack = unavailability(backing.deployment(this.#instance), backing.pods(this.#instance));
    if (lack !== undefined) {
      this.#become(lack.failed ? "failed" : "starting", `${where}: ${lack.why}`, undefined);
      return IMPATIENT_MS;
    }
    const { pki } = this.#written!;
    const address = addressOf(backing, this.#instance, this.#reach(backing), pki.ca.certificate);
    if (typeof address === "string") {
      this.#become("starting", `${where}: ${address}`, undefined);
      return IMPATIENT_MS;
    }
    const problem = await probe(address, pki.admin);
    const reached = this.#reachedAt(address, pki);
    if (problem === undefined) {
      this.#backoff.reset();
      this.#become("ready", undefined, reached);
      return CHECK_MS;
    }
    // It goes on getting requests if it ever did: it can tell best what it can't do.
    this.#become("failed", `${where}: kube-apiserver: ${problem}`, this.reached && reached);
    return IMPATIENT_MS;
  }

  async #place(): Promise<BackingCluster> {
    if (this.#backing !== undefined) return this.#backing;
    const backing = await this.#parts.place();
    if (this.#stopped) throw new Error("the cluster has been stopped");
    this.#backing = backing;
    this.#unfollow = backing.follow(this.#instance, () => this.#wake());
    return backing;
  }

  async #write(backing: BackingCluster): Promise<void> {
    const { fleet, image, requests, settings, serviceIp, now } = this.#parts;
    const { name } = this.#cluster;
    const { preset = settings.preset, flags = [] } = this.#spec;
    const { namespace } = backing.settings;
    const tenant = await this.#parts.tenant(backing);
    const inside = [this.#instance, `${this.#instance}.${namespace}`, `${this.#instance}.${namespace}.svc`];
    const hosts = [...this.#parts.hosts, ...inside];
    const pki = await this.#files.keepPki(this.#cluster, { hosts, serviceIp, now: now() });
    const { tokenFile } = settings;
    const objects = apiserverObjects({
      ...{ cluster: name, fleet, namespace, image, requests, pki, tenant, flags },
      settings: { ...settings, preset },
      reach: this.#reach(backing),
      tokens: tokenFile === undefined ? undefined : readFileSync(tokenFile, "utf8"),
    });
    if (this.#stopped) throw new Error("the cluster has been stopped");
    await backing.apply(objects).catch((error: unknown) => {
      throw new Error(`backing cluster ${backing.name}: ${(error as Error).message}`, { cause: error });
    });
    this.#written = { objects, pki, at: now() };
  }

  #reach(backing: BackingCluster) {
    return this.#spec.reach ?? backing.settings.reach ?? "port-forward";
  }

  /** The same value for the same server. */
  #reachedAt(address: Address, { frontProxy, admin }: ControlPlanePki): Reached {
    const before = this.reached;
    const same =
      before?.address.host === address.host &&
      before.address.port === address.port &&
      before.address.ca === address.ca &&
      before.frontProxy?.certificate === frontProxy.certificate;
    return same ? before : { address, frontProxy, admin };
  }

  #become(phase: RealPhase, message: string | undefined, reached: Reached | undefined): void {
    if (this.#stopped) return;
    const own = message?.replace(`cluster ${this.#cluster.name}: `, "");
    const changed = phase !== this.#phase || own !== this.#message;
    this.#phase = phase;
    this.#message = own;
    this.reached = reached;
    this.#tellWaiting();
    const { name } = this.#cluster;
    if (!changed || phase === "starting") return;
    if (phase === "ready") this.#parts.log.info({ cluster: name }, `cluster ${name}: kube-apiserver is ready`);
    else this.#parts.log.warn({ cluster: name }, `cluster ${name}: ${own}; it is tried again`);
  }
}
