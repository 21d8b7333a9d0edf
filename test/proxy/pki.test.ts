import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { TenantCertificates } from "../../src/proxy/etcd/certificates.js";
import {
  type ControlPlanePki,
  controlPlanePki,
  FRONT_PROXY,
  pkiFiles,
  readPair,
  writePki,
} from "../../src/proxy/pki.js";

const now = Date.now();
const options = { hosts: ["192.0.2.7", "fleet.example"], serviceIp: "10.96.0.1", now };
const dir = mkdtempSync(join(tmpdir(), "pki-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** As openssl makes it, and so kubeadm and Cluster API. */
function rsaCa(name: string): CertificateAuthority {
  const [key, certificate] = [join(dir, `${name}.key`), join(dir, `${name}.crt`)];
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${name}`, "-keyout", key, "-out", certificate],
    { stdio: "ignore" },
  );
  return CertificateAuthority.load({ certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") });
}

function expectWhole(pki: ControlPlanePki): void {
  const ca = new X509Certificate(pki.ca.certificate);
  const proxyCa = new X509Certificate(pki.frontProxyCa.certificate);
  for (const [pair, signer] of [
    [pki.serving, ca],
    [pki.kubeletClient, ca],
    [pki.admin, ca],
    [pki.frontProxy, proxyCa],
  ] as const) {
    const certificate = new X509Certificate(pair.certificate);
    expect(certificate.verify(signer.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
  }
  const serving = new X509Certificate(pki.serving.certificate);
  for (const ip of ["127.0.0.1", "192.0.2.7", "10.96.0.1"]) expect(serving.checkIP(ip)).toBe(ip);
  for (const host of ["localhost", "fleet.example", "kubernetes.default.svc"])
    expect(serving.checkHost(host)).toBe(host);
  expect(new X509Certificate(pki.frontProxy.certificate).subject).toBe(`CN=${FRONT_PROXY}`);
  expect(new X509Certificate(pki.kubeletClient.certificate).subject).toBe(
    "O=system:masters\nCN=kube-apiserver-kubelet-client",
  );
  const publicKey = createPublicKey(createPrivateKey(pki.serviceAccount.key)).export({ type: "spki", format: "pem" });
  expect(pki.serviceAccount.publicKey).toBe(publicKey);
}

describe("controlPlanePki", () => {
  it("makes what a cluster lacks", async () => {
    const authority = CertificateAuthority.create(now);
    const pki = await controlPlanePki({ name: "a", authority }, options);
    expectWhole(pki);
    expect(pki.etcdCa).toBeUndefined();
    expect(new X509Certificate(pki.admin.certificate).subject).toBe("O=system:masters\nCN=kubernetes-admin");
  });

  it("takes what it is given, RSA keys too", async () => {
    const [authority, proxy, etcd] = [rsaCa("kubernetes"), rsaCa("front-proxy-ca"), rsaCa("etcd-ca")];
    const admin = authority.issueClient(now, { commonName: "me" });
    const first = await controlPlanePki({ name: "a", authority }, options);
    const given = {
      name: "a",
      authority,
      admin,
      serviceAccountKey: first.serviceAccount.key,
      frontProxyCa: proxy.pair,
      etcdCa: etcd.pair,
    };
    const pki = await controlPlanePki(given, options);
    expectWhole(pki);
    expect(pki.admin).toBe(admin);
    expect(pki.serviceAccount).toEqual(first.serviceAccount);
    expect(pki.frontProxyCa.certificate).toBe(proxy.certificate);
    expect(pki.etcdCa?.certificate).toBe(etcd.certificate);
  });

  it("names the cluster and what of it can't be used", async () => {
    const authority = CertificateAuthority.create(now);
    const frontProxyCa = { certificate: authority.certificate, key: CertificateAuthority.create(now).pair.key };
    await expect(controlPlanePki({ name: "a", authority, frontProxyCa }, options)).rejects.toThrow(
      "cluster a: the front-proxy CA can't be used: the key does not belong to the CA certificate",
    );
    await expect(controlPlanePki({ name: "a", authority, serviceAccountKey: "no" }, options)).rejects.toThrow(
      "cluster a: the service-account key can't be used",
    );
  });

  it("is written for its owner alone, without the keys of CAs", async () => {
    const pki = await controlPlanePki({ name: "a", authority: CertificateAuthority.create(now) }, options);
    const at = join(dir, "written/pki");
    const files = writePki(at, pki);
    chmodSync(files.servingKey, 0o644);
    expect(writePki(at, pki)).toEqual(pkiFiles(at));
    for (const path of Object.values(files)) expect(statSync(path).mode & 0o777, path).toBe(0o600);
    expect(statSync(at).mode & 0o777).toBe(0o700);
    expect(readPair(files.servingCertificate, files.servingKey)).toEqual(pki.serving);
    expect(readPair(files.frontProxyCertificate, files.frontProxyKey)).toEqual(pki.frontProxy);
    expect(readFileSync(files.serviceAccountPublicKey, "utf8")).toBe(pki.serviceAccount.publicKey);
    const all = Object.values(files)
      .map((path) => readFileSync(path, "utf8"))
      .join("");
    expect(all).not.toContain(pki.ca.pair.key);
    expect(all).not.toContain(pki.frontProxyCa.pair.key);
  });
});

describe("TenantCertificates", () => {
  it("keeps what is good, and makes anew what is not", () => {
    const folder = join(dir, "tenants");
    const ca = CertificateAuthority.create(now);
    let time = now;
    const certificates = new TenantCertificates(ca, folder, () => time);
    const long = `${"n".repeat(63)}.${"c".repeat(63)}`;
    const first = certificates.of(long);
    expect(new X509Certificate(first.certificate).subject).toBe(`CN=${long}`);
    expect(certificates.of(long)).toEqual(first);
    const [certificate, key] = [join(folder, `${long}.crt`), join(folder, `${long}.key`)];
    expect(statSync(key).mode & 0o777).toBe(0o600);
    for (const spoil of [
      () => writeFileSync(certificate, "torn"),
      () => writeFileSync(key, ca.pair.key),
      () => rmSync(key),
      () => writeFileSync(certificate, certificates.of("other").certificate),
      () => {
        time += 350 * 24 * 3_600_000;
      },
    ]) {
      const before = certificates.of(long);
      spoil();
      const after = certificates.of(long);
      expect(after).not.toEqual(before);
      expect(new X509Certificate(after.certificate).checkPrivateKey(createPrivateKey(after.key))).toBe(true);
    }
    const another = CertificateAuthority.create(now);
    expect(
      new X509Certificate(new TenantCertificates(another, folder, () => time).of(long).certificate).verify(
        new X509Certificate(another.certificate).publicKey,
      ),
    ).toBe(true);
    certificates.remove(long);
    certificates.remove(long);
    expect(existsSync(key) || existsSync(certificate)).toBe(false);
  });
});
