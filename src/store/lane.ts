import { Deque } from "./deque.js";
import type { StoreEvent } from "./store.js";
import { wakeSoon } from "./wake.js";

/** Where cursors find the lane of a directory; who has entered one gives it back with `leave`. */
export interface Lanes {
  /** Complete from after `revision`, which must still be resumable. */
  enter(directory: string, revision: number): Lane;
  leave(lane: Lane): void;
}

/**
 * The events below one directory of keys, e.g. "minions/" or "pods/ns/", for as long as somebody watches there:
 * a watcher looks at no event of another resource. Holds references only; the log drops events here, too.
 */
export class Lane {
  users = 0;
  /** Events after this revision are all here, but for dropped ones. */
  completeFrom: number;
  readonly #events = new Deque<StoreEvent>();
  readonly #sleepers = new Set<() => void>();
  #dropped = 0;

  constructor(
    /** Ends with "/", or is empty: all keys. */
    readonly directory: string,
    completeFrom: number,
  ) {
    this.completeFrom = completeFrom;
  }

  get first(): number {
    return this.#events.first;
  }

  get end(): number {
    return this.#events.end;
  }

  /** Revision of the last event that was dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  at(position: number): StoreEvent | undefined {
    return this.#events.at(position);
  }

  /** The position of the first event after `revision`. */
  after(revision: number): number {
    return this.#events.search((event) => event.revision > revision);
  }

  append(event: StoreEvent): void {
    this.#events.push(event);
    if (this.#sleepers.size === 0) return;
    for (const callback of this.#sleepers) wakeSoon(callback);
    this.#sleepers.clear();
  }

  prepend(events: readonly StoreEvent[], completeFrom: number): void {
    this.#events.prepend(events);
    this.completeFrom = completeFrom;
  }

  /** The log has dropped this event, its oldest; it is here unless it is from before the lane's time. */
  drop(event: StoreEvent): void {
    if (this.#events.at(this.#events.first) !== event) return;
    this.#events.shift();
    this.#dropped = event.revision;
  }

  /** Calls back once, soon after the next event. */
  sleep(callback: () => void): void {
    this.#sleepers.add(callback);
  }

  cancel(callback: () => void): void {
    this.#sleepers.delete(callback);
  }
}
