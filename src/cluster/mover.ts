import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { serviceUnavailable } from "../kube/errors.js";
import type { ApiError } from "../kube/status.js";
import type { WriteHold } from "../store/write-hold.js";
import type { Cluster, Successor } from "./cluster.js";
import { type DataFolder, keptCluster } from "./data-folder.js";
import { readBackend } from "./given-backend.js";
import type { RealServer } from "./real-server.js";
import type { Reals } from "./reals.js";
import { type BackendSpec, EMULATED, type PassthroughSpec } from "./spec.js";
import { startAhead } from "./start-ahead.js";
import { StartError } from "./start-error.js";

export interface MoverParts {
  /** Ends a cluster's connections, but not its listener. */
  readonly renew: (cluster: Cluster) => Promise<void>;
  readonly data: DataFolder | undefined;
  readonly reals: Reals | undefined;
  /** Whether emulated clusters keep their objects outside of this process. */
  readonly elsewhere: boolean;
  readonly log: Logger;
}

/** How long a write waits before its client is asked to try again: less than clients wait for an answer. */
const PATIENCE_MS = 10_000;
/** How long a real server has to become ready. */
const START_MS = 180_000;

/**
 * Has clusters change between emulated and real, each in its turn. Until the data folder has the record of it, the
 * cluster is what it was; from then on it is the other: what lies where it no longer is, is cleared away.
 */
export class Mover {
  readonly #parts: MoverParts;
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(parts: MoverParts) {
    this.#parts = parts;
  }

