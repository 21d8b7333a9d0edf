import { DecodeError } from "./errors.js";

const CLEAN = /^[A-Za-z0-9+/]*={0,2}$/;
const ALPHABET = /[A-Za-z0-9+/]/;

/**
 * Base64 in the form in which Go writes the bytes that it read: line breaks skipped, spare bits cleared. Throws
 * DecodeError; upstream: encoding/base64, StdEncoding.
 */
export function canonicalBase64(text: string): string {
  if (text.length % 4 === 0 && CLEAN.test(text))
    return text.endsWith("=") ? Buffer.from(text, "base64").toString("base64") : text;
  const at = firstFault(text);
  if (at >= 0) throw new DecodeError(`illegal base64 data at input byte ${at}`);
  return Buffer.from(text.replace(/[\r\n]/g, ""), "base64").toString("base64");
}

/** The byte offset that Go reports, or -1. */
function firstFault(text: string): number {
  const bytes = Buffer.from(text);
  let quantum = 0;
  for (let i = 0; i < bytes.length; i++) {
    const char = String.fromCharCode(bytes[i] ?? 0);
    if (char === "\n" || char === "\r") continue;
    if (char === "=") return paddingFault(bytes, i, quantum);
    if (!ALPHABET.test(char)) return i;
    quantum = (quantum + 1) % 4;
  }
  return quantum === 0 ? -1 : bytes.length - quantum;
}

function paddingFault(bytes: Buffer, at: number, quantum: number): number {
  if (quantum < 2) return at;
  let next = afterBreaks(bytes, at + 1);
  if (quantum === 2) {
    if (next >= bytes.length) return bytes.length;
    if (bytes[next] !== 61) return next - 1;
    next = afterBreaks(bytes, next + 1);
  }
  return next < bytes.length ? next : -1;
}

function afterBreaks(bytes: Buffer, at: number): number {
  let next = at;
  while (bytes[next] === 10 || bytes[next] === 13) next++;
  return next;
}
