/**
 * The one seam between the verbs and where objects are kept. Nothing below it knows of HTTP, kinds or versions.
 * Reads are answered from memory at once; {@link Store.commit} may answer later, because a store on etcd learns
 * the revision only from its transaction (design D3).
 */
export interface Store {
  /** Commits are answered later, and others' may come between reading and writing. */
  readonly answersLater?: boolean;
  /** The newest revision that readers see. */
  readonly revision: number;
  /** Revisions at or below this can't be read or resumed from any more. */
  readonly compacted: number;
  get(key: string): StoredObject | undefined;
  /** The whole content at a revision, free to make. Undefined: compacted away. A future revision is a caller's error. */
  snapshot(revision?: number): Snapshot | undefined;
  /** Compares and writes one key. No await lies between comparing and writing. */
  commit(write: Write): CommitResult | Promise<CommitResult>;
  /** A cursor that yields every event after `revision` under `prefix`. Throws {@link CompactedError}. */
  watch(prefix: string, revision: number): WatchCursor;
  /** Raises the revision without an event: a restart must not reuse revisions that watchers saw. */
  advance(revision: number): void;
  close(): void;
}

/** An immutable view; holding one costs only what has changed since. */
export interface Snapshot {
  readonly revision: number;
  get(key: string): StoredObject | undefined;
  /** Objects whose key begins with `prefix`, ordered by the bytes of the key, from `start` (inclusive) on. */
  range(prefix: string, start?: string): Iterable<StoredObject>;
  /** How many keys under `prefix` are at or after `start`; O(log n). */
  count(prefix: string, start?: string): number;
}

/** What selectors and preconditions use without parsing. */
export interface ObjectIndex {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Selectable fields beyond metadata.name and metadata.namespace, e.g. "spec.nodeName". */
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** What the content was made to fit; the store only keeps it. */
  readonly shape?: string;
}

/** An object encoded but for its resourceVersion, whose digits belong between `head` and `tail`. */
export interface EncodedObject {
  readonly index: ObjectIndex;
  readonly head: Buffer;
  readonly tail: Buffer;
  /** A long part of `tail` that other stores may well have, too: from one offset to another. */
  readonly common?: readonly [from: number, to: number];
}

export interface StoredObject {
  readonly key: string;
  /** Revision of the last change: metadata.resourceVersion. */
  readonly revision: number;
  /** Revision at which the key was created. */
  readonly created: number;
  readonly index: ObjectIndex;
  /** The complete JSON encoding in the storage version, resourceVersion filled in, no trailing newline. Never modified. */
  readonly bytes: Buffer;
  /** Offset in `bytes` of the first digit of the resourceVersion. */
  readonly slot: number;
  /** What this object alone keeps in memory, where that is less than its bytes. */
  readonly ownBytes?: number;
}

export interface Write {
  readonly key: string;
  /** Revision that the key must have now; 0: must not exist. */
  readonly expected: number;
  /** The next content, or undefined to delete the key. */
  readonly object: EncodedObject | undefined;
}

export type CommitResult =
  /** For a delete: the last content, carrying the revision of the deletion. */
  | { readonly ok: true; readonly object: StoredObject }
  | { readonly ok: false; readonly current: StoredObject | undefined };

export interface StoreEvent {
  readonly type: "put" | "delete";
  readonly revision: number;
  readonly key: string;
  /** The new content; for a delete the last content, carrying the revision of the deletion. */
  readonly object: StoredObject;
  /** The content before, undefined for a create. */
  readonly previous: StoredObject | undefined;
}

/** A position in the log. It holds no events, so a reader that stops reading costs nothing. */
export interface WatchCursor {
  /** Every matching event up to this revision has been yielded. */
  readonly revision: number;
  /** The next matching event, or undefined when none is there yet. Throws {@link CompactedError} when it fell behind. */
  next(): StoreEvent | undefined;
  /** Calls back once, soon after `next` may again yield something (at once if it already can). One callback at a time. */
  onReady(callback: () => void): void;
  close(): void;
}

/** The revision asked for is no longer in the log. */
export class CompactedError extends Error {
  constructor(
    readonly requested: number,
    readonly compacted: number,
  ) {
    super(`revision ${requested} has been compacted (oldest is ${compacted})`);
    this.name = "CompactedError";
  }
}
