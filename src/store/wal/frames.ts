import { crc32 } from "node:zlib";
import { joined, sizeOf } from "../joined.js";

/** Length, checksum of the length, checksum of the content: a damaged length must not look like a torn end. */
const HEAD = 12;

/** A log that can't be read beyond some byte, with more behind it. */
export class DamagedLogError extends Error {
  constructor(
    readonly file: string,
    readonly offset: number,
    why: string,
  ) {
    super(`${file} is damaged at byte ${offset}: ${why}`);
    this.name = "DamagedLogError";
  }
}

/** A record as it stands in a log. */
export function frame(pieces: readonly (Buffer | string)[]): Buffer {
  const head = Buffer.alloc(HEAD);
  const out = joined([head, ...pieces]);
  out.writeUInt32LE(sizeOf(pieces), 0);
  out.writeUInt32LE(crc32(out.subarray(0, 4)), 4);
  out.writeUInt32LE(crc32(out.subarray(HEAD)), 8);
  return out;
}

/**
 * Hands every whole record to `take`, in order, and returns where the last one ends. What follows it was being
 * written when the process or the machine stopped. @throws DamagedLogError for damage before the last record
 */
export function readFrames(bytes: Buffer, file: string, take: (payload: Buffer, offset: number) => void): number {
  let at = 0;
  while (at + HEAD <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    if (crc32(bytes.subarray(at, at + 4)) !== bytes.readUInt32LE(at + 4)) {
      if (isBlank(bytes, at)) return at;
      throw new DamagedLogError(file, at, "the length of a record does not fit its checksum");
    }
    const end = at + HEAD + length;
    if (end > bytes.length) return at;
    const payload = bytes.subarray(at + HEAD, end);
    if (crc32(payload) !== bytes.readUInt32LE(at + 8)) {
      if (isBlank(bytes, end)) return at;
      throw new DamagedLogError(file, at, "a record does not fit its checksum");
    }
    take(payload, at);
    at = end;
  }
  return at;
}

/** File systems that lose power may leave zeros where the end of a file was to be. */
function isBlank(bytes: Buffer, from: number): boolean {
  return bytes.subarray(from).every((byte) => byte === 0);
}
