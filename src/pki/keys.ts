import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";

/** A private key, ready to sign with, and what certificates say about its public half. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
}

/** SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point's coordinates. */
const P256_SPKI = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");

/** What SEC 1 writes of a P-256 key around its two parts, the number and the point's coordinates. */
const P256_SEC1 = [Buffer.from("30770201010420", "hex"), Buffer.from("a00a06082a8648ce3d030107a14403420004", "hex")];

/** A new key in the form that others keep: not every one is signed with here. */
export interface GeneratedKey {
  /** SEC 1, as kubeadm writes it. */
  readonly pem: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  /** Made when it is asked for. */
  readonly privateKey: KeyObject;
}

/**
 * A new EC P-256 key. Not by generateKeyPair: the job behind it shares a lock with the key objects that it returns,
 * and Node 20 hangs for good when it is collected while one of them is exported. It also takes ten times as long.
 */
export function generateKey(): GeneratedKey {
  const pair = createECDH("prime256v1");
  const point = pair.generateKeys().subarray(1);
  const number = Buffer.alloc(32);
  const digits = pair.getPrivateKey();
  digits.copy(number, number.length - digits.length); // leading zeros are not in it
  const [head, middle] = P256_SEC1 as [Buffer, Buffer];
  return {
    pem: pemOf("EC PRIVATE KEY", Buffer.concat([head, number, middle, point])),
    spki: Buffer.concat([P256_SPKI, point]),
    get privateKey() {
      const [d, x, y] = [number, point.subarray(0, 32), point.subarray(32)].map((part) => part.toString("base64url"));
      return createPrivateKey({ key: { kty: "EC", crv: "P-256", d, x, y } as JsonWebKey, format: "jwk" });
    },
  };
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

export function pemOf(type: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${type}-----\n${lines.join("\n")}\n-----END ${type}-----\n`;
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

/** A JWK costs a tenth of a DER export, which matters when a thousand keys are read at start. */
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
