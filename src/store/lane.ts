import { Deque } from "./deque.js";
import type { StoreEvent } from "./store.js";
import { type Sleeper, wakeSoon } from "./wake.js";

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
  /** Most lanes have one reader, and a set costs 200 bytes. */
  #sleepers: Sleeper | Set<Sleeper> | undefined;
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
    const sleepers = this.#sleepers;
    this.#sleepers = undefined;
    if (sleepers instanceof Set) for (const sleeper of sleepers) wakeSoon(sleeper);
    else if (sleepers) wakeSoon(sleepers);
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

  /** Wakes it once, soon after the next event. */
  sleep(sleeper: Sleeper): void {
    const others = this.#sleepers;
    if (others instanceof Set) others.add(sleeper);
    else this.#sleepers = others && others !== sleeper ? new Set([others, sleeper]) : sleeper;
  }

  cancel(sleeper: Sleeper): void {
    const sleepers = this.#sleepers;
    if (sleepers instanceof Set) sleepers.delete(sleeper);
    else if (sleepers === sleeper) this.#sleepers = undefined;
  }
}
