import { constants } from "node:os";

/** Signals that reach a process within this time of each other are one request: a terminal and npm both pass Ctrl-C on. */
const ONE_REQUEST_MS = 500;

const ENDING = ["SIGINT", "SIGTERM"] as const;

/**
 * Ends the process at a signal, by `drain` once it is set and at once before. Another signal while it drains does not
 * wait any longer.
 */
export class Ending {
  #drain: (() => void) | undefined;
  #asked = 0;

  constructor() {
    for (const signal of ENDING) process.on(signal, () => this.#on(signal));
  }

  /** Resolves at the first signal. */
  asked(): Promise<void> {
    return new Promise((resolve) => {
      this.#drain = resolve;
    });
  }

  #on(signal: (typeof ENDING)[number]): void {
    const now = performance.now();
    if (this.#asked > 0 && now - this.#asked < ONE_REQUEST_MS) return;
    if (this.#drain === undefined || this.#asked > 0) process.exit(128 + constants.signals[signal]);
    this.#asked = now;
    this.#drain();
  }
}
