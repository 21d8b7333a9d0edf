import { X509Certificate } from "node:crypto";
import { isIPv6 } from "node:net";
import { CertificateAuthority, type KeyPair } from "../pki/authority.js";
import { TokenKey } from "../pki/tokens.js";
import { readBackend } from "./given-backend.js";
import { isServerName, nameProblem } from "./names.js";
import type { BackendSpec, ClusterSpec, EndpointSpec } from "./spec.js";
import { StartError } from "./start-error.js";

/** What a {@link ClusterSpec} gives, read and found fit. */
export interface Given {
  readonly authority?: CertificateAuthority;
  /** None is to be made in its place. */
  readonly authorityComesLater?: boolean;
  readonly etcdAuthority?: CertificateAuthority;
  readonly tokenKey?: TokenKey;
  readonly endpoint: EndpointSpec;
  readonly kind?: BackendSpec;
}

const HOST = /^[A-Za-z0-9._-]{1,253}$/;

/** `now`: milliseconds since the epoch. @throws StartError that names the field */
export function readSpec(spec: ClusterSpec, now: number): Given {
  const problem = spec.name === undefined ? undefined : nameProblem(spec.name);
  if (problem !== undefined) throw new StartError(problem, "invalid", "name");
  const { endpoint = {} } = spec;
  checkEndpoint(endpoint);
  return {
    ...(spec.ca === undefined ? {} : { authority: readAuthority("ca", spec.ca, now) }),
    ...(spec.etcdCa === undefined ? {} : { etcdAuthority: readAuthority("etcdCa", spec.etcdCa, now) }),
    ...(spec.serviceAccountKey === undefined ? {} : { tokenKey: readTokenKey(spec.serviceAccountKey) }),
    authorityComesLater: spec.ca === undefined && spec.caComesLater === true,
    endpoint,
    ...(spec.backend === undefined ? {} : { kind: readBackend(spec.backend) }),
  };
}

/** Whether two certificates are the same one, however their PEM is laid out. */
export function sameCertificate(one: string, other: string): boolean {
  return one === other || new X509Certificate(one).raw.equals(new X509Certificate(other).raw);
}

function readAuthority(field: string, pair: KeyPair, now: number): CertificateAuthority {
  const invalid = (part: string, cause: string) => new StartError(`${field}: ${cause}`, "invalid", `${field}${part}`);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pair.certificate);
  } catch {
    throw invalid(".certificate", "the certificate is not PEM, or damaged");
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pair.key)) throw invalid(".key", "the key is not PEM");
  if (Date.parse(certificate.validTo) <= now) {
    throw invalid(".certificate", `the certificate expired on ${new Date(certificate.validTo).toISOString()}`);
  }
  try {
    return CertificateAuthority.load(pair);
  } catch (error) {
    const { message } = error as Error;
    const part = /certificate is not/.test(message) ? ".certificate" : ".key";
    throw invalid(part, /DECODER|PEM|asn1|unsupported/i.test(message) ? "the key is damaged or encrypted" : message);
  }
}

function readTokenKey(pem: string): TokenKey {
  try {
    return TokenKey.load(pem);
  } catch (error) {
    const { message } = error as Error;
    const cause = message.startsWith("tokens are") ? message : "not the PEM of a private key";
    throw new StartError(`serviceAccountKey: ${cause}`, "invalid", "serviceAccountKey");
  }
}

function checkEndpoint({ host, port, serverName }: EndpointSpec): void {
  const invalid = (part: string, cause: string) =>
    new StartError(`endpoint.${part}: ${cause}`, "invalid", `endpoint.${part}`);
  if (host !== undefined && !HOST.test(host) && !isIPv6(host)) {
    throw invalid("host", `${JSON.stringify(host)} is no address and no host name`);
  }
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65_535)) {
    throw invalid("port", `${port} is no port: they go from 1 to 65535`);
  }
  if (serverName !== undefined && !isServerName(serverName)) {
    throw invalid("serverName", `${JSON.stringify(serverName)} is no DNS name in lower case`);
  }
}
