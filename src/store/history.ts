import type { BTree } from "./btree.js";
import { Deque } from "./deque.js";
import type { HistoryBudget, HistoryHolder } from "./history-budget.js";
import { Lane, type Lanes } from "./lane.js";
import type { StoredObject, StoreEvent } from "./store.js";

/** An event, and what keeping it costs. */
export interface LogEntry<V> {
  readonly event: StoreEvent;
  /** The content after the event; kept for every few entries only, the others are found by replaying. */
  readonly root: BTree<V> | undefined;
  readonly bytes: number;
  readonly time: number;
}

/** Every so many commits a root is kept: it costs about 900 bytes, replaying a commit about 2 µs. */
const CHECKPOINT = 16;
/** An entry beside the bytes of its objects: event, index, Buffer, places in lanes, a share of a checkpoint. */
const ENTRY_BYTES = 800;

function heldBy(object: StoredObject | undefined): number {
  return object?.ownBytes ?? object?.bytes.length ?? 0;
}

/** How an event changes the content. */
export type Replay<V> = (root: BTree<V>, event: StoreEvent) => BTree<V>;

/**
 * The log of one store, oldest first. It knows the content at `base` and every event after it, so it can tell the
 * content at any revision from there on, and serve any cursor that has seen `base`.
 */
export class History<V> implements HistoryHolder, Lanes {
  readonly #budget: HistoryBudget;
  readonly #replay: Replay<V>;
  readonly #entries = new Deque<LogEntry<V>>();
  readonly #lanes = new Map<string, Lane>();
  #base: number;
  #baseRoot: BTree<V>;
  #bytes = 0;

  constructor(budget: HistoryBudget, base: number, root: BTree<V>, replay: Replay<V>) {
    this.#budget = budget;
    this.#base = base;
    this.#baseRoot = root;
    this.#replay = replay;
  }

  /** The oldest revision that can still be read and resumed from. */
  get base(): number {
    return this.#base;
  }

  get historyBytes(): number {
    return this.#bytes;
  }

  append(event: StoreEvent, root: BTree<V>): void {
    const kept = heldBy(event.previous) + (event.type === "delete" ? heldBy(event.object) : 0);
    const bytes = kept + ENTRY_BYTES;
    const checkpoint = this.#entries.end % CHECKPOINT === 0 ? root : undefined;
    this.#entries.push({ event, root: checkpoint, bytes, time: this.#budget.now() });
    this.#bytes += bytes;
    for (const lane of this.#lanesOf(event.key)) lane.append(event);
    this.#budget.account(this, bytes);
    this.#budget.enforce(this);
  }

  /** The content at a revision that is not before `base` and not in the future. */
  rootAt(revision: number): BTree<V> {
    const end = this.#entries.search(({ event }) => event.revision > revision);
    let from = end;
    let kept: BTree<V> | undefined;
    while (kept === undefined && from > this.#entries.first) kept = this.#entries.at(--from)!.root;
    let root = kept ?? this.#baseRoot;
    // Where a root was kept, its own event comes once more, which changes nothing.
    for (let i = from; i < end; i++) root = this.#replay(root, this.#entries.at(i)!.event);
    return root;
  }

  enter(directory: string, revision: number): Lane {
    let lane = this.#lanes.get(directory);
    if (!lane) {
      lane = new Lane(directory, this.#newest());
      this.#lanes.set(directory, lane);
    }
    lane.users++;
    if (revision < lane.completeFrom) lane.prepend(this.#between(directory, revision, lane.completeFrom), revision);
    return lane;
  }

  leave(lane: Lane): void {
    if (--lane.users === 0) this.#lanes.delete(lane.directory);
  }

  shrink(bytes: number): void {
    while (this.#bytes > bytes) this.#dropOldest();
  }

  expire(time: number): void {
    for (let entry = this.#oldest(); entry && entry.time < time; entry = this.#oldest()) this.#dropOldest();
  }

  /** Forgets everything before `revision`, at which the content is `root`. */
  restart(revision: number, root: BTree<V>): void {
    this.shrink(0);
    this.#base = revision;
    this.#baseRoot = root;
  }

  /** Gives the memory back; open cursors see no further events. */
  close(): void {
    this.shrink(0);
    this.#lanes.clear();
  }

  #oldest(): LogEntry<V> | undefined {
    return this.#entries.at(this.#entries.first);
  }

  #newest(): number {
    return this.#entries.at(this.#entries.end - 1)?.event.revision ?? this.#base;
  }

  #dropOldest(): void {
    const entry = this.#entries.shift()!;
    const { event } = entry;
    this.#bytes -= entry.bytes;
    this.#baseRoot = entry.root ?? this.#replay(this.#baseRoot, event);
    this.#base = event.revision;
    for (const lane of this.#lanesOf(event.key)) lane.drop(event);
    this.#budget.account(this, -entry.bytes);
  }

  #between(directory: string, after: number, upTo: number): StoreEvent[] {
    const out: StoreEvent[] = [];
    for (let i = this.#entries.search(({ event }) => event.revision > after); i < this.#entries.end; i++) {
      const { event } = this.#entries.at(i)!;
      if (event.revision > upTo) break;
      if (event.key.startsWith(directory)) out.push(event);
    }
    return out;
  }

  /** One for each directory above a key that somebody watches. */
  *#lanesOf(key: string): Generator<Lane> {
    if (this.#lanes.size === 0) return;
    for (let end = 0; ; end = key.indexOf("/", end) + 1) {
      const lane = this.#lanes.get(key.slice(0, end));
      if (lane) yield lane;
      if (key.indexOf("/", end) < 0) return;
    }
  }
}
