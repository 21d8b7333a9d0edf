/** The codes of gRPC that are used here. */
export const Code = {
  OK: 0,
  INVALID_ARGUMENT: 3,
  UNKNOWN: 2,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
} as const;

/** An answer other than OK. */
export class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = "RpcError";
  }
}

/** As the trailer has it: printable ASCII, all else in percent-encoded UTF-8. */
export function encodeMessage(text: string): string {
  return Buffer.from(text).reduce((out, byte) => {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    return out + (plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`);
  }, "");
}
