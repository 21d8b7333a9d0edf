import type { Lane, Lanes } from "./lane.js";
import { CompactedError, type StoreEvent, type WatchCursor } from "./store.js";
import { type Sleeper, wakeSoon } from "./wake.js";

/** What a cursor asks of its store. */
export interface CursorHost {
  readonly revision: number;
  readonly compacted: number;
}

/** A position in a lane. While it waits it is one entry in a set; while its reader is busy it is two integers. */
export class LaneCursor implements WatchCursor, Sleeper {
  readonly #host: CursorHost;
  readonly #lanes: Lanes;
  readonly #lane: Lane;
  /** Beyond the lane's directory, or empty. */
  readonly #prefix: string;
  #position: number;
  /** Revision of the last event seen, or where the reader started; events up to it are no news. */
  #seen: number;
  #waiting: (() => void) | undefined;
  #closed = false;

  constructor(host: CursorHost, lanes: Lanes, prefix: string, revision: number) {
    this.#host = host;
    this.#lanes = lanes;
    const directory = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    this.#prefix = prefix === directory ? "" : prefix;
    this.#lane = lanes.enter(directory, revision);
    this.#position = this.#lane.after(revision);
    this.#seen = revision;
  }

  get revision(): number {
    if (this.#position < this.#lane.first) return this.#seen;
    const next = this.#lane.at(this.#position);
    return Math.max(this.#seen, next ? next.revision - 1 : this.#host.revision);
  }

  next(): StoreEvent | undefined {
    if (this.#closed) return undefined;
    if (this.#position < this.#lane.first) this.#catchUp();
    for (let event = this.#lane.at(this.#position); event; event = this.#lane.at(this.#position)) {
      this.#position++;
      if (event.revision <= this.#seen) continue;
      this.#seen = event.revision;
      if (event.key.startsWith(this.#prefix)) return event;
    }
    return undefined;
  }

  onReady(callback: () => void): void {
    if (this.#closed) return;
    this.#waiting = callback;
    if (this.#position < this.#lane.end) wakeSoon(this);
    else this.#lane.sleep(this);
  }

  /** For the lane. Comes twice where a callback was replaced on the way, and then means the last one. */
  wake(): void {
    const callback = this.#waiting;
    this.#waiting = undefined;
    callback?.();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = undefined;
    this.#lane.cancel(this);
    this.#lanes.leave(this.#lane);
  }

  /** Dropped events are no loss to a cursor that waits for a later revision. */
  #catchUp(): void {
    if (this.#lane.dropped > this.#seen) throw new CompactedError(this.#seen, this.#host.compacted);
    this.#position = this.#lane.first;
  }
}
