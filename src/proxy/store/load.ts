import type { StoredObject } from "../../store/store.js";
import { EtcdError } from "../etcd/error.js";
import { prefixEnd } from "../etcd/keys.js";
import type { EtcdKeyValue } from "../etcd/messages.js";
import type { WatchBatch } from "../etcd/watch.js";
import type { Layout, StoreClient } from "./layout.js";
import { timedOut, WRITE_MS } from "./troubles.js";

/** A watch that is under way. */
export interface Following {
  readonly batches: AsyncIterable<WatchBatch>;
  readonly stop: () => void;
}

/** A value as etcd has it. */
export interface Value {
  /** With the cluster's prefix. */
  readonly name: string;
  readonly key: string;
  readonly value: Buffer;
  readonly revision: number;
  readonly created: number;
}

/** What etcd has of a cluster, as of one revision. */
export interface Content {
  readonly revision: number;
  /** The last change to what is there. */
  readonly newest: number;
  readonly values: readonly Value[];
  /** Keys of the base layer that have been deleted. */
  readonly gone: readonly string[];
}

export async function readContent(client: StoreClient, layout: Layout): Promise<Content> {
  const { prefix } = layout;
  const values: Value[] = [];
  const gone: string[] = [];
  let [revision, newest] = [0, 0];
  for await (const page of client.pages(prefix, { end: prefixEnd(prefix) })) {
    revision = safe(page.revision);
    for (const kv of page.kvs) {
      const name = Buffer.from(kv.key).toString();
      const place = layout.placeOf(name);
      if (place.is !== "owner") newest = Math.max(newest, Number(kv.modRevision));
      if (place.is === "gone") gone.push(place.key);
      if (place.is === "object") values.push(asValue(name, place.key, kv));
    }
  }
  return { revision, newest, values, gone };
}

function asValue(name: string, key: string, { value, modRevision, createRevision }: EtcdKeyValue): Value {
  // A copy: the page is one piece of memory.
  return { name, key, value: Buffer.from(value), revision: Number(modRevision), created: Number(createRevision) };
}

/** Beyond 2^53 JavaScript's numbers have gaps. At a million writes a second that takes 285 years. */
function safe(revision: bigint): number {
  if (revision > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error(`etcd's revision ${revision} is too high`);
  return Number(revision);
}

/** Where a store begins. */
export interface Beginning {
  /** Nothing has changed from here to the revision of what was read. */
  readonly since: number;
  readonly follow: Following;
}

/**
 * Watches what happens after `content` was read, and finds out how long before there was the last change: who has seen
 * that one has missed nothing. The owner's key, written at `claim`, tells where nobody else could write any more.
 */
export async function beginAfter(
  client: StoreClient,
  layout: Layout,
  { newest, revision }: Content,
  claim: number,
): Promise<Beginning> {
  const { prefix } = layout;
  if (newest >= claim) return { since: newest, follow: follow(client, prefix, revision + 1) };
  const early = follow(client, prefix, newest + 1);
  const late = setTimeout(early.stop, WRITE_MS);
  let since = newest;
  try {
    const batches = early.batches[Symbol.asyncIterator]();
    for (;;) {
      const { value: batch, done } = await batches.next();
      if (done) throw timedOut();
      // Of what is not there any more but was changed after all that is: it has been deleted.
      const last = batch.events.findLast(
        ({ kv }) => Number(kv.modRevision) < claim && layout.placeOf(Buffer.from(kv.key).toString()).is !== "owner",
      );
      if (last) since = Number(last.kv.modRevision);
      if (Number(batch.revision) < claim) continue;
      const later = { ...batch, events: batch.events.filter(({ kv }) => Number(kv.modRevision) > revision) };
      return { since, follow: { batches: continued(later, batches), stop: early.stop } };
    }
  } catch (error) {
    early.stop();
    if (!(error instanceof EtcdError) || error.code !== "OUT_OF_RANGE") throw error;
    return { since: revision, follow: follow(client, prefix, revision + 1) };
  } finally {
    clearTimeout(late);
  }
}

async function* continued(first: WatchBatch, rest: AsyncIterator<WatchBatch>): AsyncGenerator<WatchBatch> {
  yield first;
  for (;;) {
    const { value, done } = await rest.next();
    if (done) return;
    yield value;
  }
}

function follow(client: StoreClient, prefix: string, start: number): Following {
  const stop = new AbortController();
  const batches = client.watch(prefix, { end: prefixEnd(prefix), start: BigInt(start), signal: stop.signal });
  return { batches, stop: () => stop.abort() };
}

/** What a store begins with. */
export interface Loaded extends Beginning {
  readonly revision: number;
  /** What differs from the base layer, by key; undefined: deleted. */
  readonly objects: readonly (readonly [key: string, object: StoredObject | undefined])[];
}
