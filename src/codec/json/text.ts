import { isUtf8 } from "node:buffer";

const SURROGATE = /\p{Surrogate}/gu;

/**
 * The text of a JSON document. Bytes that are not UTF-8 become the lone surrogates U+DC80..U+DCFF, so that an error
 * message can still name the byte; {@link wellFormed} turns them into U+FFFD, one for each byte as Go does.
 */
export function documentText(input: Buffer | string): string {
  if (typeof input === "string") return input;
  return isUtf8(input) ? input.toString("utf8") : decodeBroken(input);
}

/** Lone surrogates replaced by U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(SURROGATE, "\ufffd");
}

/** The first byte of the UTF-8 encoding of the character at `at`, or the stray byte that stands there. */
export function byteAt(text: string, at: number): number {
  const code = text.codePointAt(at) ?? 0;
  if (code < 0x80) return code;
  if (code >= 0xdc80 && code <= 0xdcff) return code - 0xdc00;
  if (code < 0x800) return 0xc0 | (code >> 6);
  if (code < 0x10000) return 0xe0 | (code >> 12);
  return 0xf0 | (code >> 18);
}

function decodeBroken(bytes: Buffer): string {
  let out = "";
  let at = 0;
  while (at < bytes.length) {
    const size = sequenceLength(bytes, at);
    if (size === 0) {
      out += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
      at++;
    } else {
      out += bytes.toString("utf8", at, at + size);
      at += size;
    }
  }
  return out;
}

/** Length of the run of valid characters at `at`; 0 when the byte there starts none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) {
    let end = at + 1;
    while (end < bytes.length && (bytes[end] ?? 0x80) < 0x80) end++;
    return end - at;
  }
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  return at + size <= bytes.length && isUtf8(bytes.subarray(at, at + size)) ? size : 0;
}
