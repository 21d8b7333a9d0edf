import { joined } from "./joined.js";
import { SharingObject } from "./sharing-object.js";
import type { EncodedObject, StoredObject } from "./store.js";

/** The complete bytes of an encoded object at a revision. */
export function fill(key: string, object: EncodedObject, revision: number, created: number): StoredObject {
  const { index, head, tail } = object;
  return { key, revision, created, index, bytes: joined([head, String(revision), tail]), slot: head.length };
}

/**
 * The same content under another revision, without parsing: what a watcher sees of an object that was deleted, or
 * that left its selector, is the old content with the event's revision.
 */
export function withRevision(object: StoredObject, revision: number): StoredObject {
  if (object instanceof SharingObject) return object.at(revision);
  const { key, created, index, slot } = object;
  const end = slot + String(object.revision).length;
  const halves = { index, head: object.bytes.subarray(0, slot), tail: object.bytes.subarray(end) };
  return fill(key, halves, revision, created);
}
