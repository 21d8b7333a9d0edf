import type { KubeClient } from "../client/client.js";
import { stringAt } from "../kube/access.js";
import type { KubeObject } from "../kube/json.js";
import type { KeyPair } from "../pki/authority.js";

/** What Cluster API keeps of a cluster's certificates, as far as it is there. */
export interface ClusterSecrets {
  readonly ca: KeyPair;
  readonly etcdCa?: KeyPair;
  readonly serviceAccountKey?: string;
}

/** A Secret that can't be what it should be. The message names it. */
export class SecretError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SecretError";
  }
}

/** What is there, or the names of those that have to come first. */
export type SecretsFound = { readonly secrets: ClusterSecrets } | { readonly missing: readonly string[] };

/**
 * The Secrets of a cluster, read by name. `complete`: whether etcd's CA and the key of tokens have to be there, as they
 * will where a KubeadmControlPlane makes them. @throws SecretError
 */
export async function readSecrets(
  api: KubeClient,
  namespace: string,
  cluster: string,
  complete: boolean,
): Promise<SecretsFound> {
  const secret = (suffix: string) => api.find(`/api/v1/namespaces/${namespace}/secrets/${cluster}-${suffix}`);
  const ca = await secret("ca");
  if (ca === undefined) return { missing: [`${cluster}-ca`] };
  const [etcd, sa] = await Promise.all([secret("etcd"), secret("sa")]);
  const missing = Object.entries({ etcd, sa }).flatMap(([suffix, found]) => (found ? [] : [`${cluster}-${suffix}`]));
  if (complete && missing.length > 0) return { missing };
  const key = pem(ca, "tls.key");
  if (key === undefined) throw new SecretError(`Secret ${cluster}-ca has no tls.key: nothing can be signed with it`);
  const etcdCa = etcd && pairOf(etcd);
  const serviceAccountKey = sa && pem(sa, "tls.key");
  const secrets = {
    ca: { certificate: required(ca, "tls.crt"), key },
    ...(etcdCa === undefined ? {} : { etcdCa }),
    ...(serviceAccountKey === undefined ? {} : { serviceAccountKey }),
  };
  return { secrets };
}

/** Undefined without a key: an external etcd keeps that to itself. */
function pairOf(secret: KubeObject): KeyPair | undefined {
  const key = pem(secret, "tls.key");
  return key === undefined ? undefined : { certificate: required(secret, "tls.crt"), key };
}

function required(secret: KubeObject, field: string): string {
  const value = pem(secret, field);
  if (value === undefined) throw new SecretError(`Secret ${secret.metadata.name} has no ${field}`);
  return value;
}

function pem(secret: KubeObject, field: string): string | undefined {
  const data = stringAt(secret, "data", field);
  return data === "" ? undefined : Buffer.from(data, "base64").toString();
}

/** The Secret that a field of a cluster's spec comes from: "ca.key" → "c1-ca". */
export function secretOf(cluster: string, field: string): string | undefined {
  const [first] = field.split(".");
  const suffix = { ca: "ca", etcdCa: "etcd", serviceAccountKey: "sa" }[first ?? ""];
  return suffix === undefined ? undefined : `${cluster}-${suffix}`;
}
