import { constants } from "node:os";

const ENDING = ["SIGINT", "SIGTERM"] as const;

type EndingSignal = (typeof ENDING)[number];

/** Of a process, what is needed here. */
export interface SignalProcess {
  on(signal: EndingSignal, listener: () => void): unknown;
  exit(code: number): void;
}

/** Signals so close to each other are one request: a terminal and npm both pass Ctrl-C on. */
const ONE_REQUEST_MS = 500;

/**
 * Makes a process end at a signal: at once while it starts, by a drain once it waits for one, and at once again when
 * it is asked a second time.
 */
export class Ending {
  #drain: (() => void) | undefined;
  #askedAt: number | undefined;
  readonly #process: SignalProcess;
  readonly #now: () => number;

  /** `now` counts milliseconds. */
  constructor(process: SignalProcess, now: () => number) {
    this.#process = process;
    this.#now = now;
    for (const signal of ENDING) process.on(signal, () => this.#on(signal));
  }

  /** Resolves at the first signal. */
  asked(): Promise<void> {
    return new Promise((resolve) => {
      this.#drain = resolve;
    });
  }

  #on(signal: EndingSignal): void {
    const now = this.#now();
    if (this.#drain !== undefined && this.#askedAt === undefined) {
      this.#askedAt = now;
      this.#drain();
    } else if (this.#askedAt === undefined || now - this.#askedAt >= ONE_REQUEST_MS) {
      this.#process.exit(128 + constants.signals[signal]);
    }
  }
}
