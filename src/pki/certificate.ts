import { createHash, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import * as der from "./asn1.js";
import { keyId, pemOf } from "./keys.js";

/** Who a certificate is for: what Kubernetes reads out of it as groups and user name. */
export interface Subject {
  readonly organizations?: readonly string[];
  readonly commonName: string;
}

/** The signer's side of a certificate. */
export interface Issuer {
  readonly key: KeyObject;
  /** The subject of the CA certificate, DER, byte for byte: names are compared as bytes. */
  readonly name: Bytes;
  /** The CA certificate's subject key identifier; empty when it has none. */
  readonly keyId: Bytes;
}

/**
 * Bytes as a string of characters 0–255, as forge has them. A small Buffer that is kept pins the 8 kB of Buffer's pool
 * around it, and a fleet keeps thousands of issuers.
 */
export type Bytes = string;

export interface CertificateRequest {
  readonly subject: Subject;
  /** SubjectPublicKeyInfo of the holder, DER. */
  readonly spki: Buffer;
  /** "peer": server and client in one, as members of etcd are to each other. */
  readonly usage: "ca" | "server" | "client" | "peer";
  /** DNS names and IP addresses. */
  readonly hosts?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const OID = {
  organization: "2.5.4.10",
  commonName: "2.5.4.3",
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  altName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  ecdsaSha256: "1.2.840.10045.4.3.2",
  rsaSha256: "1.2.840.113549.1.1.11",
} as const;

/** The DER of a distinguished name, organizations before the common name as Go writes them. */
export function encodeName(subject: Subject): Bytes {
  return der.encode(nameNode(subject)).toString("latin1");
}

/** A signed X.509 v3 certificate, DER. */
export function issueCertificate(request: CertificateRequest, issuer: Issuer): Buffer {
  const algorithm = signatureAlgorithm(issuer.key);
  const tbs = der.sequence(
    der.tagged(0, [der.integer(Buffer.of(2))]),
    der.integer(serialNumber()),
    algorithm,
    der.encoded(Buffer.from(issuer.name, "latin1")),
    der.sequence(der.time(request.notBefore), der.time(request.notAfter)),
    nameNode(request.subject),
    der.encoded(request.spki),
    der.tagged(3, [der.sequence(...extensions(request, issuer))]),
  );
  const signature = sign("sha256", der.encode(tbs), issuer.key);
  return der.encode(der.sequence(tbs, algorithm, der.bits(signature)));
}

export function certificatePem(certificate: Buffer): string {
  return pemOf("CERTIFICATE", certificate);
}

/** What a CA certificate says of its subject and key: the issuer half of the certificates it signs. */
export function issuerNames(certificate: Buffer): { name: Bytes; keyId: Bytes } {
  const fields = der.itemsOf(der.itemsOf(der.decode(certificate))[0]);
  // [version] serial algorithm issuer validity subject spki … [3 extensions]; version is absent in v1.
  const subject = fields[fields[0] !== undefined && der.isTagged(fields[0], 0) ? 5 : 4];
  if (subject === undefined) throw new Error("the certificate has no subject");
  const extensionList = fields.find((field) => der.isTagged(field, 3));
  for (const extension of der.itemsOf(der.itemsOf(extensionList)[0])) {
    const parts = der.itemsOf(extension);
    if (der.oidOf(parts[0]) !== OID.subjectKeyId) continue;
    const keyId = der.bytesOf(der.decode(der.bytesOf(parts.at(-1)))).toString("latin1");
    return { name: der.encode(subject).toString("latin1"), keyId };
  }
  return { name: der.encode(subject).toString("latin1"), keyId: "" };
}

function nameNode(subject: Subject): der.Node {
  const attribute = (id: string, value: string) => der.set(der.sequence(der.oid(id), der.utf8(value)));
  return der.sequence(
    ...(subject.organizations ?? []).map((name) => attribute(OID.organization, name)),
    attribute(OID.commonName, subject.commonName),
  );
}

function extensions(request: CertificateRequest, issuer: Issuer): der.Node[] {
  const ca = request.usage === "ca";
  const out = [
    // digitalSignature + keyEncipherment, and keyCertSign for a CA: bits 0, 2 and 5, as kubeadm sets them.
    extension(OID.keyUsage, true, der.bits(Buffer.of(ca ? 0xa4 : 0xa0), ca ? 2 : 5)),
    extension(OID.basicConstraints, true, der.sequence(...(ca ? [der.truth()] : []))),
  ];
  if (!ca) {
    const purposes = [
      ...(request.usage === "client" ? [] : [der.oid(OID.serverAuth)]),
      ...(request.usage === "server" ? [] : [der.oid(OID.clientAuth)]),
    ];
    out.push(extension(OID.extendedKeyUsage, false, der.sequence(...purposes)));
  }
  if (ca) out.push(extension(OID.subjectKeyId, false, der.octets(keyId(request.spki))));
  else if (issuer.keyId.length > 0) {
    out.push(extension(OID.authorityKeyId, false, der.sequence(der.tagged(0, Buffer.from(issuer.keyId, "latin1")))));
  }
  const hosts = request.hosts ?? [];
  if (hosts.length > 0) out.push(extension(OID.altName, false, der.sequence(...hosts.map(altName))));
  return out;
}

function extension(id: string, critical: boolean, content: der.Node): der.Node {
  return der.sequence(der.oid(id), ...(critical ? [der.truth()] : []), der.octets(der.encode(content)));
}

function altName(host: string): der.Node {
  const family = isIP(host);
  return family === 0 ? der.tagged(2, Buffer.from(host)) : der.tagged(7, addressBytes(host, family));
}

function addressBytes(address: string, family: number): Buffer {
  if (family === 4) return Buffer.from(address.split(".").map(Number));
  // A URL's host comes in canonical form: hexadecimal groups, at most one run of zeros left out, no zone.
  const short = new URL(`http://[${address.split("%")[0]}]`).hostname.slice(1, -1);
  const [head = "", rest] = short.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const front = groups(head);
  const back = rest === undefined ? [] : groups(rest);
  const all = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => "0"), ...back];
  return Buffer.from(all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]));
}

function signatureAlgorithm(key: KeyObject): der.Node {
  return key.asymmetricKeyType === "rsa"
    ? der.sequence(der.oid(OID.rsaSha256), der.nothing())
    : der.sequence(der.oid(OID.ecdsaSha256));
}

/** Random and positive; the leading bit is cleared and the next set, so that the encoding has a fixed length. */
function serialNumber(): Buffer {
  const bytes = randomBytes(8);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes;
}

/** The fingerprint under which Kubernetes names a certificate as a credential. */
export function certificateSha256(certificate: Buffer): string {
  return createHash("sha256").update(certificate).digest("hex");
}
