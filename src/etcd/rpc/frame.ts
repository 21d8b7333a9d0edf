import type { Readable } from "node:stream";
import { Code, RpcError } from "./status.js";

/** A byte that tells whether the message is compressed, and its length. */
const PREFIX = 5;
/** Longest request: 1.5 MiB and 512 KiB around it; upstream: embed.DefaultMaxRequestBytes, grpcOverheadBytes. */
const MAX_MESSAGE = 2 * 1024 * 1024;

export function frameOf(message: Uint8Array): Buffer {
  const out = Buffer.alloc(PREFIX + message.length);
  out.writeUInt32BE(message.length, 1);
  out.set(message, PREFIX);
  return out;
}

/** Reads the one message of a unary call, to the end of the stream. @throws RpcError in the words of gRPC for Go */
export async function readMessage(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  let wanted = PREFIX;
  // A refusal in the middle must leave the stream there to be answered on.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (wanted === PREFIX && length >= PREFIX) wanted += checkPrefix(Buffer.concat(chunks));
    if (length > wanted)
      throw new RpcError(Code.INTERNAL, "cardinality violation: more than one message in a unary call");
  }
  if (length < wanted || length < PREFIX) throw new RpcError(Code.INTERNAL, "unexpected EOF");
  return Buffer.concat(chunks).subarray(PREFIX);
}

/** The length of the message that follows. */
function checkPrefix(bytes: Buffer): number {
  const size = bytes.readUInt32BE(1);
  if (size > MAX_MESSAGE) {
    const message = `grpc: received message larger than max (${size} vs. ${MAX_MESSAGE})`;
    throw new RpcError(Code.RESOURCE_EXHAUSTED, message);
  }
  if (bytes[0] !== 0) {
    throw new RpcError(Code.INTERNAL, "grpc: compressed flag set with identity or empty encoding");
  }
  return size;
}
