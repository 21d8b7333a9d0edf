import type { GroupVersionKind } from "../kube/gvr.js";
import type { KubeObject } from "../kube/json.js";
import { convert } from "../schema/convert/index.js";
import type { ResourceDef, StorageResource } from "../schema/model.js";
import type { StoredObject } from "../store/store.js";
import type { AnswerContext } from "./answer-context.js";
import { byteLength } from "./derived.js";
import { encodeTyped } from "./json/encode.js";
import { readTyped } from "./json/read.js";
import { transcodeToMessage } from "./protobuf/envelope.js";

/** The object's JSON in the version that is asked for: the stored bytes themselves where that is the storage version. */
export function versionBytes(def: ResourceDef, stored: StoredObject, ctx: AnswerContext): Buffer {
  const storage = def.storage;
  if (!storage) return stored.bytes;
  const same = sameVersion(def.gvk, storage.gvk);
  if (storage.shape) {
    // What was written under another schema is read by the one of now.
    if (same && stored.index.shape === storage.shape.id) return stored.bytes;
    const make = () => ownBuffer(encodeTyped(readStored(stored, storage), storage.type));
    return ctx.derived.get(stored, `json ${versionKey(def)} ${storage.shape.id}`, make, byteLength);
  }
  if (same) return stored.bytes;
  return ctx.derived.get(stored, `json ${versionKey(def)}`, () => convertBytes(def, stored), byteLength);
}

function convertBytes(def: ResourceDef, stored: StoredObject): Buffer {
  const storage = def.storage!;
  const object = readTyped(stored.bytes, storage.type) as KubeObject;
  return ownBuffer(encodeTyped(convert(object, storage.gvk, def.gvk), def.type));
}

/** The object as its storage resource has it; a fresh copy that the caller may change. */
export function readStored(stored: StoredObject, storage: StorageResource): KubeObject {
  const object = readTyped(stored.bytes, storage.type) as KubeObject;
  return storage.shape ? storage.shape.fromStore(object, stored.index.shape) : object;
}

/** The object's protobuf message in the version that is asked for, without an envelope. */
export function messageBytes(def: ResourceDef, stored: StoredObject, ctx: AnswerContext): Buffer {
  const make = () => transcodeToMessage(versionBytes(def, stored, ctx), def.type);
  return ctx.derived.get(stored, `protobuf ${versionKey(def)}`, make, byteLength);
}

/** The last content under another revision: what a watch shows of an object that leaves its selection. */
export function atRevision(stored: StoredObject, revision: number, ctx: AnswerContext): StoredObject {
  if (stored.revision === revision) return stored;
  const make = (): StoredObject => {
    const { bytes, slot } = stored;
    const tail = bytes.subarray(slot + String(stored.revision).length);
    const head = bytes.subarray(0, slot);
    return { ...stored, revision, bytes: Buffer.concat([head, Buffer.from(String(revision)), tail]) };
  };
  return ctx.frames.get(stored, `at ${revision}`, make, (made) => made.bytes.length);
}

function sameVersion(a: GroupVersionKind, b: GroupVersionKind): boolean {
  return a.version === b.version && a.group === b.group && a.kind === b.kind;
}

/** Tells the forms of one stored object apart; groups share storage (Events), so a version is not enough. */
export function versionKey(def: ResourceDef): string {
  return `${def.gvk.group}/${def.gvk.version}`;
}

/** Text as bytes outside of Buffer's shared pool: what is kept must not pin 8 KiB. */
export function ownBuffer(text: string): Buffer {
  const buffer = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  buffer.write(text);
  return buffer;
}
