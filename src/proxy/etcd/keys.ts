/** Keys and values as etcd has them: bytes; text stands for its UTF-8. */
export type Bytes = Uint8Array | string;

export function bytes(value: Bytes): Uint8Array {
  return typeof value === "string" ? Buffer.from(value) : value;
}

/** The first key after all that begin with `prefix`: etcd's range end for it. A zero byte means "to the very end". */
export function prefixEnd(prefix: Bytes): Uint8Array {
  const end = Buffer.from(bytes(prefix));
  for (let at = end.length - 1; at >= 0; at--) {
    const byte = end[at] ?? 0;
    if (byte === 0xff) continue;
    end[at] = byte + 1;
    return end.subarray(0, at + 1);
  }
  return Buffer.of(0);
}

/** The key right after this one. */
export function nextKey(key: Uint8Array): Uint8Array {
  return Buffer.concat([key, Buffer.of(0)]);
}
