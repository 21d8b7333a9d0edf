import { createPrivateKey, X509Certificate } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { CertificateAuthority, KeyPair } from "../../pki/authority.js";
import { readPair, writePrivate } from "../pki.js";

/** One that ends within a month is replaced: its holder runs for a while. */
const MARGIN = 30 * 24 * 3_600_000;

/** Tenants' client certificates: those that are kept in a folder, and new ones. */
export class TenantCertificates {
  readonly #ca: CertificateAuthority;
  readonly #dir: string | undefined;
  readonly #now: () => number;

  constructor(ca: CertificateAuthority, dir: string | undefined, now: () => number) {
    this.#ca = ca;
    this.#dir = dir;
    this.#now = now;
  }

  /** The kept one while it is good, or else a new one, which is kept. */
  of(name: string): KeyPair {
    const paths = this.#paths(name);
    const kept = paths && readPair(...paths);
    if (kept !== undefined && this.#isGood(name, kept)) return kept;
    const made = this.#ca.issueClient(this.#now(), { commonName: name });
    if (paths !== undefined) {
      writePrivate(paths[0], made.certificate);
      writePrivate(paths[1], made.key);
    }
    return made;
  }

  remove(name: string): void {
    for (const path of this.#paths(name) ?? []) rmSync(path, { force: true });
  }

  #paths(name: string): readonly [string, string] | undefined {
    return this.#dir === undefined ? undefined : [join(this.#dir, `${name}.crt`), join(this.#dir, `${name}.key`)];
  }

  /** Damaged files and those of a half-finished write are as good as none. */
  #isGood(name: string, { certificate, key }: KeyPair): boolean {
    try {
      const x509 = new X509Certificate(certificate);
      const ends = Date.parse(x509.validTo);
      const ours = x509.verify(new X509Certificate(this.#ca.certificate).publicKey) && x509.subject === `CN=${name}`;
      return ours && ends - MARGIN > this.#now() && x509.checkPrivateKey(createPrivateKey(key));
    } catch {
      return false;
    }
  }
}
