import { type Destination, dropObject, putObject } from "../../cluster/content.js";
import { StartError } from "../../cluster/start-error.js";
import type { EtcdClient } from "../etcd/client.js";
import { prefixEnd } from "../etcd/keys.js";
import { decodeValue } from "./decode.js";
import { isInternal, isServersIdentity } from "./own-keys.js";

/** What a kube-apiserver has below its prefix, as of one revision. */
export interface EtcdContent {
  readonly revision: bigint;
  /** In the order in which they were last changed; keys without the prefix. */
  readonly values: readonly { readonly key: string; readonly value: Buffer; readonly revision: bigint }[];
}

export async function readContent(client: EtcdClient, prefix: string): Promise<EtcdContent> {
  const values: { key: string; value: Buffer; revision: bigint }[] = [];
  let revision = 0n;
  for await (const page of client.pages(prefix, { end: prefixEnd(prefix) })) {
    revision = page.revision;
    for (const { key, value, modRevision } of page.kvs) {
      const name = Buffer.from(key).toString().slice(prefix.length);
      // A copy: the page is one piece of memory.
      if (!isInternal(name)) values.push({ key: name, value: Buffer.from(value), revision: modRevision });
    }
  }
  values.sort((a, b) => (a.revision < b.revision ? -1 : a.revision > b.revision ? 1 : 0));
  return { revision, values };
}

const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions/";

/**
 * Makes a store have what a kube-apiserver had: its objects and no others, with their uids and in their order, at
 * revisions above all of etcd's. Nobody should see the store before that is done: it is of no use after a failure.
 * @throws StartError that names the key
 */
export async function importContent({ revision, values }: EtcdContent, to: Destination): Promise<void> {
  const { store, registry } = to;
  if (revision > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new StartError(`etcd's revision ${revision} is beyond what a cluster can have`, "conflict");
  }
  const isDefinition = ({ key }: { readonly key: string }) => key.startsWith(DEFINITIONS);
  store.advance(Number(revision));
  if (values.length === 0) return; // no server has ever been there: what every cluster begins with
  const write = async ({ key, value }: EtcdContent["values"][number]) => {
    const { def, object } = decodeValue(key, value, registry());
    const { labels } = object.metadata;
    if (def.storage !== undefined && !isServersIdentity(key, { labels })) await putObject(to, key, def, object);
  };
  // Custom resources can only be read once their definitions are there.
  for (const value of values.filter(isDefinition)) await write(value);
  const kept = new Set(values.map(({ key }) => key));
  for (const { key, index } of [...(store.snapshot()?.range("") ?? [])]) {
    if (!kept.has(key) && !isServersIdentity(key, index)) await dropObject(to, key);
  }
  for (const value of values) if (!isDefinition(value)) await write(value);
  // What has come in is no news to anybody: a watch from before is to read anew.
  store.advance(store.revision + 1);
}
