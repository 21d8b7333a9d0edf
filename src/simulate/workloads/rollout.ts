/** What a Deployment wants. */
export interface Sizes {
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  /** All of the old ones go before the first of the new ones comes. */
  readonly recreate: boolean;
  /** With `recreate`: there are old pods still. */
  readonly blocked: boolean;
}

/** A replica set: how large it is to be, and how many of its pods are available. */
export interface Counted {
  readonly size: number;
  readonly available: number;
}

/** The next step of a rollout; old sets in the order of their age. Upstream: pkg/controller/deployment/rolling.go. */
export function nextSizes(
  wanted: Sizes,
  current: Counted,
  old: readonly Counted[],
): { readonly current: number; readonly old: readonly number[] } {
  if (wanted.recreate) {
    const none = old.map(() => 0);
    const room = wanted.blocked || old.some(({ size }) => size > 0);
    return { current: room ? current.size : wanted.replicas, old: none };
  }
  const all = current.size + sum(old.map(({ size }) => size));
  const grown = newSize(wanted, current, all);
  return { current: grown, old: shrunk(wanted, { ...current, size: grown }, old) };
}

function newSize({ replicas, maxSurge }: Sizes, { size }: Counted, all: number): number {
  if (size >= replicas) return replicas;
  return size + Math.max(0, Math.min(replicas + maxSurge - all, replicas - size));
}

/** Those that are not available go first, then as many as can be missed. */
function shrunk({ replicas, maxUnavailable }: Sizes, current: Counted, old: readonly Counted[]): number[] {
  const minimum = replicas - maxUnavailable;
  const sizes = old.map(({ size }) => size);
  const unavailable = Math.max(0, current.size - current.available);
  let allowed = current.size + sum(sizes) - minimum - unavailable;
  for (const [at, { size, available }] of old.entries()) {
    const gone = Math.max(0, Math.min(allowed, size - available));
    sizes[at] = size - gone;
    allowed -= gone;
  }
  // What is left of it are pods that are available, and more than have to be.
  for (const [at, size] of sizes.entries()) {
    const gone = Math.max(0, Math.min(allowed, size));
    sizes[at] = size - gone;
    allowed -= gone;
  }
  return sizes;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((so, each) => so + each, 0);
}
