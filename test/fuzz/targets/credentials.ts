import { ServiceAccountTokens } from "../../../src/auth/service-accounts.js";
import { parseTokenFile } from "../../../src/auth/static-tokens.js";
import { errorText } from "../../../src/kube/field-errors.js";
import type { KubeObject } from "../../../src/kube/json.js";
import { issueCertificate, issuerNames } from "../../../src/pki/certificate.js";
import { generateKey } from "../../../src/pki/keys.js";
import { LazyTokenKey, readToken, type TokenKey } from "../../../src/pki/tokens.js";
import { certificateRequestChecks } from "../../../src/schema/validation/certificate-requests.js";
import { readClientHello } from "../../../src/server/client-hello.js";
import { organizationsOf } from "../../../src/verbs/admission/certificate-request.js";
import { kindOf, outcome, type Target } from "../target.js";

const NOW = Date.UTC(2020, 0, 1);

/** A request of O = system:nodes, CN = system:node:a. */
const REQUEST = Buffer.from(
  [
    "MIHpMIGRAgEAMC8xFTATBgNVBAoMDHN5c3RlbTpub2RlczEWMBQGA1UEAwwNc3lzdGVtOm5vZGU6YTBZMBMGByqGSM49AgEGCCqG",
    "SM49AwEHA0IABBa2B2HFWRKmA8WwtOh2XAsyDH3tVZi4Fp6mqB07Vn6aALWPKZMXcEUwa8TKOixDoQvyf4TQCCKGDCwIMEOg72Kg",
    "ADAKBggqhkjOPQQDAgNHADBEAiB/e5BLiJaqEVt3DoLh8AYajxOHUKTq8MbRqo+AKgVVsgIgeADZIs8c/0tOhFJoGY9TdqhsWIOo",
    "fEcQedKDLBVucbU=",
  ].join(""),
  "base64",
);

/** Tokens; text that begins with a brace is signed claims. */
export async function token(): Promise<Target> {
  const key = new LazyTokenKey();
  const made = await key.make();
  const view = { get: () => undefined } as unknown as ConstructorParameters<typeof ServiceAccountTokens>[0]["view"];
  const tokens = new ServiceAccountTokens({ key, view, now: () => NOW });
  const claims = {
    iss: "https://kubernetes.default.svc",
    sub: "system:serviceaccount:a:b",
    aud: ["x"],
    exp: NOW / 1000,
  };
  const bound = { namespace: "a", serviceaccount: { name: "b", uid: "u" }, pod: { name: "p", uid: "v" } };
  const text = JSON.stringify({ ...claims, "kubernetes.io": bound });
  return {
    seeds: [made.sign(JSON.parse(text)), text, "a.b.c", "abcdef.0123456789abcdef", ""],
    words: ["aud", "exp", "iat", "nbf", "sub", "iss", "kubernetes.io", "serviceaccount", ".", "_", "-", "eyJ"],
    form: "json",
    run(input) {
      const raw = input.toString("latin1");
      const found = readToken(raw);
      if (found) checkClaims(found.claims);
      // A signature takes half a millisecond: one in so many inputs gets one.
      const signed = raw.startsWith("{") && input.length % 8 === 0 ? signedBy(made, raw) : undefined;
      const answer = tokens.authenticate(signed ?? raw, ["x"]);
      return `${found !== undefined} ${answer === undefined ? "none" : "error" in answer ? kindOf(answer.error) : "known"}`;
    },
  };
}

function checkClaims(claims: unknown): void {
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) throw new Error("claims are no object");
}

function signedBy(key: TokenKey, claims: string): string | undefined {
  try {
    return key.sign(JSON.parse(claims));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function tokenFile(): Target {
  const read = (text: string) => {
    try {
      return String(parseTokenFile(text).size);
    } catch (error) {
      // A start is refused with whatever it says.
      if (error instanceof Error && error.constructor === Error) return kindOf(error.message);
      throw error;
    }
  };
  return {
    seeds: ["t,u,i\n", 't,"u","i","a,b"\n# no comment\n', 'a,b,c,"d""e"\r\nf,g,h'],
    words: ['"', '""', ",", "\n", "\r\n"],
    form: "text",
    run: (input) => read(input.toString()),
  };
}

/** Certificate requests and certificates: DER that begins with a sequence, or PEM. */
export function certificates(): Target {
  const { privateKey, spki } = generateKey();
  const subject = { organizations: ["system:nodes"], commonName: "system:node:a" };
  const ca = { subject, spki, usage: "ca", notBefore: NOW, notAfter: NOW + 1e9 } as const;
  const der = issueCertificate(ca, { key: privateKey, name: "0\0", keyId: "" });
  const pem = (bytes: Buffer, type: string) =>
    `-----BEGIN ${type}-----\n${bytes.toString("base64")}\n-----END ${type}-----\n`;
  return {
    seeds: [der, REQUEST, pem(der, "CERTIFICATE"), pem(REQUEST, "CERTIFICATE REQUEST")],
    words: ["-----BEGIN CERTIFICATE REQUEST-----", "-----END CERTIFICATE REQUEST-----", "-----", "\n"],
    form: "bytes",
    run(input) {
      const isDer = input[0] === 0x30;
      const request = isDer ? pem(input, "CERTIFICATE REQUEST") : input.toString("latin1");
      const field = Buffer.from(request, "latin1").toString("base64");
      const errors = certificateRequestChecks.validateCreate!(requestObject(field));
      const organizations = organizationsOf(field);
      const names = isDer ? named(input) : "";
      return `${errors.map((error) => kindOf(errorText(error))).join()} ${organizations.length} ${names}`;
    },
  };
}

/** Only the operator's own CA is read this way; it is refused with whatever the reader says. */
function named(der: Buffer): string {
  return outcome([Error], () => `${issuerNames(der).name.length}`);
}

function requestObject(request: string): KubeObject {
  const spec = { request, signerName: "example.com/x", usages: ["client auth"] };
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "a" },
    spec,
  } as unknown as KubeObject;
}

/** A TLS ClientHello for a host. */
function hello(name: string): Buffer {
  const host = Buffer.from(name);
  const lengths = (size: number, bytes: Buffer) => {
    const head = Buffer.alloc(size);
    head.writeUIntBE(bytes.length, 0, size);
    return Buffer.concat([head, bytes]);
  };
  const serverName = lengths(2, lengths(2, Buffer.concat([Buffer.of(0), lengths(2, host)])));
  const extensions = lengths(2, Buffer.concat([Buffer.of(0, 0), serverName]));
  const parts = [
    Buffer.alloc(34, 3),
    Buffer.of(0),
    lengths(2, Buffer.of(0x13, 1)),
    lengths(1, Buffer.of(0)),
    extensions,
  ];
  const message = Buffer.concat([Buffer.of(1), lengths(3, Buffer.concat(parts))]);
  return Buffer.concat([Buffer.of(22, 3, 1), lengths(2, message)]);
}

export function clientHello(): Target {
  return {
    seeds: [hello("a.example.com"), hello("b")],
    form: "bytes",
    run(input) {
      const verdict = readClientHello(input);
      return verdict.kind === "hello" ? `hello ${verdict.serverName?.length}` : verdict.kind;
    },
  };
}
