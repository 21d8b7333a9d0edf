/** Where time, uids and random names come from, so that tests and `--seed` runs repeat exactly (design D12). */
export interface Sources {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A random (version 4) UUID. */
  uid(): string;
  /** `length` characters of Kubernetes' alphabet for generated names. */
  suffix(length: number): string;
}

/** RFC 3339 in UTC with whole seconds, as metav1.Time is written. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
