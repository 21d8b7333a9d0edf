import type { JsonObject } from "../kube/json.js";
import type { StoredObject } from "../store/store.js";
import type { AnswerContext } from "./answer-context.js";
import { fieldHead } from "./answer-protobuf.js";
import { byteLength } from "./derived.js";
import { ownBuffer } from "./derived-forms.js";
import { encodeTyped } from "./json/encode.js";
import { readTyped } from "./json/read.js";
import { encodeProto } from "./protobuf/encode.js";

const KEY = Buffer.from('"metadata":');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COLON = 0x3a;
const LETTER_K = 0x6b;

/** A PartialObjectMetadata as JSON, without a newline. `version` is that of meta.k8s.io. */
export function partialJson(stored: StoredObject, version: string, ctx: AnswerContext): Buffer[] {
  return partialPieces(metadataJson(stored, ctx), version);
}

/** A PartialObjectMetadata of an object that isn't stored. */
export function partialJsonOf(metadata: JsonObject, version: string, ctx: AnswerContext): Buffer[] {
  return partialPieces(Buffer.from(encodeTyped(metadata, ctx.objectMeta)), version);
}

const CLOSING = Buffer.from("}");

function partialPieces(metadata: Buffer, version: string): Buffer[] {
  return [version === "v1" ? HEAD_V1 : HEAD_V1BETA1, metadata, CLOSING];
}

const HEAD_V1 = head("v1");
const HEAD_V1BETA1 = head("v1beta1");

function head(version: string): Buffer {
  return Buffer.from(`{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":`);
}

/** The message of a PartialObjectMetadata, without an envelope. */
export function partialMessage(stored: StoredObject, ctx: AnswerContext): Buffer {
  const make = () => partialMessageOf(readTyped(metadataJson(stored, ctx), ctx.objectMeta), ctx);
  return ctx.derived.get(stored, "partial protobuf", make, byteLength);
}

export function partialMessageOf(metadata: JsonObject, ctx: AnswerContext): Buffer {
  const message = encodeProto(metadata, ctx.objectMeta);
  return Buffer.concat([fieldHead(1, message.length), message]);
}

function metadataJson(stored: StoredObject, ctx: AnswerContext): Buffer {
  if (isTyped(stored.bytes)) return metadataSlice(stored.bytes);
  const make = () => ownBuffer(encodeTyped(readTyped(metadataSlice(stored.bytes), ctx.objectMeta), ctx.objectMeta));
  return ctx.derived.get(stored, "metadata json", make, byteLength);
}

/** Typed encodings begin with their kind, unstructured ones (sorted keys) with their apiVersion. */
export function isTyped(bytes: Buffer): boolean {
  return bytes[2] === LETTER_K;
}

/** The part of an object's JSON that is its metadata. */
function metadataSlice(bytes: Buffer): Buffer {
  const start = (isTyped(bytes) ? bytes.indexOf(KEY) : topLevelKey(bytes)) + KEY.length;
  for (let at = start, depth = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = stringEnd(bytes, at);
    else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return bytes.subarray(start, at + 1);
  }
  throw new Error("a stored object has no metadata");
}

/** Fields of a custom resource may stand before its metadata and hold keys of the same name. */
function topLevelKey(bytes: Buffer): number {
  for (let at = 0, depth = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === OPEN) depth++;
    else if (byte === CLOSE) depth--;
    else if (byte === QUOTE) {
      // A value follows a colon; so at this depth anything else is a key.
      if (depth === 1 && bytes[at - 1] !== COLON && bytes.subarray(at, at + KEY.length).equals(KEY)) return at;
      at = stringEnd(bytes, at);
    }
  }
  throw new Error("a stored object has no metadata");
}

/** Where the string that begins here has its closing quote. */
function stringEnd(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
