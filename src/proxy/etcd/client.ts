import type { Fields, Given, ValueOf } from "../../etcd/wire/message.js";
import { HeaderOnly, StatusResponse } from "../../etcd/wire/messages.js";
import { EtcdAuth } from "./auth.js";
import { Caller, type CallLimits, type Rpc } from "./call.js";
import type { EtcdConnection } from "./connection.js";
import { type Bytes, bytes, nextKey } from "./keys.js";
import { EtcdLeases } from "./lease.js";
import {
  CompactionRequest,
  CompareResult,
  CompareTarget,
  DeleteRangeRequest,
  DeleteRangeResponse,
  Empty,
  type EtcdKeyValue,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  TxnRequest,
  TxnResponse,
} from "./messages.js";
import { type WatchBatch, type WatchOptions, watch } from "./watch.js";

export interface RangeOptions extends CallLimits {
  /** Up to that key, exclusive; see {@link prefixEnd}. By default the one key. */
  readonly end?: Bytes;
  /** By default all. */
  readonly limit?: number;
  /** As of that revision; by default now. */
  readonly revision?: bigint;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  /** What the member that is asked has, which may be behind. */
  readonly serializable?: boolean;
}

export interface RangeResult {
  /** etcd's revision when it answered. */
  readonly revision: bigint;
  readonly kvs: readonly EtcdKeyValue[];
  readonly more: boolean;
  /** How many there are in the range, beyond any limit. */
  readonly count: bigint;
}

/** What must hold: of a key its revision (0: there is none), creation, version or value. */
export interface Comparison {
  readonly key: Bytes;
  readonly is?: keyof typeof CompareResult;
  readonly modRevision?: bigint;
  readonly createRevision?: bigint;
  readonly version?: bigint;
  readonly value?: Bytes;
}

export type Operation =
  | { readonly range: Bytes; readonly end?: Bytes }
  | {
      readonly put: Bytes;
      readonly value: Bytes;
      /** The key ends with that lease. */
      readonly lease?: bigint;
    }
  | { readonly delete: Bytes; readonly end?: Bytes };

export interface Transaction {
  readonly when?: readonly Comparison[];
  readonly success?: readonly Operation[];
  readonly failure?: readonly Operation[];
}

export interface TxnResult {
  readonly revision: bigint;
  /** Whether all of `when` held. */
  readonly succeeded: boolean;
  /** One for each operation: what a range found. */
  readonly found: readonly (readonly EtcdKeyValue[])[];
}

export interface EtcdStatus {
  /** "3.5.21" */
  readonly version: string;
  readonly revision: bigint;
  readonly dbSize: bigint;
  /** 0n while there is none. */
  readonly leader: bigint;
}

const RANGE = { path: "KV/Range", request: RangeRequest, answer: RangeResponse, repeatable: true } as const;
const PUT = { path: "KV/Put", request: PutRequest, answer: PutResponse, repeatable: false } as const;
const TXN = { path: "KV/Txn", request: TxnRequest, answer: TxnResponse, repeatable: false } as const;
const DELETE_RANGE = {
  path: "KV/DeleteRange",
  request: DeleteRangeRequest,
  answer: DeleteRangeResponse,
  repeatable: false,
} as const;
const COMPACT = { path: "KV/Compact", request: CompactionRequest, answer: HeaderOnly, repeatable: true } as const;
const STATUS = { path: "Maintenance/Status", request: Empty, answer: StatusResponse, repeatable: true } as const;

/**
 * A client of an etcd (3.4 and later). It connects at its first call. While a member can't be reached the next one is
 * asked; a write whose fate is unknown is not repeated. All throw {@link EtcdError}.
 */
export class EtcdClient {
  readonly auth: EtcdAuth;
  readonly leases: EtcdLeases;
  readonly #caller: Caller;

