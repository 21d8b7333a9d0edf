/**
 * One timer for every timeout and bookmark of the process: a thousand clusters with a hundred watches each
 * must not mean a hundred thousand timers. Callbacks run up to one tick late, never early.
 */
export class Wheel {
  readonly #slots: Set<Entry>[];
  readonly #tickMs: number;
  #cursor = 0;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tickMs = 250, slots = 512) {
    this.#tickMs = tickMs;
    this.#slots = Array.from({ length: slots }, () => new Set<Entry>());
  }

  /** Runs `callback` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void {
    const ticks = Math.max(1, Math.ceil(ms / this.#tickMs) + 1);
    const slot = this.#slots[(this.#cursor + ticks) % this.#slots.length]!;
    const entry: Entry = { rounds: Math.floor(ticks / this.#slots.length), callback };
    slot.add(entry);
    this.#count++;
    this.#timer ??= setInterval(() => this.#tick(), this.#tickMs).unref();
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

  #tick(): void {
    this.#cursor = (this.#cursor + 1) % this.#slots.length;
    const slot = this.#slots[this.#cursor]!;
    for (const entry of [...slot]) {
      if (entry.rounds-- > 0) continue;
      if (slot.delete(entry)) this.#settle();
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
