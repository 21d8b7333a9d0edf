/** The part of a store that the budget can shorten. */
export interface HistoryHolder {
  /** What its history alone keeps in memory. */
  readonly historyBytes: number;
  /** Drops the oldest events until at most `bytes` are held. */
  shrink(bytes: number): void;
  /** Drops events from before `time` (milliseconds since the epoch). */
  expire(time: number): void;
}

export interface HistoryLimits {
  /** For all stores together. */
  readonly maxBytes: number;
  /** No store is cut below this for the sake of others, so each can be resumed for a while. */
  readonly floorBytes: number;
  readonly maxAgeMs: number;
}

const DEFAULTS: HistoryLimits = { maxBytes: 64 << 20, floorBytes: 16 << 10, maxAgeMs: 5 * 60_000 };

/** How far below the limit a cut goes, as a share of it: cuts are rare, and each looks at all stores once. */
const SLACK = 1 / 16;

/**
 * How much history the stores of a process keep: by bytes and by age. Commits drive it; {@link sweep} ages the
 * stores that nobody writes to and is called by whoever owns a slow timer.
 * At any time all histories together hold at most `maxBytes`, or the floors of all stores where these are more,
 * plus a sixteenth of `maxBytes`.
 */
export class HistoryBudget {
  readonly limits: HistoryLimits;
  readonly #now: () => number;
  readonly #holders = new Set<HistoryHolder>();
  #bytes = 0;
  #nextCut: number;

  constructor(limits: Partial<HistoryLimits> = {}, now: () => number = Date.now) {
    this.limits = { ...DEFAULTS, ...limits };
    this.#now = now;
    this.#nextCut = this.limits.maxBytes;
  }

  /** Held by all histories now. */
  get bytes(): number {
    return this.#bytes;
  }

  now(): number {
    return this.#now();
  }

  /** A holder's history has grown; negative: has shrunk. */
  account(holder: HistoryHolder, bytes: number): void {
    this.#bytes += bytes;
    if (holder.historyBytes === 0) this.#holders.delete(holder);
    else if (bytes > 0) this.#holders.add(holder);
  }

  /** To be called after a commit; may shrink any holder. */
  enforce(holder: HistoryHolder): void {
    holder.expire(this.#now() - this.limits.maxAgeMs);
    if (this.#bytes > this.#nextCut) this.#cut();
  }

  /** Ages all histories; some times a minute is enough. */
  sweep(): void {
    const oldest = this.#now() - this.limits.maxAgeMs;
    for (const holder of [...this.#holders]) holder.expire(oldest);
  }

  /** Takes from the largest histories first, down to a common level. */
  #cut(): void {
    const { maxBytes, floorBytes } = this.limits;
    const step = maxBytes * SLACK;
    const holders = [...this.#holders].sort((a, b) => b.historyBytes - a.historyBytes);
    const level = Math.max(floorBytes, waterLevel(holders, maxBytes - step));
    for (const holder of holders) {
      if (holder.historyBytes <= level) break;
      holder.shrink(level);
    }
    this.#nextCut = Math.max(maxBytes, this.#bytes + step);
  }
}

/** The level to which the holders, largest first, must be cut so that all together hold at most `total`. */
function waterLevel(holders: readonly HistoryHolder[], total: number): number {
  let rest = total;
  for (const [i, holder] of holders.toReversed().entries()) {
    const share = rest / (holders.length - i);
    if (holder.historyBytes > share) return share;
    rest -= holder.historyBytes;
  }
  return Number.POSITIVE_INFINITY;
}