  constructor(readonly connection: EtcdConnection) {
    this.#caller = new Caller(connection);
    this.auth = new EtcdAuth(this.#caller);
    this.leases = new EtcdLeases(this.#caller);
  }

  async range(key: Bytes, options: RangeOptions = {}): Promise<RangeResult> {
    const { end, limit, revision, keysOnly, countOnly, serializable } = options;
    const request = {
      key: bytes(key),
      ...(end === undefined ? {} : { rangeEnd: bytes(end) }),
      ...(limit === undefined ? {} : { limit: BigInt(limit) }),
      ...(revision === undefined ? {} : { revision }),
      ...(keysOnly === undefined ? {} : { keysOnly }),
      ...(countOnly === undefined ? {} : { countOnly }),
      ...(serializable === undefined ? {} : { serializable }),
    };
    const { header, kvs, more, count } = await this.#call(RANGE, request, options);
    return { revision: header?.revision ?? 0n, kvs, more, count };
  }

  /** The value of one key. */
  async get(key: Bytes, limits: CallLimits = {}): Promise<EtcdKeyValue | undefined> {
    return (await this.range(key, limits)).kvs[0];
  }

  /** All of a range at one revision, a page of `limit` (1,000) at a time. */
  async *pages(key: Bytes, options: RangeOptions & { readonly end: Bytes }): AsyncGenerator<RangeResult> {
    const { limit = 1000 } = options;
    let from: Bytes = key;
    let revision = options.revision;
    for (;;) {
      const page = await this.range(from, { ...options, limit, ...(revision === undefined ? {} : { revision }) });
      yield revision === undefined ? page : { ...page, revision };
      const last = page.kvs.at(-1);
      if (!page.more || last === undefined) return;
      revision ??= page.revision;
      from = nextKey(last.key);
    }
  }

  /** Resolves with the revision that wrote it. */
  async put(key: Bytes, value: Bytes, limits: CallLimits = {}): Promise<bigint> {
    const { header } = await this.#call(PUT, { key: bytes(key), value: bytes(value) }, limits);
    return header?.revision ?? 0n;
  }

  /** Deletes a key, or all up to `end`; resolves with how many there were. */
  async deleteRange(key: Bytes, options: CallLimits & { readonly end?: Bytes } = {}): Promise<bigint> {
    const request = { key: bytes(key), ...(options.end === undefined ? {} : { rangeEnd: bytes(options.end) }) };
    return (await this.#call(DELETE_RANGE, request, options)).deleted;
  }

  async txn({ when = [], success = [], failure = [] }: Transaction, limits: CallLimits = {}): Promise<TxnResult> {
    const request = {
      compare: when.map(comparison),
      success: success.map(operation),
      failure: failure.map(operation),
    };
    const { header, succeeded, responses } = await this.#call(TXN, request, limits);
    return {
      revision: header?.revision ?? 0n,
      succeeded,
      found: responses.map(({ range }) => range?.kvs ?? []),
    };
  }

  /** Forgets history before `revision`. */
  async compact(revision: bigint, limits: CallLimits & { readonly physical?: boolean } = {}): Promise<void> {
    await this.#call(COMPACT, { revision, physical: limits.physical ?? false }, limits);
  }

  /** Of the member that answers. */
  async status(limits: CallLimits = {}): Promise<EtcdStatus> {
    const { header, version, dbSize, leader } = await this.#call(STATUS, {}, limits);
    return { version, revision: header?.revision ?? 0n, dbSize, leader };
  }

  /**
   * What changes from `start` on. It goes on by itself at another member when its own is lost.
   * @throws EtcdError, OUT_OF_RANGE when the history from `start` on is gone
   */
  watch(key: Bytes, options: WatchOptions = {}): AsyncGenerator<WatchBatch, void, undefined> {
    return watch(this.#caller, key, options);
  }

  get closed(): boolean {
    return this.#caller.closed;
  }

  close(): void {
    this.#caller.close();
  }

  #call<Q extends Fields, A extends Fields>(
    rpc: Rpc<Q, A>,
    request: Given<Q>,
    limits: CallLimits,
  ): Promise<ValueOf<A>> {
    return this.#caller.call(rpc, request, limits);
  }
}

function comparison({ key, is = "equal", modRevision, createRevision, version, value }: Comparison) {
  const common = { key: bytes(key), result: CompareResult[is] };
  if (value !== undefined) return { ...common, target: CompareTarget.value, value: bytes(value) };
  if (version !== undefined) return { ...common, target: CompareTarget.version, version };
  if (createRevision !== undefined) return { ...common, target: CompareTarget.createRevision, createRevision };
  return { ...common, target: CompareTarget.modRevision, modRevision: modRevision ?? 0n };
}

function operation(op: Operation) {
  const rangeEnd = "end" in op && op.end !== undefined ? { rangeEnd: bytes(op.end) } : {};
  if ("put" in op) {
    const { put, value, lease } = op;
    return { put: { key: bytes(put), value: bytes(value), ...(lease === undefined ? {} : { lease }) } };
  }
  if ("delete" in op) return { deleteRange: { key: bytes(op.delete), ...rangeEnd } };
  return { range: { key: bytes(op.range), ...rangeEnd } };
}
