import type { Journal } from "./journal.js";
import { ObjectLog, type ObjectLogOptions } from "./object-log.js";
import { withRevision } from "./revision-slot.js";
import type { CommitResult, Store, StoreEvent, Write } from "./store.js";

export interface MemoryStoreOptions extends ObjectLogOptions {
  /** The revision to start with, at least 1 and at least that of the base layer. */
  readonly start?: number;
  /** Keeps every change, and gives back what it has kept before. */
  readonly journal?: Journal;
}

/** Objects in memory, and with a journal beyond it. A commit happens within the call (design D3). */
export class MemoryStore extends ObjectLog implements Store {
  readonly #journal: Journal | undefined;

  constructor(options: MemoryStoreOptions = {}) {
    const kept = options.journal?.takeKept();
    super(options, { objects: kept?.objects ?? [], revision: Math.max(options.start ?? 1, kept?.revision ?? 1) });
    this.#journal = options.journal;
  }

  commit({ key, expected, object }: Write): CommitResult {
    const current = this.get(key);
    if ((current?.revision ?? 0) !== expected || (!current && !object)) return { ok: false, current };
    const revision = this.revision + 1;
    const next = object ? this.made(key, object, revision, current?.created) : withRevision(current!, revision);
    const event: StoreEvent = { type: object ? "put" : "delete", revision, key, object: next, previous: current };
    this.#journal?.append(event);
    this.record(event);
    if (this.#journal?.due) this.#journal.rewrite(revision, this.changes());
    return { ok: true, object: next };
  }

  /** What happened up to the new revision is unknown: nothing before it can be read or resumed from any more. */
  advance(revision: number): void {
    if (revision <= this.revision) return;
    this.#journal?.advance(revision);
    this.restart(revision);
  }

  override close(): void {
    super.close();
    this.#journal?.close();
  }
}
