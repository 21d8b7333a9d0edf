import type { CommitResult, EncodedObject, Store, StoredObject } from "../../src/store/store.js";

/** An encoded object whose content is `text`. */
export function encoded(name: string, text = "", uid = `uid-${name}`): EncodedObject {
  return {
    index: { name, namespace: "", uid, labels: undefined, fields: undefined },
    head: Buffer.from(`{"metadata":{"name":"${name}","resourceVersion":"`),
    tail: Buffer.from(`"},"data":"${text}"}`),
  };
}

/** Writes over whatever is there. */
export function put(store: Store, key: string, text = ""): StoredObject {
  const expected = store.get(key)?.revision ?? 0;
  return accepted(store.commit({ key, expected, object: encoded(key, text) }));
}

export function remove(store: Store, key: string): StoredObject {
  return accepted(store.commit({ key, expected: store.get(key)?.revision ?? 0, object: undefined }));
}

function accepted(result: CommitResult | Promise<CommitResult>): StoredObject {
  if (result instanceof Promise || !result.ok) throw new Error("the commit was refused");
  return result.object;
}

export interface Content {
  readonly resourceVersion: number;
  readonly name: string;
  readonly data: string;
}

/** What the bytes say. */
export function content(object: StoredObject): Content {
  const parsed = JSON.parse(object.bytes.toString());
  const { resourceVersion, name } = parsed.metadata;
  return { resourceVersion: Number(resourceVersion), name, data: parsed.data };
}

export function keysOf(objects: Iterable<StoredObject>): string[] {
  return [...objects].map(({ key }) => key);
}

/** Resolves when everything that has been woken has run. */
export async function turns(count = 3): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
