import type { CommitResult, Snapshot, Store, StoredObject, WatchCursor, Write } from "./store.js";
import { WriteHold } from "./write-hold.js";

/** A store whose writes can be held up. */
export class HoldableStore implements Store {
  readonly #store: Store;
  #hold: WriteHold | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Has writes wait, those too that are being prepared: what is there then is all that anybody has been told of. Those
   * that wait for longer than `patienceMs` are refused with what `late` makes.
   */
  hold(patienceMs: number, late: () => Error): WriteHold {
    if (this.#hold !== undefined) throw new Error("writes are held already");
    const hold = new WriteHold(patienceMs, late, () => {
      this.#hold = undefined;
    });
    this.#hold = hold;
    return hold;
  }

  commit(write: Write): CommitResult | Promise<CommitResult> {
    const held = this.#hold;
    return held === undefined ? this.#store.commit(write) : held.passed().then(() => this.commit(write));
  }

  get answersLater(): boolean {
    return this.#store.answersLater === true;
  }

  get revision(): number {
    return this.#store.revision;
  }

  get compacted(): number {
    return this.#store.compacted;
  }

  get(key: string): StoredObject | undefined {
    return this.#store.get(key);
  }

  snapshot(revision?: number): Snapshot | undefined {
    return this.#store.snapshot(revision);
  }

  watch(prefix: string, revision: number): WatchCursor {
    return this.#store.watch(prefix, revision);
  }

  advance(revision: number): void {
    this.#store.advance(revision);
  }

  close(): void {
    this.#store.close();
  }
}
