import type { Logger } from "pino";
import type { Cluster } from "../../cluster/cluster.js";
import type { RealPhase, RealState } from "../../cluster/real-server.js";
import type { ProcessSpec } from "../../cluster/spec.js";
import type { Tenant } from "../etcd/tenant.js";
import { urlOf } from "../forward/address.js";
import { unavailable } from "../forward/forwarder.js";
import { fileFailure, isAboutEtcd } from "./failures.js";
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
  /** Why etcd does not answer, and what to do. Undefined: it does. */
  readonly diagnose: () => Promise<string | undefined>;
  /** The folder of a cluster. */
  readonly dir: (cluster: string) => string;
  /** After how many checks a server that does not find etcd, which answers, is started again. Default 6: half a minute. */
  readonly lostChecks?: number;
  /** To start takes seconds of processor time. */
  readonly starts: Turnstile;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Logger;
}

/** Between an end and the next start: from, up to. */
const BACKOFF_MS = [500, 30_000] as const;
/** The longest pause after a start that has come to nothing before it cost anything: somebody may be mending it. */
const CHEAP_MS = 3_000;
/** Who has answered for so long starts again without much delay. */
const STEADY_MS = 60_000;
const LOST_CHECKS = 6;
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
  /** Why it did not start when that was last told. */
  #told: string | undefined;
  #restarts = 0;
  #delayMs: number = BACKOFF_MS[0];
  /** After a start that came to nothing before it cost anything. */
  #cheapMs: number = BACKOFF_MS[0];
  #nextTry = 0;
  /** How many checks it has not found the etcd that answers us. */
  #lost = 0;
  /** Whether the last start came as far as a process. */
  #ran = false;
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
    const reached = await within(PATIENCE_MS, starting).catch((error: unknown) => {
      throw unavailable(name, this.#message ?? this.#unnamed((error as Error).message));
    });
    if (reached === undefined) throw unavailable(name, this.#message ?? "kube-apiserver is still starting", 2);
    return reached;
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
      .catch(async (error: unknown) => {
        await this.#failed((error as Error).message);
        throw error;
      })
      .finally(() => {
        this.#starting = undefined;
      });
    this.#starting = starting;
    starting.then(
      () => this.#tell("info", `kube-apiserver is ready after ${Date.now() - began} ms`),
      () => undefined, // has been told
    );
  }

  async #life(): Promise<Reached> {
    if (this.#stopping.signal.aborted) throw new Error("the cluster has been stopped");
    const { binary, tenant, settings, hosts, serviceIp, now } = this.#parts;
    const { name } = this.#cluster;
    this.#ran = false;
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
      this.#ran = true;
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
    this.#told = undefined;
    this.#phase = "ready";
    this.#message = undefined;
    void process.watch(reached.address, reached.admin!, (problem) => void this.#seen(reached, problem));
    void process.ended.then((how) => {
      if (this.#stopping.signal.aborted) return;
      this.reached = undefined;
      if (Date.now() - began > STEADY_MS) this.#delayMs = BACKOFF_MS[0];
      return this.#failed(how);
    });
  }

  /** What a running server says of itself. It goes on getting requests: it can tell best what it can't do. */
  async #seen(reached: Reached, problem: string | undefined): Promise<void> {
    const why = problem === undefined ? undefined : await this.#causeOf(problem);
    if (this.reached !== reached) return;
    this.#lost = problem !== undefined && isAboutEtcd(problem) && why === undefined ? this.#lost + 1 : 0;
    if (this.#lost >= (this.#parts.lostChecks ?? LOST_CHECKS)) this.#lose();
    const message = problem && `kube-apiserver: ${problem}; ${why ?? `its log is ${this.#files.log}`}`;
    if (message === this.#message) return;
    this.#message = message;
    this.#phase = message === undefined ? "ready" : "failed";
    if (message === undefined) this.#tell("info", "kube-apiserver is ready again");
    else this.#tell("warn", message);
  }

  /** The longer etcd was away, the longer it waits before it looks again: for minutes. A new one looks at once. */
  #lose(): void {
    this.#lost = 0;
    this.#tell("warn", "kube-apiserver does not find etcd, which answers: it is ended, to be started again");
    void this.#process?.stop();
  }

  /** Tries again in a while. */
  async #failed(cause: string): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const own = this.#unnamed(cause);
    const message = own.startsWith("kube-apiserver") ? own : `kube-apiserver does not run: ${own}`;
    this.#phase = "failed";
    this.#message = message;
    const why = this.#ran ? await this.#causeOf(cause) : undefined;
    if (this.#stopping.signal.aborted) return;
    if (why !== undefined) this.#message = `${message}; ${why}`;
    const delayMs = this.#ran ? this.#delayMs : this.#cheapMs;
    if (this.#ran) this.#delayMs = Math.min(delayMs * 2, BACKOFF_MS[1]);
    this.#cheapMs = this.#ran ? BACKOFF_MS[0] : Math.min(delayMs * 2, CHEAP_MS);
    this.#nextTry = Date.now() + delayMs;
    setTimeout(() => {
      if (this.#stopping.signal.aborted) return;
      this.#restarts++;
      this.#start();
    }, delayMs).unref();
    // What is tried every few seconds is told once.
    const again = !this.#ran && this.#message === this.#told;
    this.#told = this.#message;
    this.#tell(again ? "debug" : "warn", `${this.#message}; it is tried again`, { delayMs });
  }

  /** What etcd has to do with it, as far as it does. */
  async #causeOf(problem: string): Promise<string | undefined> {
    return isAboutEtcd(problem) ? this.#parts.diagnose() : undefined;
  }

  #tell(level: "debug" | "info" | "warn", text: string, more: Readonly<Record<string, number>> = {}): void {
    const { name } = this.#cluster;
    this.#parts.log[level]({ cluster: name, ...more }, `cluster ${name}: ${text}`);
  }

  /** Who tells it names the cluster. */
  #unnamed(text: string): string {
    return text.replace(`cluster ${this.#cluster.name}: `, "");
  }
}

/** Undefined: it takes longer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms).unref();
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
