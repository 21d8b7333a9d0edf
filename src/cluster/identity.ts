import { X509Certificate } from "node:crypto";
import { ADMIN, CertificateAuthority, type KeyPair } from "../pki/authority.js";
import { parseKey } from "../pki/keys.js";
import { StartError } from "./start-error.js";

/** What makes a cluster itself to its clients: whom it trusts, and the credential in its admin kubeconfig. */
export interface Identity {
  readonly authority: CertificateAuthority;
  readonly admin: KeyPair;
}

/** A certificate that ends within a day is not worth handing out. */
const MARGIN = 24 * 3_600_000;

export function createIdentity(now: number, authority = CertificateAuthority.create(now)): Identity {
  return { authority, admin: authority.issueClient(now, ADMIN) };
}

/** As it is kept in a file. Holds private keys. */
export function serializeIdentity(name: string, identity: Identity): string {
  const kept = { format: 1, name, ca: identity.authority.pair, admin: identity.admin };
  return `${JSON.stringify(kept, undefined, 2)}\n`;
}

/**
 * Reads what {@link serializeIdentity} wrote; `where` names the file in errors. `renewed` tells that the admin's
 * certificate had run out and has been issued anew by the same CA. Throws StartError for anything that can't be used.
 */
export function parseIdentity(
  text: string,
  name: string,
  where: string,
  now: number,
): { identity: Identity; renewed: boolean } {
  const wrong = (cause: string) => new StartError(`${where}: ${cause}; remove the file or start with --fresh`);
  const kept = parseKept(text);
  if (kept === undefined) throw wrong("not an identity file (damaged or written by something else)");
  if (kept.name !== name)
    throw wrong(`holds the identity of ${JSON.stringify(kept.name)}, not of ${JSON.stringify(name)}`);
  try {
    const authority = CertificateAuthority.load(kept.ca);
    if (Date.parse(new X509Certificate(kept.ca.certificate).validTo) < now)
      throw new Error("the CA certificate has expired");
    const admin = new X509Certificate(kept.admin.certificate);
    if (!admin.checkPrivateKey(parseKey(kept.admin.key).privateKey))
      throw new Error("the admin's key is not its certificate's");
    if (!admin.verify(new X509Certificate(kept.ca.certificate).publicKey))
      throw new Error("the CA did not sign the admin's certificate");
    if (Date.parse(admin.validTo) - MARGIN > now) return { identity: { authority, admin: kept.admin }, renewed: false };
    return { identity: { authority, admin: authority.issueClient(now, ADMIN) }, renewed: true };
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

interface Kept {
  readonly name: string;
  readonly ca: KeyPair;
  readonly admin: KeyPair;
}

function parseKept(text: string): Kept | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value.format !== 1 || typeof value.name !== "string") return undefined;
  return isKeyPair(value.ca) && isKeyPair(value.admin)
    ? { name: value.name, ca: value.ca, admin: value.admin }
    : undefined;
}

function isKeyPair(value: unknown): value is KeyPair {
  return isRecord(value) && typeof value.certificate === "string" && typeof value.key === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
