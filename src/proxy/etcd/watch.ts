import { setTimeout as sleep } from "node:timers/promises";
import { type Caller, type CallLimits, isLost } from "./call.js";
import { errorOf, type Stream } from "./channel.js";
import { EtcdError, isEtcdError } from "./error.js";
import { type Bytes, bytes } from "./keys.js";
import { DELETE, type EtcdKeyValue, WatchRequest, WatchResponse } from "./messages.js";

export interface WatchOptions {
  /** Up to that key, exclusive. By default the one key. */
  readonly end?: Bytes;
  /** The first revision to be told of; by default what comes after the watch has begun. */
  readonly start?: bigint;
  /** Tell what was there before each event. */
  readonly previous?: boolean;
  /** Some ten minutes without events are told, too: as a batch without any. */
  readonly progress?: boolean;
  readonly signal?: AbortSignal;
}

export interface EtcdEvent {
  readonly type: "PUT" | "DELETE";
  /** Of a DELETE the key and the revision only. */
  readonly kv: EtcdKeyValue;
  readonly previous?: EtcdKeyValue;
}

/**
 * Whole revisions, in order; all up to `revision` has been told. Without a start there is first a batch without events:
 * the watch has begun after that revision.
 */
export interface WatchBatch {
  readonly revision: bigint;
  readonly events: readonly EtcdEvent[];
}

/** Between a stream that was lost and the next. */
const PAUSE_MS = 100;

type Answer = ReturnType<typeof WatchResponse.decode>;

/** See EtcdClient.watch. */
export async function* watch(
  caller: Caller,
  key: Bytes,
  options: WatchOptions,
): AsyncGenerator<WatchBatch, void, undefined> {
  const { signal } = options;
  let next = options.start;
  while (!signal?.aborted && !caller.closed) {
    try {
      for await (const batch of attempt(caller, key, options, next)) {
        next = batch.revision + 1n;
        yield batch;
      }
    } catch (error) {
      if (signal?.aborted || caller.closed) return;
      if (isEtcdError(error, "badToken", "oldAuth")) caller.forgetToken();
      else if (!(error instanceof EtcdError && isLost(error))) throw error;
      else {
        caller.moveOn();
        await sleep(PAUSE_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      }
    }
  }
}

/** One stream, to its end or its failure. */
async function* attempt(
  caller: Caller,
  key: Bytes,
  options: WatchOptions,
  start: bigint | undefined,
): AsyncGenerator<WatchBatch, void, undefined> {
  const limits: CallLimits = options.signal === undefined ? {} : { signal: options.signal };
  const { stream, endpoint } = await caller.stream("Watch/Watch", limits);
  const cancel = () => stream.cancel();
  options.signal?.addEventListener("abort", cancel, { once: true });
  stream.on("error", ignore); // one that comes after the reader has left; the iterator throws its own
  try {
    stream.write(WatchRequest.encode({ create: createRequest(key, options, start) }));
    yield* batches(stream, start);
    throw new EtcdError("UNAVAILABLE", `${endpoint}: the watch has ended`);
  } catch (error) {
    throw errorOf(error, endpoint);
  } finally {
    options.signal?.removeEventListener("abort", cancel);
    stream.cancel();
  }
}

function createRequest(key: Bytes, { end, previous, progress }: WatchOptions, start: bigint | undefined) {
  return {
    key: bytes(key),
    ...(end === undefined ? {} : { rangeEnd: bytes(end) }),
    ...(start === undefined ? {} : { startRevision: start }),
    prevKv: previous ?? false,
    progressNotify: progress ?? false,
    fragment: true, // an answer longer than etcd's limit for one would be cut off otherwise
  };
}

async function* batches(stream: Stream, start: bigint | undefined): AsyncGenerator<WatchBatch, void, undefined> {
  let parts: EtcdEvent[] = [];
  for await (const message of stream as AsyncIterable<Buffer>) {
    const answer = WatchResponse.decode(message);
    refuseCanceled(answer);
    const revision = answer.header?.revision ?? 0n;
    if (answer.created) {
      if (start === undefined) yield { revision, events: [] };
      continue;
    }
    parts.push(...answer.events.flatMap(eventOf));
    if (answer.fragment) continue;
    const last = parts.at(-1)?.kv.modRevision ?? revision;
    yield { revision: last, events: parts };
    parts = [];
  }
}

function refuseCanceled(answer: Answer): void {
  if (!answer.canceled) return;
  if (answer.compactRevision > 0n) {
    throw new EtcdError("OUT_OF_RANGE", "etcdserver: mvcc: required revision has been compacted");
  }
  const reason = answer.cancelReason;
  if (/permission denied/.test(reason)) throw new EtcdError("PERMISSION_DENIED", "etcdserver: permission denied");
  throw new EtcdError("UNKNOWN", reason === "" ? "etcd has ended the watch" : reason);
}

function eventOf({ type, kv, prevKv }: Answer["events"][number]): EtcdEvent[] {
  if (kv === undefined) return [];
  return [{ type: type === DELETE ? "DELETE" : "PUT", kv, ...(prevKv === undefined ? {} : { previous: prevKv }) }];
}

function ignore(): void {}
