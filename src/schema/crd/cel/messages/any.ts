import { CelError, type Value } from "../lang/values.js";

/**
 * What an Any holds: nothing, or something of a type that is not known. Always throws {@link CelError}, with Go's text of
 * the message; upstream: protobuf-go/encoding/prototext.
 */
export function anyValue(fields: ReadonlyMap<string, Value>): never {
  const shown = ["type_url", "value"].flatMap((name) => {
    const value = fields.get(name) as string | Uint8Array | undefined;
    return value === undefined || value.length === 0 ? [] : [`${name}:"${escaped(Buffer.from(value))}"`];
  });
  throw new CelError(`unsupported conversion to ref.Val: (*dynamicpb.Message)${shown.join(" ")}`);
}

const SIMPLE: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };
const PRINTED = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

function escaped(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const { char, size } = charAt(bytes, at);
    const hex = (digits: number) => (char?.codePointAt(0) ?? bytes[at]!).toString(16).padStart(digits, "0");
    if (char === undefined || (size === 1 && !PRINTED.test(char))) text += SIMPLE[char ?? ""] ?? `\\x${hex(2)}`;
    else if (PRINTED.test(char)) text += SIMPLE[char] ?? char;
    else text += size > 3 ? `\\U${hex(8)}` : `\\u${hex(4)}`;
    at += size;
  }
  return text;
}

/** The character that the bytes go on with; none where they are no UTF-8. */
function charAt(bytes: Buffer, at: number): { readonly char: string | undefined; readonly size: number } {
  const first = bytes[at]!;
  const size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const char = bytes.subarray(at, at + size).toString();
  return Buffer.from(char).equals(bytes.subarray(at, at + size)) && [...char].length === 1
    ? { char, size }
    : { char: undefined, size: 1 };
}
