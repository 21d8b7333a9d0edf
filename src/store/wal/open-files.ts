import { closeSync, constants, openSync } from "node:fs";

/** Logs that are open at the same time: a fleet has thousands, and most are quiet. */
const OPEN = 64;

/** File descriptors of the logs that were written to last. */
export class OpenFiles {
  readonly #open = new Map<string, number>();

  /** For reading and writing; made if it is not there. */
  of(file: string): number {
    const known = this.#open.get(file);
    const fd = known ?? openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#open.delete(file);
    this.#open.set(file, fd);
    if (this.#open.size > OPEN) this.close(this.#open.keys().next().value!);
    return fd;
  }

  close(file: string): void {
    const fd = this.#open.get(file);
    this.#open.delete(file);
    if (fd !== undefined) closeSync(fd);
  }

  closeAll(): void {
    for (const file of [...this.#open.keys()]) this.close(file);
  }
}
