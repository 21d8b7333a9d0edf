import { byteOrdered } from "../kube/go-text.js";
import { BaseEntry, type BaseTenant } from "./base-layer.js";
import { BTree } from "./btree.js";
import { LaneCursor } from "./cursor.js";
import { History } from "./history.js";
import { HistoryBudget } from "./history-budget.js";
import type { Change, Journal } from "./journal.js";
import { fill, withRevision } from "./revision-slot.js";
import type { SharedParts } from "./shared-parts.js";
import { sharing } from "./sharing-object.js";
import {
  type CommitResult,
  CompactedError,
  type EncodedObject,
  type Snapshot,
  type Store,
  type StoredObject,
  type StoreEvent,
  type WatchCursor,
  type Write,
} from "./store.js";
import { type Resolve, TreeSnapshot } from "./tree-snapshot.js";

export interface MemoryStoreOptions {
  /** What the store holds from the start, shared with other stores. */
  readonly base?: BaseTenant;
  /** The revision to start with, at least 1 and at least that of the base layer. */
  readonly start?: number;
  /** Shared by the stores of a process; by default the store has one for itself. */
  readonly budget?: HistoryBudget;
  /** Where stores keep what many of them have; by default nothing is shared. */
  readonly shared?: SharedParts;
  /** Keeps every change, and gives back what it has kept before. */
  readonly journal?: Journal;
}

/** A place in the tree: an object of this store, or one of the base layer that nobody has changed here. */
type Entry = StoredObject | BaseEntry;

/** Objects in memory, in order of the bytes of their keys. A commit happens within the call (design D3). */
export class MemoryStore implements Store {
  readonly #history: History<Entry>;
  readonly #resolve: Resolve<Entry>;
  readonly #shared: SharedParts | undefined;
  readonly #journal: Journal | undefined;
  readonly #baseRoot: BTree<Entry>;
  #root: BTree<Entry>;
  #revision: number;

  constructor(options: MemoryStoreOptions = {}) {
    this.#resolve = resolver(options.base);
    this.#shared = options.shared;
    this.#journal = options.journal;
    this.#baseRoot = options.base?.layer.root ?? BTree.empty<Entry>();
    const kept = options.journal?.takeKept();
    this.#root = this.#baseRoot;
    for (const [key, object] of kept?.objects ?? []) {
      const place = byteOrdered(key);
      this.#root = object ? this.#root.set(place, object) : this.#root.delete(place);
    }
    this.#revision = Math.max(1, options.start ?? 1, options.base?.layer.revision ?? 1, kept?.revision ?? 1);
    this.#history = new History<Entry>(options.budget ?? new HistoryBudget(), this.#revision, this.#root, replay);
  }

  get revision(): number {
    return this.#revision;
  }

  get compacted(): number {
    return this.#history.base - 1;
  }

  get(key: string): StoredObject | undefined {
    const entry = this.#root.get(byteOrdered(key));
    return entry && this.#resolve(entry);
  }

  snapshot(revision: number = this.#revision): Snapshot | undefined {
    if (revision > this.#revision) throw new RangeError(`revision ${revision} is in the future`);
    if (revision <= this.compacted) return undefined;
    const root = revision === this.#revision ? this.#root : this.#history.rootAt(revision);
    return new TreeSnapshot(revision, root, this.#resolve);
  }

  commit({ key, expected, object }: Write): CommitResult {
    const place = byteOrdered(key);
    const entry = this.#root.get(place);
    const current = entry && this.#resolve(entry);
    if ((current?.revision ?? 0) !== expected || (!current && !object)) return { ok: false, current };
    const revision = this.#revision + 1;
    const next = object ? this.#made(key, object, revision, current?.created) : withRevision(current!, revision);
    const event: StoreEvent = { type: object ? "put" : "delete", revision, key, object: next, previous: current };
    this.#journal?.append(event);
    this.#revision = revision;
    this.#root = object ? this.#root.set(place, next) : this.#root.delete(place);
    this.#history.append(event, this.#root);
    if (this.#journal?.due) this.#journal.rewrite(revision, this.#changes());
    return { ok: true, object: next };
  }

  /** What differs from the base layer. */
  *#changes(): Generator<Change> {
    for (const entry of this.#root.values("", undefined)) {
      if (!(entry instanceof BaseEntry)) yield { key: entry.key, object: entry };
    }
    for (const { key } of this.#baseRoot.values("", undefined)) {
      if (this.#root.get(byteOrdered(key)) === undefined) yield { key };
    }
  }

  #made(key: string, object: EncodedObject, revision: number, created = revision): StoredObject {
    const shared = this.#shared;
    if (object.common === undefined || shared === undefined) return fill(key, object, revision, created);
    const part = shared.of(object.tail.subarray(...object.common));
    return sharing(key, object, part, revision, created, shared.claim(part));
  }

  watch(prefix: string, revision: number): WatchCursor {
    if (revision <= this.compacted) throw new CompactedError(revision, this.compacted);
    return new LaneCursor(this, this.#history, prefix, revision);
  }

  /** What happened up to the new revision is unknown: nothing before it can be read or resumed from any more. */
  advance(revision: number): void {
    if (revision <= this.#revision) return;
    this.#journal?.advance(revision);
    this.#revision = revision;
    this.#history.restart(revision, this.#root);
  }

  close(): void {
    this.#history.close();
    this.#journal?.close();
  }
}

/** Shared by stores without a base layer. */
const asItIs: Resolve<Entry> = (entry) => entry as StoredObject;

function resolver(base: BaseTenant | undefined): Resolve<Entry> {
  return base ? (entry) => (entry instanceof BaseEntry ? base.materialise(entry) : entry) : asItIs;
}

function replay(root: BTree<Entry>, event: StoreEvent): BTree<Entry> {
  const place = byteOrdered(event.key);
  return event.type === "put" ? root.set(place, event.object) : root.delete(place);
}
