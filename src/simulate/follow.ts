import { ApiError } from "../kube/status.js";
import { CompactedError, type StoredObject, type WatchCursor } from "../store/store.js";
import type { ActedOn } from "../verbs/acted-on.js";

/** What a simulated controller works with. */
export type SimulatedCluster = ActedOn;

/** A controller as the field has them: events become keys, and a key is brought in order. */
export interface Reconciler {
  /** Where in the store it looks: "pods/", "minions/". */
  readonly prefixes: readonly string[];
  /** What has to be looked at when an object has come, changed or (`gone`) gone. */
  keys(object: StoredObject, gone: boolean): Iterable<string>;
  /**
   * Brings in order what a key stands for; says in how many milliseconds to look again, if at all. One key at a time,
   * in the order in which they came up. What it throws is tried again, later each time.
   */
  reconcile(key: string): Promise<number | undefined>;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;

/** Runs a reconciler until the cluster's signal; resolves when what was there at first has been looked at once. */
export async function follow(cluster: SimulatedCluster, reconciler: Reconciler): Promise<void> {
  const follower = new Follower(cluster, reconciler);
  await follower.start();
}

class Follower {
  readonly #cluster: SimulatedCluster;
  readonly #reconciler: Reconciler;
  readonly #cursors = new Map<string, WatchCursor>();
  readonly #pending = new Set<string>();
  readonly #later = new Map<string, () => void>();
  readonly #failures = new Map<string, number>();
  #working: Promise<void> | undefined;

  constructor(cluster: SimulatedCluster, reconciler: Reconciler) {
    this.#cluster = cluster;
    this.#reconciler = reconciler;
  }

  async start(): Promise<void> {
    const { signal } = this.#cluster;
    if (signal.aborted) return;
    signal.addEventListener("abort", () => this.#stop(), { once: true });
    for (const prefix of this.#reconciler.prefixes) this.#begin(prefix);
    this.#work();
    await this.#working;
  }

  #stop(): void {
    for (const cursor of this.#cursors.values()) cursor.close();
    for (const cancel of this.#later.values()) cancel();
    this.#pending.clear();
  }

  /** Looks at everything, then goes on from there. */
  #begin(prefix: string): void {
    const { store } = this.#cluster;
    const snapshot = store.snapshot()!;
    for (const object of snapshot.range(prefix)) this.#note(object, false);
    const cursor = store.watch(prefix, snapshot.revision);
    this.#cursors.set(prefix, cursor);
    cursor.onReady(() => this.#read(prefix, cursor));
  }

  #read(prefix: string, cursor: WatchCursor): void {
    if (this.#cluster.signal.aborted) return;
    try {
      for (let event = cursor.next(); event; event = cursor.next()) this.#note(event.object, event.type === "delete");
      cursor.onReady(() => this.#read(prefix, cursor));
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      cursor.close();
      this.#begin(prefix);
    }
    this.#work();
  }

  #note(object: StoredObject, gone: boolean): void {
    for (const key of this.#reconciler.keys(object, gone)) this.#pending.add(key);
  }

  #work(): void {
    if (this.#working !== undefined || this.#pending.size === 0) return;
    this.#working = this.#drain().finally(() => {
      this.#working = undefined;
      this.#work();
    });
  }

  async #drain(): Promise<void> {
    const { signal } = this.#cluster;
    for (const key of this.#pending) {
      if (signal.aborted) return;
      this.#pending.delete(key);
      this.#later.get(key)?.();
      this.#later.delete(key);
      const after = await this.#once(key);
      if (after !== undefined && !signal.aborted) this.#again(key, after);
    }
  }

  async #once(key: string): Promise<number | undefined> {
    try {
      const after = await this.#reconciler.reconcile(key);
      this.#failures.delete(key);
      return after;
    } catch (error) {
      // Somebody else was faster, or the API says no: either may be otherwise next time.
      if (!(error instanceof ApiError)) this.#cluster.report(error);
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    }
  }

  #again(key: string, afterMs: number): void {
    this.#later.get(key)?.();
    const cancel = this.#cluster.wheel.after(afterMs, () => {
      this.#later.delete(key);
      this.#pending.add(key);
      this.#work();
    });
    this.#later.set(key, cancel);
  }
}
