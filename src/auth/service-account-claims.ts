import type { Claims } from "../pki/tokens.js";

export interface ObjectReference {
  readonly name: string;
  readonly uid: string;
}

/** What a ServiceAccount's token says; upstream: pkg/serviceaccount/claims.go. */
export interface AccountClaims {
  readonly audiences: readonly string[];
  /** Seconds since the epoch, like the others. */
  readonly expires: number;
  readonly issued: number;
  readonly issuer: string;
  readonly id: string;
  readonly namespace: string;
  readonly account: ObjectReference;
  readonly pod?: ObjectReference;
  readonly secret?: ObjectReference;
  /** Of a token for a pod: where the pod runs, with uid "" where there is no such node. */
  readonly node?: ObjectReference;
  /** When a token that lives longer than was asked for should have been replaced. */
  readonly warnAfter?: number;
}

/** In the order of their names, as Go writes maps. */
export function encodeClaims(claims: AccountClaims): Claims {
  const { namespace, account, pod, secret, node, warnAfter: warnafter } = claims;
  const place = node && (node.uid === "" ? { name: node.name } : node);
  return {
    aud: claims.audiences,
    exp: claims.expires,
    iat: claims.issued,
    iss: claims.issuer,
    jti: claims.id,
    "kubernetes.io": { namespace, node: place, pod, secret, serviceaccount: account, warnafter },
    nbf: claims.issued,
    sub: accountName(namespace, account.name),
  };
}

/** The claims of a token whose signature is good. */
export function decodeClaims(claims: Claims): AccountClaims & { readonly notBefore: number } {
  const own = isRecord(claims["kubernetes.io"]) ? claims["kubernetes.io"] : {};
  const [pod, secret, node] = [own.pod, own.secret, own.node].map(reference);
  return {
    audiences: strings(claims.aud),
    expires: number(claims.exp),
    issued: number(claims.iat),
    notBefore: number(claims.nbf),
    issuer: text(claims.iss),
    id: text(claims.jti),
    namespace: text(own.namespace),
    account: reference(own.serviceaccount) ?? { name: "", uid: "" },
    ...(pod ? { pod } : {}),
    ...(secret ? { secret } : {}),
    ...(node ? { node } : {}),
  };
}

export function accountName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

function isRecord(value: unknown): value is Claims {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function reference(value: unknown): ObjectReference | undefined {
  return isRecord(value) ? { name: text(value.name), uid: text(value.uid) } : undefined;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.map(text) : [];
}
