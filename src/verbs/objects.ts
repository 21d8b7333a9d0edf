import { encodeStored } from "../codec/json/encode.js";
import { apiVersionOf } from "../kube/gvr.js";
import type { KubeObject } from "../kube/json.js";
import { convert } from "../schema/convert/index.js";
import { asStored } from "../schema/defaults/stored.js";
import type { ResourceDef, StorageResource } from "../schema/model.js";
import type { Strategy } from "../schema/strategy/strategy.js";
import type { EncodedObject, ObjectIndex, StoredObject } from "../store/store.js";

import { ownIndex } from "./object-index.js";

export { readStored } from "../codec/derived-forms.js";

/** An object of the request's version, as the store keeps it. */
export function toStorage(object: KubeObject, def: ResourceDef): KubeObject {
  return isStoredVersion(def) ? object : (convert(object, def.gvk, def.storage!.gvk) as KubeObject);
}

/** An object of the store, as the request's version has it. */
export function fromStorage(object: KubeObject, def: ResourceDef): KubeObject {
  return isStoredVersion(def) ? object : (convert(object, def.storage!.gvk, def.gvk) as KubeObject);
}

/** Whether the request's version is the one that the store keeps. Custom resources are worked with in any version. */
export function isStoredVersion(def: ResourceDef): boolean {
  if (def.served) return true;
  const [asked, kept] = [def.gvk, def.storage!.gvk];
  return asked.group === kept.group && asked.version === kept.version && asked.kind === kept.kind;
}

/** `before`: the index of the revision that this one follows. */
export function encodeForStore(
  object: KubeObject,
  storage: StorageResource,
  strategy: Strategy,
  before?: ObjectIndex,
): EncodedObject {
  const { metadata } = object;
  const read = {
    name: metadata.name ?? "",
    namespace: metadata.namespace ?? "",
    uid: metadata.uid ?? "",
    labels: metadata.labels,
    fields: strategy.fields(object),
  };
  const index = ownIndex(read, before);
  const { shape } = storage;
  if (shape) return encodeStored(shape.toStore(object), storage.type, { ...index, shape: shape.id });
  object.apiVersion = apiVersionOf(storage.gvk);
  object.kind = storage.gvk.kind;
  // etcd's protobuf can't tell an empty list from none, and what is read back is what clients see.
  if (storage.encoding !== "json") asStored(storage.type, object);
  return encodeStored(object, storage.type, index);
}

/** Whether writing `next` would change nothing: such an update is answered without a new revision. */
export function isSameContent(stored: StoredObject, next: EncodedObject): boolean {
  const digits = String(stored.revision).length;
  const { bytes, slot } = stored;
  return (
    next.head.length === slot &&
    bytes.length === slot + digits + next.tail.length &&
    bytes.subarray(0, slot).equals(next.head) &&
    bytes.subarray(slot + digits).equals(next.tail)
  );
}

/** What a write would have stored, at the revision of what is there: the answer to a dry run. */
export function preview(stored: StoredObject, next: EncodedObject): StoredObject {
  const bytes = Buffer.concat([next.head, Buffer.from(String(stored.revision)), next.tail]);
  return { ...stored, index: next.index, bytes, slot: next.head.length };
}
