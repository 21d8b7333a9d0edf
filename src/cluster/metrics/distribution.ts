/** Upstream's bounds: apiserver/pkg/endpoints/metrics/metrics.go. Seconds. */
export const DURATION_BOUNDS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
] as const;
/** Bytes. */
export const SIZE_BOUNDS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;
/** Bytes. */
export const EVENT_BOUNDS = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072] as const;

/** How values are spread. Has room only for the buckets that something has fallen into. */
export class Distribution {
  readonly counts: number[] = [];
  sum = 0;
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  get count(): number {
    return this.counts.reduce((total, count) => total + count, 0);
  }

  add(value: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    while (this.counts.length <= at) this.counts.push(0);
    this.counts[at]!++;
    this.sum += value;
  }

  /** The same values in coarser buckets: `bounds` are the last of this one's. */
  coarser(bounds: readonly number[]): { readonly counts: readonly number[]; readonly sum: number } {
    const merged = this.#bounds.length - bounds.length;
    const first = this.counts.slice(0, merged + 1).reduce((total, count) => total + count, 0);
    return { counts: [first, ...this.counts.slice(merged + 1)], sum: this.sum };
  }
}
