import type { Logger } from "pino";
import type { StoreClient } from "./layout.js";
import { notServed, timedOut } from "./troubles.js";

export interface SessionOptions {
  /** How long others wait before they take over from a process that has stopped, in seconds. */
  readonly ttl: number;
  readonly log: Logger;
  /** Milliseconds of a clock that is never set. */
  readonly clock?: () => number;
}

/** Kept from the end of the lease: answers take a while to be made. */
const MARGIN_MS = 1_000;
const RETRY_MS = 500;

interface Waiter {
  settle(error?: Error): void;
}

/**
 * That this process is alive, as etcd knows it: a lease that is kept. While nobody can say whether it has ended, others
 * may serve its clusters, so nothing is answered.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #clock: () => number;
  readonly #waiters = new Set<Waiter>();
  readonly #ends = new Set<() => void>();
  #until: number;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  private constructor(
    readonly client: StoreClient,
    readonly lease: bigint,
    options: SessionOptions,
    until: number,
  ) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#until = until;
    this.#keepLater();
  }

  /** @throws EtcdError */
  static async open(client: StoreClient, options: SessionOptions): Promise<Session> {
    const clock = options.clock ?? (() => performance.now());
    const asked = clock();
    const { id, ttl } = await client.leases.grant(options.ttl);
    return new Session(client, id, options, asked + ttl * 1000 - MARGIN_MS);
  }

  /** Whether it has ended for good: a new one is needed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether it certainly goes on. */
  get held(): boolean {
    return !this.#ended && this.#clock() < this.#until;
  }

  /** Resolves when it certainly goes on. @throws ApiError when it has ended, or when nobody can say in `timeoutMs` */
  whenHeld(timeoutMs: number): Promise<void> {
    if (this.held) return Promise.resolve();
    if (this.#ended) return Promise.reject(notServed(LOST));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiter.settle(timedOut()), timeoutMs);
      const waiter: Waiter = {
        settle: (error) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          if (error) reject(error);
          else resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Calls back once it has ended. Answers how to stop listening. */
  onEnd(callback: () => void): () => void {
    this.#ends.add(callback);
    return () => this.#ends.delete(callback);
  }

  /** Others need not wait then. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#end();
    await this.client.leases.revoke(this.lease, { timeoutMs: 2_000 }).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, "etcd: the lease was not given back: others wait until it ends");
    });
  }

  #keepLater(ms = (this.#options.ttl * 1000) / 3): void {
    this.#timer = setTimeout(() => void this.#keep(), ms).unref();
  }

  async #keep(): Promise<void> {
    const asked = this.#clock();
    const third = (this.#options.ttl * 1000) / 3;
    try {
      const ttl = await this.client.leases.keepAlive(this.lease, third);
      if (this.#ended) return;
      if (ttl <= 0) {
        this.#options.log.warn("etcd: the lease of this process has ended; its clusters are taken up anew");
        return this.#end();
      }
      this.#until = asked + ttl * 1000 - MARGIN_MS;
      this.#keepLater();
      for (const waiter of [...this.#waiters]) waiter.settle();
    } catch (error) {
      if (this.#ended) return;
      const closed = this.client.closed;
      if (closed) return this.#end();
      if (!this.held) this.#options.log.debug({ err: error }, "etcd: it is unknown whether our lease goes on");
      this.#keepLater(RETRY_MS);
    }
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    for (const waiter of [...this.#waiters]) waiter.settle(notServed(LOST));
    for (const callback of [...this.#ends]) callback();
  }
}

const LOST = "the cluster is being taken up anew: etcd had not heard of this process for a while";
