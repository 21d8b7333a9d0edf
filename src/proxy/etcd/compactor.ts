import type { EtcdClient } from "./client.js";
import { EtcdError } from "./error.js";

/**
 * Where Kubernetes' API servers agree on compactions, outside of any prefix; upstream: apiserver's storage/etcd3/compact.go.
 * They look there every second until they may read it.
 */
export const COMPACT_KEY = "compact_rev_key";

/**
 * Forgets history that is older than an interval, for tenants who can't agree on it among each other. It follows the
 * protocol of API servers, so that of several who do it each time one has its turn.
 */
export class Compactor {
  readonly #client: EtcdClient;
  readonly #timer: NodeJS.Timeout;
  /** How often the key had been written when it was read last. */
  #version = 0n;
  #revision = 0n;

  /** `failed` is told of what went wrong; the next turn comes all the same. */
  constructor(client: EtcdClient, intervalMs: number, failed: (error: unknown) => void) {
    this.#client = client;
    this.#timer = setInterval(() => void this.turn().catch(failed), intervalMs).unref();
  }

  /** Compacts to the revision that the last turn saw, unless somebody has been first. */
  async turn(): Promise<void> {
    const target = this.#revision;
    const { succeeded, revision, found } = await this.#client.txn({
      when: [{ key: COMPACT_KEY, version: this.#version }],
      success: [{ put: COMPACT_KEY, value: String(target) }],
      failure: [{ range: COMPACT_KEY }],
    });
    this.#revision = revision;
    if (!succeeded) {
      this.#version = found[0]?.[0]?.version ?? 0n;
      return;
    }
    this.#version += 1n;
    if (target === 0n) return;
    await this.#client.compact(target).catch((error: unknown) => {
      // Somebody else has got further.
      if (!(error instanceof EtcdError && error.is("compacted"))) throw error;
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
