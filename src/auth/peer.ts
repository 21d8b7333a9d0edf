import type { PeerCertificate, TLSSocket } from "node:tls";
import type { UserInfo } from "../kube/handler.js";
import { certificateSha256 } from "../pki/certificate.js";
import { authenticatedGroups } from "./groups.js";

/** What the TLS handshake told of the client. Read once per connection. */
export type Peer =
  | { readonly kind: "none" }
  /** A certificate that this cluster's CA did not sign, or that is not for client authentication. */
  | { readonly kind: "rejected"; readonly cause: string }
  | {
      readonly kind: "verified";
      /** Undefined: the certificate names nobody. */
      readonly user: UserInfo | undefined;
      /** Milliseconds since the epoch; a connection may outlive its certificate. */
      readonly notBefore: number;
      readonly notAfter: number;
    };

const NOBODY: Peer = { kind: "none" };
const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";
/** A user's UID in the subject. */
const UID_OID = "1.3.6.1.4.1.57683.2";

/** Upstream: apiserver/pkg/authentication/request/x509/x509.go. Also true for resumed sessions, which keep both. */
export function peerOf(socket: TLSSocket): Peer {
  // The newer getPeerX509Certificate leaks some 5 kB of native memory per call (Node 20.20).
  const certificate: Partial<PeerCertificate> | null = socket.getPeerCertificate();
  if (!certificate?.raw) return NOBODY;
  if (!socket.authorized) return { kind: "rejected", cause: String(socket.authorizationError ?? "unknown") };
  const subject: Readonly<Record<string, unknown>> = { ...certificate.subject };
  const name = valuesOf(subject, "CN").at(-1) ?? "";
  const uids = valuesOf(subject, UID_OID);
  if (uids.length > 1) return { kind: "rejected", cause: "more than one UID in the certificate's subject" };
  const user: UserInfo = {
    name,
    groups: authenticatedGroups(name, valuesOf(subject, "O")),
    ...(uids[0] === undefined ? {} : { uid: uids[0] }),
    extra: { [CREDENTIAL_ID]: [`X509SHA256=${certificateSha256(certificate.raw)}`] },
  };
  return {
    kind: "verified",
    user: name === "" ? undefined : user,
    notBefore: Date.parse(certificate.valid_from ?? ""),
    notAfter: Date.parse(certificate.valid_to ?? ""),
  };
}

/** Node gives one value as a string and several as an array. */
function valuesOf(subject: Readonly<Record<string, unknown>>, key: string): string[] {
  const value = subject[key];
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
