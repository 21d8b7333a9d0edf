import type { Logger } from "pino";
import type { Cluster } from "../../cluster/cluster.js";
import type { RealPhase, RealState } from "../../cluster/real-server.js";
import type { ProcessSpec } from "../../cluster/spec.js";
import type { Tenant } from "../etcd/tenant.js";
import { urlOf } from "../forward/address.js";
import { unavailable } from "../forward/forwarder.js";
import { fileFailure } from "./failures.js";
import { type ServerSettings, serverFlags } from "./flags.js";
import { freePort } from "./free-port.js";
import type { Reached, Runtime } from "./runtime.js";
import { ServerFiles, type Written } from "./server-files.js";
import { ServerProcess } from "./server-process.js";
import type { Turnstile } from "./turnstile.js";

export interface ProcessParts {
  /** A binary that can be run, of a version that fits. @throws StartError */
  readonly binary: () => Promise<string>;
  /** The cluster's place in etcd. @throws StartError */
  readonly tenant: (cluster: string) => Promise<Tenant>;
  readonly settings: ServerSettings;
  readonly serviceIp: string;
  /** Names and addresses for which a cluster's serving certificate is. */
  readonly hosts: (cluster: Cluster) => readonly string[];
  /** The folder of a cluster. */
  readonly dir: (cluster: string) => string;
  /** To start takes seconds of processor time. */
  readonly starts: Turnstile;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Logger;
}

/** Between an end and the next start: from, up to. */
const BACKOFF_MS = [500, 30_000] as const;
/** Who has answered for so long starts again without much delay. */
const STEADY_MS = 60_000;
/** How long a request waits for a server that is starting. */
const PATIENCE_MS = 30_000;

/** A kube-apiserver of our own, which is started again whenever it ends. */
export class ProcessRuntime implements Runtime {
  readonly #cluster: Cluster;
  readonly #spec: ProcessSpec;
  readonly #parts: ProcessParts;
  readonly #files: ServerFiles;
  readonly #stopping = new AbortController();
  #phase: RealPhase = "stopped";
  #message: string | undefined;
  #restarts = 0;
  #delayMs: number = BACKOFF_MS[0];
  #nextTry = 0;
  #starting: Promise<Reached> | undefined;
  #process: ServerProcess | undefined;
  #written: Written | undefined;
  #port: number | undefined;
  reached: Reached | undefined;

  constructor(cluster: Cluster, spec: ProcessSpec, parts: ProcessParts) {
    this.#cluster = cluster;
    this.#spec = spec;
    this.#parts = parts;
    this.#files = new ServerFiles(parts.dir(cluster.name));
  }

  get state(): RealState {
    const { pid } = this.#process ?? {};
    return {
      ...{ phase: this.#phase, restarts: this.#restarts },
      ...(this.#message === undefined ? {} : { message: this.#message }),
      ...(pid === undefined ? {} : { pid }),
      ...(this.reached === undefined ? {} : { url: urlOf(this.reached.address) }),
    };
  }

  async ready(): Promise<Reached> {
    if (this.reached !== undefined) return this.reached;
    if (this.#phase === "stopped") this.#start();
    const { name } = this.#cluster;
    const starting = this.#starting;
    if (starting === undefined) {
      const seconds = Math.max(1, Math.ceil((this.#nextTry - Date.now()) / 1000));
      throw unavailable(name, this.#message ?? "kube-apiserver has ended and is started again", seconds);
    }
    const patience = new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(unavailable(name, "kube-apiserver is still starting", 2)), PATIENCE_MS).unref();
    });
    return Promise.race([starting, patience]).catch((error: unknown) => {
      throw unavailable(name, (error as Error).message.replace(`cluster ${name}: `, ""));
    });
  }

  /** Its end is told by the process itself. */
  missed(): void {}

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.reached = undefined;
    this.#phase = "stopped";
    await this.#starting?.catch(() => undefined);
    await this.#process?.stop();
  }

  #start(): void {
    this.#phase = "starting";
    const began = Date.now();
    const starting = this.#parts.starts
      .pass(() => this.#life())
      .finally(() => {
        this.#starting = undefined;
      });
    this.#starting = starting;
    starting.then(
      () => this.#parts.log.info({ cluster: this.#cluster.name, ms: Date.now() - began }, "kube-apiserver is ready"),
      (error: unknown) => this.#failed((error as Error).message),
    );
  }

  async #life(): Promise<Reached> {
    if (this.#stopping.signal.aborted) throw new Error("the cluster has been stopped");
    const { binary, tenant, settings, hosts, serviceIp, now } = this.#parts;
    const { name } = this.#cluster;
    const program = await binary();
    const place = await tenant(name);
    try {
      this.#written ??= await this.#files.writePki(this.#cluster, hosts(this.#cluster), serviceIp, now());
      const { pki, files } = this.#written;
      this.#port ??= await freePort();
      const etcd = this.#files.writeEtcd(place);
      const { preset = settings.preset, flags = [] } = this.#spec;
      const own = serverFlags({ port: this.#port, tenant: place, etcd, pki: files }, { ...settings, preset });
      if (this.#stopping.signal.aborted) throw new Error("the cluster has been stopped");
      const process = await ServerProcess.start(program, [...own, ...flags], this.#files);
      this.#process = process;
      void process.ended.then(() => {
        if (this.#process === process) this.#process = undefined;
      });
      const address = { host: "127.0.0.1", port: this.#port, ca: pki.ca.certificate };
      try {
        await process.ready(address, pki.admin, this.#stopping.signal);
      } catch (error) {
        await process.stop();
        throw error;
      }
      this.#up(process, { address, frontProxy: pki.frontProxy, admin: pki.admin });
      return this.reached!;
    } catch (error) {
      this.#written = undefined; // files may be missing or damaged
      this.#port = undefined; // somebody else may have it
      throw fileFailure(error);
    }
  }

  #up(process: ServerProcess, reached: Reached): void {
    const began = Date.now();
    this.reached = reached;
    this.#phase = "ready";
    this.#message = undefined;
    void process.watch(reached.address, reached.admin!, (problem) => {
      if (this.reached === reached) this.#message = problem && `kube-apiserver: ${problem}`;
    });
    void process.ended.then((how) => {
      if (this.#stopping.signal.aborted) return;
      this.reached = undefined;
      if (Date.now() - began > STEADY_MS) this.#delayMs = BACKOFF_MS[0];
      this.#failed(how);
    });
  }

  /** Tries again in a while. */
  #failed(cause: string): void {
    if (this.#stopping.signal.aborted) return;
    this.#phase = "failed";
    this.#message = cause.startsWith("kube-apiserver") ? cause : `kube-apiserver does not run: ${cause}`;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(delayMs * 2, BACKOFF_MS[1]);
    this.#nextTry = Date.now() + delayMs;
    this.#parts.log.warn({ cluster: this.#cluster.name, delayMs }, `${this.#message}; it is tried again`);
    setTimeout(() => {
      if (this.#stopping.signal.aborted) return;
      this.#restarts++;
      this.#start();
    }, delayMs).unref();
  }
}
