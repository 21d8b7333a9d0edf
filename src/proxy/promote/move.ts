import type { Leaving } from "../../cluster/reals.js";
import { EtcdError } from "../etcd/error.js";
import { prefixEnd } from "../etcd/keys.js";
import type { Tenancy } from "../etcd/tenancy.js";
import { exportObjects } from "./export.js";
import { checkRevision, raiseRevision, writeObjects } from "./write.js";

/** Whether a cluster can have its place in etcd, and revisions go on there. Nothing is written. @throws StartError */
export async function checkPlace(tenancy: Tenancy, cluster: string, revision: number): Promise<void> {
  await tenancy.isOurs(cluster);
  await checkRevision(tenancy.client, BigInt(revision));
}

/**
 * Makes a cluster's objects what is in its place in etcd. What takes long is done before they are held: bringing etcd's
 * revision above the cluster's, and removing what an earlier try has left. @throws StartError, EtcdError
 */
export async function moveIn(tenancy: Tenancy, cluster: string, objects: Leaving): Promise<void> {
  const { client } = tenancy;
  const replace = await tenancy.isOurs(cluster);
  const { prefix } = await tenancy.ensure(cluster);
  await raiseRevision(client, BigInt(objects.revision));
  if (replace) await client.deleteRange(prefix, { end: prefixEnd(prefix), timeoutMs: 60_000 });
  objects.signal.throwIfAborted();
  const snapshot = objects.hold();
  await raiseRevision(client, BigInt(snapshot.revision));
  const { signal } = objects;
  const last = await writeObjects(client, prefix, exportObjects(snapshot, prefix), { signal });
  // Where a server has no watch cache (of events none has) a watch goes to etcd: from before the objects came there it
  // would be told of none that had been deleted meanwhile. Compacted, it is told to read anew.
  await client.compact(last).catch((error: unknown) => {
    if (!(error instanceof EtcdError && error.is("compacted"))) throw error;
  });
}
