import { createPrivateKey, X509Certificate } from "node:crypto";

const BLOCK = /-----BEGIN ([^-]+)-----[\s\S]*?-----END \1-----/g;

/**
 * What Go's tls.X509KeyPair says against a certificate and its key, undefined if they fit. Errors inside of a PEM block
 * are told in general: Go tells them byte by byte.
 */
export function keyPairProblem(certificate: string, key: string): string | undefined {
  const certificates = blocks(certificate).filter(([type]) => type === "CERTIFICATE");
  if (certificates.length === 0) {
    const others = blocks(certificate).map(([type]) => type);
    if (others.length === 0) return "tls: failed to find any PEM data in certificate input";
    if (others.length === 1 && others[0]!.endsWith("PRIVATE KEY")) {
      return (
        "tls: failed to find certificate PEM data in certificate input, but did find a private key; " +
        "PEM inputs may have been switched"
      );
    }
    return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${others.join(" ")}]`;
  }
  const keys = blocks(key).filter(([type]) => type === "PRIVATE KEY" || type.endsWith(" PRIVATE KEY"));
  if (keys.length === 0) return missingKey(blocks(key).map(([type]) => type));
  return mismatch(certificates[0]![1], keys[0]![1]);
}

function missingKey(others: string[]): string {
  if (others.length === 0) return "tls: failed to find any PEM data in key input";
  if (others.length === 1 && others[0] === "CERTIFICATE") {
    return "tls: found a certificate rather than a key in the PEM for the private key";
  }
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${others.join(" ")}]`;
}

function mismatch(certificate: string, key: string): string | undefined {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    return "x509: malformed certificate";
  }
  try {
    if (parsed.checkPrivateKey(createPrivateKey(key))) return undefined;
  } catch {
    return "tls: failed to parse private key";
  }
  return "tls: private key does not match public key";
}

function blocks(pem: string): [type: string, text: string][] {
  return [...pem.matchAll(BLOCK)].map((match) => [match[1]!, match[0]]);
}
