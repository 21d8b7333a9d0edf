import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/** A private key, ready to sign with, and what certificates say about its public half. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
}

/** SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point's coordinates. */
const P256_SPKI = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");

/** A new EC P-256 key. It takes 0.05 ms, half of what a trip through the thread pool costs this thread. */
export function generateKey(): SigningKey {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKey, spki: p256Spki(privateKey) };
}

/** An EC or RSA private key in PEM: SEC 1, PKCS#1 or PKCS#8. Throws for anything else. */
export function parseKey(pem: string): SigningKey {
  const privateKey = createPrivateKey(pem);
  const type = privateKey.asymmetricKeyType;
  if (type !== "ec" && type !== "rsa") throw new Error(`a key of type ${type} can't sign certificates: use EC or RSA`);
  return { privateKey, spki: spkiOf(privateKey) };
}

/** PEM in the form that kubeadm writes: SEC 1 for EC, PKCS#1 for RSA. */
export function keyPem(key: KeyObject): string {
  const type = key.asymmetricKeyType === "ec" ? "sec1" : "pkcs1";
  return key.export({ type, format: "pem" }) as string;
}

/** The subject key identifier: SHA-1 over the key's bits, without their header. */
export function keyId(spki: Buffer): Buffer {
  const bits = isP256(spki) ? spki.subarray(P256_SPKI.length - 1) : bitsOf(spki);
  return createHash("sha1").update(bits).digest();
}

function spkiOf(key: KeyObject): Buffer {
  if (key.asymmetricKeyDetails?.namedCurve === "prime256v1") return p256Spki(key);
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

/** A JWK costs a tenth of a DER export, which matters when a thousand keys are made at start. */
function p256Spki(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return Buffer.concat([P256_SPKI, Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
}

function isP256(spki: Buffer): boolean {
  return spki.length === P256_SPKI.length + 64 && spki.subarray(0, P256_SPKI.length).equals(P256_SPKI);
}

/** SPKI is a sequence of an algorithm (a sequence) and a bit string; what follows the latter's header are the bits. */
function bitsOf(spki: Buffer): Buffer {
  const outer = contentAt(spki, 0);
  const algorithm = contentAt(spki, outer.start);
  const bits = contentAt(spki, algorithm.end);
  return spki.subarray(bits.start + 1, bits.end);
}

function contentAt(der: Buffer, at: number): { start: number; end: number } {
  const first = der[at + 1] ?? 0;
  const size = first < 128 ? 0 : first & 0x7f;
  const length = size === 0 ? first : der.readUIntBE(at + 2, size);
  const start = at + 2 + size;
  return { start, end: start + length };
}
