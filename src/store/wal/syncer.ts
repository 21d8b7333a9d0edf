import { open } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

/** "always": a change is on the disk before it is answered; "interval": soon after. */
export type SyncPolicy = "always" | "interval";

/** How long what was written last may wait. */
const INTERVAL_MS = 100;

/** Has the system write to the disk what it holds of files, one file at a time so that requests keep their threads. */
export class Syncer {
  readonly #dirty = new Set<string>();
  #running: Promise<void> | undefined;
  #closed = false;
  readonly #report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  touched(file: string): void {
    this.#dirty.add(file);
    if (!this.#closed) this.#running ??= this.#run();
  }

  /** What is still to be written has been when this resolves. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.#round();
  }

  async #run(): Promise<void> {
    await setTimeout(INTERVAL_MS, undefined, { ref: false });
    await this.#round();
    this.#running = undefined;
    if (this.#dirty.size > 0 && !this.#closed) this.#running = this.#run();
  }

  async #round(): Promise<void> {
    for (const file of [...this.#dirty]) {
      this.#dirty.delete(file);
      try {
        await sync(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#report(error);
      }
    }
  }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
