import { compareUtf8 } from "../../kube/go-text.js";

/** The paths of fields that were taken away, while a walk goes down and up; nothing if nobody asks. */
export class UnknownFields {
  readonly #wanted: boolean;
  readonly #path: string[] = [];
  readonly #found: string[] = [];

  constructor(wanted: boolean) {
    this.#wanted = wanted;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  get atRoot(): boolean {
    return this.#path.length === 0;
  }

  /** Runs the walk of a child. */
  at(step: string | number, walk: () => void): void {
    this.#path.push(typeof step === "number" ? `[${step}]` : this.atRoot ? step : `.${step}`);
    walk();
    this.#path.pop();
  }

  record(key: string): void {
    if (this.#wanted) this.#found.push(this.#path.join("") + (this.atRoot ? key : `.${key}`));
  }

  /** Paths that were found elsewhere, relative to here. */
  recordAll(paths: readonly string[]): void {
    for (const path of paths) this.record(path);
  }

  /** Sorted, as upstream's walks give theirs. */
  get found(): string[] {
    return [...this.#found].sort(compareUtf8);
  }
}
