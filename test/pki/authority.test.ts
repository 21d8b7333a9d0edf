import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ADMIN, CertificateAuthority, servingHosts } from "../../src/pki/authority.js";
import { certificatePem, encodeName, issueCertificate } from "../../src/pki/certificate.js";
import { keyId, keyPem, parseKey } from "../../src/pki/keys.js";

const now = Date.parse("2026-03-01T12:00:00Z");
const DAY = 86_400_000;

function rsaAuthority() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const key = parseKey(pem);
  const issuer = {
    key: key.privateKey,
    name: encodeName({ commonName: "rsa-ca" }),
    keyId: keyId(key.spki).toString("latin1"),
  };
  const request = {
    subject: { commonName: "rsa-ca" },
    spki: key.spki,
    usage: "ca",
    notBefore: now,
    notAfter: now + DAY,
  } as const;
  return { pair: { certificate: certificatePem(issueCertificate(request, issuer)), key: pem }, key };
}

describe("CertificateAuthority", () => {
  it("signs itself, for ten years and from before now", () => {
    const ca = CertificateAuthority.create(now);
    const x509 = new X509Certificate(ca.certificate);
    expect(x509.ca).toBe(true);
    expect(x509.subject).toBe("CN=kubernetes");
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(Date.parse(x509.validFrom)).toBeLessThan(now);
    expect(Date.parse(x509.validTo) - now).toBeGreaterThan(3649 * DAY);
    expect(x509.checkPrivateKey(parseKey(ca.pair.key).privateKey)).toBe(true);
  });

  it("issues the admin's certificate for client authentication only", () => {
    const ca = CertificateAuthority.create(now);
    const admin = ca.issueClient(now, ADMIN);
    const x509 = new X509Certificate(admin.certificate);
    expect(x509.subject).toBe("O=system:masters\nCN=kubernetes-admin");
    expect(x509.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(x509.ca).toBe(false);
    expect(x509.checkIssued(new X509Certificate(ca.certificate))).toBe(true);
    expect(x509.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true);
    expect(admin.key).toContain("EC PRIVATE KEY");
    expect(x509.checkPrivateKey(parseKey(admin.key).privateKey)).toBe(true);
  });

  it("names every host once, addresses as addresses", () => {
    const ca = CertificateAuthority.create(now);
    const hosts = servingHosts(["127.0.0.1", "2001:db8::7", "::ffff:10.1.2.3", "api.example"], "10.96.0.1");
    const x509 = new X509Certificate(ca.issueServing(now, hosts).certificate);
    expect(x509.subjectAltName).toBe(
      "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:0:7, " +
        "IP Address:0:0:0:0:0:FFFF:A01:203, DNS:api.example, DNS:kubernetes, DNS:kubernetes.default, " +
        "DNS:kubernetes.default.svc, DNS:kubernetes.default.svc.cluster.local, IP Address:10.96.0.1",
    );
    expect(x509.checkIP("2001:db8::7")).toBe("2001:db8::7");
    expect(x509.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  });

  it("takes a given RSA CA as it is", () => {
    const { pair } = rsaAuthority();
    const ca = CertificateAuthority.load(pair);
    const issuer = new X509Certificate(ca.certificate);
    const leaf = new X509Certificate(ca.issueServing(now, ["localhost"]).certificate);
    expect(leaf.checkIssued(issuer)).toBe(true);
    expect(leaf.verify(issuer.publicKey)).toBe(true);
    expect(ca.pair).toEqual(pair);
  });

  it("loads what it made, and its certificates still verify", () => {
    const first = CertificateAuthority.create(now);
    const second = CertificateAuthority.load(first.pair);
    const leaf = new X509Certificate(second.issueClient(now, ADMIN).certificate);
    expect(leaf.checkIssued(new X509Certificate(first.certificate))).toBe(true);
    expect(leaf.verify(new X509Certificate(first.certificate).publicKey)).toBe(true);
  });

  it("refuses a key of another CA, a leaf as a CA, and keys that can't sign", () => {
    const [a, b] = [CertificateAuthority.create(now), CertificateAuthority.create(now)];
    expect(() => CertificateAuthority.load({ ...a.pair, key: b.pair.key })).toThrow(/does not belong/);
    const leaf = a.issueClient(now, ADMIN);
    expect(() => CertificateAuthority.load(leaf)).toThrow(/not a CA's/);
    expect(() =>
      parseKey(generateKeyPairSync("x25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string),
    ).toThrow(/x25519/);
  });

  it("writes years after 2049 as GeneralizedTime", () => {
    const ca = CertificateAuthority.create(Date.parse("2045-01-01T00:00:00Z"));
    expect(new Date(new X509Certificate(ca.certificate).validTo).getUTCFullYear()).toBe(2054);
  });

  it("keeps other curves' keys", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const key = parseKey(keyPem(privateKey));
    expect(key.spki).toEqual(parseKey(keyPem(key.privateKey)).spki);
    expect(keyId(key.spki)).toHaveLength(20);
  });
});