  /** Has a real server answer for an emulated cluster. @throws StartError, and the cluster goes on as it was */
  promote(cluster: Cluster, kind: PassthroughSpec): Promise<void> {
    return this.#moving(cluster, "passthrough", async () => {
      readBackend(kind);
      this.#refusePromotion(cluster, kind);
      if (isDeepStrictEqual(cluster.kind, kind)) return;
      await this.#promote(cluster, kind, this.#reals);
    });
  }

  /** Has this program answer for a cluster with a real server. @throws StartError, and the cluster goes on as it was */
  demote(cluster: Cluster): Promise<void> {
    return this.#moving(cluster, "emulated", async () => {
      if (cluster.kind.type === "emulated") return;
      this.#refuseElsewhere(cluster);
      if (cluster.kind.runtime.type !== "process") {
        throw refused(cluster, "its server's etcd is not ours to read: export its objects and import them");
      }
      await this.#demote(cluster, this.#reals);
    });
  }

  /** Deletes what a move that came to nothing, or one that did, has left in etcd. Does not fail. */
  async clear(cluster: Cluster): Promise<void> {
    const { reals, log } = this.#parts;
    if (!cluster.leftovers || cluster.kind.type !== "emulated" || reals === undefined) return;
    try {
      reals.admit({ type: "passthrough", proxy: "terminate", runtime: { type: "process" } });
      await reals.forget(cluster.name);
      if (!this.#ending.signal.aborted) this.#mark(cluster, false);
    } catch (error) {
      log.warn({ err: error, cluster: cluster.name }, "what a move has left in etcd is still there");
    }
  }

  /** Gives up what is under way, and resolves when that is done. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#running);
  }

  get #reals(): Reals {
    const { reals } = this.#parts;
    if (reals === undefined) throw new StartError("the fleet has no real servers", "invalid");
    return reals;
  }

  async #moving(cluster: Cluster, to: BackendSpec["type"], work: () => Promise<void>): Promise<void> {
    this.#giveUpIfEnding();
    const before = cluster.move;
    cluster.move = { to, step: "looking whether it can be done" };
    const running = work().finally(() => {
      cluster.move = before;
    });
    this.#running.add(running);
    const done = () => this.#running.delete(running);
    running.then(done, done);
    await running;
  }

  #refusePromotion(cluster: Cluster, { runtime }: PassthroughSpec): void {
    const { kind } = cluster;
    if (runtime.type === "kubernetes") {
      throw refused(cluster, "servers in backing clusters begin with nothing: add a cluster for it", "invalid");
    }
    if (runtime.type !== "process") {
      throw refused(
        cluster,
        "a server that somebody else runs has objects of its own: add a cluster for it",
        "invalid",
      );
    }
    if (kind.type === "passthrough") {
      if (kind.runtime.type === "kubernetes") throw refused(cluster, "its server is in a backing cluster");
      if (kind.runtime.type !== "process") throw refused(cluster, "a server that somebody else runs is behind it");
      return;
    }
    if (cluster.awaitsAuthority) throw refused(cluster, "it has not been given its CA yet");
    this.#refuseElsewhere(cluster);
  }

  #refuseElsewhere(cluster: Cluster): void {
    if (!this.#parts.elsewhere) return;
    throw refused(cluster, "emulated clusters of this fleet keep their objects in etcd themselves (--store etcd)");
  }

  async #promote(cluster: Cluster, kind: PassthroughSpec, reals: Reals): Promise<void> {
    const { name } = cluster;
    if (cluster.kind.type === "passthrough") throw refused(cluster, "it has a real server already, of another kind");
    reals.admit(kind);
    const backend = await cluster.backend;
    const store = backend.real === undefined ? backend.store : undefined;
    const snapshot = store?.snapshot();
    if (store === undefined || snapshot === undefined) throw refused(cluster, "its objects are not at hand");
    await reals.check(name, snapshot);
    this.#mark(cluster, true);
    let hold: WriteHold | undefined;
    let successor: Successor | undefined;
    try {
      step(cluster, "writing its objects to etcd");
      await reals.take(name, {
        get revision() {
          return store.revision;
        },
        hold: () => {
          hold ??= store.hold(PATIENCE_MS, () => moving(name));
          return store.snapshot()!;
        },
        signal: this.#ending.signal,
      });
      step(cluster, "starting its kube-apiserver");
      successor = cluster.succeed(kind);
      const { real } = await successor.backend;
      await this.#up(real!);
      this.#giveUpIfEnding();
      this.#keep(cluster, { kind });
    } catch (error) {
      // Before anything is written here again: where the disk has failed, the record may say otherwise.
      this.#undone(cluster, () => this.#keep(cluster, {}));
      hold?.release();
      successor?.drop();
      await successor?.backend.catch(() => undefined);
      await this.#unwritten(cluster, reals);
      throw told(cluster, "stays emulated", error);
    }
    cluster.leftovers = false;
    const end = cluster.become(successor);
    hold?.refuse(moving(name));
    await this.#parts.renew(cluster);
    end();
    this.#undone(cluster, () => this.#parts.data?.dropObjects(name));
  }

  async #demote(cluster: Cluster, reals: Reals): Promise<void> {
    const { name } = cluster;
    const { data, renew } = this.#parts;
    let successor: Successor | undefined;
    const began = cluster.touched;
    cluster.goAway(moving(name));
    try {
      step(cluster, "stopping its kube-apiserver");
      // Before it is stopped: requests that we pass on are seen to their end here, and open watches keep a server from
      // ending for long.
      await renew(cluster);
      cluster.stop();
      await reals.ended(name);
      step(cluster, "reading its objects from etcd");
      const content = await reals.give(name);
      data?.dropObjects(name);
      this.#giveUpIfEnding();
      successor = cluster.succeed(EMULATED, content);
      await successor.backend;
      this.#giveUpIfEnding();
      data?.syncObjects(name);
      this.#keep(cluster, { kind: EMULATED, leftovers: true });
    } catch (error) {
      successor?.drop();
      await successor?.backend.catch(() => undefined);
      this.#undone(cluster, () => {
        this.#keep(cluster, {});
        data?.dropObjects(name);
      });
      cluster.comeBack();
      if (began && !this.#ending.signal.aborted) void startAhead([cluster]);
      throw told(cluster, "keeps its real server", error);
    }
    cluster.leftovers = true;
    cluster.become(successor);
    step(cluster, "deleting its objects from etcd");
    await this.clear(cluster);
  }

  async #up(real: RealServer): Promise<void> {
    const { signal } = this.#ending;
    const until = Date.now() + START_MS;
    for (;;) {
      const ready = real.ready();
      try {
        await (signal.aborted ? undefined : Promise.race([ready, aborted(signal)]));
        return;
      } catch (error) {
        ready.catch(() => undefined);
        if (real.state.phase !== "starting" || Date.now() > until || signal.aborted) throw error;
      }
    }
  }

  /** Takes back what a promotion has written; what can't be deleted now is deleted later. */
  async #unwritten(cluster: Cluster, reals: Reals): Promise<void> {
    if (this.#ending.signal.aborted) return;
    try {
      await reals.clear(cluster.name);
      this.#mark(cluster, false);
    } catch (error) {
      this.#parts.log.warn({ err: error, cluster: cluster.name }, "what a move has left in etcd is still there");
    }
  }

  #undone(cluster: Cluster, undo: () => void): void {
    try {
      undo();
    } catch (error) {
      this.#parts.log.error({ err: error, cluster: cluster.name }, "the data folder");
    }
  }

  /** Remembers that etcd has what nobody looks at. @throws StartError */
  #mark(cluster: Cluster, leftovers: boolean): void {
    this.#keep(cluster, { leftovers });
    cluster.leftovers = leftovers;
  }

  /** The record of what a cluster is, on the disk when this returns. @throws StartError */
  #keep(cluster: Cluster, now: { readonly kind?: BackendSpec; readonly leftovers?: boolean }): void {
    const { kind = cluster.kind, leftovers = now.kind === undefined && cluster.leftovers } = now;
    this.#parts.data?.keepSafely(keptCluster(cluster, { kind, leftovers }));
  }

  #giveUpIfEnding(): void {
    if (this.#ending.signal.aborted) throw new StartError("the fleet is ending");
  }
}

function step({ move }: Cluster, text: string): void {
  if (move !== undefined) move.step = text;
}

/** What a client repeats: it is known that nothing has been done. */
function moving(name: string): ApiError {
  return serviceUnavailable(`cluster ${name} is changing what answers its requests`, 1);
}

function refused({ name }: Cluster, cause: string, problem: "conflict" | "invalid" = "conflict"): StartError {
  return new StartError(`cluster ${name}: ${cause}`, problem);
}

/** Names the cluster once. */
function told({ name }: Cluster, what: string, error: unknown): Error {
  const text = (error as Error).message.replace(`cluster ${name}: `, "");
  const problem = error instanceof StartError ? error.problem : "failed";
  return Object.assign(new StartError(`cluster ${name} ${what}: ${text}`, problem), { cause: error });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new StartError("the fleet is ending")), { once: true });
  });
}
