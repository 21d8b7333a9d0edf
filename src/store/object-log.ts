import { byteOrdered } from "../kube/go-text.js";
import { BaseEntry, type BaseTenant } from "./base-layer.js";
import { BTree } from "./btree.js";
import { LaneCursor } from "./cursor.js";
import { History } from "./history.js";
import { HistoryBudget } from "./history-budget.js";
import type { Change } from "./journal.js";
import { fill } from "./revision-slot.js";
import type { SharedParts } from "./shared-parts.js";
import { sharing } from "./sharing-object.js";
import {
  CompactedError,
  type EncodedObject,
  type Snapshot,
  type StoredObject,
  type StoreEvent,
  type WatchCursor,
} from "./store.js";
import { type Resolve, TreeSnapshot } from "./tree-snapshot.js";

export interface ObjectLogOptions {
  /** What the store holds from the start, shared with other stores. */
  readonly base?: BaseTenant;
  /** Shared by the stores of a process; by default the store has one for itself. */
  readonly budget?: HistoryBudget;
  /** Where stores keep what many of them have; by default nothing is shared. */
  readonly shared?: SharedParts;
}

/** A place in the tree: an object of this store, or one of the base layer that nobody has changed here. */
type Entry = StoredObject | BaseEntry;

/** What a log begins with. */
export interface Beginning {
  /** What differs from the base layer, by key; undefined: deleted. */
  readonly objects: Iterable<readonly [key: string, object: StoredObject | undefined]>;
  /** The first that can be read and resumed from; raised to that of the base layer. */
  readonly revision: number;
}

/** Objects in memory, in order of the bytes of their keys, and what has happened to them: what stores are made of. */
export abstract class ObjectLog {
  readonly #history: History<Entry>;
  readonly #resolve: Resolve<Entry>;
  readonly #shared: SharedParts | undefined;
  readonly #baseRoot: BTree<Entry>;
  #root: BTree<Entry>;
  #revision: number;

  protected constructor(options: ObjectLogOptions, { objects, revision }: Beginning) {
    this.#resolve = resolver(options.base);
    this.#shared = options.shared;
    this.#baseRoot = options.base?.layer.root ?? BTree.empty<Entry>();
    this.#root = this.#baseRoot;
    for (const [key, object] of objects) {
      const place = byteOrdered(key);
      this.#root = object ? this.#root.set(place, object) : this.#root.delete(place);
    }
    this.#revision = Math.max(revision, options.base?.layer.revision ?? 1);
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

  watch(prefix: string, revision: number): WatchCursor {
    if (revision <= this.compacted) throw new CompactedError(revision, this.compacted);
    return new LaneCursor(this, this.#history, prefix, revision);
  }

  close(): void {
    this.#history.close();
  }

  /** Whether the key is one of the base layer that nobody has changed here. */
  protected isUntouched(key: string): boolean {
    return this.#root.get(byteOrdered(key)) instanceof BaseEntry;
  }

  /** Whether the base layer has an object there, changed or not. */
  protected isOfBase(key: string): boolean {
    return this.#baseRoot.get(byteOrdered(key)) !== undefined;
  }

  /** Has everybody see a change. Its revision is above that of the log. */
  protected record(event: StoreEvent): void {
    const place = byteOrdered(event.key);
    this.#revision = event.revision;
    this.#root = event.type === "put" ? this.#root.set(place, event.object) : this.#root.delete(place);
    this.#history.append(event, this.#root);
  }

  /** Several changes at one revision, of which readers are not told one by one: they have to read anew. */
  protected replace(changes: readonly StoreEvent[], revision: number): void {
    for (const event of changes) this.#root = replay(this.#root, event);
    this.restart(revision);
  }

  /** Nothing has happened up to that revision. */
  protected pass(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  /** What happened up to the new revision is unknown: nothing before it can be read or resumed from any more. */
  protected restart(revision: number): void {
    this.#revision = revision;
    this.#history.restart(revision, this.#root);
  }

  /** What differs from the base layer. */
  protected *changes(): Generator<Change> {
    for (const entry of this.#root.values("", undefined)) {
      if (!(entry instanceof BaseEntry)) yield { key: entry.key, object: entry };
    }
    for (const { key } of this.#baseRoot.values("", undefined)) {
      if (this.#root.get(byteOrdered(key)) === undefined) yield { key };
    }
  }

  protected made(key: string, object: EncodedObject, revision: number, created = revision): StoredObject {
    const shared = this.#shared;
    if (object.common === undefined || shared === undefined) return fill(key, object, revision, created);
    const part = shared.of(object.tail.subarray(...object.common));
    return sharing(key, object, part, revision, created, shared.claim(part));
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
