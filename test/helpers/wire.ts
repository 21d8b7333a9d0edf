/** Protobuf as anybody can read it: without knowing a message's fields, so that no table of ours has a say. */
export type Wire = { readonly [field: string]: readonly WireValue[] };
export type WireValue = string | Wire;

const MAGIC = Buffer.from("k8s\0");

/**
 * The fields of a message by number. Length-delimited ones are shown as text when they are text, else as a message
 * when they read as one, else as hex.
 * @throws RangeError for bytes that are no message
 */
export function readWire(bytes: Buffer): Wire {
  const fields: Record<string, WireValue[]> = {};
  const at = { offset: 0 };
  while (at.offset < bytes.length) {
    const tag = varint(bytes, at);
    const field = tag >> 3n;
    if (field === 0n) throw new RangeError("field 0");
    const name = `f${field}`;
    fields[name] = [...(fields[name] ?? []), readValue(bytes, at, Number(tag & 7n))];
  }
  return fields;
}

/** The object inside Kubernetes' envelope, beside what the envelope says of it. */
export function readEnvelope(bytes: Buffer): Wire {
  if (!bytes.subarray(0, 4).equals(MAGIC)) throw new RangeError("no envelope");
  return readWire(bytes.subarray(4));
}

function readValue(bytes: Buffer, at: { offset: number }, type: number): WireValue {
  if (type === 0) return `varint ${varint(bytes, at)}`;
  if (type === 1) return `fixed64 ${take(bytes, at, 8).toString("hex")}`;
  if (type === 5) return `fixed32 ${take(bytes, at, 4).toString("hex")}`;
  if (type !== 2) throw new RangeError(`wire type ${type}`);
  const content = take(bytes, at, Number(varint(bytes, at)));
  const text = content.toString("utf8");
  if (isText(text)) return JSON.stringify(text);
  if (content.subarray(0, 4).equals(MAGIC)) return readEnvelope(content);
  try {
    return readWire(content);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `hex ${content.toString("hex")}`;
  }
}

function isText(text: string): boolean {
  return !/[\p{Cc}\ufffd]/u.test(text.replace(/[\n\t]/g, ""));
}

function take(bytes: Buffer, at: { offset: number }, length: number): Buffer {
  const end = at.offset + length;
  if (end > bytes.length) throw new RangeError("truncated");
  const part = bytes.subarray(at.offset, end);
  at.offset = end;
  return part;
}

function varint(bytes: Buffer, at: { offset: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[at.offset++];
    if (byte === undefined) throw new RangeError("truncated");
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new RangeError("varint too long");
}
