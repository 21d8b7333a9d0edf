import type { JsonObject } from "../../kube/json.js";
import type { StructType } from "../../schema/model.js";
import { DecodeError } from "../json/errors.js";
import { readTyped } from "../json/read.js";
import { encodeProto } from "./encode.js";
import { type Member, readFields, readMessage, WireReader } from "./reader.js";
import { ReverseWriter } from "./writer.js";

/** What every protobuf document of Kubernetes begins with; upstream: serializer/protobuf/protobuf.go. */
export const MAGIC = Buffer.from("k8s\0", "latin1");

const UNKNOWN: readonly Member[] = [
  ["TypeMeta", 2],
  ["Raw", 2],
  ["ContentEncoding", 2],
  ["ContentType", 2],
];
const TYPE_META: readonly Member[] = [
  ["APIVersion", 2],
  ["Kind", 2],
];

/** runtime.Unknown: an object's message together with what it is. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Buffer;
}

/** A whole document around an object's message. */
export function encodeEnvelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const writer = new ReverseWriter();
  writeUnknown(writer, apiVersion, kind, raw);
  writer.raw(MAGIC);
  return writer.finish();
}

/** {typeMeta {apiVersion = 1, kind = 2} = 1, raw = 2, contentEncoding = 3, contentType = 4}. */
function writeUnknown(writer: ReverseWriter, apiVersion: string, kind: string, raw: Buffer): void {
  writer.byte(0);
  writer.byte(0x22);
  writer.byte(0);
  writer.byte(0x1a);
  writer.bytes(raw);
  writer.byte(0x12);
  const before = writer.size;
  writer.string(kind);
  writer.byte(0x12);
  writer.string(apiVersion);
  writer.byte(0x0a);
  writer.varint(writer.size - before);
  writer.byte(0x0a);
}

/** Opens a document. Throws DecodeError with the real server's message. */
export function decodeEnvelope(bytes: Buffer): Envelope {
  if (bytes.length === 0) throw new DecodeError("empty data");
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new DecodeError(
      `provided data does not appear to be a protobuf message, expected prefix [${[...MAGIC].join(" ")}]`,
    );
  }
  if (bytes.length === MAGIC.length) throw new DecodeError("empty body");
  const out: { apiVersion: string; kind: string; raw: Buffer } = { apiVersion: "", kind: "", raw: Buffer.alloc(0) };
  const reader = new WireReader(bytes.subarray(MAGIC.length));
  readFields(reader, "Unknown", UNKNOWN, () => {
    if (reader.number === 1) readTypeMeta(reader, out);
    else {
      const raw = reader.number === 2;
      const part = reader.bytes();
      if (raw) out.raw = part;
    }
  });
  return out;
}

function readTypeMeta(reader: WireReader, out: { apiVersion: string; kind: string }): void {
  readMessage(reader, "TypeMeta", TYPE_META, () => {
    if (reader.number === 1) out.apiVersion = reader.string();
    else out.kind = reader.string();
  });
}

/**
 * The complete protobuf document of an object stored as JSON. The bytes must be an encoding of the type. It goes by way
 * of an object, because protobuf wants the fields by number and JSON has them as they are declared.
 */
export function transcodeToProto(json: Buffer, type: StructType): Buffer {
  const object = readTyped(json, type);
  return encodeEnvelope(textOf(object, "apiVersion"), textOf(object, "kind"), encodeProto(object, type));
}

/** The message alone: an item of a list, or the object of a watch event. */
export function transcodeToMessage(json: Buffer, type: StructType): Buffer {
  return encodeProto(readTyped(json, type), type);
}

function textOf(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}
