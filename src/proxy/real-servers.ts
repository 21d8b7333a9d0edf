import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Backend, Cluster, CreateBackend } from "../cluster/cluster.js";
import type { Content } from "../cluster/content.js";
import type { Leaving, Reals } from "../cluster/reals.js";
import type { PassthroughSpec } from "../cluster/spec.js";
import { StartError } from "../cluster/start-error.js";
import type { Snapshot } from "../store/store.js";
import { type BackingChoice, Backings } from "./backing/backings.js";
import { localHandler } from "./local-handler.js";
import { PassthroughServer } from "./passthrough.js";
import { exportProblems } from "./promote/export.js";
import { type EtcdContent, importContent } from "./promote/import.js";
import { ExternalRuntime } from "./runtime/external.js";
import { type ProcessParts, ProcessRuntime } from "./runtime/process.js";
import type { Runtime } from "./runtime/runtime.js";
import { Turnstile } from "./runtime/turnstile.js";

export interface RealServersParts extends Omit<ProcessParts, "starts" | "tenant" | "diagnose"> {
  /** The etcd that processes share. Undefined: there is none. */
  readonly etcd?: SharedEtcd | undefined;
  /** Kubernetes clusters that run servers, and the folder for what has to be known of them. Undefined: there are none. */
  readonly backings?: (BackingChoice & { readonly dir: string }) | undefined;
  /** Called when all of it has ended. */
  readonly closed?: () => void;
}

/** As much of a shared etcd as clusters need. Methods throw StartError. */
export interface SharedEtcd {
  tenant: ProcessParts["tenant"];
  /** Deletes all that a cluster has there; what can't be deleted now is deleted later. */
  purge(cluster: string): Promise<void>;
  /** Whether a cluster that has come to a revision can have a place there. Nothing is written. */
  check(cluster: string, revision: number): Promise<void>;
  /** Makes objects what is in the cluster's place, and all that is. */
  take(cluster: string, objects: Leaving): Promise<void>;
  /** What is in the cluster's place. */
  give(cluster: string): Promise<EtcdContent>;
  /** Why it does not answer, and what to do. Undefined: it does. */
  diagnose?(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** After so long others need not wait any more for a server that does not come up. */
const START_MS = 20_000;

/** The real servers of a fleet's passthrough clusters. */
export class RealServers implements Reals {
  readonly #parts: RealServersParts;
  readonly #runtimes = new Map<string, Runtime>();
  readonly #ending = new Map<string, Promise<void>>();
  readonly #starts = new Turnstile(Math.max(1, availableParallelism()), START_MS);

  readonly #backings: Backings | undefined;

  /** @throws StartError for what has been kept and can't be used */
  constructor(parts: RealServersParts) {
    this.#parts = parts;
    const { backings, dir: clusterDir } = parts;
    const tenant = async (name: string) => this.#etcd.tenant(name);
    if (backings !== undefined)
      this.#backings = new Backings(backings, { ...parts, dir: backings.dir, clusterDir, tenant });
  }

  /** The fleet's clusters are known from now on: what is in backing clusters for others goes. */
  begin(clusters: ReadonlyMap<string, Cluster>): void {
    this.#backings?.start((name) => {
      const kind = clusters.get(name)?.kind;
      return kind?.type === "passthrough" && kind.runtime.type === "kubernetes";
    });
  }

  admit({ runtime }: PassthroughSpec): void {
    const { etcd } = this.#parts;
    if (runtime.type === "kubernetes") this.#backed.admit(runtime);
    const hasEtcd = etcd !== undefined || (runtime.type === "kubernetes" && this.#backed.hasEtcd);
    if (runtime.type === "external" || hasEtcd) return;
    throw new StartError(
      "the fleet has no etcd for kube-apiservers of its own: start it with --etcd-endpoints or --etcd managed",
      "invalid",
      "backend.runtime",
    );
  }

  /** Makes the backend of a passthrough cluster; its server is started by whoever asks for it. */
  readonly create: CreateBackend = async (cluster, signal, kind = cluster.kind): Promise<Backend> => {
    const { name } = cluster;
    if (kind.type !== "passthrough") throw new Error(`cluster ${name} has no real server`);
    await this.#ending.get(name);
    const runtime = this.#runtimeOf(cluster, kind);
    const real = new PassthroughServer(name, kind, runtime, this.#parts.now);
    this.#runtimes.set(name, runtime);
    const end = () => {
      real.close();
      if (this.#runtimes.get(name) === runtime) this.#runtimes.delete(name);
      const ended = runtime.stop().finally(() => {
        if (this.#ending.get(name) === ended) this.#ending.delete(name);
      });
      this.#ending.set(name, ended);
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    return { handler: localHandler((request) => real.forwardLocally(request)), real };
  };

  ended(name: string): Promise<void> {
    return Promise.resolve(this.#ending.get(name));
  }

  async check(name: string, snapshot: Snapshot): Promise<void> {
    const problems = exportProblems(snapshot);
    if (problems.length > 0) throw new StartError(`cluster ${name}: ${problems.join("; ")}`, "conflict");
    await this.#parts.binary();
    await this.#etcd.check(name, snapshot.revision);
  }

  async take(name: string, objects: Leaving): Promise<void> {
    await this.#etcd.take(name, objects);
  }

  async give(name: string): Promise<Content> {
    const content = await this.#etcd.give(name);
    return (to) => importContent(content, to);
  }

  async clear(name: string): Promise<void> {
    const backings = this.#backings;
    await this.#ending.get(name);
    const held = backings?.holds(name) === true;
    if (held) await backings?.forget(name);
    if (!held || backings?.hasEtcd !== true) await this.#parts.etcd?.purge(name);
  }

  async forget(name: string): Promise<void> {
    try {
      await this.clear(name);
    } finally {
      rmSync(this.#parts.dir(name), { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    for (const runtime of this.#runtimes.values()) void runtime.stop();
    await Promise.all([...this.#ending.values(), ...[...this.#runtimes.values()].map((runtime) => runtime.stop())]);
    await this.#backings?.close();
    await this.#parts.etcd?.close();
    this.#parts.closed?.();
  }

  get #backed(): Backings {
    if (this.#backings === undefined) {
      throw new StartError(
        "the fleet has no backing cluster: start it with --backing NAME=KUBECONFIG",
        "invalid",
        "backend.runtime",
      );
    }
    return this.#backings;
  }

  get #etcd(): SharedEtcd {
    const { etcd } = this.#parts;
    if (etcd === undefined)
      throw new StartError("the fleet has no etcd: start it with --etcd-endpoints or --etcd managed");
    return etcd;
  }

  #runtimeOf(cluster: Cluster, { runtime }: PassthroughSpec): Runtime {
    if (runtime.type === "external") return new ExternalRuntime(runtime);
    if (runtime.type === "kubernetes") return this.#backed.runtime(cluster, runtime);
    const { etcd } = this.#parts;
    const tenant: ProcessParts["tenant"] = async (name) => this.#etcd.tenant(name);
    const diagnose = async () => etcd?.diagnose?.();
    return new ProcessRuntime(cluster, runtime, { ...this.#parts, tenant, diagnose, starts: this.#starts });
  }
}
