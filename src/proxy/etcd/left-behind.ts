import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The clusters that are gone, but for what etcd still holds of them: a file each, so that a restart knows of them. */
export class LeftBehind {
  readonly #dir: string;
  readonly #names = new Set<string>();

  constructor(dir: string) {
    this.#dir = dir;
    try {
      for (const name of readdirSync(dir)) this.#names.add(name);
    } catch {
      // There is none yet; if it can't be read, there is nothing to be done about it.
    }
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  add(name: string): void {
    this.#names.add(name);
    try {
      mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
      writeFileSync(join(this.#dir, name), "", { mode: 0o600 });
    } catch {
      // Known for as long as we run; a full disk is no reason to keep a cluster.
    }
  }

  remove(name: string): void {
    this.#names.delete(name);
    try {
      rmSync(join(this.#dir, name), { force: true });
    } catch {
      // It is deleted once more by whoever has the folder next, which finds nothing.
    }
  }
}
