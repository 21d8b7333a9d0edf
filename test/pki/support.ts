import { generateKeyPairSync } from "node:crypto";
import type { KeyPair } from "../../src/pki/authority.js";
import { certificatePem, encodeName, issueCertificate } from "../../src/pki/certificate.js";
import { keyId, parseKey } from "../../src/pki/keys.js";

/** RSA-2048, PKCS#1, as kubeadm and Cluster API make keys. */
export function rsaKey(): string {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  }).privateKey;
}

/** A CA as kubeadm and Cluster API make it. */
export function rsaCa(now: number): KeyPair {
  const key = rsaKey();
  const { privateKey, spki } = parseKey(key);
  const subject = { commonName: "kubernetes" };
  const issuer = { key: privateKey, name: encodeName(subject), keyId: keyId(spki).toString("latin1") };
  const request = {
    subject,
    spki,
    usage: "ca",
    notBefore: now - 300_000,
    notAfter: now + 10 * 365 * 86_400_000,
  } as const;
  return { certificate: certificatePem(issueCertificate(request, issuer)), key };
}
