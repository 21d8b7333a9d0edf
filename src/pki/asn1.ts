import type { asn1 as Asn1 } from "node-forge";
import asn1 from "node-forge/lib/asn1.js";

/** A node of an ASN.1 tree. */
export type Node = Asn1.Asn1;

const { UNIVERSAL, CONTEXT_SPECIFIC } = asn1.Class;
const { Type } = asn1;

/** forge carries bytes as strings of characters 0–255. */
const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

export const sequence = (...items: Node[]): Node => asn1.create(UNIVERSAL, Type.SEQUENCE, true, items);

export const set = (...items: Node[]): Node => asn1.create(UNIVERSAL, Type.SET, true, items);

export const oid = (dotted: string): Node => asn1.create(UNIVERSAL, Type.OID, false, asn1.oidToDer(dotted).getBytes());

export const utf8 = (text: string): Node => asn1.create(UNIVERSAL, Type.UTF8, false, binary(Buffer.from(text)));

export const octets = (bytes: Uint8Array): Node => asn1.create(UNIVERSAL, Type.OCTETSTRING, false, binary(bytes));

export const nothing = (): Node => asn1.create(UNIVERSAL, Type.NULL, false, "");

export const truth = (): Node => asn1.create(UNIVERSAL, Type.BOOLEAN, false, "\xff");

/** A non-negative integer, big-endian. */
export function integer(bytes: Uint8Array): Node {
  const value = binary(bytes);
  return asn1.create(UNIVERSAL, Type.INTEGER, false, value.charCodeAt(0) > 127 ? `\0${value}` : value);
}

/** Whole bytes, or `unused` bits less. */
export function bits(bytes: Uint8Array, unused = 0): Node {
  return asn1.create(UNIVERSAL, Type.BITSTRING, false, String.fromCharCode(unused) + binary(bytes));
}

/** UTCTime up to 2049 and GeneralizedTime after, as RFC 5280 wants it. */
export function time(ms: number): Node {
  const date = new Date(ms);
  return date.getUTCFullYear() < 2050
    ? asn1.create(UNIVERSAL, Type.UTCTIME, false, asn1.dateToUtcTime(date) as unknown as string)
    : asn1.create(UNIVERSAL, Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(date) as unknown as string);
}

/** [tag] around items (constructed) or around bytes (primitive). */
export function tagged(tag: number, content: Node[] | Uint8Array): Node {
  return Array.isArray(content)
    ? asn1.create(CONTEXT_SPECIFIC, tag, true, content)
    : asn1.create(CONTEXT_SPECIFIC, tag, false, binary(content));
}

/** What is DER already, as it is. */
export function encoded(der: Buffer): Node {
  const length = der[1] ?? 0;
  const header = 2 + (length < 128 ? 0 : length & 0x7f);
  return asn1.create(UNIVERSAL, der[0] as Asn1.Type, false, binary(der.subarray(header)));
}

export function encode(node: Node): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), "latin1");
}

/** Throws on anything but well-formed DER. Bit and octet strings stay bytes. */
export function decode(der: Uint8Array): Node {
  return asn1.fromDer(binary(der), {
    strict: true,
    decodeBitStrings: false,
    parseAllBytes: true,
  } as unknown as boolean);
}

/** The items of a constructed node; none for a primitive one. */
export function itemsOf(node: Node | undefined): Node[] {
  return node !== undefined && Array.isArray(node.value) ? node.value : [];
}

/** The content bytes of a primitive node. */
export function bytesOf(node: Node | undefined): Buffer {
  return node !== undefined && typeof node.value === "string" ? Buffer.from(node.value, "latin1") : Buffer.alloc(0);
}

export function oidOf(node: Node | undefined): string {
  return node === undefined || typeof node.value !== "string" ? "" : asn1.derToOid(node.value);
}

/** Whether a node is `[tag]`. */
export function isTagged(node: Node, tag: number): boolean {
  return node.tagClass === CONTEXT_SPECIFIC && node.type === (tag as Asn1.Type);
}
