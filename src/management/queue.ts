import { Backoff } from "../client/pause.js";

export interface QueueParts {
  readonly work: (key: string) => Promise<void>;
  /** Told of every failure; the key's turn comes again, later each time. */
  readonly failed: (key: string, error: unknown) => void;
  /** How many keys are worked on at the same time. */
  readonly parallel?: number;
  readonly firstMs?: number;
  readonly limitMs?: number;
}

/** Keys to be worked on: each by one at a time, and once however often it was asked for meanwhile. */
export class WorkQueue {
  readonly #parts: QueueParts;
  readonly #ready = new Set<string>();
  readonly #working = new Map<string, Promise<void>>();
  readonly #later = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  readonly #backoffs = new Map<string, Backoff>();
  #open = false;
  #ended = false;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  add(key: string): void {
    this.#ready.add(key);
    this.#next();
  }

  /** Adds the key in `ms` milliseconds, unless that is to happen earlier anyway. */
  addAfter(key: string, ms: number): void {
    const at = performance.now() + ms;
    const known = this.#later.get(key);
    if (this.#ended || (known !== undefined && known.at <= at)) return;
    clearTimeout(known?.timer);
    const due = () => {
      this.#later.delete(key);
      this.add(key);
    };
    this.#later.set(key, { at, timer: setTimeout(due, ms) });
  }

  /** Whether keys are worked on. What is added while they are not waits. */
  set open(open: boolean) {
    this.#open = open;
    this.#next();
  }

  /** Resolves when nothing is being worked on, for good. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const { timer } of this.#later.values()) clearTimeout(timer);
    this.#later.clear();
    this.#ready.clear();
    await Promise.all(this.#working.values());
  }

  #next(): void {
    if (!this.#open || this.#ended) return;
    for (const key of this.#ready) {
      if (this.#working.size >= (this.#parts.parallel ?? 16)) return;
      if (this.#working.has(key)) continue;
      this.#ready.delete(key);
      this.#working.set(key, this.#work(key));
    }
  }

  async #work(key: string): Promise<void> {
    try {
      await this.#parts.work(key);
      this.#backoffs.delete(key);
    } catch (error) {
      const { firstMs = 200, limitMs = 30_000 } = this.#parts;
      const backoff = this.#backoffs.get(key) ?? new Backoff(firstMs, limitMs);
      this.#backoffs.set(key, backoff);
      this.#parts.failed(key, error);
      this.addAfter(key, backoff.next());
    }
    this.#working.delete(key);
    this.#next();
  }
}
