import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { internalError } from "../../kube/errors.js";
import { ApiError } from "../../kube/status.js";
import { ObjectLog, type ObjectLogOptions } from "../../store/object-log.js";
import { withRevision } from "../../store/revision-slot.js";
import type { CommitResult, EncodedObject, Store, StoredObject, StoreEvent, Write } from "../../store/store.js";
import type { Comparison, Operation, Transaction, TxnResult } from "../etcd/client.js";
import type { EtcdEvent, WatchBatch } from "../etcd/watch.js";
import type { Layout, StoreClient } from "./layout.js";
import type { Loaded } from "./load.js";
import { isUnanswered, notServed, refused, timedOut, WRITE_MS } from "./troubles.js";
import { storedValue } from "./value.js";

export interface EtcdStoreParts extends ObjectLogOptions {
  readonly client: StoreClient;
  readonly layout: Layout;
  /** The revision at which the cluster became ours. Every write asks whether it still is. */
  readonly claim: number;
  /** Reads a value that somebody else has written. */
  readonly read: (key: string, value: Buffer) => EncodedObject;
  /** Told once, when the store can't go on: the cluster is not ours any more, or etcd has what can't be read. */
  readonly lost: (cause: Error) => void;
  /** Default {@link ATTEMPT_MS}. */
  readonly attemptMs?: number | undefined;
}

/** How long one attempt at a write may take, and how long it is waited for what has become of it. */
const ATTEMPT_MS = 5_000;
const PAUSE_MS = 50;

const ELSEWHERE = "the cluster is served by another process now";

/** A write that etcd has been asked for, and may have made. */
interface Pending extends Write {
  readonly value: Buffer | undefined;
  /** What it has become, once that has been seen; it may as well be another's that asked for the very same. */
  result?: { readonly object: StoredObject; readonly alone: boolean };
}

interface Waiter {
  readonly test: () => boolean;
  readonly settle: (error?: Error) => void;
}

/**
 * Objects of etcd, all of them in memory, too. A change is seen when etcd tells of it, in the order of its revisions;
 * whoever makes one is answered after that. A write is a transaction that asks for the revision that was expected, and
 * is made once at most, whatever becomes of answers.
 */
export class EtcdStore extends ObjectLog implements Store {
  readonly answersLater = true;
  readonly #parts: EtcdStoreParts;
  readonly #pending = new Map<string, Set<Pending>>();
  readonly #waiters = new Set<Waiter>();
  readonly #stop = new AbortController();
  #ended: Error | undefined;

