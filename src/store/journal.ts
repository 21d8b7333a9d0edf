import type { StoredObject, StoreEvent } from "./store.js";

/** What a journal gives back after a restart. */
export interface Kept {
  readonly revision: number;
  /** What differs from the base layer, by key; undefined: deleted. */
  readonly objects: ReadonlyMap<string, StoredObject | undefined>;
}

/** An object that differs from the base layer; without one the key has been deleted from it. */
export interface Change {
  readonly key: string;
  readonly object?: StoredObject;
}

/**
 * Where a store keeps what must outlive the process. It is told before a change is seen by anybody, and throws
 * ApiError when it can't keep it: the change has not happened then.
 */
export interface Journal {
  /** To be taken once, by the store that is made of it. */
  takeKept(): Kept | undefined;
  append(event: StoreEvent): void;
  advance(revision: number): void;
  /** Whether so much has been overwritten that {@link rewrite} pays. */
  readonly due: boolean;
  rewrite(revision: number, changes: Iterable<Change>): void;
  close(): void;
}
