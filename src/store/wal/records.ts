import { fill } from "../revision-slot.js";
import type { SharedParts } from "../shared-parts.js";
import { SharingObject, sharing } from "../sharing-object.js";
import type { ObjectIndex, StoredObject } from "../store.js";

/** What a cluster's log begins with. */
export interface Birth {
  /** uids of the base layer come from it. */
  readonly seed: string;
  /** When the cluster was made, in milliseconds since the epoch. */
  readonly created: number;
  /** Revisions up to this one belong to what the cluster was before it was reset. */
  readonly floor: number;
}

/** A record of a cluster's log. */
export type LogRecord =
  | { readonly is: "birth"; readonly birth: Birth }
  /** All that a new cluster holds is there: before, there is no cluster. */
  | { readonly is: "ready" }
  | { readonly is: "put"; readonly object: StoredObject }
  | { readonly is: "delete"; readonly key: string; readonly revision: number }
  | { readonly is: "revision"; readonly revision: number }
  /** The machine was started anew, and may have lost what came last. */
  | { readonly is: "boot"; readonly id: string };

interface PutHead {
  readonly is: "put";
  readonly key: string;
  readonly revision: number;
  readonly created: number;
  readonly index: ObjectIndex;
  readonly slot: number;
  /** The part that other stores may have, too: offsets in the object's bytes. */
  readonly common?: readonly [from: number, to: number];
}

/** JSON, which has no line feeds, and for an object its bytes after one. */
export function encodeRecord(record: LogRecord): (Buffer | string)[] {
  if (record.is !== "put") return [JSON.stringify(record)];
  const { object } = record;
  const { key, revision, created, index, slot } = object;
  const common = object instanceof SharingObject ? { common: object.common } : {};
  const head: PutHead = { is: "put", key, revision, created, index, slot, ...common };
  return [JSON.stringify(head), "\n", object.bytes];
}

export function decodeRecord(payload: Buffer, shared: SharedParts | undefined): LogRecord {
  const feed = payload.indexOf(10);
  const head = JSON.parse(payload.toString("utf8", 0, feed < 0 ? payload.length : feed)) as LogRecord | PutHead;
  if (head.is !== "put") return head;
  return { is: "put", object: objectOf(head as PutHead, payload.subarray(feed + 1), shared) };
}

function objectOf(put: PutHead, bytes: Buffer, shared: SharedParts | undefined): StoredObject {
  const { key, revision, created, slot, common } = put;
  const { name, namespace, uid, labels, fields, shape } = put.index;
  const index = { name, namespace, uid, labels, fields, ...(shape === undefined ? {} : { shape }) };
  const start = slot + String(revision).length;
  const encoded = { index, head: bytes.subarray(0, slot), tail: bytes.subarray(start) };
  if (common === undefined || shared === undefined) return fill(key, encoded, revision, created);
  const part = shared.of(bytes.subarray(...common));
  return sharing(
    key,
    { ...encoded, common: [common[0] - start, common[1] - start] },
    part,
    revision,
    created,
    shared.claim(part),
  );
}
