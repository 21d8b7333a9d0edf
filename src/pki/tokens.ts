import { createHash, createPublicKey, generateKeyPair, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import { keyPem, parseKey, type SigningKey } from "./keys.js";

/** Claims as JSON has them. */
export type Claims = Readonly<Record<string, unknown>>;

type Algorithm = "ES256" | "RS256";

/** A key that signs JSON Web Tokens (compact serialization), and tells its own from others'. */
export class TokenKey {
  /** As upstream derives it: pkg/serviceaccount/jwt.go, keyIDFromPublicKey. */
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly #key: KeyObject;
  readonly #public: KeyObject;

  private constructor({ privateKey, spki }: SigningKey) {
    this.#key = privateKey;
    this.#public = createPublicKey(privateKey);
    this.id = createHash("sha256").update(spki).digest("base64url");
    this.algorithm = algorithmOf(privateKey);
  }

  /** A new RSA key of 2048 bits, as kubeadm makes it: some 100 ms in the thread pool. */
  static async generate(): Promise<TokenKey> {
    // Encoded at once: what Node 20 does with the key objects of a generator can hang, see generateKey.
    const { privateKey } = await promisify(generateKeyPair)("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    return TokenKey.load(privateKey);
  }

  /** A given key in PEM: RSA, or EC on P-256. Throws for anything else. */
  static load(pem: string): TokenKey {
    return new TokenKey(parseKey(pem));
  }

  /** The private key, for keeping. */
  get pem(): string {
    return keyPem(this.#key);
  }

  /** The public key, SubjectPublicKeyInfo. */
  get publicPem(): string {
    return this.#public.export({ type: "spki", format: "pem" }) as string;
  }

  /** The public key as a JSON Web Key, in the order of fields that Go's library has. */
  get jwk(): Readonly<Record<string, string>> {
    const { kty = "", crv = "", x = "", y = "", n = "", e = "" } = this.#public.export({ format: "jwk" });
    const { id: kid, algorithm: alg } = this;
    return kty === "EC" ? { use: "sig", kty, kid, crv, alg, x, y } : { use: "sig", kty, kid, alg, n, e };
  }

  sign(claims: Claims): string {
    const signed = `${encode({ alg: this.algorithm, kid: this.id })}.${encode(claims)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), this.#options(this.#key)).toString("base64url")}`;
  }

  /** Whether a token's signature is by this key. */
  signed(token: string): boolean {
    const end = token.lastIndexOf(".");
    const signature = Buffer.from(token.slice(end + 1), "base64url");
    return verify("sha256", Buffer.from(token.slice(0, end)), this.#options(this.#public), signature);
  }

  #options(key: KeyObject) {
    return { key, dsaEncoding: "ieee-p1363" as const };
  }
}

/** Where a key outlives the process. */
export interface KeptKey {
  /** Undefined: none has been kept. */
  read(): TokenKey | undefined;
  write(key: TokenKey): void;
}

/** A key that is made when it is first needed, unless one has been kept. */
export class LazyTokenKey {
  readonly #kept: KeptKey | undefined;
  #made: TokenKey | undefined;
  #making: Promise<TokenKey> | undefined;
  #looked = false;

  /** `given` comes before what has been kept. */
  constructor(kept?: KeptKey, given?: TokenKey) {
    this.#kept = kept;
    this.#made = given;
  }

  /** Undefined: nothing has been signed yet. */
  get made(): TokenKey | undefined {
    if (this.#made || this.#looked) return this.#made;
    this.#made = this.#kept?.read();
    this.#looked = true;
    return this.#made;
  }

  /** Sets the key, which is kept from now on. Nothing may have been signed yet. */
  give(key: TokenKey): void {
    this.#kept?.write(key);
    this.#made = key;
  }

  /** A failure is not remembered. */
  make(): Promise<TokenKey> {
    if (this.made) return Promise.resolve(this.made);
    this.#making ??= TokenKey.generate().then(
      (key) => {
        if (this.#made === undefined) this.give(key);
        return this.#made ?? key;
      },
      (error: unknown) => {
        this.#making = undefined;
        throw error;
      },
    );
    return this.#making;
  }
}

function algorithmOf(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === "rsa") return "RS256";
  if (key.asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256";
  throw new Error("tokens are signed with RSA or EC P-256 keys");
}

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Header and claims of what looks like a token; nothing of it is verified. */
export function readToken(token: string): { readonly header: Claims; readonly claims: Claims } | undefined {
  if (!COMPACT.test(token)) return undefined;
  const [header, claims] = token.split(".").map(decode);
  return header && claims ? { header, claims } : undefined;
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

function encode(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
