const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };
const ESCAPE = /\\(?:([0-3][0-7][0-7])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;

/** What stands between the quotes of a literal, if it is one that is not raw. */
function split(literal: string): { readonly body: string; readonly raw: boolean } {
  const [, prefix, quotes] = /^([a-zA-Z]*)("""|'''|"|')/.exec(literal)!;
  const body = literal.slice(prefix!.length + quotes!.length, -quotes!.length);
  return { body: body.replace(/\r\n?/g, "\n"), raw: /[rR]/.test(prefix!) };
}

/** The text of a string literal; undefined: it names a character that does not exist. */
export function stringOf(literal: string): string | undefined {
  const { body, raw } = split(literal);
  if (raw) return body;
  let fine = true;
  const text = body.replace(ESCAPE, (_, octal?: string, hex?: string, short?: string, long?: string, char = "") => {
    const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(hex ?? short ?? long ?? "", 16);
    if (Number.isNaN(code)) return char in SIMPLE ? String.fromCharCode(SIMPLE[char]!) : char;
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      fine = false;
      return "";
    }
    return String.fromCodePoint(code);
  });
  return fine ? text : undefined;
}

/** The bytes of a bytes literal; undefined: there are characters by number in it, which bytes don't have. */
export function bytesOf(literal: string): Uint8Array | undefined {
  const { body, raw } = split(literal.slice(1));
  if (raw) return Buffer.from(body);
  const parts: Buffer[] = [];
  let last = 0;
  for (const match of body.matchAll(ESCAPE)) {
    const [whole, octal, hex, short, long, char = ""] = match;
    if (short !== undefined || long !== undefined) return undefined;
    const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(hex ?? "", 16);
    parts.push(Buffer.from(body.slice(last, match.index)));
    if (!Number.isNaN(code)) parts.push(Buffer.from([code]));
    else parts.push(char in SIMPLE ? Buffer.from([SIMPLE[char]!]) : Buffer.from(char));
    last = match.index + whole.length;
  }
  return Buffer.concat([...parts, Buffer.from(body.slice(last))]);
}
