import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { CertificateAuthority, type KeyPair, servingHosts } from "../../pki/authority.js";
import { type ClusterPki, type ControlPlanePki, type PkiOptions, pkiFiles, readPair } from "../pki.js";

/** What has so long to go is not made anew. */
const LEFT_MS = 30 * 24 * 3_600_000;

/** What an earlier run has written to a folder, where all of it still holds. */
export function keptPki(
  dir: string,
  cluster: ClusterPki & { readonly frontProxyCa: KeyPair; readonly admin: KeyPair; readonly serviceAccountKey: string },
  { hosts, serviceIp, now }: PkiOptions,
): ControlPlanePki | undefined {
  const files = pkiFiles(dir);
  const { authority: ca, admin } = cluster;
  const serving = readPair(files.servingCertificate, files.servingKey);
  const kubeletClient = readPair(files.kubeletClientCertificate, files.kubeletClientKey);
  const frontProxy = readPair(files.frontProxyCertificate, files.frontProxyKey);
  if (serving === undefined || kubeletClient === undefined || frontProxy === undefined) return undefined;
  try {
    const serviceAccount = {
      key: readFileSync(files.serviceAccountKey, "utf8"),
      publicKey: readFileSync(files.serviceAccountPublicKey, "utf8"),
    };
    const frontProxyCa = CertificateAuthority.load(cluster.frontProxyCa);
    const holds =
      serviceAccount.key === cluster.serviceAccountKey &&
      isFrom(serving, ca.certificate, now) &&
      isFrom(kubeletClient, ca.certificate, now) &&
      isFrom(frontProxy, frontProxyCa.certificate, now) &&
      isFor(serving, servingHosts(hosts, serviceIp));
    return holds ? { ca, serving, serviceAccount, frontProxyCa, frontProxy, kubeletClient, admin } : undefined;
  } catch {
    return undefined; // damaged
  }
}

function isFrom({ certificate }: KeyPair, ca: string, now: number): boolean {
  const [own, issuer] = [new X509Certificate(certificate), new X509Certificate(ca)];
  return own.verify(issuer.publicKey) && Date.parse(own.validTo) > now + LEFT_MS;
}

function isFor({ certificate }: KeyPair, hosts: readonly string[]): boolean {
  const own = new X509Certificate(certificate);
  return hosts.every((host) => (isIP(host) === 0 ? own.checkHost(host) : own.checkIP(host)) !== undefined);
}
