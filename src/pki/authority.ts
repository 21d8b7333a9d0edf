import { X509Certificate } from "node:crypto";
import { certificatePem, encodeName, type Issuer, issueCertificate, issuerNames, type Subject } from "./certificate.js";
import { generateKey, keyId, parseKey } from "./keys.js";

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

/** Clients' clocks may be behind ours. */
const SKEW = HOUR;

/** A cluster's certificate authority. Its methods take the time as milliseconds since the epoch. */
export class CertificateAuthority {
  readonly #issuer: Issuer;
  readonly #key: string;

  private constructor(
    /** The CA certificate, PEM. */
    readonly certificate: string,
    key: string,
    issuer: Issuer,
  ) {
    this.#key = key;
    this.#issuer = issuer;
  }

  /** A new self-signed CA with an EC P-256 key, valid for ten years. */
  static create(now: number, commonName = "kubernetes"): CertificateAuthority {
    const key = generateKey();
    const subject = { commonName };
    const issuer = { key: key.privateKey, name: encodeName(subject), keyId: keyId(key.spki).toString("latin1") };
    const request = { subject, spki: key.spki, usage: "ca", notBefore: now - SKEW, notAfter: now + 10 * YEAR } as const;
    return new CertificateAuthority(certificatePem(issueCertificate(request, issuer)), key.pem, issuer);
  }

  /** A given CA, EC or RSA. Throws when the key is not the certificate's or the certificate is no CA's. */
  static load(pair: KeyPair): CertificateAuthority {
    const certificate = new X509Certificate(pair.certificate);
    if (!certificate.ca) throw new Error("the certificate is not a CA's");
    const key = parseKey(pair.key);
    if (!certificate.checkPrivateKey(key.privateKey)) throw new Error("the key does not belong to the CA certificate");
    return new CertificateAuthority(pair.certificate, pair.key, {
      key: key.privateKey,
      ...issuerNames(certificate.raw),
    });
  }

  /** The CA as it can be kept and loaded again. */
  get pair(): KeyPair {
    return { certificate: this.certificate, key: this.#key };
  }

  /** A serving certificate for DNS names and IP addresses, valid for a year. */
  issueServing(now: number, hosts: readonly string[], commonName = "kube-apiserver"): KeyPair {
    return this.#issue(now, { commonName }, "server", hosts);
  }

  /** A client certificate, valid for a year. */
  issueClient(now: number, subject: Subject): KeyPair {
    return this.#issue(now, subject, "client", []);
  }

  /** A certificate for who both serves and connects, as a member of etcd does; valid for a year. */
  issuePeer(now: number, hosts: readonly string[], commonName: string): KeyPair {
    return this.#issue(now, { commonName }, "peer", hosts);
  }

  #issue(now: number, subject: Subject, usage: "server" | "client" | "peer", hosts: readonly string[]): KeyPair {
    const { pem, spki } = generateKey();
    const request = { subject, spki, usage, hosts, notBefore: now - SKEW, notAfter: now + YEAR };
    return { certificate: certificatePem(issueCertificate(request, this.#issuer)), key: pem };
  }
}

/** The credential in admin kubeconfigs. */
export const ADMIN: Subject = { organizations: ["system:masters"], commonName: "kubernetes-admin" };

/** Every name and address under which clients reach an API server: from outside, and as pods know it. */
export function servingHosts(addresses: readonly string[], serviceIp: string): string[] {
  const names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
  return [...new Set(["localhost", "127.0.0.1", "::1", ...addresses, ...names, serviceIp])].filter(
    (host) => host !== "",
  );
}