  constructor(parts: EtcdStoreParts, loaded: Loaded) {
    super(parts, { objects: loaded.objects, revision: loaded.since });
    this.pass(loaded.revision);
    this.#parts = parts;
    setMaxListeners(0, this.#stop.signal); // one for each write
    this.#stop.signal.addEventListener("abort", () => loaded.follow.stop(), { once: true });
    void this.#follow(loaded.follow.batches);
  }

  async commit(write: Write): Promise<CommitResult> {
    const { key, expected, object } = write;
    const current = this.get(key);
    if ((current?.revision ?? 0) !== expected || (!current && !object)) return { ok: false, current };
    if (this.#ended) throw this.#ended;
    const pending: Pending = { ...write, value: object && storedValue(object) };
    const others = this.#pending.get(key) ?? new Set();
    this.#pending.set(key, others.add(pending));
    try {
      return await this.#written(pending, this.#transaction(pending));
    } finally {
      others.delete(pending);
      if (others.size === 0 && this.#pending.get(key) === others) this.#pending.delete(key);
    }
  }

  /** Raises nothing: revisions are etcd's. @throws ApiError where etcd is not that far */
  advance(revision: number): void {
    if (revision <= this.revision) return;
    throw internalError(
      `etcd is at revision ${this.revision}, and clients of the cluster have been told of ${revision}: etcd has lost what it had`,
    );
  }

  override close(): void {
    this.#end(notServed("the cluster is being stopped"));
    super.close();
  }

  #end(cause: Error): boolean {
    if (this.#ended) return false;
    this.#ended = cause instanceof ApiError ? cause : internalError(cause.message);
    this.#stop.abort();
    for (const waiter of [...this.#waiters]) waiter.settle(timedOut());
    return true;
  }

  #lose(cause: Error): Error {
    if (this.#end(cause)) this.#parts.lost(cause);
    return cause;
  }

  #transaction({ key, expected, value }: Pending): Transaction {
    const { layout, claim } = this.#parts;
    const [place, gone] = [layout.prefix + key, layout.gone(key)];
    const untouched = this.isUntouched(key);
    const when: Comparison[] = [
      { key: layout.owner, modRevision: BigInt(claim) },
      { key: place, modRevision: BigInt(untouched ? 0 : expected) },
      // Nobody has deleted it either.
      ...(untouched ? [{ key: gone, modRevision: 0n }] : []),
    ];
    const removal: Operation[] = [
      ...(untouched ? [] : [{ delete: place }]),
      ...(this.isOfBase(key) ? [{ put: gone, value: "" }] : []),
    ];
    const success = value === undefined ? removal : [{ put: place, value }];
    return { when, success, failure: [{ range: layout.owner }, { range: place }] };
  }

  async #written(pending: Pending, transaction: Transaction): Promise<CommitResult> {
    const { key, expected } = pending;
    const until = Date.now() + WRITE_MS;
    let unknown = false;
    for (;;) {
      let answer: TxnResult;
      try {
        const { attemptMs = ATTEMPT_MS } = this.#parts;
        const timeoutMs = Math.max(1, Math.min(attemptMs, until - Date.now()));
        answer = await this.#parts.client.txn(transaction, { timeoutMs, signal: this.#stop.signal });
      } catch (error) {
        if (this.#ended) throw timedOut();
        if (!isUnanswered(error) || Date.now() + PAUSE_MS >= until) throw refused(error);
        unknown = true;
        await this.#afterSilence(pending, until);
        if (pending.result) return guessed(pending.result);
        continue;
      }
      if (answer.succeeded) {
        await this.#until(() => pending.result !== undefined, until);
        return { ok: true, object: pending.result!.object };
      }
      this.#checkOwner(answer, unknown);
      // What was there may be gone again when that is seen.
      const there = Number(answer.found[1]?.[0]?.modRevision ?? Number.POSITIVE_INFINITY);
      await this.#until(() => this.revision >= there || (this.get(key)?.revision ?? 0) !== expected, until);
      // An attempt that was not answered was the one that made it.
      if (unknown && pending.result) return guessed(pending.result);
      return { ok: false, current: this.get(key) };
    }
  }

  /**
   * An attempt at a change asks for a revision that never comes again, so it may be repeated. A creation asks for there
   * being nothing, which may come true a second time: it would be made twice. @throws ApiError
   */
  async #afterSilence(pending: Pending, until: number): Promise<void> {
    if (pending.expected > 0) return sleep(PAUSE_MS);
    const { attemptMs = ATTEMPT_MS } = this.#parts;
    await this.#until(() => pending.result !== undefined, Math.min(until, Date.now() + attemptMs));
  }

  #checkOwner({ found }: TxnResult, unknown: boolean): void {
    const owner = found[0]?.[0];
    if (owner?.modRevision === BigInt(this.#parts.claim)) return;
    const cause = this.#lose(notServed(ELSEWHERE));
    // An earlier attempt may have made it: nobody should be asked to try again.
    throw unknown ? timedOut() : cause;
  }

  /** Resolves when it holds; it is looked at after each change. @throws ApiError when it has not by then */
  #until(test: () => boolean, until: number): Promise<void> {
    if (test()) return Promise.resolve();
    if (this.#ended) return Promise.reject(timedOut());
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        if (error) reject(error);
        else resolve();
      };
      const waiter: Waiter = { test, settle };
      const timer = setTimeout(() => settle(timedOut()), Math.max(1, until - Date.now()));
      this.#waiters.add(waiter);
    });
  }

  async #follow(batches: AsyncIterable<WatchBatch>): Promise<void> {
    try {
      for await (const batch of batches) {
        if (this.#ended) return;
        this.#apply(batch);
      }
      this.#lose(notServed("etcd does not tell of changes any more"));
    } catch (error) {
      this.#lose(error as Error);
    }
  }

  #apply({ revision, events }: WatchBatch): void {
    for (let from = 0, to = 0; from < events.length; from = to) {
      const at = events[from]!.kv.modRevision;
      while (events[to]?.kv.modRevision === at) to++;
      this.#applyRevision(Number(at), events.slice(from, to));
    }
    this.pass(Number(revision));
    for (const waiter of [...this.#waiters]) if (waiter.test()) waiter.settle();
  }

  #applyRevision(revision: number, events: readonly EtcdEvent[]): void {
    if (revision <= this.revision) return;
    const changes = events.flatMap((event) => this.#changeOf(event, revision));
    const [first, ...others] = changes;
    if (first === undefined) return;
    if (others.length === 0) this.record(first);
    // A reader has a revision for its position: what has happened at one revision, by other hands than ours, is not
    // told but found by who reads anew.
    else this.replace(changes, revision);
  }

  #changeOf({ type, kv }: EtcdEvent, revision: number): StoreEvent[] {
    const { layout, claim, read } = this.#parts;
    const name = Buffer.from(kv.key).toString();
    const place = layout.placeOf(name);
    if (place.is === "owner" && Number(kv.modRevision) !== claim) {
      throw notServed(ELSEWHERE);
    }
    if (place.is === "gone")
      return type === "PUT" && this.isUntouched(place.key) ? this.#deletion(place.key, revision) : [];
    if (place.is !== "object") return [];
    const { key } = place;
    if (type === "DELETE") return this.#deletion(key, revision);
    const previous = this.get(key);
    const value = Buffer.from(kv.value.buffer, kv.value.byteOffset, kv.value.byteLength);
    const made = this.#madeBy(key, previous, value);
    const object = this.made(key, made[0]?.object ?? read(name, value), revision, Number(kv.createRevision));
    for (const pending of made) pending.result = { object, alone: made.length === 1 };
    return [{ type: "put", revision, key, object, previous }];
  }

  #deletion(key: string, revision: number): StoreEvent[] {
    const previous = this.get(key);
    if (previous === undefined) return [];
    const object = withRevision(previous, revision);
    const made = this.#madeBy(key, previous, undefined);
    for (const pending of made) pending.result = { object, alone: made.length === 1 };
    return [{ type: "delete", revision, key, object, previous }];
  }

  /** The writes of ours that would make this change of what was there. */
  #madeBy(key: string, previous: StoredObject | undefined, value: Buffer | undefined): Pending[] {
    return [...(this.#pending.get(key) ?? [])].filter(
      (pending) =>
        pending.expected === (previous?.revision ?? 0) &&
        (value === undefined ? pending.value === undefined : pending.value?.equals(value)),
    );
  }
}

/** What an attempt that was not answered has come to. @throws ApiError */
function guessed({ object, alone }: NonNullable<Pending["result"]>): CommitResult {
  if (!alone) throw timedOut();
  return { ok: true, object };
}
