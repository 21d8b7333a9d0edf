import type { EncodedObject, StoredObject } from "./store.js";

/**
 * Memory of its own for each object, of exactly its size. Buffer's pool, or any slab, is kept alive as a whole by
 * one small object that lives on among short-lived ones; measured, an own allocation costs about 260 bytes more
 * than a slab's share, and never more than that.
 */
export function joined(pieces: readonly (Buffer | string)[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(sizeOf(pieces));
  let end = 0;
  for (const piece of pieces) end += typeof piece === "string" ? bytes.write(piece, end) : piece.copy(bytes, end);
  return bytes;
}

/** In bytes. */
export function sizeOf(pieces: readonly (Buffer | string)[]): number {
  let size = 0;
  for (const piece of pieces) size += typeof piece === "string" ? Buffer.byteLength(piece) : piece.length;
  return size;
}

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
  const { key, created, index, slot } = object;
  const end = slot + String(object.revision).length;
  const halves = { index, head: object.bytes.subarray(0, slot), tail: object.bytes.subarray(end) };
  return fill(key, halves, revision, created);
}
