import { MAGIC } from "./protobuf/envelope.js";
import { ReverseWriter } from "./protobuf/writer.js";

/** contentEncoding and contentType of runtime.Unknown, both empty and all the same present. */
const UNKNOWN_TAIL = Buffer.from([0x1a, 0, 0x22, 0]);

/** A document around a message that comes in pieces: a list is never copied together. */
export function envelopeChunks(apiVersion: string, kind: string, message: readonly Buffer[]): Buffer[] {
  const length = message.reduce((sum, piece) => sum + piece.length, 0);
  const writer = new ReverseWriter();
  writer.varint(length);
  writer.byte(0x12);
  const before = writer.size;
  writer.string(kind);
  writer.byte(0x12);
  writer.string(apiVersion);
  writer.byte(0x0a);
  writer.varint(writer.size - before);
  writer.byte(0x0a);
  writer.raw(MAGIC);
  return [writer.finish(), ...message, UNKNOWN_TAIL];
}

/** What stands before a nested message or string of this length: its tag (field number below 16) and length. */
export function fieldHead(field: number, length: number): Buffer {
  const writer = new ReverseWriter();
  writer.varint(length);
  writer.byte((field << 3) | 2);
  return writer.finish();
}
