/**
 * One timer for every timeout and bookmark of the process: a thousand clusters with a hundred watches each
 * must not mean a hundred thousand timers. Callbacks run up to one tick late, never early, however long they wait:
 * an interval timer falls behind by milliseconds each time, so ticks are counted by the clock.
 */
export class Wheel {
  readonly #slots: Set<Entry>[];
  readonly #tickMs: number;
  /** Ticks since the wheel began to turn. */
  #turned = 0;
  #began = 0;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tickMs = 250, slots = 512) {
    this.#tickMs = tickMs;
    this.#slots = Array.from({ length: slots }, () => new Set<Entry>());
  }

  /** Runs `callback` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void {
    const now = performance.now();
    if (this.#timer === undefined) {
      this.#began = now;
      this.#turned = 0;
      this.#timer = setInterval(() => this.#turn(), this.#tickMs).unref();
    }
    const due = Math.ceil((now - this.#began + ms) / this.#tickMs);
    const ticks = Math.max(1, due - this.#turned);
    const slot = this.#slots[(this.#turned + ticks) % this.#slots.length]!;
    const entry: Entry = { rounds: Math.floor((ticks - 1) / this.#slots.length), callback };
    slot.add(entry);
    this.#count++;
    return () => {
      if (slot.delete(entry)) this.#settle();
    };
  }

  /** Drops everything that is waiting. */
  close(): void {
    for (const slot of this.#slots) slot.clear();
    this.#count = 1;
    this.#settle();
  }

  /** Catches up with the clock. */
  #turn(): void {
    const until = Math.floor((performance.now() - this.#began) / this.#tickMs);
    const timer = this.#timer;
    while (this.#turned < until && this.#timer === timer) this.#tick();
  }

  #tick(): void {
    this.#turned++;
    const slot = this.#slots[this.#turned % this.#slots.length]!;
    for (const entry of [...slot]) {
      if (entry.rounds-- > 0) continue;
      if (!slot.delete(entry)) continue; // cancelled by one before it
      this.#settle();
      entry.callback();
    }
  }

  /** An empty wheel stops turning. */
  #settle(): void {
    this.#count--;
    if (this.#count > 0 || this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

interface Entry {
  rounds: number;
  readonly callback: () => void;
}
