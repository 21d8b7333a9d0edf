import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Sources } from "./clock.js";
import { SUFFIX_ALPHABET } from "./names.js";

/** Real time, and names that nobody can foresee. */
export const realSources: Sources = {
  now: () => Date.now(),
  uid: () => randomUUID(),
  suffix: (length) => letters(randomBytes(length)),
};

/**
 * Uids and names that repeat from run to run, as long as they are asked for in the same order. Time stays real:
 * certificates and leases depend on it.
 */
export function seededSources(...seed: readonly string[]): Sources {
  let asked = 0;
  const next = () =>
    createHash("sha256")
      .update(JSON.stringify([...seed, asked++]))
      .digest();
  return {
    now: () => Date.now(),
    uid: () => uuidOf(next()),
    suffix: (length) => letters(next().subarray(0, length)),
  };
}

/** 16 bytes in the form of a random (version 4) UUID. */
function uuidOf(bytes: Buffer): string {
  const hex = Buffer.from(bytes.subarray(0, 16));
  hex[6] = (hex[6]! & 0x0f) | 0x40;
  hex[8] = (hex[8]! & 0x3f) | 0x80;
  const text = hex.toString("hex");
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

function letters(bytes: Buffer): string {
  return Array.from(bytes, (byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join("");
}
