import type { EncodedObject, StoredObject } from "./store.js";

/**
 * Memory of its own for each object, of exactly its size. Buffer's pool, or any slab, is kept alive as a whole by
 * one small object that lives on among short-lived ones; measured, an own allocation costs about 260 bytes more
 * than a slab's share, and never more than that.
 */
export function allocate(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size);
}

/** The complete bytes of an encoded object at a revision. */
export function fill(key: string, object: EncodedObject, revision: number, created: number): StoredObject {
  const { index, head, tail } = object;
  const digits = String(revision);
  const bytes = allocate(head.length + digits.length + tail.length);
  head.copy(bytes);
  bytes.write(digits, head.length, "latin1");
  tail.copy(bytes, head.length + digits.length);
  return { key, revision, created, index, bytes, slot: head.length };
}

/**
 * The same content under another revision, without parsing: what a watcher sees of an object that was deleted, or
 * that left its selector, is the old content with the event's revision.
 */
export function withRevision(object: StoredObject, revision: number): StoredObject {
  const { key, created, index, slot } = object;
  const end = slot + String(object.revision).length;
  const halves = { index, head: object.bytes.subarray(0, slot), tail: object.bytes.subarray(end) };
  return fill(key, halves, revision, created);
}
