import type {
  Comparison,
  Operation,
  RangeOptions,
  RangeResult,
  Transaction,
  TxnResult,
} from "../../../src/proxy/etcd/client.js";
import { EtcdError } from "../../../src/proxy/etcd/error.js";
import { type Bytes, bytes, nextKey } from "../../../src/proxy/etcd/keys.js";
import type { EtcdKeyValue } from "../../../src/proxy/etcd/messages.js";
import type { EtcdEvent, WatchBatch, WatchOptions } from "../../../src/proxy/etcd/watch.js";
import type { StoreClient } from "../../../src/proxy/store/layout.js";

/** A change, as etcd remembers it. */
export interface Past {
  readonly revision: number;
  readonly key: string;
  /** Undefined: deleted. */
  readonly kv: EtcdKeyValue | undefined;
}

/** What goes wrong with a call: it does not arrive, or its answer does not. */
export type Fault = "unsent" | "unanswered" | undefined;

export interface Weather {
  /** What becomes of the next call that writes. */
  readonly fault?: (what: "txn" | "put") => Fault;
  /** Resolves when a message has arrived. */
  readonly travel?: () => Promise<void>;
  /** Whether the stream of a watch breaks before the next batch; it begins anew where it was. */
  readonly breaks?: () => boolean;
}

const text = (key: Bytes) => Buffer.from(bytes(key)).toString();
const lost = () => new EtcdError("UNAVAILABLE", "the connection was lost");

/** As much of an etcd as a store needs, in memory; all that calls it does so through a client with its own weather. */
export class FakeEtcd {
  revision = 1;
  compacted = 0;
  readonly past: Past[] = [];
  readonly #now = new Map<string, EtcdKeyValue>();
  readonly #leases = new Set<bigint>();
  readonly #wakers = new Set<() => void>();
  isDown = false;

  client(weather: Weather = {}): StoreClient & { close(): void } {
    return new FakeClient(this, weather);
  }

  get(key: string): EtcdKeyValue | undefined {
    return this.#now.get(key);
  }

  /** By somebody from outside. */
  put(key: string, value: string): number {
    return this.txn({ success: [{ put: key, value }] }).revision;
  }

  /** Nobody gets an answer until it is started. */
  stop(): void {
    this.isDown = true;
  }

  start(): void {
    this.isDown = false;
    this.wake();
  }

  /** The keys of a lease go with it. */
  expire(lease: bigint): void {
    this.#leases.delete(lease);
    const keys = [...this.#now].filter(([, kv]) => kv.lease === lease).map(([key]) => key);
    if (keys.length > 0) this.txn({ success: keys.map((key) => ({ delete: key })) });
  }

  get leases(): readonly bigint[] {
    return [...this.#leases];
  }

  grant(): bigint {
    const id = BigInt(this.revision * 1000 + this.#leases.size + 1);
    this.#leases.add(id);
    return id;
  }

  isAlive(lease: bigint): boolean {
    return this.#leases.has(lease);
  }

  compact(revision: number = this.revision): void {
    this.compacted = revision;
    this.wake();
  }

  wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  /** Resolves at the next change. */
  async change(signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#wakers.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      this.#wakers.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  range(key: string, options: RangeOptions): RangeResult {
    const at = options.revision === undefined ? this.revision : Number(options.revision);
    if (at < this.compacted) throw EtcdError.of(11, "etcdserver: mvcc: required revision has been compacted");
    const [from, end] = [key, options.end && text(options.end)];
    const there = at === this.revision ? [...this.#now] : [...this.#asOf(at)];
    const found = there
      .filter(([each]) => (end === undefined ? each === from : each >= from && each < end))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, kv]) => kv);
    const limit = options.limit ?? Number.POSITIVE_INFINITY;
    const kvs = options.countOnly ? [] : found.slice(0, limit);
    return { revision: BigInt(this.revision), kvs, more: found.length > limit, count: BigInt(found.length) };
  }

  #asOf(revision: number): Map<string, EtcdKeyValue> {
    const out = new Map<string, EtcdKeyValue>();
    for (const { key, kv, revision: at } of this.past) {
      if (at > revision) break;
      if (kv) out.set(key, kv);
      else out.delete(key);
    }
    return out;
  }

