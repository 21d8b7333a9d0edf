/** What the first bytes of a TLS connection say of the host that the client wants. */
export type HelloVerdict =
  | { readonly kind: "incomplete" }
  /** Not a TLS ClientHello, or larger than any client sends. */
  | { readonly kind: "invalid" }
  | { readonly kind: "hello"; readonly serverName: string | undefined };

/** Bytes after which the ClientHello must be complete. Today's largest, with post-quantum keys, take about 2 kB. */
export const MAX_HELLO = 32 * 1024;

const INCOMPLETE: HelloVerdict = { kind: "incomplete" };
const INVALID: HelloVerdict = { kind: "invalid" };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;

/** Reads the server name out of a ClientHello (RFC 8446, 4.1.2 and RFC 6066, 3), which may span several records. */
export function readClientHello(bytes: Buffer): HelloVerdict {
  const message = handshakeBytes(bytes);
  if (message === undefined) return INVALID;
  if (message.length < 4) return bytes.length < MAX_HELLO ? INCOMPLETE : INVALID;
  if (message[0] !== CLIENT_HELLO) return INVALID;
  const length = message.readUIntBE(1, 3);
  if (length > MAX_HELLO) return INVALID;
  if (message.length < 4 + length) return bytes.length < MAX_HELLO ? INCOMPLETE : INVALID;
  try {
    return { kind: "hello", serverName: serverNameOf(new Reader(message.subarray(4, 4 + length))) };
  } catch (error) {
    if (error instanceof RangeError) return INVALID;
    throw error;
  }
}

/** The content of the handshake records so far; undefined when they are not handshake records. */
function handshakeBytes(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== HANDSHAKE) return undefined;
    if (bytes.length > at + 1 && bytes[at + 1] !== 3) return undefined;
    if (bytes.length < at + 5) break;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > 16_384) return undefined;
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
    // What follows a complete message, early data for one, is of no interest.
    const message = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    if (message.length >= 4 && message.length >= 4 + message.readUIntBE(1, 3)) return message;
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

function serverNameOf(hello: Reader): string | undefined {
  hello.take(2 + 32); // version, random
  hello.vector(1); // session id
  hello.vector(2); // cipher suites
  hello.vector(1); // compression methods
  if (hello.done) return undefined;
  const extensions = new Reader(hello.vector(2));
  while (!extensions.done) {
    const type = extensions.number(2);
    const content = new Reader(extensions.vector(2));
    if (type !== SERVER_NAME) continue;
    const names = new Reader(content.vector(2));
    while (!names.done) {
      const kind = names.number(1);
      const name = names.vector(2);
      if (kind === HOST_NAME) return name.toString("latin1").toLowerCase();
    }
  }
  return undefined;
}

/** Reads forward and throws RangeError past the end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("past the end");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  number(size: number): number {
    return this.take(size).readUIntBE(0, size);
  }

  /** Bytes preceded by their length, a number of `size` bytes. */
  vector(size: number): Buffer {
    return this.take(this.number(size));
  }
}
