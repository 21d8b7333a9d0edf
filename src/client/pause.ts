import { setTimeout as sleep } from "node:timers/promises";

/** Resolves after `ms` milliseconds, or at once when `signal` is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // aborted: whoever waits looks at the signal itself
  }
}

/** Waits that double up to a limit, each between half and all of its length: many that failed together come apart. */
export class Backoff {
  #next: number;

  constructor(
    readonly firstMs: number,
    readonly limitMs: number,
  ) {
    this.#next = firstMs;
  }

  next(): number {
    const ms = this.#next;
    this.#next = Math.min(this.limitMs, ms * 2);
    return ms * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.#next = this.firstMs;
  }
}
