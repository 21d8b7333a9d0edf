const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where values begin and end in text that looks like JSON: strings (names, too), numbers, words, objects, lists. */
export function valuesIn(text: Buffer): [from: number, to: number][] {
  const found: [number, number][] = [];
  const open: number[] = [];
  for (let at = 0; at < text.length; ) {
    const byte = text[at]!;
    if (byte === 0x7b || byte === 0x5b) open.push(at++);
    else if (byte === 0x7d || byte === 0x5d) {
      at++;
      const start = open.pop();
      if (start !== undefined) found.push([start, at]);
    } else if (isBetween(byte)) at++;
    else {
      const end = byte === QUOTE ? stringEnd(text, at) : wordEnd(text, at);
      found.push([at, end]);
      at = end;
    }
  }
  return found;
}

/** Space, comma, colon, and the zero between two documents. */
function isBetween(byte: number): boolean {
  return byte <= 0x20 || byte === 0x2c || byte === 0x3a;
}

function stringEnd(text: Buffer, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function wordEnd(text: Buffer, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const byte = text[at]!;
    if (isBetween(byte) || byte === QUOTE || byte === 0x7b || byte === 0x5b || byte === 0x7d || byte === 0x5d) break;
  }
  return Math.max(at, from + 1);
}
