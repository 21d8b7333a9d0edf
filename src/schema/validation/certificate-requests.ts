import { objectAt, objectsAt, optionalNumberAt, stringAt, stringsAt } from "../../kube/access.js";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { compareUtf8, goQuote } from "../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { decode, itemsOf } from "../../pki/asn1.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta, validateCoreMetaUpdate } from "./core-meta.js";
import { internalDiff } from "./internal-json.js";
import { validateSignerName } from "./signer-name.js";

const SPEC = FieldPath.of("spec");
const CONDITION = "io.k8s.api.certificates.v1.CertificateSigningRequestCondition";
const CONDITIONS = FieldPath.of("status", "conditions");
const USAGES = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];

/** A request's DER under its PEM armour; upstream: certificates/helpers.go (ParseCSR). Signatures are not checked. */
function requestProblem(field: string): string | undefined {
  const pem = Buffer.from(field, "base64").toString("latin1");
  const block = /-----BEGIN ([^-]*)-----([\sA-Za-z0-9+/=]*)-----END \1-----/.exec(pem);
  if (block?.[1] !== "CERTIFICATE REQUEST") return "PEM block type must be CERTIFICATE REQUEST";
  const der = Buffer.from(block[2]!, "base64");
  if (der.length === 0) return "asn1: syntax error: sequence truncated";
  if (isCutOff(der)) return "asn1: syntax error: data truncated";
  try {
    const parts = itemsOf(decode(der));
    return parts.length === 3 ? undefined : "asn1: structure error: tags don't match";
  } catch {
    return "asn1: syntax error: truncated tag or length";
  }
}

/** Whether there is less than the outermost header says. */
function isCutOff(der: Buffer): boolean {
  const first = der[1] ?? 0;
  if (first < 0x80) return der.length > 1 && 2 + first > der.length;
  const size = first & 0x7f;
  if (size === 0 || size > 4 || der.length < 2 + size) return false;
  return 2 + size + der.readUIntBE(2, size) > der.length;
}

function validateRequest(csr: KubeObject): FieldError[] {
  const spec = objectAt(csr, "spec") ?? {};
  const usages = stringsAt(spec, "usages");
  const at = SPEC.child("usages");
  const problem = requestProblem(stringAt(spec, "request"));
  const seconds = optionalNumberAt(spec, "expirationSeconds");
  const short = "may not specify a duration less than 600 seconds (10 minutes)";
  return [
    ...validateCoreMeta(csr, false, () => []),
    ...(problem ? [invalidValue(SPEC.child("request"), spec.request ?? null, problem)] : []),
    ...(usages.length === 0 ? [required(at)] : []),
    ...usages.flatMap((usage, index) => (USAGES.includes(usage) ? [] : [notSupported(at.index(index), usage, USAGES)])),
    ...usages.flatMap((usage, index) => (usages.indexOf(usage) < index ? [duplicate(at.index(index), usage)] : [])),
    ...validateSigner(stringAt(spec, "signerName")),
    ...(seconds !== undefined && seconds < 600 ? [invalidValue(SPEC.child("expirationSeconds"), seconds, short)] : []),
    ...validateConditions(csr),
  ];
}

function validateSigner(name: string): FieldError[] {
  const at = SPEC.child("signerName");
  if (name !== "kubernetes.io/legacy-unknown") return validateSignerName(at, name);
  return [invalidValue(at, name, "the legacy signerName is not allowed via this API version")];
}

const DECISIONS = ["Approved", "Denied"];
const FINAL = [...DECISIONS, "Failed"];

function validateConditions(csr: KubeObject): FieldError[] {
  const seen = new Set<string>();
  return objectsAt(csr, "status", "conditions").flatMap((condition, index) => {
    const at = CONDITIONS.index(index);
    const [type, status] = [stringAt(condition, "type"), stringAt(condition, "status")];
    const errors = type === "" ? [required(at.child("type"))] : [];
    const allowed = FINAL.includes(type) ? ["True"] : ["False", "True", "Unknown"];
    if (status === "") errors.push(required(at.child("status")));
    else if (!allowed.includes(status)) errors.push(notSupported(at.child("status"), status, allowed));
    const other = DECISIONS.find((decision) => decision !== type);
    if (DECISIONS.includes(type) && seen.has(other!)) {
      errors.push(invalidValue(CONDITIONS, type, "Approved and Denied conditions are mutually exclusive"));
    }
    if (seen.has(type)) errors.push(duplicate(at.child("type"), type));
    seen.add(type);
    return errors;
  });
}

/** Which endpoint may decide, and which may bring the certificate; upstream: validateCertificateSigningRequestUpdate. */
function validateChange(allows: "nothing" | "decisions" | "certificate") {
  return (csr: KubeObject, old: KubeObject): FieldError[] => {
    const errors = validateRequest(csr);
    const of = (object: KubeObject, type: string): JsonObject[] =>
      objectsAt(object, "status", "conditions").filter((condition) => condition.type === type);
    const refuse = (how: string, type: string, diff = ""): void => {
      errors.push(forbiddenField(CONDITIONS, `updates may not ${how} a condition of type ${goQuote(type)}${diff}`));
    };
    for (const type of FINAL) if (of(csr, type).length < of(old, type).length) refuse("remove", type);
    for (const type of allows === "decisions" ? [] : DECISIONS) {
      const [now, before] = [of(csr, type), of(old, type)];
      if (now.length > before.length) refuse("add", type);
      else if (now.length === before.length && !semanticEqual(now, before)) {
        refuse("modify", type, `\n${internalDiff(before, now, CONDITION)}`);
      }
    }
    errors.push(...validateCertificateChange(csr, old, allows === "certificate"));
    return [...errors, ...validateCoreMetaUpdate(csr, old)];
  };
}

function validateCertificateChange(csr: KubeObject, old: KubeObject, allowed: boolean): FieldError[] {
  const [now, before] = [stringAt(csr, "status", "certificate"), stringAt(old, "status", "certificate")];
  if (now === before) return [];
  const at = FieldPath.of("status", "certificate");
  if (!allowed) return [forbiddenField(at, "updates may not set certificate content")];
  if (before !== "") return [forbiddenField(at, "updates may not modify existing certificate content")];
  const problem = certificateProblem(Buffer.from(now, "base64").toString("latin1"));
  return problem ? [invalidValue(at, "<certificate data>", problem)] : [];
}

function certificateProblem(pem: string): string | undefined {
  const types = [...pem.matchAll(/-----BEGIN ([^-]*)-----[\s\S]*?-----END \1-----/g)].map((match) => match[1]!);
  if (types.length === 0) return "must contain at least one CERTIFICATE PEM block";
  const other = types.sort(compareUtf8).find((type) => type !== "CERTIFICATE");
  return other === undefined ? undefined : `only CERTIFICATE PEM blocks are allowed, found ${goQuote(other)}`;
}

export const certificateRequestChecks: KindChecks = {
  validateCreate: validateRequest,
  validateUpdate: validateChange("nothing"),
  subresources: {
    status: { validateUpdate: validateChange("certificate") },
    approval: { validateUpdate: validateChange("decisions") },
  },
};