  txn({ when = [], success = [], failure = [] }: Transaction): { revision: number; result: TxnResult } {
    const succeeded = when.every((comparison) => this.#holds(comparison));
    const next = this.revision + 1;
    let changed = false;
    const found = (succeeded ? success : failure).map((op) => {
      if ("range" in op) return this.range(text(op.range), op.end === undefined ? {} : { end: op.end }).kvs;
      changed = this.#change(op, next) || changed;
      return [];
    });
    if (changed) {
      this.revision = next;
      this.wake();
    }
    return { revision: this.revision, result: { revision: BigInt(this.revision), succeeded, found } };
  }

  #change(op: Exclude<Operation, { range: Bytes }>, revision: number): boolean {
    if ("delete" in op) {
      const [from, end] = [text(op.delete), op.end && text(op.end)];
      const keys = [...this.#now.keys()].filter((key) => (end === undefined ? key === from : key >= from && key < end));
      for (const key of keys) {
        this.#now.delete(key);
        this.past.push({ revision, key, kv: undefined });
      }
      return keys.length > 0;
    }
    const key = text(op.put);
    const before = this.#now.get(key);
    const kv: EtcdKeyValue = {
      key: bytes(op.put),
      createRevision: before?.createRevision ?? BigInt(revision),
      modRevision: BigInt(revision),
      version: (before?.version ?? 0n) + 1n,
      value: bytes(op.value),
      lease: op.lease ?? 0n,
    };
    this.#now.set(key, kv);
    this.past.push({ revision, key, kv });
    return true;
  }

  #holds({ key, modRevision = 0n, value }: Comparison): boolean {
    const kv = this.#now.get(text(key));
    if (value !== undefined) return kv !== undefined && Buffer.from(kv.value).equals(bytes(value));
    return (kv?.modRevision ?? 0n) === modRevision;
  }

  /** The events of a range after a revision, at most `most` revisions of them. */
  after(revision: number, from: string, end: string | undefined, most: number): WatchBatch | undefined {
    if (revision + 1 <= this.compacted)
      throw EtcdError.of(11, "etcdserver: mvcc: required revision has been compacted");
    const events: EtcdEvent[] = [];
    const revisions = new Set<number>();
    for (const { revision: at, key, kv } of this.past) {
      if (at <= revision || !(end === undefined ? key === from : key >= from && key < end)) continue;
      if (!revisions.has(at) && revisions.size === most) break;
      revisions.add(at);
      events.push(kv ? { type: "PUT", kv } : { type: "DELETE", kv: deleted(key, at) });
    }
    const last = events.at(-1)?.kv.modRevision;
    return last === undefined ? undefined : { revision: last, events };
  }
}

function deleted(key: string, revision: number): EtcdKeyValue {
  const none = { createRevision: 0n, version: 0n, value: new Uint8Array(0), lease: 0n };
  return { key: bytes(key), modRevision: BigInt(revision), ...none };
}

class FakeClient implements StoreClient {
  closed = false;
  readonly #etcd: FakeEtcd;
  readonly #weather: Weather;

  constructor(etcd: FakeEtcd, weather: Weather) {
    this.#etcd = etcd;
    this.#weather = weather;
  }

  close(): void {
    this.closed = true;
    this.#etcd.wake();
  }

  async range(key: Bytes, options: RangeOptions = {}): Promise<RangeResult> {
    await this.#arrive();
    return this.#etcd.range(text(key), options);
  }

  async *pages(key: Bytes, options: RangeOptions & { readonly end: Bytes }): AsyncGenerator<RangeResult> {
    let from: Bytes = key;
    let { revision } = options;
    for (;;) {
      const page = await this.range(from, { ...options, limit: 3, ...(revision === undefined ? {} : { revision }) });
      yield revision === undefined ? page : { ...page, revision };
      const last = page.kvs.at(-1);
      if (!page.more || last === undefined) return;
      revision ??= page.revision;
      from = nextKey(last.key);
    }
  }

  async put(key: Bytes, value: Bytes): Promise<bigint> {
    const { revision } = await this.txn({ success: [{ put: key, value }] });
    return revision;
  }

  async txn(transaction: Transaction): Promise<TxnResult> {
    const fault = this.#weather.fault?.("txn");
    await this.#arrive();
    if (fault === "unsent") throw lost();
    const { result } = this.#etcd.txn(transaction);
    await this.#arrive();
    if (fault === "unanswered") throw lost();
    return result;
  }

  readonly leases = {
    grant: async (ttl: number) => {
      await this.#arrive();
      return { id: this.#etcd.grant(), ttl };
    },
    keepAlive: async (id: bigint, _timeoutMs: number) => {
      await this.#arrive();
      return this.#etcd.isAlive(id) ? 15 : 0;
    },
    revoke: async (id: bigint) => {
      await this.#arrive();
      this.#etcd.expire(id);
    },
  };

  async *watch(key: Bytes, options: WatchOptions = {}): AsyncGenerator<WatchBatch, void, undefined> {
    const { signal, start, end } = options;
    let seen = start === undefined ? this.#etcd.revision : Number(start) - 1;
    const to = end === undefined ? undefined : text(end);
    while (!signal?.aborted && !this.closed) {
      const batch = this.#etcd.isDown ? undefined : this.#etcd.after(seen, text(key), to, 3);
      if (batch === undefined) {
        await this.#etcd.change(signal);
        continue;
      }
      await this.#weather.travel?.();
      if (this.#weather.breaks?.()) continue;
      if (signal?.aborted) return;
      seen = Number(batch.revision);
      yield batch;
    }
  }

  async #arrive(): Promise<void> {
    await this.#weather.travel?.();
    while (this.#etcd.isDown && !this.closed) await this.#etcd.change();
    if (this.closed) throw new EtcdError("CANCELLED", "the call was given up");
  }
}
