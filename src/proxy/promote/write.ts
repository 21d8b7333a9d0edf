import { StartError } from "../../cluster/start-error.js";
import type { EtcdClient } from "../etcd/client.js";
import { prefixEnd } from "../etcd/keys.js";
import type { EtcdObject } from "./export.js";

/** Beside every tenant's prefix; what is written there is of no interest. */
const SCRATCH = "fake-apiserver/revision";
const LIMIT = 1_000_000n;
/** As many as wait for one write to disk: the more, the faster. etcd refuses beyond 5,000. */
const AT_ONCE = 1_000;

/** Whether {@link raiseRevision} can be done. Resolves with etcd's revision. @throws StartError */
export async function checkRevision(
  client: Pick<EtcdClient, "range">,
  least: bigint,
  limit: bigint = LIMIT,
): Promise<bigint> {
  const { revision } = await client.range(SCRATCH);
  if (least - revision <= limit) return revision;
  throw new StartError(
    `etcd is at revision ${revision} and the cluster at ${least}: more than ${limit} writes would be needed to ` +
      "bring etcd above it",
    "conflict",
  );
}

/** What goes into one transaction: etcd takes up to 128 operations and 1.5 MiB. */
const BATCH = 32;
const BATCH_BYTES = 512 * 1024;

/**
 * Makes etcd's revision at least `least`, one write at a time, and resolves with what it is then. Revisions must not go
 * back at an endpoint: a watch from one that is yet to come would wait for it in silence.
 * @throws StartError, with nothing written, when that takes more than `limit` writes (a million)
 */
export async function raiseRevision(
  client: Pick<EtcdClient, "range" | "put">,
  least: bigint,
  limit: bigint = LIMIT,
): Promise<bigint> {
  const revision = await checkRevision(client, least, limit);
  let reached = revision;
  const write = async () => {
    while (reached < least) {
      const made = await client.put(SCRATCH, "");
      if (made > reached) reached = made;
    }
  };
  const writers = Math.min(AT_ONCE, Number(least - reached));
  if (writers > 0) await Promise.all(Array.from({ length: writers }, write));
  return reached;
}

/**
 * Writes objects below a prefix that has none, in their order: some follow each other in one revision, so that a
 * thousand take a second. Resolves with the last revision. After a failure what has been written is there: `replace`
 * removes it, and whatever else is there. @throws StartError when there are keys already; EtcdError
 */
export async function writeObjects(
  client: EtcdClient,
  prefix: string,
  objects: Iterable<EtcdObject>,
  options: { readonly replace?: boolean; readonly signal?: AbortSignal } = {},
): Promise<bigint> {
  const end = prefixEnd(prefix);
  if (options.replace) await client.deleteRange(prefix, { end, timeoutMs: 60_000 });
  const { count, revision } = await client.range(prefix, { end, countOnly: true });
  if (count > 0n) throw new StartError(`etcd has ${count} keys below ${prefix} already`, "conflict");
  let last = revision;
  for (const batch of batches(objects)) {
    options.signal?.throwIfAborted();
    const created = await client.txn({
      when: batch.map(({ key }) => ({ key, modRevision: 0n })),
      success: batch.map(({ key, value }) => ({ put: key, value })),
    });
    if (!created.succeeded) throw new StartError(`somebody else writes to etcd below ${prefix}`, "conflict");
    last = created.revision;
  }
  return last;
}

function* batches(objects: Iterable<EtcdObject>): Generator<EtcdObject[]> {
  let batch: EtcdObject[] = [];
  let bytes = 0;
  for (const object of objects) {
    if (batch.length === BATCH || (batch.length > 0 && bytes + object.value.length > BATCH_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(object);
    bytes += object.value.length;
  }
  if (batch.length > 0) yield batch;
}
